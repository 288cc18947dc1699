/* SPDX-License-Identifier: Apache-2.0 */
/* Names of network interfaces. */
#ifndef COLDINIT_LIB_IFNAME_H
#define COLDINIT_LIB_IFNAME_H

#include <stdbool.h>

#include "init/lib/compiler.h"

/** IFNAME_MAX - room for the name of an interface with its end (IFNAMSIZ) */
#define IFNAME_MAX 16

/**
 * ifname_is_valid() - check a name for an interface
 * @name: the name
 *
 * Return: true if the kernel accepts it (dev_valid_name()) and it is printable ASCII.
 */
bool ifname_is_valid(const char *name) nonnull(1);

/**
 * ifname_set_up() - set an interface up
 * @socket: any socket of AF_INET
 * @name: of the interface
 *
 * For those who need no more of the network than this, so no netlink (netdevice(7)).
 * Return: 0, -ENODEV if there is no such interface, -ENAMETOOLONG, or another negative errno.
 */
int ifname_set_up(int socket, const char *name) must_check nonnull(2);

#endif
