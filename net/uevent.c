// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "uevent: " fmt

#include <errno.h>
#include <linux/filter.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "net/uevent.h"

#define KERNEL_GROUP 1 /* udevd repeats messages in group 2 */

/* Room for a storm of hot-plug events; the kernel uses only the memory of queued messages. */
#define RECEIVE_BUFFER (16 * 1024 * 1024)

/* The most messages that one call drops, so that other senders cannot keep the caller busy. */
#define DROP_ROUNDS 64

/* The value of @pair if it is "@key=value", else NULL. */
static const char *uevent_value(const char *pair, const char *key)
{
	for (; *key; key++)
		if (*pair++ != *key)
			return NULL;
	return *pair == '=' ? pair + 1 : NULL;
}

/* Put the value of one KEY=VALUE into its member; other keys are skipped. */
static int uevent_take_pair(struct uevent *ev, const char *pair)
{
	static const struct {
		char key[14];
		uint8_t at;
	} keys[] = {
		{"ACTION", offsetof(struct uevent, action)},
		{"DEVPATH", offsetof(struct uevent, devpath)},
		{"SUBSYSTEM", offsetof(struct uevent, subsystem)},
		{"DEVNAME", offsetof(struct uevent, devname)},
		{"DRIVER", offsetof(struct uevent, driver)},
		{"INTERFACE", offsetof(struct uevent, interface)},
		{"PCI_SLOT_NAME", offsetof(struct uevent, pci_slot_name)},
	};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		/* Most keys differ in the first letter. */
		if (*pair != *keys[i].key)
			continue;
		value = uevent_value(pair, keys[i].key);
		if (value) {
			*(const char **)((char *)ev + keys[i].at) = value;
			return 0;
		}
	}
	value = uevent_value(pair, "SEQNUM");
	return value ? str_number(value, strlen(value), 10, UINT64_MAX, &ev->seqnum) : 0;
}

/* Does "ACTION@DEVPATH" agree with the keys? */
static bool uevent_header_agrees(const char *header, const struct uevent *ev)
{
	size_t n = strlen(ev->action);

	return n && !strncmp(header, ev->action, n) && header[n] == '@' && ev->devpath[0] == '/' &&
	       !strcmp(header + n + 1, ev->devpath);
}

int uevent_parse(const char *buf, size_t len, struct uevent *ev)
{
	struct uevent found = {"", "", "", "", "", "", "", 0};

	if (!len || buf[len - 1])
		return -EINVAL;
	for (size_t at = strlen(buf) + 1; at < len; at += strlen(buf + at) + 1)
		if (uevent_take_pair(&found, buf + at))
			return -EINVAL;
	if (!uevent_header_agrees(buf, &found))
		return -EINVAL;
	*ev = found;
	return 0;
}

static const struct ucred *uevent_credentials(const struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
		    c->cmsg_len == CMSG_LEN(sizeof(struct ucred)))
			return (const struct ucred *)CMSG_DATA(c);
	return NULL;
}

bool uevent_from_kernel(const struct msghdr *msg)
{
	const struct sockaddr_nl *from = msg->msg_name;
	const struct ucred *who;

	if (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	if (msg->msg_namelen != sizeof(*from) || from->nl_family != AF_NETLINK || from->nl_pid ||
	    from->nl_groups != KERNEL_GROUP)
		return false;
	who = uevent_credentials(msg);
	return who && who->pid == 0 && who->uid == 0;
}

struct uevent_socket {
	struct mnl_socket *nl;
	size_t dropped;
};

static int uevent_subscribe(struct uevent_socket *s)
{
	int fd = mnl_socket_get_fd(s->nl), on = 1, size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		return -errno;
	/* Without CAP_NET_ADMIN as much as is allowed: the kernel reports lost messages (ENOBUFS).
	 */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return -errno;
	return mnl_socket_bind(s->nl, KERNEL_GROUP, MNL_SOCKET_AUTOPID) ? -errno : 0;
}

int uevent_open(struct uevent_socket **out)
{
	struct uevent_socket *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->nl = mnl_socket_open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC | SOCK_NONBLOCK);
	err = s->nl ? uevent_subscribe(s) : -errno;
	if (err) {
		uevent_close(s);
		return err;
	}
	*out = s;
	return 0;
}

int uevent_fd(const struct uevent_socket *s)
{
	return mnl_socket_get_fd(s->nl);
}

/* Four characters, as a socket filter loads them from a message. */
#define WORD(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

int uevent_mute(struct uevent_socket *s, bool mute)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WORD('b', 'i', 'n', 'd'), 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WORD('a', 'd', 'd', '@'), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof("add@/devices") - 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WORD('/', 's', 'y', 's'), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UEVENT_MAX),
	};
	struct sock_fprog program = {ARRAY_SIZE(code), code};
	int option = mute ? SO_ATTACH_FILTER : SO_DETACH_FILTER;

	return setsockopt(uevent_fd(s), SOL_SOCKET, option, &program, sizeof(program)) ? -errno : 0;
}

/* Receive one message from any sender. Return: 1, 0 if it must be dropped, -errno. */
static int uevent_receive_one(struct uevent_socket *s, char *buf, struct uevent *ev)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = buf, .iov_len = UEVENT_MAX - 1};
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	n = recvmsg(uevent_fd(s), &msg, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	if (!uevent_from_kernel(&msg))
		return 0;
	/* Messages of the kernel end with NUL; there is room to make sure. */
	if (!n || buf[n - 1])
		buf[n++] = '\0';
	return uevent_parse(buf, (size_t)n, ev) ? 0 : 1;
}

int uevent_receive(struct uevent_socket *s, char buf[UEVENT_MAX], struct uevent *ev)
{
	int got;

	for (int i = 0; i < DROP_ROUNDS; i++) {
		got = uevent_receive_one(s, buf, ev);
		if (got == -EAGAIN)
			return 0;
		if (got == -EINTR)
			continue;
		if (got)
			return got;
		if (!s->dropped++)
			pr_warn("dropped a message that is malformed or not from the kernel; further ones are not reported");
	}
	return 0;
}

void uevent_close(struct uevent_socket *s)
{
	if (!s)
		return;
	if (s->nl)
		mnl_socket_close(s->nl);
	free(s);
}
