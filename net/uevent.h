/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel uevents (NETLINK_KOBJECT_UEVENT): the socket, and the pure parser of its messages. Uevents
 * are wake-ups: the receiver looks at sysfs, which is the truth (see dev/settle.c).
 */
#ifndef COLDINIT_NET_UEVENT_H
#define COLDINIT_NET_UEVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "init/lib/compiler.h"

/** UEVENT_MAX - the longest message of the kernel (UEVENT_BUFFER_SIZE and the header line) */
#define UEVENT_MAX 8192

/**
 * struct uevent - one message; the strings point into the receiver's buffer, "" if not in it
 * @action: add, remove, change, bind, unbind, …
 * @devpath: below /sys, begins with a slash
 * @subsystem, @devname, @driver, @interface, @pci_slot_name: the values of these keys
 * @seqnum: the kernel's number of the message
 */
struct uevent {
	const char *action, *devpath, *subsystem, *devname, *driver, *interface, *pci_slot_name;
	uint64_t seqnum;
};

/**
 * uevent_parse() - split "ACTION@DEVPATH\0KEY=VALUE\0..."
 * @buf: the message; must end in a NUL byte at @buf[@len - 1]
 * @len: its length
 * @ev: gets the strings, which point into @buf; untouched on failure
 *
 * Return: 0, or -EINVAL if the text does not have that form, or header and keys disagree.
 */
int uevent_parse(const char *buf, size_t len, struct uevent *ev) must_check nonnull(1, 3);

/**
 * uevent_from_kernel() - check that the kernel sent a message to its own group, and all of it
 * arrived
 * @msg: as recvmsg(2) filled it: sender's address, credentials, flags
 *
 * Other processes can send to the socket: each with CAP_NET_ADMIN, and udevd repeats messages in
 * group 2.
 *
 * Return: true if it did.
 */
bool uevent_from_kernel(const struct msghdr *msg) nonnull(1);

struct uevent_socket;

/**
 * uevent_open() - subscribe to the kernel's group, with a large buffer
 * @out: gets the socket, for uevent_close(); untouched on failure
 *
 * Return: 0, -ENOMEM, or the errno of socket(2), bind(2) or setsockopt(2).
 */
int uevent_open(struct uevent_socket **out) must_check nonnull(1);

/**
 * uevent_fd() - get the descriptor to wait on
 * @s: the socket
 *
 * Return: the descriptor, which remains the socket's.
 */
int uevent_fd(const struct uevent_socket *s) nonnull(1);

/**
 * uevent_mute() - let the kernel leave out the messages of what is new, or no more
 * @s: the socket
 * @mute: whether it does
 *
 * These are "add", except below /devices/system (memory and processors), and "bind". Removals are still
 * reported. Who waits for something new must look for it after the end of this.
 * Return: 0 or the errno of setsockopt(2).
 */
int uevent_mute(struct uevent_socket *s, bool mute) must_check nonnull(1);

/**
 * uevent_receive() - receive one message of the kernel, without waiting; drop those of others
 * @s: the socket
 * @buf: gets the message
 * @ev: gets its strings, which point into @buf
 *
 * Return: 1 with @ev filled in, 0 if there is none now, -ENOBUFS if the kernel had to drop messages
 * (look at sysfs again), or another errno of recvmsg(2).
 */
int uevent_receive(struct uevent_socket *s, char buf[UEVENT_MAX], struct uevent *ev) must_check
	nonnull(1, 2, 3);

/**
 * uevent_close() - leave the group and free the socket
 * @s: the socket, or NULL
 */
void uevent_close(struct uevent_socket *s);

#endif
