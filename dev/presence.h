/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that go away after they were set up: a function that is unplugged or removed, a driver
 * that is unbound, a disk whose node disappears.
 *
 * Uevents are wake-ups here, too: each one that can concern a device makes coldinit look at sysfs.
 * Until the container's program runs such a loss is an error, afterwards a warning.
 */
#ifndef COLDINIT_DEV_PRESENCE_H
#define COLDINIT_DEV_PRESENCE_H

#include "dev/device.h"
#include "dev/ops.h"
#include "init/lib/fault.h"
#include "net/uevent.h"

/**
 * struct presence - the devices that must stay
 * @root: descriptor of the root directory
 * @devices: what was requested
 * @results: what was found; @n of each
 * @running: the container's program runs, so that a loss is a warning
 * @err: 0, or -ENODEV after the loss of a required device
 * @failed: the result that @err is about
 * @fault: set if @err is not 0
 */
struct presence {
	int root;
	const struct device *devices;
	struct device_result *results;
	size_t n;
	bool running;
	int err;
	const struct device_result *failed;
	struct fault fault;
};

#ifdef CONFIG_DEVICE_LOSS

/**
 * presence_note() - keep what must stay of a device that has just become ready
 * @env: where
 * @r: its result, with mappings, address, driver and node; gets functions and node_listed
 * @fault: gets the error
 *
 * Return: 0, -ENOMEM, or the errno of a look at sysfs.
 */
int presence_note(const struct dev_env *env, struct device_result *r,
		  struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * presence_uevent() - look at the devices that a uevent concerns
 * @p: the devices, with @p->results NULL before they are searched
 * @ev: the uevent
 */
void presence_uevent(struct presence *p, const struct uevent *ev) nonnull(1, 2);

/**
 * presence_rescan() - look at all devices, because uevents were lost
 * @p: the devices
 */
void presence_rescan(struct presence *p) nonnull(1);

#else

static inline int must_check presence_note(const struct dev_env *env, struct device_result *r,
					   struct fault *fault)
{
	(void)env, (void)r, (void)fault;
	return 0;
}

static inline void presence_uevent(struct presence *p, const struct uevent *ev)
{
	(void)p, (void)ev;
}

static inline void presence_rescan(struct presence *p)
{
	(void)p;
}

#endif

#endif
