// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "init/lib/log.h"
#include "net/rtnl.h"

/* The kernel answers before send(2) returns; the limit is for a kernel that does not. */
#define ANSWER_S 5

#define BATCH_MAX   64
#define BATCH_BYTES 8192

/* The kernel puts up to 32 KiB of a dump into one answer if there is room. */
#define ANSWER_BYTES 16384

/*
 * struct rtnl - a socket, and the requests that have not been sent
 * @seq: sequence number of the first request in @out
 * @n: number of requests in @out
 * @used: bytes of @out in complete requests; the last request is still being made
 * @without_ipv6: a request was skipped because of that; others then fail with other errors
 * @ops: what each request is for
 * @out: the requests
 * @in: what is received
 */
struct rtnl {
	struct mnl_socket *nl;
	uint32_t seq;
	size_t n, used;
	bool without_ipv6;
	struct rtnl_op ops[BATCH_MAX];
	union {
		struct nlmsghdr align;
		char bytes[BATCH_BYTES];
	} out;
	union {
		struct nlmsghdr align;
		char bytes[ANSWER_BYTES];
	} in;
};

static int rtnl_set_option(const struct rtnl *r, int level, int name, const void *value,
			   socklen_t size)
{
	return setsockopt(mnl_socket_get_fd(r->nl), level, name, value, size) ? -errno : 0;
}

static int rtnl_set_up(struct rtnl *r)
{
	const struct timeval limit = {.tv_sec = ANSWER_S};
	const int on = 1;
	int err;

	r->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!r->nl || mnl_socket_bind(r->nl, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	err = rtnl_set_option(r, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (!err)
		err = rtnl_set_option(r, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return err ? err : rtnl_set_option(r, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
}

int rtnl_open(struct rtnl **out, struct fault *fault)
{
	struct rtnl *r = calloc(1, sizeof(*r));
	int err = r ? rtnl_set_up(r) : -ENOMEM;

	if (err) {
		rtnl_close(r);
		return fault_strerror(fault, err, "cannot open a socket for rtnetlink");
	}
	r->seq = 1;
	*out = r;
	return 0;
}

void rtnl_close(struct rtnl *r)
{
	if (!r)
		return;
	if (r->nl)
		mnl_socket_close(r->nl);
	free(r);
}

void rtnl_close_ptr(struct rtnl **r)
{
	rtnl_close(*r);
}

/* --- answers of the kernel ------------------------------------------------------------------- */

/* The text of an extended acknowledgement behind an error, "" if there is none. */
static void rtnl_kernel_text(const struct nlmsghdr *nlh, char *buf, size_t size)
{
	const struct nlattr *attr;

	buf[0] = '\0';
	/* Without NLM_F_CAPPED the request is between the error and the attributes. */
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || !(nlh->nlmsg_flags & NLM_F_CAPPED))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(struct nlmsgerr))
	{
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG)
			continue;
		snprintf(buf, size, " (the kernel says: %.*s)", (int)mnl_attr_get_payload_len(attr),
			 (const char *)mnl_attr_get_payload(attr));
	}
}

/* What to try, for errors whose text does not say it. */
static const char *rtnl_hint(int err)
{
	switch (err) {
	case -ENETDOWN:
		return "; is the interface among those that are set up?";
	case -ENETUNREACH:
		return "; the gateway must be in a network of the interface's addresses, or the route must have the flag 4 (onlink)";
	}
	return "";
}

/* The error in a message of type NLMSG_ERROR: 0 or -errno, -EBADMSG if it is too short. */
static int rtnl_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	return nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*e)) ? -EBADMSG : e->error;
}

static int rtnl_receive(struct rtnl *r, const char *what, struct fault *fault)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(r->nl, r->in.bytes, sizeof(r->in.bytes));
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return (int)n;
	if (errno == EAGAIN)
		return fault_set(fault, -ETIME, "cannot %s: no answer from the kernel after %d s",
				 what, ANSWER_S);
	return fault_perror(fault, "cannot %s", what);
}

/* --- requests -------------------------------------------------------------------------------- */

/* What the kernel answers without IPv6, and for an interface on which IPv6 is disabled. */
static bool rtnl_is_without_ipv6(int err)
{
	return err == -EOPNOTSUPP || err == -EAFNOSUPPORT || err == -EACCES;
}

/* Keep the first failure. */
static void rtnl_take_error(struct rtnl *r, const struct nlmsghdr *nlh, int *first,
			    struct fault *fault)
{
	uint32_t i = nlh->nlmsg_seq - r->seq;
	char wanted[256], said[256];
	int err;

