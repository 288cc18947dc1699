// SPDX-License-Identifier: Apache-2.0
/*
 * net/mnl.c against the libmnl of the build machine: the same calls on both must return the same,
 * set the same errno and leave the socket in the same state.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define mnl_socket_open2	     ours_open2
#define mnl_socket_bind		     ours_bind
#define mnl_socket_get_fd	     ours_get_fd
#define mnl_socket_close	     ours_close
#define mnl_socket_sendto	     ours_sendto
#define mnl_socket_recvfrom	     ours_recvfrom
#define mnl_nlmsg_size		     ours_nlmsg_size
#define mnl_nlmsg_put_header	     ours_nlmsg_put_header
#define mnl_nlmsg_put_extra_header   ours_nlmsg_put_extra_header
#define mnl_nlmsg_ok		     ours_nlmsg_ok
#define mnl_nlmsg_next		     ours_nlmsg_next
#define mnl_nlmsg_get_payload	     ours_nlmsg_get_payload
#define mnl_nlmsg_get_payload_offset ours_nlmsg_get_payload_offset
#define mnl_nlmsg_get_payload_tail   ours_nlmsg_get_payload_tail
#define mnl_attr_get_type	     ours_attr_get_type
#define mnl_attr_get_payload_len     ours_attr_get_payload_len
#define mnl_attr_get_payload	     ours_attr_get_payload
#define mnl_attr_ok		     ours_attr_ok
#define mnl_attr_next		     ours_attr_next
#define mnl_attr_put		     ours_attr_put
#define mnl_attr_put_u32	     ours_attr_put_u32
#define mnl_attr_put_strz	     ours_attr_put_strz
#include "net/mnl.c"
#include "tests/unit/test.h"

struct library {
	struct mnl_socket *(*open2)(int bus, int flags);
	int (*bind)(struct mnl_socket *nl, unsigned int groups, pid_t pid);
	int (*get_fd)(const struct mnl_socket *nl);
	int (*close)(struct mnl_socket *nl);
	ssize_t (*sendto)(const struct mnl_socket *nl, const void *buf, size_t len);
	ssize_t (*recvfrom)(const struct mnl_socket *nl, void *buf, size_t size);
	size_t (*nlmsg_size)(size_t len);
	struct nlmsghdr *(*put_header)(void *buf);
	void *(*put_extra_header)(struct nlmsghdr *nlh, size_t size);
	bool (*nlmsg_ok)(const struct nlmsghdr *nlh, int len);
	struct nlmsghdr *(*nlmsg_next)(const struct nlmsghdr *nlh, int *len);
	void *(*get_payload)(const struct nlmsghdr *nlh);
	void *(*get_payload_offset)(const struct nlmsghdr *nlh, size_t offset);
	void *(*get_payload_tail)(const struct nlmsghdr *nlh);
	uint16_t (*attr_type)(const struct nlattr *attr);
	uint16_t (*attr_payload_len)(const struct nlattr *attr);
	void *(*attr_payload)(const struct nlattr *attr);
	bool (*attr_ok)(const struct nlattr *attr, int len);
	struct nlattr *(*attr_next)(const struct nlattr *attr);
	void (*put)(struct nlmsghdr *nlh, uint16_t type, size_t len, const void *data);
	void (*put_u32)(struct nlmsghdr *nlh, uint16_t type, uint32_t data);
	void (*put_strz)(struct nlmsghdr *nlh, uint16_t type, const char *data);
};

static struct library theirs;
static const struct library ours = {
	ours_open2,
	ours_bind,
	ours_get_fd,
	ours_close,
	ours_sendto,
	ours_recvfrom,
	ours_nlmsg_size,
	ours_nlmsg_put_header,
	ours_nlmsg_put_extra_header,
	ours_nlmsg_ok,
	ours_nlmsg_next,
	ours_nlmsg_get_payload,
	ours_nlmsg_get_payload_offset,
	ours_nlmsg_get_payload_tail,
	ours_attr_get_type,
	ours_attr_get_payload_len,
	ours_attr_get_payload,
	ours_attr_ok,
	ours_attr_next,
	ours_attr_put,
	ours_attr_put_u32,
	ours_attr_put_strz,
};

/* dlsym(3) gives objects; POSIX allows them to be functions. */
static void find(void *library, const char *name, void *to)
{
	void *symbol = dlsym(library, name);

	assert_non_null(symbol);
	memcpy(to, &symbol, sizeof(symbol));
}

