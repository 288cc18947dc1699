/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink(7): requests are collected, sent in one system call and judged together. The kernel
 * answers only requests that fail, and the last one. A failure is reported once, with the kernel's
 * text (extended acknowledgements) and what was wanted.
 */
#ifndef COLDINIT_NET_RTNL_H
#define COLDINIT_NET_RTNL_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "init/lib/fault.h"

struct rtnl;

/**
 * struct rtnl_op - what a request is for; what it points to must stay until the request was sent
 * @describe: print it, to be read after "cannot ": "add the address 10.0.2.15/24 to eth0"
 * @object, @name, @index: for this function; @name and @index are an interface's
 * @ipv6: it is about IPv6: a kernel without it is a warning, and the request is skipped
 */
struct rtnl_op {
	void (*describe)(const struct rtnl_op *op, char *buf, size_t size);
	const void *object;
	const char *name;
	int index;
	bool ipv6;
};

/** RTNL_MESSAGE_MAX - room for any request that net/ makes */
#define RTNL_MESSAGE_MAX 256

/** union rtnl_message - room for a request that lists something */
union rtnl_message {
	struct nlmsghdr nlh;
	char room[64];
};

/**
 * rtnl_open() - open a socket for requests
 * @out: gets the socket, for rtnl_close(); untouched on failure
 * @fault: gets the error
 *
 * Return: 0, -ENOMEM, or the errno of socket(2), bind(2) or setsockopt(2).
 */
int rtnl_open(struct rtnl **out, struct fault *fault) must_check nonnull(1, 2);

/**
 * rtnl_close() - close a socket and free it
 * @r: the socket, or NULL; requests that were not sent are dropped
 */
void rtnl_close(struct rtnl *r);

/**
 * rtnl_close_ptr() - rtnl_close() for cleanup()
 * @r: the variable with the socket
 */
void rtnl_close_ptr(struct rtnl **r) nonnull(1);

/**
 * rtnl_request() - begin a request, which ends where the next one begins
 * @r: the socket
 * @type: RTM_ value
 * @flags: NLM_F_ values; NLM_F_REQUEST is added
 * @op: what it is for; copied
 * @out: gets the message, to which up to RTNL_MESSAGE_MAX bytes can be appended
 * @fault: gets the error
 *
 * If there is no room for one more request, the collected ones are sent first.
 *
 * Return: 0, or the error of rtnl_flush().
 */
int rtnl_request(struct rtnl *r, uint16_t type, uint16_t flags, const struct rtnl_op *op,
		 struct nlmsghdr **out, struct fault *fault) must_check nonnull(1, 4, 5, 6);

/**
 * rtnl_flush() - send the collected requests and receive the answers
 * @r: the socket
 * @fault: gets the error of the first request that failed
 *
 * Return: 0, the errno of the first failure, -ETIME without an answer, or the errno of the socket.
 */
int rtnl_flush(struct rtnl *r, struct fault *fault) must_check nonnull(1, 2);

/** rtnl_answer_fn - take one message of an answer. Return: 0, or -errno, which ends the query. */
typedef int rtnl_answer_fn(const struct nlmsghdr *nlh, void *arg);

/**
 * rtnl_dump() - begin a request that lists all objects of a type
 * @message: room for it
 * @type: RTM_GET value
 *
 * Return: the message in @message, for rtnl_query().
 */
struct nlmsghdr *rtnl_dump(union rtnl_message *message, uint16_t type) must_check nonnull(1);

/**
 * rtnl_query() - send one request that asks a question, and pass the answer to a function
 * @r: the socket
 * @request: the message; with NLM_F_DUMP the answer can have many messages
 * @what: what it does, to be read after "cannot ": "list the routes"
 * @answer: called for each message of the answer
 * @arg: its second argument
 * @fault: gets the error
 *
 * Return: 0, the error of @answer, the errno of the kernel, -ETIME without an answer, or the errno
 * of the socket.
 */
int rtnl_query(struct rtnl *r, struct nlmsghdr *request, const char *what, rtnl_answer_fn *answer,
	       void *arg, struct fault *fault) must_check nonnull(1, 2, 3, 4, 6);

#endif
