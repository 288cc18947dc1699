/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One boot: what its steps make, and the operations with which they reach the guest.
 *
 * PID 1 and `coldinit plan` run the same steps (main.c). What differs stands in struct boot_ops:
 * PID 1 has the live operations, a plan those on a recorded tree. A step that needs a kernel and
 * decides nothing is only for PID 1.
 */
#ifndef COLDINIT_BOOT_H
#define COLDINIT_BOOT_H

#include "init/bundle/bundle.h"
#include "init/devices/uevents.h"
#include "init/guest/modules.h"
#include "init/run/supervise.h"
#include "spec/verdict.h"

struct boot;

/**
 * struct boot_ops - how the steps reach the guest
 * @live: it is the real one: the steps that only change it run too
 * @read_command_line: gets the kernel command line, at most @size bytes with its end
 * @read_manifest: gets the manifest's malloc()ed text, or leaves NULL if there is none
 * @load_drivers: loads the kernel modules that the manifest names, and those of its storages
 * @load_module: loads a handler's module; @arg is the boot
 * @wait_devices: brings events to the devices until none waits; @arg is the boot
 * @set_up_network: configures the interfaces that were found
 * @open_bundle: mounts the storages and the bundle
 * @read_config: gets config.json's malloc()ed text
 * @inject_cdi: edits the spec for its CDI devices; @arg is the boot
 * @has_program: is a hook's program in the guest? NULL if that is not known
 *
 * Lengths, or 0, or -errno with the fault set.
 */
struct boot_ops {
	bool live;
	const struct dev_ops *dev;
	ssize_t (*read_command_line)(struct boot *b, char *line, size_t size, struct fault *fault);
	ssize_t (*read_manifest)(struct boot *b, char **text, struct fault *fault);
	int (*load_drivers)(struct boot *b, struct fault *fault);
	int (*load_module)(void *arg, const char *module, struct fault *fault);
	int (*wait_devices)(void *arg, struct settle *settle, struct fault *fault);
	int (*set_up_network)(struct boot *b, struct fault *fault);
	int (*open_bundle)(struct boot *b, struct fault *fault);
	ssize_t (*read_config)(struct boot *b, char **text, struct fault *fault);
	int (*inject_cdi)(void *arg, struct oci_document *doc, struct fault *fault);
	bool (*has_program)(void *arg, const char *path);
};

/**
 * struct boot - zero-initialise before use, but for the descriptors: -1
 * @arena: memory for all that the steps make
 * @ops: how they reach the guest
 * @initrd: the initramfs, which nothing else can reach once mounts_make() is done; -1 when it has
 *	been emptied
 * @root: "/", the tmpfs that PID 1 lives on, or what stands for it
 * @loop: the event loop
 * @request: what was requested; const once step 5 is done
 * @found: what there is of it (step 6; step 7 adds the interfaces' names)
 * @bundle: the bundle (step 8)
 * @doc: config.json, patched (step 8)
 * @config: what the container is launched with (step 8)
 * @run, @end: the container while it runs, and how it ended (steps 9 and 10)
 * @fault: why a step failed
 * @timeline_us: the end of each phase (CLOCK_BOOTTIME, in microseconds), 0 for those not reached
 */
struct boot {
	struct arena arena;
	const struct boot_ops *ops;
	int initrd, root, loop;
	struct signals signals;
	struct uevents uevents;
	struct modules modules;
	struct request request;
	struct found found;
	struct bundle bundle;
	struct oci_document *doc;
	struct oci_config config;
	struct run run;
	struct run_end end;
	struct fault fault;
	uint64_t timeline_us[PHASES];
};

/**
 * boot_runner - runs the steps of a boot, all of them or those of a plan
 * @b: with ops and descriptors set
 * @failed: gets the phase of a step that failed
 *
 * Return: 0 after the last step, or -errno with @b->fault set.
 */
typedef int boot_runner(struct boot *b, enum phase *failed);

#endif