	if (nlh->nlmsg_type != NLMSG_ERROR || i >= r->n)
		return;
	err = rtnl_error(nlh);
	if (!err || *first)
		return;
	r->ops[i].describe(&r->ops[i], wanted, sizeof(wanted));
	if (r->ops[i].ipv6 && (r->without_ipv6 || rtnl_is_without_ipv6(err))) {
		r->without_ipv6 = true;
		pr_warn("did not %s: the guest kernel has no IPv6, or it is disabled", wanted);
	} else {
		rtnl_kernel_text(nlh, said, sizeof(said));
		*first = fault_set(fault, err, "cannot %s: %m%s%s", wanted, said,
				   *said ? "" : rtnl_hint(err));
	}
}

/* Receive answers until that of the last request. */
static int rtnl_take_answers(struct rtnl *r, struct fault *fault)
{
	uint32_t last = r->seq + (uint32_t)r->n - 1;
	int first = 0;

	for (;;) {
		const struct nlmsghdr *nlh = &r->in.align;
		int len = rtnl_receive(r, "set the network up", fault);

		if (len < 0)
			return len;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			rtnl_take_error(r, nlh, &first, fault);
			if (nlh->nlmsg_seq == last)
				return first;
		}
	}
}

/* Complete the request that is being made. */
static void rtnl_finish(struct rtnl *r, uint16_t more_flags)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(r->out.bytes + r->used);

	if (!r->n)
		return;
	nlh->nlmsg_flags |= more_flags;
	r->used += MNL_ALIGN(nlh->nlmsg_len);
}

int rtnl_flush(struct rtnl *r, struct fault *fault)
{
	size_t n = r->n;
	int err;

	if (!n)
		return 0;
	rtnl_finish(r, NLM_F_ACK);
	if (mnl_socket_sendto(r->nl, r->out.bytes, r->used) < 0)
		err = fault_perror(fault, "cannot send requests about the network to the kernel");
	else
		err = rtnl_take_answers(r, fault);
	r->seq += (uint32_t)n;
	r->n = r->used = 0;
	return err;
}

int rtnl_request(struct rtnl *r, uint16_t type, uint16_t flags, const struct rtnl_op *op,
		 struct nlmsghdr **out, struct fault *fault)
{
	struct nlmsghdr *nlh;
	int err;

	if (r->n == BATCH_MAX || r->used + 2 * (size_t)RTNL_MESSAGE_MAX > BATCH_BYTES) {
		err = rtnl_flush(r, fault);
		if (err)
			return err;
	}
	rtnl_finish(r, 0);
	nlh = mnl_nlmsg_put_header(r->out.bytes + r->used);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = r->seq + (uint32_t)r->n;
	r->ops[r->n++] = *op;
	*out = nlh;
	return 0;
}

/* --- queries --------------------------------------------------------------------------------- */

/* Return: 1 when the answer is complete, 0 if there is more to come, -errno. */
static int rtnl_take_part(struct rtnl *r, int len, uint32_t seq, bool dump, const char *what,
			  rtnl_answer_fn *answer, void *arg, struct fault *fault)
{
	const struct nlmsghdr *nlh = &r->in.align;
	char said[256];
	int err;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 1;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			err = rtnl_error(nlh);
			rtnl_kernel_text(nlh, said, sizeof(said));
			return err ? fault_set(fault, err, "cannot %s: %m%s", what, said) : 1;
		}
		err = answer(nlh, arg);
		if (err)
			return fault_strerror(fault, err, "cannot %s", what);
		if (!dump)
			return 1;
	}
	return 0;
}

struct nlmsghdr *rtnl_dump(union rtnl_message *message, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(message);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_DUMP;
	return nlh;
}

int rtnl_query(struct rtnl *r, struct nlmsghdr *request, const char *what, rtnl_answer_fn *answer,
	       void *arg, struct fault *fault)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	uint32_t seq = r->seq++;
	int n;

	request->nlmsg_seq = seq;
	request->nlmsg_flags |= NLM_F_REQUEST;
	if (mnl_socket_sendto(r->nl, request, request->nlmsg_len) < 0)
		return fault_perror(fault, "cannot %s", what);
	do {
		n = rtnl_receive(r, what, fault);
		if (n >= 0)
			n = rtnl_take_part(r, n, seq, dump, what, answer, arg, fault);
	} while (!n);
	return n < 0 ? n : 0;
}
