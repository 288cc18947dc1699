// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "devices: " fmt

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/pci.h"
#include "dev/presence.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/* The functions of a device: those of its mappings, else the one at its address. */
static size_t presence_addresses(const struct device_result *r, struct pci_address *one)
{
	if (r->n_pci)
		return r->n_pci;
	return pci_address_parse(r->guest, strlen(r->guest), one) ? 0 : 1;
}

/* Return: 1, 0, or -errno with the fault set. */
static int presence_has_node(int root, const struct device_result *r, struct fault *fault)
{
	return root_look(root, fault, "sys/dev/%s/%u:%u", r->node_type == 'b' ? "block" : "char",
			 r->major, r->minor);
}

int presence_note(const struct dev_env *env, struct device_result *r, struct fault *fault)
{
	struct pci_address one;
	size_t n = presence_addresses(r, &one);
	struct device_function *f = arena_alloc(env->arena, n, sizeof(*f));
	int err = 0;

	if (n && !f)
		return fault_oom(fault);
	for (size_t i = 0; i < n && !err; i++) {
		f[i].at = r->n_pci ? r->pci[i].guest : one;
		/* All functions of a VFIO group have the driver that was just read. */
		if (i == 0 || r->group[0])
			memcpy(f[i].driver, r->driver, sizeof(r->driver));
		else
			err = pci_driver(env->root, &f[i].at, f[i].driver, fault);
	}
	if (!err && r->node_type && !r->node_listed)
		err = presence_has_node(env->root, r, fault);
	if (err < 0)
		return err;
	r->functions = f;
	r->n_functions = n;
	r->node_listed |= err;
	return 0;
}

static int presence_lost(struct fault *fault, const char *expected, const char *found,
			 const char *what)
{
	fault_set(fault, 0, "%s after it was set up (expected %s, found %s)", what, expected,
		  found);
	return fault_facts(fault, -ENODEV, expected, found);
}

static int presence_check_function(int root, const struct device_function *f,
				   enum device_loss *loss, struct fault *fault)
{
	const char *at = pci_address_text(&f->at).s;
	char driver[SYSFS_DRIVER_MAX], what[64], expected[64];
	int err;

	err = root_look(root, fault, PCI_DEVICES "/%s", at);
	if (err < 0)
		return err;
	if (!err) {
		snprintf(what, sizeof(what), "%s was removed", at);
		return presence_lost(fault, at, "nothing", what);
	}
	err = pci_driver(root, &f->at, driver, fault);
	if (err || !strcmp(driver, f->driver) || !f->driver[0])
		return err;
	*loss = DEVICE_DRIVER_LOST;
	snprintf(what, sizeof(what), "%s lost its driver", at);
	snprintf(expected, sizeof(expected), "driver %s", f->driver);
	return presence_lost(fault, expected, driver[0] ? driver : "no driver", what);
}

/* @loss: set to DEVICE_DRIVER_LOST if the function is still there. Return: 0 or -errno. */
static int presence_check(int root, const struct device_result *r, enum device_loss *loss,
			  struct fault *fault)
{
	char what[sizeof(r->node) + 32];
	int err = 0;

	for (size_t i = 0; i < r->n_functions && !err; i++)
		err = presence_check_function(root, &r->functions[i], loss, fault);
	if (err || !r->node_listed)
		return err;
	err = presence_has_node(root, r, fault);
	if (err)
		return err < 0 ? err : 0;
	snprintf(what, sizeof(what), "the device of %s was removed", r->node);
	return presence_lost(fault, r->node, "no such device", what);
}

/*
 * The kernel unbinds the driver before it removes the function, so that a look between the two
 * finds less than what happens: the removal is reported after the driver's loss.
 */
static void presence_look(struct presence *p, size_t i)
{
	struct device_result *r = &p->results[i];
	enum device_loss loss = DEVICE_REMOVED;
	struct fault fault;
	int err;

	if (!r->ready || r->loss == DEVICE_REMOVED)
		return;
	err = presence_check(p->root, r, &loss, &fault);
	if (!err || loss == r->loss)
		return;
	r->loss = loss;
	fault_prefix(&fault, err, "%.64s", r->label);
	if (p->running) {
		pr_warn("%s; the container still runs", fault.text);
	} else if (!p->devices[i].required) {
		pr_warn("%s (not required: going on)", fault.text);
	} else if (!p->err || p->failed == r) {
		p->err = err;
		p->failed = r;
		p->fault = fault;
	}
}

/* Can a uevent of a removal be about a device? */
static bool presence_concerns(const struct device_result *r, const struct uevent *ev)
{
	const char *name = strrchr(ev->devpath, '/');

	if (r->node_listed && *ev->devname && !strcmp(r->node + strlen("/dev/"), ev->devname))
		return true;
	for (size_t i = 0; i < r->n_functions && name; i++)
		if (!strcmp(name + 1, pci_address_text(&r->functions[i].at).s))
			return true;
	return false;
}

void presence_uevent(struct presence *p, const struct uevent *ev)
{
	if (strcmp(ev->action, "remove") != 0 && strcmp(ev->action, "unbind") != 0)
		return;
	for (size_t i = 0; p->results && i < p->n; i++)
		if (presence_concerns(&p->results[i], ev))
			presence_look(p, i);
}

void presence_rescan(struct presence *p)
{
	for (size_t i = 0; p->results && i < p->n; i++)
		presence_look(p, i);
}
