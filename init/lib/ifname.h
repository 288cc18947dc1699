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

#endif
