/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All file access goes through the file descriptor of a directory that takes the place of "/": the
 * live system's root, a recorded /sys tree, a test's temporary directory. No path leaves it through
 * ".." or a symbolic link (openat2(2), RESOLVE_IN_ROOT).
 *
 * Paths are printf formats ("sys/bus/pci/devices/%s/driver"). A path that is longer than PATH_MAX
 * is an error (-ENAMETOOLONG); it is never cut. All functions return the errnos of openat2(2), but
 * they retry on EAGAIN: a rename or a mount by another process has disturbed the lookup of "..".
 * Too many of these are -EBUSY.
 */
#ifndef COLDINIT_LIB_ROOT_H
#define COLDINIT_LIB_ROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"
#include "init/lib/fd.h"

/**
 * root_open() - open a file
 * @root: descriptor of the root directory
 * @flags: of open(2); O_CLOEXEC is always added
 * @mode: for O_CREAT, else 0
 * @fmt: printf format of the path
 *
 * Return: a file descriptor, which the caller closes, -ENOENT, -ENAMETOOLONG, or another negative
 * errno.
 */
int root_open(int root, int flags, mode_t mode, const char *fmt, ...) must_check nonnull(4)
	printf_like(4, 5);

/**
 * root_read() - read a whole small file, such as an attribute in sysfs
 * @root: descriptor of the root directory
 * @buf: gets the text without its last newline, NUL-terminated; untouched on failure, unless it has
 *	more than 512 bytes
 * @size: of @buf in bytes
 * @fmt: printf format of the path
 *
 * Return: the length of the text, -EMSGSIZE if it does not fit into @buf or into a page, -ENOENT, -EBUSY
 * in place of -EAGAIN, or another negative errno.
 */
ssize_t root_read(int root, char *buf, size_t size, const char *fmt, ...) must_check nonnull(2, 4)
	printf_like(4, 5);

/**
 * root_read_all() - read a whole regular file of unknown size
 * @root: descriptor of the root directory
 * @data: gets the malloc()ed bytes, with a NUL behind the last; untouched on failure
 * @max: how many bytes are accepted
 * @fmt: printf format of the path
 *
 * Another file than a regular one is not even opened, which would have effects with a FIFO or a
 * device. Needs /proc.
 * Return: the number of bytes, -EFBIG if there are more than @max, -ENODATA if there are fewer than
 * its size says, -EINVAL if it is no regular file, -ENOENT if it is not there, -ESTALE if it
 * went away in between, -ENOMEM, or another negative errno.
 */
ssize_t root_read_all(int root, char **data, size_t max, const char *fmt, ...) must_check
	nonnull(2, 4) printf_like(4, 5);

/**
 * root_write() - write a text to an existing file, with one write(2)
 * @root: descriptor of the root directory
 * @text: the text
 * @fmt: printf format of the path
 *
 * Return: 0, -ENOENT, -EIO if not all of it was written, or another negative errno; in sysfs, the
 * errno of the attribute's driver.
 */
int root_write(int root, const char *text, const char *fmt, ...) must_check nonnull(2, 3)
	printf_like(3, 4);

/**
 * root_link_name() - fd_link_name() of a link below the root
 * @root: descriptor of the root directory
 * @buf: gets the name; untouched on failure
 * @size: of @buf in bytes
 * @fmt: printf format of the link's path
 *
 * Return: 0, -ENOENT without the link, -ENAMETOOLONG if the name does not fit, or another negative
 * errno.
 */
int root_link_name(int root, char *buf, size_t size, const char *fmt, ...) must_check nonnull(2, 4)
	printf_like(4, 5);

/**
 * root_stat() - stat(2), following links
 * @root: descriptor of the root directory
 * @st: gets the attributes
 * @fmt: printf format of the path
 *
 * Return: 0, -ENOENT, or another negative errno.
 */
int root_stat(int root, struct stat *st, const char *fmt, ...) must_check nonnull(2, 3)
	printf_like(3, 4);

/**
 * root_lstat() - lstat(2): root_stat() of a symbolic link itself, if the path ends in one
 * @root: descriptor of the root directory
 * @st: gets the attributes
 * @fmt: printf format of the path
 *
 * Return: 0, -ENOENT, or another negative errno.
 */
int root_lstat(int root, struct stat *st, const char *fmt, ...) must_check nonnull(2, 3)
	printf_like(3, 4);

/**
 * root_exists() - find out whether there is a file, following links
 * @root: descriptor of the root directory
 * @fmt: printf format of the path
 *
 * "Cannot look" is not "not there". Return: 1 if there is, 0 if there is not (ENOENT, ENOTDIR), or
 * another negative errno.
 */
int root_exists(int root, const char *fmt, ...) must_check nonnull(2) printf_like(2, 3);

/**
 * root_look() - root_exists() with a text for its error: "cannot look at /PATH: …"
 * @root: descriptor of the root directory
 * @fault: set if the result is negative
 * @fmt: printf format of the path
 *
 * Return: as root_exists().
 */
int root_look(int root, struct fault *fault, const char *fmt, ...) must_check nonnull(2, 3)
	printf_like(3, 4);

/**
 * root_each_entry() - call a function for each entry of an open directory, except "." and ".."
 * @fd: its descriptor, open for reading
 * @fn: gets the entry and @arg; another value than 0 ends the walk
 * @arg: for @fn; may be NULL
 *
 * Return: what @fn returned last (0 after the last entry and in an empty directory), or a negative
 * errno if the directory cannot be read.
 */
int root_each_entry(int fd, int (*fn)(const struct dirent64 *entry, void *arg),
		    void *arg) must_check nonnull(2);

/**
 * root_each() - call a function for each entry of a directory, except "." and ".."
 * @root: descriptor of the root directory
 * @fn: gets the entry's name and @arg; another value than 0 ends the walk
 * @arg: for @fn; may be NULL
 * @fmt: printf format of the directory's path
 *
 * Return: what @fn returned last (0 after the last entry and in an empty directory), or a negative
 * errno if the directory cannot be read.
 */
int root_each(int root, int (*fn)(const char *name, void *arg), void *arg, const char *fmt,
	      ...) must_check nonnull(2, 4) printf_like(4, 5);

/**
 * root_each_sorted() - root_each() in the order of the names
 * @root: as for root_each()
 * @fn: as for root_each()
 * @arg: as for root_each()
 * @fmt: as for root_each()
 *
 * For lists that people see: sysfs and a recorded tree have different orders.
 * Return: as root_each(), or -ENOMEM.
 */
int root_each_sorted(int root, int (*fn)(const char *name, void *arg), void *arg, const char *fmt,
		     ...) must_check nonnull(2, 4) printf_like(4, 5);

#endif
