/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device handler is. Each is in a file of its own, which registers it.
 *
 * A handler never waits. The settle loop (dev/settle.h) calls advance() at the first scan, after
 * each uevent that concerns() the claim and after lost uevents; advance() looks at sysfs, goes as
 * far as it can and says what it waits for.
 */
#ifndef COLDINIT_DEV_HANDLER_H
#define COLDINIT_DEV_HANDLER_H

#include <sys/types.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "net/uevent.h"

struct claim;

/**
 * struct dev_ops - how dev/ changes the system; a fake kernel or a dry run puts its own here
 * @write: one write to a sysfs file (see root_write())
 * @write_async: the same from a helper process, for writes that may block for ever (unbinding
 *	blocks while anybody has the device open); returns its pid or -errno, and the end is told
 *	to settle_child()
 * @mknod: make a node below the root, parents included; -EEXIST is not an error
 */
struct dev_ops {
	int (*write)(int root, const char *path, const char *text);
	pid_t (*write_async)(int root, const char *path, const char *text);
	int (*mknod)(int root, const char *path, mode_t mode, uint32_t major, uint32_t minor);
};

/**
 * struct dev_env - where dev/ works
 * @root: descriptor of the directory that stands for "/"
 * @ops: how to change it
 * @arena: what results point to is taken from here
 * @timeout_ms: default for devices that give none
 * @allow_unsafe_interrupts: policy unsafe_interrupts is "allow"
 */
struct dev_env {
	int root;
	const struct dev_ops *ops;
	struct arena *arena;
	uint32_t timeout_ms;
	bool allow_unsafe_interrupts;
};

/** enum asked - what a claim asks of a PCI function */
enum asked {
	ASKED_NOTHING,
	ASKED_VFIO,   /* to be bound to vfio-pci */
	ASKED_KERNEL, /* to stay with the guest kernel's own driver */
};

/**
 * struct handler - one kind of device
 * @types: the manifest's "type" words it serves, NULL-terminated
 * @modules: kernel modules that it needs if the kernel has them as modules, NULL-terminated
 * @node: it gives the container a node: container_path counts
 * @prepare: check and parse the device's own words; no look at the system. Return 0 or -errno
 *	with claim->fault set. claim->priv is the handler's, from the arena.
 * @advance: go as far as possible. Return 0 when claim->result is complete, -EAGAIN after
 *	claim_wait(), else -errno with claim->fault set.
 * @concerns: can this uevent be what the claim waits for? Pure. NULL: claim_woken() says it all.
 * @explain: the deadline has come: put what is there instead into claim->fault, as one line of
 *	text and as facts. NULL if claim->waiting_for says it all.
 * @asks: what does the claim ask of the PCI function at @at? NULL: of none anything.
 */
struct handler {
	const char *const *types;
	const char *const *modules;
	bool node;
	int (*prepare)(struct claim *c, const struct dev_env *env);
	int (*advance)(struct claim *c, const struct dev_env *env);
	bool (*concerns)(const struct claim *c, const struct uevent *ev);
	void (*explain)(struct claim *c, const struct dev_env *env);
	enum asked (*asks)(struct claim *c, const struct dev_env *env,
			   const struct pci_address *at);
};

enum claim_state {
	CLAIM_WAITING,
	CLAIM_READY,
	CLAIM_FAILED
};

/**
 * struct wake - the uevent that a claim waits for
 * @subsystem, @action: NULL if no uevent helps
 * @name: last component of its devpath, "" for any
 */
struct wake {
	const char *subsystem, *action;
	char name[32];
};

/**
 * struct claim - one device on its way
 * @label: how messages name it
 * @all: the @n_all claims that settle together, this one among them
 * @waiting_for: what is missing, for the log and the deadline's error; "" if it never waited
 * @helper: process of a write_async that has not ended, 0 for none
 * @helper_error: what became of the last one: 0 or -errno
 * @deadline: microseconds of CLOCK_BOOTTIME
 * @fault: gets the error of the call that is being made; all claims share it
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
	struct wake wake;
	char waiting_for[256];
	pid_t helper;
	int helper_error;
	uint64_t deadline;
	struct fault *fault;
};

/**
 * claim_wait() - say what the claim waits for and which uevent may bring it
 * @subsystem, @action, @name: see struct wake; NULL for all three: a helper's end brings it
 * @fmt: what is missing, to be read after "waited 3000 ms for "
 *
 * The log tells it, once.
 * Return: -EAGAIN, for advance() to pass on.
 */
int claim_wait(struct claim *c, const char *subsystem, const char *action, const char *name,
	       const char *fmt, ...) nonnull(1, 5) printf_like(5, 6);

/** claim_woken() - is this the uevent that claim_wait() named? */
bool claim_woken(const struct claim *c, const struct uevent *ev) nonnull(1, 2);

/**
 * claim_make_node() - see to the node of a device that sysfs knows
 * @type: 'b' or 'c'
 * @dir: its directory below the root, which holds "dev" with the node's numbers
 * @name: the node below /dev; it is made if devtmpfs did not
 *
 * Return: 0 with @out filled in, -ENOENT without @dir or its "dev", else -errno with the claim's
 * fault set; @out is untouched on failure.
 */
int claim_make_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
		    const char *name, struct device_node *out) must_check nonnull(1, 2, 4, 5, 6);

/** claim_give_node() - the node that the container gets for the device */
void claim_give_node(struct claim *c, const struct device_node *node) nonnull(1, 2);

/** claim_node() - claim_make_node() and claim_give_node() */
int claim_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
	       const char *name) must_check nonnull(1, 2, 4, 5);

/**
 * claim_driver() - put the driver of the device at @dir into the result; is it the expected one?
 * @at: how messages name the place
 *
 * Return: 0 or -errno with the claim's fault set.
 */
int claim_driver(struct claim *c, const struct dev_env *env, const char *dir,
		 const char *at) must_check nonnull(1, 2, 3, 4);

/**
 * claim_asked() - does another claim ask something of the PCI function at @at?
 * @other: gets that claim
 *
 * Claims that have failed ask nothing. Return: ASKED_KERNEL before ASKED_VFIO.
 */
enum asked claim_asked(const struct claim *c, const struct dev_env *env,
		       const struct pci_address *at, const struct claim **other)
	nonnull(1, 2, 3, 4);

/**
 * HANDLER_REGISTER() - make a struct handler known to handler_find(), from the file that has it
 *
 * Nothing else names it. "retain" keeps it through -Wl,--gc-sections.
 */
#define HANDLER_REGISTER(name)                               \
	static const struct handler *const name##_registered \
		__attribute__((used, retain, section("handlers"))) = &(name)

/** handler_nth() - one handler after the other. Return: NULL if there are no more than @n. */
const struct handler *handler_nth(size_t n) must_check;

/** handler_find() - the handler of a device type. Return: NULL if no handler serves it. */
const struct handler *handler_find(const char *type) must_check nonnull(1);

/** handler_types() - the known types, "blk, vfio-pci, …", for error messages */
const char *handler_types(void);

#endif
