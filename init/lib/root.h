/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All file access goes through the file descriptor of a directory that stands for "/": the live
 * system, a recorded /sys tree, a test's temporary root. A path never leaves it, whatever
 * symbolic links it holds (openat2(2), RESOLVE_IN_ROOT).
 *
 * Paths are printf formats ("sys/bus/pci/devices/%s/driver"); a path longer than PATH_MAX is
 * -ENAMETOOLONG, never cut.
 */
#ifndef COLDINIT_LIB_ROOT_H
#define COLDINIT_LIB_ROOT_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "init/lib/compiler.h"

/** root_open() - open a path below @root, O_CLOEXEC always. Return: file descriptor or -errno. */
int root_open(int root, int flags, mode_t mode, const char *fmt, ...) must_check nonnull(4)
	printf_like(4, 5);

/**
 * root_read() - read a small file whole, as sysfs attributes are
 * @buf: gets the text without its last newline, always terminated
 * @size: of @buf; a file that does not fit is -EMSGSIZE
 *
 * Return: length or -errno; @buf is untouched on failure.
 */
ssize_t root_read(int root, char *buf, size_t size, const char *fmt, ...) must_check nonnull(2, 4)
	printf_like(4, 5);

/**
 * root_read_all() - read a whole regular file of unknown size into memory, once
 * @data: gets the malloc()ed bytes, NUL-terminated behind the last
 * @max: the most bytes that are accepted; more is -EFBIG
 *
 * Opens without blocking and refuses what is no regular file (-EINVAL), so that a FIFO cannot
 * hang the caller. Return: length or -errno; @data is untouched on failure.
 */
ssize_t root_read_all(int root, char **data, size_t max, const char *fmt, ...) must_check
	nonnull(2, 4) printf_like(4, 5);

/** file_read_all() - root_read_all() of a file that is open already */
ssize_t file_read_all(int fd, char **data, size_t max) must_check nonnull(2);

/** root_write() - one write of @text to an existing file. Return: 0 or -errno. */
int root_write(int root, const char *text, const char *fmt, ...) must_check nonnull(2, 3)
	printf_like(3, 4);

/**
 * root_link_name() - the last component of a symbolic link's target
 *
 * sysfs names a driver, a subsystem or an IOMMU group so. Return: 0, -ENOENT without the link,
 * -ENAMETOOLONG if it does not fit, else -errno; @buf is untouched on failure.
 */
int root_link_name(int root, char *buf, size_t size, const char *fmt, ...) must_check nonnull(2, 4)
	printf_like(4, 5);

/** root_stat() - stat(2) below @root, following links. Return: 0 or -errno. */
int root_stat(int root, struct stat *st, const char *fmt, ...) must_check nonnull(2, 3)
	printf_like(3, 4);

/** root_exists() - is there something at the path (links followed)? */
bool root_exists(int root, const char *fmt, ...) nonnull(2) printf_like(2, 3);

/**
 * root_each() - call @fn for each entry of a directory, "." and ".." left out
 * @fn: a return value other than 0 ends the walk
 *
 * Return: what @fn returned last (0 after the last entry), or -errno of the directory.
 */
int root_each(int root, int (*fn)(const char *name, void *arg), void *arg, const char *fmt,
	      ...) must_check nonnull(2, 4) printf_like(4, 5);

/** struct fd_path - a path that leads to what a descriptor is open on (proc(5), /proc/PID/fd) */
struct fd_path {
	char s[32];
};

/** fd_path() - the path of a descriptor, for system calls that take no descriptor */
struct fd_path fd_path(int fd) must_check;

/** close_fd() - for cleanup(): close a file descriptor unless it is negative */
void close_fd(int *fd) nonnull(1);

/**
 * take_fd() - take a descriptor out of a variable with cleanup(close_fd)
 * @fd: the variable; -1 afterwards, so that its cleanup closes nothing
 *
 * Return: the descriptor, which the caller owns now.
 */
static inline int must_check nonnull(1) take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/** free_ptr() - for cleanup(): free(3) a pointer */
void free_ptr(void *p) nonnull(1);

#endif
