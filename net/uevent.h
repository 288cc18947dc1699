/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel uevents (NETLINK_KOBJECT_UEVENT): the socket and the pure parser of its messages.
 * Uevents are wake-ups: whoever gets one looks at sysfs, which is the truth.
 */
#ifndef COLDINIT_NET_UEVENT_H
#define COLDINIT_NET_UEVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "init/lib/compiler.h"

/** UEVENT_MAX - the largest message the kernel sends (UEVENT_BUFFER_SIZE and the header line) */
#define UEVENT_MAX 8192

/**
 * struct uevent - one message; the strings point into the caller's buffer, "" if not in it
 * @action: add, remove, change, bind, unbind, …
 * @devpath: below /sys, begins with a slash
 */
struct uevent {
	const char *action, *devpath, *subsystem, *devname, *driver, *interface, *pci_slot_name;
	uint64_t seqnum;
};

/**
 * uevent_parse() - split "ACTION@DEVPATH\0KEY=VALUE\0..." in place
 * @buf: the message; must end in a NUL byte at @buf[@len - 1]
 *
 * Return: 0 or -EINVAL if the text is not of that form or header and keys disagree.
 */
int uevent_parse(const char *buf, size_t len, struct uevent *ev) must_check nonnull(1, 3);

/**
 * uevent_from_kernel() - did the kernel itself send this, to its own group, whole?
 * @msg: as recvmsg(2) filled it: sender's address, credentials, flags
 *
 * Anybody with CAP_NET_ADMIN can send to the socket, and udevd repeats messages in group 2.
 */
bool uevent_from_kernel(const struct msghdr *msg) nonnull(1);

struct uevent_socket;

/** uevent_open() - subscribe to the kernel's group, with a large buffer. Return: 0 or -errno. */
int uevent_open(struct uevent_socket **out) must_check nonnull(1);

/** uevent_fd() - the descriptor to wait on */
int uevent_fd(const struct uevent_socket *s) nonnull(1);

/**
 * uevent_receive() - take one message that the kernel itself sent; others are dropped and counted
 * @buf: UEVENT_MAX bytes that @ev then points into
 *
 * Return: 1 with @ev filled, 0 if nothing is there now, -ENOBUFS if the kernel had to drop
 * messages (look at sysfs again), else -errno.
 */
int uevent_receive(struct uevent_socket *s, char buf[UEVENT_MAX], struct uevent *ev) must_check
	nonnull(1, 2, 3);

/** uevent_close() - leave the group and free the socket; NULL is allowed */
void uevent_close(struct uevent_socket *s);

#endif
