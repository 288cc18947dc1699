/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device handler sets up the devices of one kind. Each is in a separate file, which registers
 * it.
 *
 * A handler never waits. The settle loop (dev/settle.c) calls advance() at the first scan, after
 * each uevent that concerns() the claim, and after uevents were lost. advance() looks at sysfs,
 * goes as far as it can, and records what it waits for.
 */
#ifndef COLDINIT_DEV_HANDLER_H
#define COLDINIT_DEV_HANDLER_H

#include "dev/claim.h"

/**
 * struct handler - one kind of device; the operations may be NULL where it is said
 * @types: the values of the manifest's "type" that it serves, NULL-terminated
 * @modules: kernel modules that it requests by their names, NULL-terminated, because no device
 *	names them
 * @node: the container gets a node, so "container_path" counts
 * @prepare: check and parse the fields of the device, without a look at the system. claim->priv is
 *	for its data, from the arena. Return: 0, or -errno with the claim's fault set.
 * @advance: go as far as possible. Return: 0 when claim->result is complete, -EAGAIN after
 *	claim_wait(), else -errno with the claim's fault set.
 * @concerns: pure: can this uevent be what the claim waits for? NULL: claim_woken() decides.
 * @explain: after the timeout: put what is there instead into the claim's fault, as one line of
 *	text and as facts. NULL if claim->waiting_for is enough.
 * @use: how its claims use their PCI functions, CLAIM_USE_NONE if they have none
 * @has: is the PCI function at an address one of the claim's? NULL: it has none.
 */
struct handler {
	const char *const *types;
	const char *const *modules;
	bool node;
	int (*prepare)(struct claim *c, const struct dev_env *env);
	int (*advance)(struct claim *c, const struct dev_env *env);
	bool (*concerns)(const struct claim *c, const struct uevent *ev);
	void (*explain)(struct claim *c, const struct dev_env *env);
	enum claim_use use;
	bool (*has)(struct claim *c, const struct dev_env *env, const struct pci_address *at);
};

/**
 * HANDLER_REGISTER() - add a handler to the table that handler_find() searches
 * @name: a static struct handler of the same file
 *
 * Nothing else refers to it; "retain" keeps it in spite of -Wl,--gc-sections.
 */
#define HANDLER_REGISTER(name)                               \
	static const struct handler *const name##_registered \
		__attribute__((used, retain, section("handlers"))) = &(name)

/**
 * handler_nth() - get one handler after another
 * @n: from 0 on
 *
 * Return: the handler, NULL if there are no more than @n.
 */
const struct handler *handler_nth(size_t n) must_check;

/**
 * handler_find() - find the handler of a device type
 * @type: as in the manifest
 *
 * Return: the handler, NULL if no handler of this build serves the type.
 */
const struct handler *handler_find(const char *type) must_check nonnull(1);

/**
 * handler_types() - list the known device types for error messages
 *
 * Return: "blk, mmioblk, …", in static memory.
 */
const char *handler_types(void);

#endif
