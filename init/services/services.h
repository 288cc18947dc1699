/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 8, the services of the manifest: they are started before the bundle is read, and end after
 * the container. See services.c.
 */
#ifndef COLDINIT_SERVICES_SERVICES_H
#define COLDINIT_SERVICES_SERVICES_H

#include "init/guest/signals.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/manifest.h"

struct services_unit;

/**
 * struct services - all services of a boot; zero-initialise before use, must stay where it is
 * @manifest: has the services
 * @units: their states, in the manifest's order
 * @n: number of @units, 0 before services_start()
 * @started: how many were started
 * @root: descriptor of "/"
 * @initrd: descriptor of the initramfs' root
 * @loop: the event loop
 * @signals: reports the ends of processes and stop requests
 * @changes: reports new files that a daemon's condition names, while the services start
 * @timer: wakes up for services that start again
 * @running: the container's program runs
 * @ending: they are being ended
 * @failure: why the guest must end, if a daemon that it needs has ended
 */
struct services {
	const struct manifest *manifest;
	struct services_unit *units;
	size_t n, started;
	int root, initrd, loop;
	struct signals *signals;
	struct loop_source changes, timer;
	bool running, ending;
	struct fault failure;
};

#ifdef CONFIG_SERVICES

/**
 * services_start() - start the services, and wait until all of them are ready
 * @s: zeroed, with manifest, root, initrd, loop and signals set
 * @arena: memory for the units
 * @fault: set on failure
 *
 * What a service that is not required lacks is a warning. Sets the watchdog's limit.
 * Return: 0, -EINTR after a stop request, -ECHILD for a service that has ended too early or with
 * another status than 0, -ETIME for one that is not ready in time, or -errno of starting it.
 */
int services_start(struct services *s, struct arena *arena, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * services_check() - can the container still start?
 * @s: started or not
 * @fault: set on failure
 *
 * Return: 0, or -ECHILD if a service that it needs has ended.
 */
int services_check(const struct services *s, struct fault *fault) must_check nonnull(1, 2);

/**
 * services_keep_initramfs() - does a service need the files of the initramfs while the container
 *	runs?
 * @s: started or not
 *
 * Return: true if it has a daemon without "root".
 */
bool services_keep_initramfs(const struct services *s) must_check nonnull(1);

/**
 * services_end() - end the services, the last one that was started first
 * @s: started or not
 * @at_once: kill them; else they get SIGTERM and a few seconds
 * @fault: set if the result is true
 *
 * Sets the watchdog's limit for the end of the guest.
 * Return: true if the guest has failed because a service has ended.
 */
bool services_end(struct services *s, bool at_once, struct fault *fault) nonnull(1, 3);

#else

static inline int must_check services_start(struct services *s, struct arena *arena,
					    struct fault *fault)
{
	(void)s, (void)arena, (void)fault;
	return 0;
}

static inline int must_check services_check(const struct services *s, struct fault *fault)
{
	(void)s, (void)fault;
	return 0;
}

static inline bool must_check services_keep_initramfs(const struct services *s)
{
	(void)s;
	return false;
}

static inline bool services_end(struct services *s, bool at_once, struct fault *fault)
{
	(void)s, (void)at_once, (void)fault;
	return false;
}

#endif

#endif
