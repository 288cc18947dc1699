/* SPDX-License-Identifier: Apache-2.0 */
/* Named ports of virtio console devices (VIRTIO 1.2, 5.3; drivers/char/virtio_console.c,
 * name_show()). */
#ifndef COLDINIT_GUEST_PORTS_H
#define COLDINIT_GUEST_PORTS_H

#include "init/lib/compiler.h"

/**
 * ports_exist() - is there a virtio console device, which may have named ports?
 * @root: descriptor of "/"
 *
 * Return: 1 if the kernel's driver has one, 0 if not, or a negative errno of open(2).
 */
int ports_exist(int root) must_check;

/**
 * ports_named() - has a virtio console device named ports at the moment?
 * @root: descriptor of "/"
 *
 * Return: 1 or 0, or a negative errno of open(2).
 */
int ports_named(int root) must_check;

/**
 * ports_open() - open the port with a name; nobody else can open it while it is open
 * @root: descriptor of "/"
 * @name: as the host calls it
 * @flags: for open(2): O_RDONLY or O_WRONLY; the descriptor does not block
 * @wait_ms: how long to wait for it: the host names its ports some time after the driver has found
 *	the device
 *
 * Return: descriptor, the caller's to close; -ENODEV if there is no such port, or another negative
 * errno of uevent_open(), open(2) or poll(2).
 */
int ports_open(int root, const char *name, int flags, unsigned wait_ms) must_check nonnull(2);

#endif
