// SPDX-License-Identifier: Apache-2.0
/*
 * net/mnl.c against the libmnl of the build machine: the same calls on both must return the same,
 * set the same errno and leave the socket in the same state.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define mnl_socket_open2  ours_open2
#define mnl_socket_bind	  ours_bind
#define mnl_socket_get_fd ours_get_fd
#define mnl_socket_close  ours_close
#include "net/mnl.c"

struct library {
	struct mnl_socket *(*open2)(int bus, int flags);
	int (*bind)(struct mnl_socket *nl, unsigned int groups, pid_t pid);
	int (*get_fd)(const struct mnl_socket *nl);
	int (*close)(struct mnl_socket *nl);
};

static struct library theirs;
static const struct library ours = {ours_open2, ours_bind, ours_get_fd, ours_close};

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

	(void)state;
	assert_non_null(library);
	find(library, "mnl_socket_open2", &theirs.open2);
	find(library, "mnl_socket_bind", &theirs.bind);
	find(library, "mnl_socket_get_fd", &theirs.get_fd);
	find(library, "mnl_socket_close", &theirs.close);
	return 0;
}

/* Everything that can be seen of one socket's life; zeroed, then compared as bytes. */
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

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		run(&theirs, &scripts[i], &a);
		run(&ours, &scripts[i], &b);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	/* The comparison sees something: the first script ends as libmnl promises. */
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

	(void)state;
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

	(void)state;
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

/* A descriptor that is no netlink socket any more: what getsockname(2) says must be checked. */
static void test_same_error_for_a_name_of_another_family(void **state)
{
	const struct library *libraries[] = {&theirs, &ours};
	int errors[2], returns[2];

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_life_of_a_socket),
		cmocka_unit_test(test_same_error_for_a_port_in_use),
		cmocka_unit_test(test_same_errors_of_a_closed_descriptor),
		cmocka_unit_test(test_same_error_for_a_name_of_another_family),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load, NULL);
}
