/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces in /sys/class/net that are found by what they are, not by their device. */
#ifndef COLDINIT_DEV_NETIF_H
#define COLDINIT_DEV_NETIF_H

#include <stdbool.h>

#include "dev/sysfs.h"
#include "init/lib/fault.h"
#include "init/lib/hw_address.h"

/** NETIF_CLASS - the directory with a link to each interface */
#define NETIF_CLASS "sys/class/net"

/**
 * struct netif_match - which interface
 * @by_address: the one with the hardware address @address
 * @name: else the one with this name, or, if it is "*", the only one that has a device; not copied
 */
struct netif_match {
	bool by_address;
	struct hw_address address;
	const char *name;
};

/**
 * netif_match_parse() - parse the fields of a device that name an interface
 * @id: a hardware address, or "" if @name counts
 * @name: the interface's name, or "*"
 * @out: gets the match, which points to @name; untouched on failure
 *
 * Return: 0, or -EINVAL if they name none.
 */
int netif_match_parse(const char *id, const char *name, struct netif_match *out) must_check
	nonnull(1, 2, 3);

/**
 * netif_match_text() - describe an interface, as "the network interface with hardware address …"
 * @m: which interface
 * @buf: gets the text
 * @size: room in @buf; a text that does not fit is cut
 */
void netif_match_text(const struct netif_match *m, char *buf, size_t size) nonnull(1, 2);

/**
 * netif_find() - search an interface
 * @root: descriptor of the root directory
 * @m: which interface
 * @name: gets its name; untouched on failure
 * @fault: gets the error
 *
 * Return: 0; -ENOENT, without a fault, if it does not exist; -ENOTUNIQ if there are several and @m
 * is "*"; or the errno of reading the class.
 */
int netif_find(int root, const struct netif_match *m, char name[SYSFS_NAME_MAX],
	       struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * netif_explain() - put the interfaces that exist, instead of the missing one, into a fault
 * @root: descriptor of the root directory
 * @fault: its text and facts are replaced
 */
void netif_explain(int root, struct fault *fault) nonnull(2);

/**
 * netif_add() - append the interfaces that exist to an error
 * @root: descriptor of the root directory
 * @fault: one that is set
 */
void netif_add(int root, struct fault *fault) nonnull(2);

#endif
