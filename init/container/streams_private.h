/* SPDX-License-Identifier: Apache-2.0 */
/* Stdin, stdout, stderr and the other descriptors of the container's first process. */
#ifndef COLDINIT_CONTAINER_STREAMS_PRIVATE_H
#define COLDINIT_CONTAINER_STREAMS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "init/lib/fault.h"

/** STREAMS_NULL - in place of the descriptor of stdin: the container's /dev/null */
#define STREAMS_NULL (-1)

/** STREAMS_KEEP_MAX - the largest number of descriptors that streams_take() keeps */
#define STREAMS_KEEP_MAX 4

/**
 * streams_take() - make three descriptors stdin, stdout and stderr, and close all others
 * @stdio: the descriptors; stdin may be STREAMS_NULL, then it is an empty pipe until
 *	streams_open_null()
 * @keep: the descriptors that stay open; they get new numbers
 * @n: number of @keep, at most STREAMS_KEEP_MAX
 * @fault: gets the error
 *
 * The descriptors in @keep are closed on exec.
 * Return: 0, or with @fault set the error of fcntl(2), pipe2(2), dup2(2) or close_range(2).
 */
int streams_take(const int stdio[3], int *const keep[], size_t n, struct fault *fault) must_check
	nonnull(1, 2, 4);

/**
 * streams_open_null() - make the container's /dev/null stdin
 * @root: descriptor of the container's root, with all mounts and nodes in place
 * @fault: gets the error
 *
 * No path leaves the root, and only the character device 1:3 is opened. If the container has no
 * such device, or does not allow to open it, stdin stays what it is and a warning is logged.
 * Return: 0, or the error of dup2(2) with @fault set.
 */
int streams_open_null(int root, struct fault *fault) must_check nonnull(2);

/**
 * streams_give() - make the user the owner of the pipes among stdin, stdout and stderr
 * @uid: the user; nothing is done for root
 * @terminal: they are a terminal of the container, which is given to the user too
 * @fault: gets the error
 *
 * So that the user can open /dev/stdout and the like by path, as with other runtimes. No other
 * file is touched: it may be the guest's.
 * Return: 0, or with @fault set the error of fchown(2), except EINVAL, EPERM and EROFS.
 */
int streams_give(uid_t uid, bool terminal, struct fault *fault) must_check nonnull(3);

/**
 * streams_reopen() - open the devices among stdin, stdout and stderr by their paths
 *
 * In a new mount namespace the descriptors from before lead to mounts of the old one: programs
 * would not find the name of their terminal (ttyname(3)). A stream whose path is another file stays
 * as it is.
 */
#ifdef CONFIG_USER_NS
void streams_reopen(void);
#else
static inline void streams_reopen(void)
{
}
#endif

#endif