static int load(void **state)
{
	void *library = dlopen("libmnl.so.0", RTLD_NOW);

	assert_non_null(library);
	find(library, "mnl_socket_open2", &theirs.open2);
	find(library, "mnl_socket_bind", &theirs.bind);
	find(library, "mnl_socket_get_fd", &theirs.get_fd);
	find(library, "mnl_socket_close", &theirs.close);
	find(library, "mnl_socket_sendto", &theirs.sendto);
	find(library, "mnl_socket_recvfrom", &theirs.recvfrom);
	find(library, "mnl_nlmsg_size", &theirs.nlmsg_size);
	find(library, "mnl_nlmsg_put_header", &theirs.put_header);
	find(library, "mnl_nlmsg_put_extra_header", &theirs.put_extra_header);
	find(library, "mnl_nlmsg_ok", &theirs.nlmsg_ok);
	find(library, "mnl_nlmsg_next", &theirs.nlmsg_next);
	find(library, "mnl_nlmsg_get_payload", &theirs.get_payload);
	find(library, "mnl_nlmsg_get_payload_offset", &theirs.get_payload_offset);
	find(library, "mnl_nlmsg_get_payload_tail", &theirs.get_payload_tail);
	find(library, "mnl_attr_get_type", &theirs.attr_type);
	find(library, "mnl_attr_get_payload_len", &theirs.attr_payload_len);
	find(library, "mnl_attr_get_payload", &theirs.attr_payload);
	find(library, "mnl_attr_ok", &theirs.attr_ok);
	find(library, "mnl_attr_next", &theirs.attr_next);
	find(library, "mnl_attr_put", &theirs.put);
	find(library, "mnl_attr_put_u32", &theirs.put_u32);
	find(library, "mnl_attr_put_strz", &theirs.put_strz);
	return 0;
}

/* All results of the calls on one socket; zeroed first, then compared as bytes. */
struct outcome {
	int opened, open_errno;
	int type, fd_flags, status_flags, protocol;
	int bound[2], bind_errno[2];
	int family, name_error;
	uint32_t name_len, groups, port_is_ours, port;
	int closed, fd_gone;
};

struct script {
	int bus, flags;
	unsigned int groups;
	pid_t port;
	unsigned int again; /* groups of a second bind, 0 for none */
};

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, SOL_SOCKET, name, &value, &len);
	return value;
}

static void look(int fd, struct outcome *o)
{
	struct sockaddr_nl name = {0};
	socklen_t len = sizeof(name);

	o->type = option(fd, SO_TYPE);
	o->protocol = option(fd, SO_PROTOCOL);
	o->fd_flags = fcntl(fd, F_GETFD);
	o->status_flags = fcntl(fd, F_GETFL);
	o->name_error = getsockname(fd, (struct sockaddr *)&name, &len);
	o->name_len = len;
	o->family = name.nl_family;
	o->groups = name.nl_groups;
	o->port_is_ours = name.nl_pid == (uint32_t)getpid();
	o->port = name.nl_pid;
}

static void bind_once(const struct library *l, struct mnl_socket *nl, const struct script *s,
		      unsigned int groups, struct outcome *o, int i)
{
	errno = 0;
	o->bound[i] = l->bind(nl, groups, s->port);
	o->bind_errno[i] = errno;
}

