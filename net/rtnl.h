/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink(7): requests are collected, sent in one system call and judged together. The kernel
 * answers only what failed, and the last one. Whatever fails is told once, with the kernel's own
 * words (extended acknowledgements) and what was wanted.
 */
#ifndef COLDINIT_NET_RTNL_H
#define COLDINIT_NET_RTNL_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "init/lib/fault.h"

struct rtnl;

/**
 * struct rtnl_op - what a request is for
 * @tell: say it, to be read after "cannot ": "add the address 10.0.2.15/24 to eth0"
 * @exists: NULL, or what decides when the kernel says -EEXIST: 0 if what is there already is as
 *	good, else -errno with @fault set
 * @object, @name, @index: for the two; @name and @index are an interface's
 *
 * What it points to has to stay until the request was sent.
 */
struct rtnl_op {
	void (*describe)(const struct rtnl_op *op, char *buf, size_t size);
	int (*exists)(struct rtnl *r, const struct rtnl_op *op, struct fault *fault);
	const void *object;
	const char *name;
	int index;
};

/** RTNL_MESSAGE_MAX - room for any request that net/ makes */
#define RTNL_MESSAGE_MAX 256

/** rtnl_open() - a socket for requests. Return: 0 or -errno with @fault set. */
int rtnl_open(struct rtnl **out, struct fault *fault) must_check nonnull(1, 2);

/** rtnl_close() - NULL is allowed; what was not sent is dropped */
void rtnl_close(struct rtnl *r);

/** rtnl_close_ptr() - for cleanup() */
void rtnl_close_ptr(struct rtnl **r) nonnull(1);

/**
 * rtnl_request() - begin a request, which ends where the next one begins
 * @type, @flags: RTM_ and NLM_F_ values; NLM_F_REQUEST is understood
 * @want: copied
 *
 * Sends what was collected when there is no room left for one more. Return: 0 with @out, to which
 * at most RTNL_MESSAGE_MAX bytes are put, else -errno with @fault set as rtnl_flush() does.
 */
int rtnl_request(struct rtnl *r, uint16_t type, uint16_t flags, const struct rtnl_op *op,
		 struct nlmsghdr **out, struct fault *fault) must_check nonnull(1, 4, 5, 6);

/** rtnl_flush() - send what was collected. Return: 0 or the first failure's -errno with @fault. */
int rtnl_flush(struct rtnl *r, struct fault *fault) must_check nonnull(1, 2);

/** rtnl_answer_fn - one message of an answer. Return: 0 or -errno, which ends the query. */
typedef int rtnl_answer_fn(const struct nlmsghdr *nlh, void *arg);

/**
 * rtnl_query() - send one request for something, alone, and take the answer
 * @request: made with mnl_nlmsg_put_header() and so on; with NLM_F_DUMP there may be many messages
 * @what: what is asked for, to be read after "cannot list " or "cannot ask for "
 *
 * Return: 0 or -errno with @fault set.
 */
int rtnl_query(struct rtnl *r, struct nlmsghdr *request, const char *what, rtnl_answer_fn *answer,
	       void *arg, struct fault *fault) must_check nonnull(1, 2, 3, 4, 6);

#endif
