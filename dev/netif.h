/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces in /sys/class/net, by what they are rather than by where their device is. */
#ifndef COLDINIT_DEV_NETIF_H
#define COLDINIT_DEV_NETIF_H

#include <stdbool.h>

#include "dev/sysfs.h"
#include "init/lib/fault.h"
#include "init/lib/hw_address.h"

/**
 * struct netif_match - which interface
 * @by_address: the one with hardware address @address
 * @name: else the one with this name, or, if it is "*", the only one that has a device
 */
struct netif_match {
	bool by_address;
	struct hw_address address;
	const char *name;
};

/**
 * netif_match_parse() - a device's words
 * @id: a hardware address, or "" and @name counts
 *
 * Return: 0, or -EINVAL if they say nothing of the kind; @out is untouched then.
 */
int netif_match_parse(const char *id, const char *name, struct netif_match *out) must_check
	nonnull(1, 2, 3);

/** netif_match_text() - "the network interface with hardware address …" */
void netif_match_text(const struct netif_match *m, char *buf, size_t size) nonnull(1, 2);

/**
 * netif_find() - look for it
 *
 * Return: 0 with @name, -ENOENT if it is not there, -ENOTUNIQ with @fault set if it could be more
 * than one, else -errno with @fault set; @name is untouched on failure.
 */
int netif_find(int root, const struct netif_match *m, char name[SYSFS_NAME_MAX],
	       struct fault *fault) must_check nonnull(2, 3, 4);

/** netif_explain() - put the interfaces that are there instead into @fault */
void netif_explain(int root, const struct netif_match *m, struct fault *fault) nonnull(2, 3);

#endif