static void run(const struct library *l, const struct script *s, struct outcome *o)
{
	struct mnl_socket *nl;
	int fd;

	memset(o, 0, sizeof(*o));
	errno = 0;
	nl = l->open2(s->bus, s->flags);
	o->open_errno = errno;
	o->opened = nl != NULL;
	if (!nl)
		return;
	fd = l->get_fd(nl);
	bind_once(l, nl, s, s->groups, o, 0);
	if (s->again)
		bind_once(l, nl, s, s->again, o, 1);
	look(fd, o);
	o->closed = l->close(nl);
	o->fd_gone = fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static void test_same_life_of_a_socket(void **state)
{
	static const struct script scripts[] = {
		{NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC | SOCK_NONBLOCK, 1, MNL_SOCKET_AUTOPID, 0},
		{NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC, 3, MNL_SOCKET_AUTOPID, 0},
		{NETLINK_KOBJECT_UEVENT, 0, 0, MNL_SOCKET_AUTOPID, 0},
		{NETLINK_KOBJECT_UEVENT, SOCK_NONBLOCK, 1, 54321, 0},
		{NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC, 1, MNL_SOCKET_AUTOPID, 2},
		{NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC, 1, 54321, 3},
		{NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC, 0xffffffff, MNL_SOCKET_AUTOPID, 0},
		{NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC, 1, -5, 0},
		{NETLINK_ROUTE, SOCK_CLOEXEC, 0x11, MNL_SOCKET_AUTOPID, 0},
		{NETLINK_ROUTE, 0, 0, 0, 0},
		{999, SOCK_CLOEXEC, 0, 0, 0},
		{-1, 0, 0, 0, 0},
		{NETLINK_KOBJECT_UEVENT, 0x40000000, 0, 0, 0},
	};
	struct outcome a, b;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		run(&theirs, &scripts[i], &a);
		run(&ours, &scripts[i], &b);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	/* The comparison is not of nothing: the first script ends as libmnl documents. */
	run(&ours, &scripts[0], &a);
	assert_true(a.opened && a.fd_gone);
	assert_int_equal(a.bound[0], 0);
	assert_int_equal(a.groups, 1);
	assert_int_equal(a.type, SOCK_RAW);
}

static void test_same_error_for_a_port_in_use(void **state)
{
	const struct library *libraries[] = {&theirs, &ours};
	int errors[2], returns[2];

	for (int i = 0; i < 2; i++) {
		const struct library *l = libraries[i];
		struct mnl_socket *a = l->open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC);
		struct mnl_socket *b = l->open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC);

		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(l->bind(a, 1, 65432), 0);
		errno = 0;
		returns[i] = l->bind(b, 1, 65432);
		errors[i] = errno;
		assert_int_equal(l->close(a), 0);
		assert_int_equal(l->close(b), 0);
	}
	assert_int_equal(returns[0], returns[1]);
	assert_int_equal(errors[0], errors[1]);
	assert_int_equal(errors[1], EADDRINUSE);
}

static void test_same_errors_of_a_closed_descriptor(void **state)
{
	const struct library *libraries[] = {&theirs, &ours};

	for (int i = 0; i < 2; i++) {
		const struct library *l = libraries[i];
		struct mnl_socket *nl = l->open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC);

		assert_non_null(nl);
		close(l->get_fd(nl));
		errno = 0;
		assert_int_equal(l->bind(nl, 1, 0), -1);
		assert_int_equal(errno, EBADF);
		errno = 0;
		assert_int_equal(l->close(nl), -1);
		assert_int_equal(errno, EBADF);
	}
}

/* A descriptor that is no longer a netlink socket: the result of getsockname(2) must be checked. */
static void test_same_error_for_a_name_of_another_family(void **state)
{
	const struct library *libraries[] = {&theirs, &ours};
	int errors[2], returns[2];

	for (int i = 0; i < 2; i++) {
		const struct library *l = libraries[i];
		struct mnl_socket *nl = l->open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC);
		int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_non_null(nl);
		assert_int_equal(dup2(other, l->get_fd(nl)), l->get_fd(nl));
		errno = 0;
		returns[i] = l->bind(nl, 1, 0);
		errors[i] = errno;
		close(other);
		assert_int_equal(l->close(nl), 0);
	}
	assert_int_equal(returns[0], returns[1]);
	assert_int_equal(errors[0], errors[1]);
	assert_int_equal(returns[1], -1);
}

/* One message with attributes of every length, into zeroes: 1.0.4 leaves padding as it is. */
static void build(const struct library *l, char buf[1024])
{
	struct nlmsghdr *nlh;

	memset(buf, 0, 1024);
	memset(buf, 0x55, 32); /* which the headers replace */
	nlh = l->put_header(buf);
	memset(l->put_extra_header(nlh, 13), 0x11, 13);
	l->put_u32(nlh, 7, 0x01020304);
	l->put_strz(nlh, 8, "");
	l->put_strz(nlh, 0x4009, "eth0");
	for (size_t len = 0; len < 18; len++)
		l->put(nlh, (uint16_t)len, len, "0123456789abcdefgh");
}

