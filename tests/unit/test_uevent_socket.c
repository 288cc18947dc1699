// SPDX-License-Identifier: Apache-2.0
/* Which senders are accepted, and the socket after uevent_open(). */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/uevent.h"
#include "tests/unit/test.h"

/* A message as recvmsg(2) returns it when the kernel has sent it; the tests change it. */
struct received {
	struct sockaddr_nl from;
	struct msghdr msg;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
};

static void receive_from_kernel(struct received *r)
{
	struct ucred kernel = {.pid = 0, .uid = 0, .gid = 0};

	memset(r, 0, sizeof(*r));
	r->from.nl_family = AF_NETLINK;
	r->from.nl_groups = 1;
	r->control.header.cmsg_level = SOL_SOCKET;
	r->control.header.cmsg_type = SCM_CREDENTIALS;
	r->control.header.cmsg_len = CMSG_LEN(sizeof(kernel));
	memcpy(CMSG_DATA(&r->control.header), &kernel, sizeof(kernel));
	r->msg.msg_name = &r->from;
	r->msg.msg_namelen = sizeof(r->from);
	r->msg.msg_control = &r->control;
	r->msg.msg_controllen = sizeof(r->control);
}

static void set_credentials(struct received *r, pid_t pid, uid_t uid)
{
	struct ucred who = {.pid = pid, .uid = uid};

	memcpy(CMSG_DATA(&r->control.header), &who, sizeof(who));
}

static void test_message_of_the_kernel_is_believed(void **state)
{
	struct received r;

	receive_from_kernel(&r);
	assert_true(uevent_from_kernel(&r.msg));
}

static void test_other_senders_are_not_believed(void **state)
{
	struct received r;

	receive_from_kernel(&r);
	r.from.nl_pid = 1234; /* a process */
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.from.nl_groups = 0; /* sent to our port */
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.from.nl_groups = 2; /* udevd's group */
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.from.nl_family = AF_UNIX;
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.msg.msg_namelen = 2;
	assert_false(uevent_from_kernel(&r.msg));
}

static void test_other_credentials_are_not_believed(void **state)
{
	struct received r;

	receive_from_kernel(&r);
	set_credentials(&r, 1234, 0);
	assert_false(uevent_from_kernel(&r.msg));
	set_credentials(&r, 0, 1000);
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.msg.msg_controllen = 0;
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.control.header.cmsg_type = SCM_RIGHTS;
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.control.header.cmsg_level = SOL_NETLINK;
	assert_false(uevent_from_kernel(&r.msg));
	receive_from_kernel(&r);
	r.control.header.cmsg_len = CMSG_LEN(4);
	assert_false(uevent_from_kernel(&r.msg));
}

static void test_cut_messages_are_not_believed(void **state)
{
	struct received r;

	receive_from_kernel(&r);
	r.msg.msg_flags = MSG_TRUNC;
	assert_false(uevent_from_kernel(&r.msg));
	r.msg.msg_flags = MSG_CTRUNC;
	assert_false(uevent_from_kernel(&r.msg));
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, name, &value, &len), 0);
	return value;
}

static void test_socket_listens_to_the_kernels_group_only(void **state)
{
	struct sockaddr_nl name;
	socklen_t len = sizeof(name);
	struct uevent_socket *s;
	int fd;

	assert_int_equal(uevent_open(&s), 0);
	fd = uevent_fd(s);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	assert_int_equal(name.nl_family, AF_NETLINK);
	assert_int_equal(name.nl_groups, 1);
	assert_int_equal(option(fd, SO_PROTOCOL), NETLINK_KOBJECT_UEVENT);
	assert_int_equal(option(fd, SO_PASSCRED), 1);
	assert_true(option(fd, SO_RCVBUF) >= 200 * 1024);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	uevent_close(s);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	uevent_close(NULL);
}

/* The kernel may refuse to deliver it (EPERM without CAP_NET_ADMIN); it must not be received. */
static void send_as_stranger(int to)
{
	static const char text[] = "add@/devices/stranger\0ACTION=add\0DEVPATH=/devices/stranger\0"
				   "SUBSYSTEM=pci\0SEQNUM=1";
	struct sockaddr_nl name;
	socklen_t len = sizeof(name);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	assert_true(fd >= 0);
	assert_int_equal(getsockname(to, (struct sockaddr *)&name, &len), 0);
	name.nl_groups = 0;
	if (sendto(fd, text, sizeof(text), 0, (struct sockaddr *)&name, len) < 0)
		assert_int_equal(errno, EPERM);
	close(fd);
}

static void test_message_of_a_process_is_dropped(void **state)
{
	struct uevent_socket *s;
	char buf[UEVENT_MAX];
	struct uevent ev;
	int ret;

	assert_int_equal(uevent_open(&s), 0);
	for (int i = 0; i < 100; i++)
		send_as_stranger(uevent_fd(s));
	/* The machine's kernel may send messages in the meantime. */
	for (int i = 0; i < 1000; i++) {
		ret = uevent_receive(s, buf, &ev);
		assert_in_range(ret, 0, 1);
		assert_false(ret && !strcmp(ev.devpath, "/devices/stranger"));
	}
	uevent_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_of_the_kernel_is_believed),
		cmocka_unit_test(test_other_senders_are_not_believed),
		cmocka_unit_test(test_other_credentials_are_not_believed),
		cmocka_unit_test(test_cut_messages_are_not_believed),
		cmocka_unit_test(test_socket_listens_to_the_kernels_group_only),
		cmocka_unit_test(test_message_of_a_process_is_dropped),
	};

	return RUN_TESTS(tests);
}
