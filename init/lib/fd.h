/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors. */
#ifndef COLDINIT_LIB_FD_H
#define COLDINIT_LIB_FD_H

#include <sys/types.h>

#include "init/lib/compiler.h"
#include "init/lib/memory.h"

/** struct fd_path - a path that leads to the file of a descriptor (proc(5), /proc/PID/fd) */
struct fd_path {
	char s[32];
};

/**
 * fd_path() - make a path for a system call that takes no descriptor: fd_path(fd).s
 * @fd: any descriptor, also O_PATH
 *
 * Return: the path, which leads to that file as long as the descriptor is open.
 */
struct fd_path fd_path(int fd) must_check;

/**
 * fd_read() - read until the end of a file or until the buffer is full
 * @fd: open for reading
 * @buf: gets the bytes, without a NUL behind them
 * @size: of @buf in bytes
 *
 * Return: the number of bytes in @buf, or read(2)'s negative errno.
 */
ssize_t fd_read(int fd, char *buf, size_t size) must_check nonnull(2);

/**
 * fd_write() - write a text with one write(2)
 * @fd: open for writing
 * @text: the text
 *
 * Return: 0, -EIO if not all of it was written, or write(2)'s negative errno.
 */
int fd_write(int fd, const char *text) must_check nonnull(2);

/**
 * fd_readlink() - read the target of a symbolic link
 * @dir: descriptor of the directory that @path is relative to, or of the link itself (O_PATH)
 * @path: the link; "" for @dir itself
 * @buf: gets the target, NUL-terminated
 * @size: of @buf in bytes
 *
 * Return: the length of the target, -ENAMETOOLONG if it does not fit, or readlinkat(2)'s negative
 * errno.
 */
ssize_t fd_readlink(int dir, const char *path, char *buf, size_t size) must_check nonnull(2, 3);

/**
 * fd_link_name() - read the last component of a symbolic link's target
 * @dir: as for fd_readlink()
 * @path: as for fd_readlink()
 * @buf: gets the name; untouched on failure
 * @size: of @buf in bytes
 *
 * In sysfs such links name the driver, the subsystem and the IOMMU group of a device.
 * Return: 0, -ENOENT if there is no link, -ENAMETOOLONG if the name does not fit, or readlinkat(2)'s
 * negative errno.
 */
int fd_link_name(int dir, const char *path, char *buf, size_t size) must_check nonnull(2, 3);

/**
 * fd_read_all() - root_read_all() of a file that is open already
 * @fd: open for reading; stays the caller's
 * @data: gets the malloc()ed bytes, with a NUL behind the last; untouched on failure
 * @max: how many bytes are accepted
 *
 * Return: the number of bytes, -EFBIG if there are more than @max, -EINVAL if it is no regular
 * file, -ENODATA if there are fewer than the file's size says, -ENOMEM, or a negative errno of
 * fstat(2) or read(2).
 */
ssize_t fd_read_all(int fd, char **data, size_t max) must_check nonnull(2);

/**
 * fd_close() - close a file descriptor; for cleanup()
 * @fd: the variable; a negative one is not closed
 */
void fd_close(int *fd) nonnull(1);

/**
 * fd_take() - take a descriptor out of a variable with cleanup(fd_close)
 * @fd: the variable; -1 afterwards, so that its cleanup closes nothing
 *
 * Return: the descriptor, which the caller owns now.
 */
static inline int must_check nonnull(1) fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