static void test_same_messages(void **state)
{
	char a[1024], b[1024];

	build(&theirs, a);
	build(&ours, b);
	assert_memory_equal(a, b, sizeof(a));
	assert_true(((struct nlmsghdr *)b)->nlmsg_len > 200);
}

/* Walk a message as net/ does, and record all results. */
static size_t walk(const struct library *l, struct nlmsghdr *nlh, int len, intptr_t *notes,
		   size_t max)
{
	size_t n = 0;

	for (; l->nlmsg_ok(nlh, len) && n + 8 < max; nlh = l->nlmsg_next(nlh, &len)) {
		struct nlattr *at = l->get_payload_offset(nlh, 13);

		notes[n++] = (char *)l->get_payload(nlh) - (char *)nlh;
		notes[n++] = (char *)l->get_payload_tail(nlh) - (char *)nlh;
		for (; l->attr_ok(at, (int)((char *)l->get_payload_tail(nlh) - (char *)at)) &&
		       n + 8 < max;
		     at = l->attr_next(at)) {
			notes[n++] = l->attr_type(at);
			notes[n++] = l->attr_payload_len(at);
			notes[n++] = (char *)l->attr_payload(at) - (char *)nlh;
		}
	}
	notes[n++] = len;
	return n;
}

static void compare_walks(void *message, int len)
{
	intptr_t a[256] = {0}, b[256] = {0};

	assert_int_equal(walk(&theirs, message, len, a, 256), walk(&ours, message, len, b, 256));
	assert_memory_equal(a, b, sizeof(a));
}

static void test_same_walk_of_any_message(void **state)
{
	union {
		struct nlmsghdr nlh;
		char bytes[2048];
	} m = {0};

	build(&theirs, m.bytes);
	for (int len = -1; len < 600; len++)
		compare_walks(&m, len);
	/* Wrong lengths: of the message, and of its first attribute. */
	for (uint32_t lie = 0; lie < 300; lie++) {
		build(&theirs, m.bytes);
		m.nlh.nlmsg_len = lie;
		compare_walks(&m, 512);
		build(&theirs, m.bytes);
		memcpy(m.bytes + MNL_NLMSG_HDRLEN + 16, &lie, 2);
		if (lie) /* the walk would not end */
			compare_walks(&m, (int)m.nlh.nlmsg_len);
	}
	assert_int_equal(theirs.nlmsg_size(5), ours.nlmsg_size(5));
}

/* struct talk - the answer of the kernel to a wrong request, and errors of receiving */
struct talk {
	ssize_t sent, received, cut;
	int cut_errno, type, error;
};

static void talk(const struct library *l, struct talk *t)
{
	union {
		struct nlmsghdr nlh;
		char bytes[512];
	} m = {0};
	struct mnl_socket *nl = l->open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	memset(t, 0, sizeof(*t));
	assert_int_equal(l->bind(nl, 0, 0), 0);
	l->put_header(&m);
	m.nlh.nlmsg_type = 0x7f; /* no such request */
	m.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	t->sent = l->sendto(nl, &m, m.nlh.nlmsg_len);
	t->received = l->recvfrom(nl, &m, sizeof(m));
	t->type = m.nlh.nlmsg_type;
	t->error = ((struct nlmsgerr *)l->get_payload(&m.nlh))->error;
	l->put_header(&m);
	m.nlh.nlmsg_type = 0x7f;
	m.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	l->sendto(nl, &m, m.nlh.nlmsg_len);
	errno = 0;
	t->cut = l->recvfrom(nl, &m, 8);
	t->cut_errno = errno;
	l->close(nl);
}

static void test_same_talk_with_the_kernel(void **state)
{
	struct talk a, b;

	talk(&theirs, &a);
	talk(&ours, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(b.type, NLMSG_ERROR);
	assert_int_equal(b.error, -EOPNOTSUPP);
	assert_int_equal(b.cut, -1);
	assert_int_equal(b.cut_errno, ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_life_of_a_socket),
		cmocka_unit_test(test_same_error_for_a_port_in_use),
		cmocka_unit_test(test_same_errors_of_a_closed_descriptor),
		cmocka_unit_test(test_same_error_for_a_name_of_another_family),
		cmocka_unit_test(test_same_messages),
		cmocka_unit_test(test_same_walk_of_any_message),
		cmocka_unit_test(test_same_talk_with_the_kernel),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load, NULL);
}
