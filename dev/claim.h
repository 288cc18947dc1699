/* SPDX-License-Identifier: Apache-2.0 */
/* A device that is being set up, and what all handlers do with one. */
#ifndef COLDINIT_DEV_CLAIM_H
#define COLDINIT_DEV_CLAIM_H

#include "dev/device.h"
#include "dev/ops.h"
#include "init/lib/fault.h"
#include "net/uevent.h"

struct handler;

/** enum claim_state - a claim waits until it is ready or has failed, which is final */
enum claim_state {
	CLAIM_WAITING,
	CLAIM_READY,
	CLAIM_FAILED
};

/** enum claim_use - how a claim uses a PCI function; a greater value prevails */
enum claim_use {
	CLAIM_USE_NONE,
	CLAIM_USE_VFIO,	  /* it binds the function to vfio-pci */
	CLAIM_USE_KERNEL, /* it needs the function with the guest kernel's driver */
};

/**
 * struct claim_wake - the uevent that a claim waits for
 * @subsystem, @action: NULL if no uevent helps
 * @name: last component of its devpath, "" for any
 */
struct claim_wake {
	const char *subsystem, *action;
	char name[32];
};

/**
 * struct claim - one device that is being set up; members in frequent use are first
 * @device: what was requested
 * @handler: of its type
 * @result: what was found
 * @label: how messages name it
 * @all: the @n_all claims that settle together, including this one
 * @state: see enum claim_state
 * @priv: the handler's data, from the arena
 * @wake: the uevent that it waits for, see claim_wait()
 * @waiting_for: what is missing, for the log and the timeout's error; "" if it never waited
 * @helper: the process of a write_async that has not ended, 0 for none
 * @helper_error: how the last such process ended, 0 or -errno
 * @drives: it loads modules for its device, so that it looks again when a device is added
 * @deadline: microseconds of CLOCK_BOOTTIME
 * @again: when it looks again without a wake-up, 0 for not; see claim_again()
 * @again_ms: the request of the current call
 * @rested: it is called because of that, so there was no wake-up for so long
 * @last: it is called for the last time before its timeout is an error
 * @fault: gets the error of the current call; all claims share it
 */
struct claim {
	const struct device *device;
	const struct handler *handler;
	struct device_result *result;
	const char *label;
	struct claim *all;
	size_t n_all;
	enum claim_state state;
	void *priv;
	struct fault *fault;
	pid_t helper;
	int helper_error;
	uint64_t deadline, again;
	uint32_t again_ms;
	bool rested, last, drives;
	struct claim_wake wake;
	char waiting_for[256];
};

/**
 * claim_wait() - record what a claim waits for, and log it if it has changed
 * @c: the claim
 * @subsystem: of the uevent that may bring it; NULL, with the next two, if only the end of a helper
 *	process or the handler's concerns() matters
 * @action: of that uevent; not copied
 * @name: last component of that uevent's devpath, NULL or "" for any
 * @fmt: what is missing, to be read after "waited 3000 ms for "
 *
 * Return: -EAGAIN, which advance() returns.
 */
int claim_wait(struct claim *c, const char *subsystem, const char *action, const char *name,
	       const char *fmt, ...) nonnull(1, 5) printf_like(5, 6);

/**
 * claim_again() - let the claim look again after some time if nothing wakes it before
 * @c: the claim, whose advance() will return -EAGAIN
 * @ms: milliseconds from now
 */
void claim_again(struct claim *c, uint32_t ms) nonnull(1);

/**
 * claim_woken() - compare a uevent with the one that claim_wait() named
 * @c: the claim
 * @ev: the uevent
 *
 * Return: true if it is that one.
 */
bool claim_woken(const struct claim *c, const struct uevent *ev) nonnull(1, 2);

/**
 * claim_make_node() - make sure that the node of a device in sysfs exists
 * @c: the claim; its fault gets the error
 * @env: where
 * @type: 'b' or 'c'
 * @dir: the device's directory below the root; its file "dev" has the node's numbers
 * @name: the node's path below /dev; devtmpfs has usually made it
 * @out: gets the node; untouched on failure
 *
 * Return: 0; -ENOENT, without a fault, if @dir or its "dev" does not exist; -EINVAL if "dev" has no
 * numbers, -ENAMETOOLONG, or the error of mknod with the fault set.
 */
int claim_make_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
		    const char *name, struct device_node *out) must_check nonnull(1, 2, 4, 5, 6);

/**
 * claim_give_node() - put the node that the container gets into the result
 * @c: the claim
 * @node: the node, of a device that sysfs has; copied
 */
void claim_give_node(struct claim *c, const struct device_node *node) nonnull(1, 2);

/**
 * claim_node() - claim_make_node() followed by claim_give_node()
 * @c: the claim; its fault gets the error
 * @env: where
 * @type: 'b' or 'c'
 * @dir: the device's directory below the root
 * @name: the node's path below /dev
 *
 * Return: as claim_make_node().
 */
int claim_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
	       const char *name) must_check nonnull(1, 2, 4, 5);

/**
 * claim_driver() - put the driver of a device into the result and check that it is the expected one
 * @c: the claim; its fault gets the error
 * @env: where
 * @dir: the device's directory below the root
 * @at: how messages name the place
 *
 * Return: 0, -ENODEV if another driver was expected, or the errno of reading the link.
 */
int claim_driver(struct claim *c, const struct dev_env *env, const char *dir,
		 const char *at) must_check nonnull(1, 2, 3, 4);

/**
 * claim_other_use() - find out how the other claims use a PCI function
 * @c: the claim that wants to know
 * @env: where
 * @at: the function's address
 * @use: only a greater use matters
 * @other: gets the claim with that use; untouched if there is none
 *
 * Return: the greatest use of all claims that have not failed, @use if none is greater.
 */
enum claim_use claim_other_use(const struct claim *c, const struct dev_env *env,
			       const struct pci_address *at, enum claim_use use,
			       const struct claim **other) nonnull(1, 2, 3, 5);

#endif
