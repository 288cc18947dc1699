// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "devices: " fmt

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/pci.h"
#include "dev/presence.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/* Return: 1, 0, or -errno with the fault set. */
static int presence_has_node(int root, const struct device_result *r, struct fault *fault)
{
	return root_look(root, fault, "sys/dev/%s/%u:%u", r->node_type == 'b' ? "block" : "char",
			 r->major, r->minor);
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
