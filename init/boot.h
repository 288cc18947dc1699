/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One boot: what its steps make, and the operations with which they reach the guest.
 *
 * PID 1 and `coldinit plan` run the same steps, which are in main.c:
 *
 *	command line ─ request.options ─┐
 *	manifest ───── request.manifest ┴ request.devices ─ found.devices ─┐
 *	                                           config.json ─ doc ──────┴ config ─ container
 *
 * request is constant once the manifest is read; found has one result for each of its devices; doc
 * is config.json, patched for the results, and config what the container is launched with.
 *
 * The operations, struct boot_ops, are the only difference: PID 1 has the live ones, a plan has
 * those on a recorded tree. So both refuse the same input with the same error, as far as this needs
 * no kernel (tests/boot/test_bad_input.py): checks belong in the steps, or in functions that the
 * operations of both call. A plan skips steps that need a kernel and decide nothing (struct step).
 */
#ifndef COLDINIT_BOOT_H
#define COLDINIT_BOOT_H

#include "init/bundle/bundle.h"
#include "init/devices/uevents.h"
#include "init/guest/modules.h"
#include "init/run/supervise.h"
#include "init/services/services.h"
#include "spec/verdict.h"

struct boot;

/**
 * struct boot_ops - how the steps reach the guest
 * @live: this is the real guest: run also the steps that only change it
 * @dev: the operations of dev/
 * @read_command_line: reads the kernel command line into @line, @size bytes with its end
 * @read_manifest: sets @text to the malloc()ed manifest; @word is its SOURCE, or NULL. Leaves @text
 *	NULL if there is none
 * @load_drivers: loads the modules that the manifest names, and those of its storages; @env is that
 *	of the search for devices, which begins behind it
 * @load_module: loads a handler's module; @arg is the boot
 * @drive: loads the modules for a modalias (struct dev_env); NULL without modules; @arg is the boot
 * @wait_devices: passes events to @settle until no device waits; @arg is the boot
 * @set_up_network: configures the interfaces that were found
 * @open_bundle: mounts the storages and the bundle, and starts the services
 * @read_config: sets @text to the malloc()ed config.json
 * @inject_cdi: edits @doc for its CDI devices; @arg is the boot
 * @lstat: reads what lstat(2) would say of a device node below a root; NULL for root_lstat()
 * @prepare_source: makes the source of a bind mount, if it is a mount of the guest; NULL in a plan
 * @has_program: is a hook's program in the guest? NULL if that is not known; @arg is the boot.
 *	Return: 1, 0, or -errno
 *
 * Those that read return a length in bytes, the others 0; all return -errno with @fault set on
 * failure.
 */
struct boot_ops {
	bool live;
	const struct dev_ops *dev;
	ssize_t (*read_command_line)(struct boot *b, char *line, size_t size, struct fault *fault);
	ssize_t (*read_manifest)(struct boot *b, const char *word, char **text,
				 struct fault *fault);
	int (*load_drivers)(struct boot *b, const struct devices_env *env, struct fault *fault);
	int (*load_module)(void *arg, const char *module, struct fault *fault);
	int (*drive)(void *arg, const char *modalias, struct fault *fault);
	int (*wait_devices)(void *arg, struct settle *settle, struct fault *fault);
	int (*set_up_network)(struct boot *b, struct fault *fault);
	int (*open_bundle)(struct boot *b, struct fault *fault);
	ssize_t (*read_config)(struct boot *b, char **text, struct fault *fault);
	int (*inject_cdi)(void *arg, struct oci_document *doc, struct fault *fault);
	int (*lstat)(int root, const char *path, struct stat *st);
	int (*prepare_source)(const char *source, struct fault *fault);
	int (*has_program)(void *arg, const char *path, struct fault *fault);
};

/**
 * struct boot - one boot; zero-initialise before use, descriptors with -1
 * @arena: memory for all that the steps make
 * @ops: how the steps reach the guest
 * @initrd: descriptor of the initramfs' root, the only way to it after mounts_make(); -1 when it is
 *	gone
 * @root: descriptor of "/", or of the directory that replaces it
 * @loop: the event loop
 * @signals: signals as events (step 2)
 * @uevents: the kernel's uevents (step 2)
 * @modules: the initramfs' kernel modules (step 4)
 * @request: what the VMM wants; constant after step 5
 * @found: what the guest has of it (step 6; step 7 sets new names of interfaces)
 * @services: the services (step 8)
 * @bundle: the bundle (step 8)
 * @doc: config.json, patched (step 8)
 * @config: what the container is launched with (step 8)
 * @run: the container while it runs (steps 9 and 10)
 * @end: how the container ended (steps 9 and 10)
 * @phase: of the step that runs or has failed
 * @fault: why a step failed
 * @timeline_us: the end of each phase (CLOCK_BOOTTIME, in microseconds), 0 if it was not reached
 *
 * Those with buffers that are usually empty are at the end: PID 1 keeps few pages for all of it.
 */
struct boot {
	struct arena arena;
	const struct boot_ops *ops;
	int initrd, root, loop;
	enum phase phase;
	struct signals signals;
	struct request request;
	struct found found;
	struct oci_document *doc;
	struct oci_config config;
	uint64_t timeline_us[PHASES];
	struct bundle bundle;
	struct modules modules;
	struct fault fault;
	struct services services;
	struct uevents uevents;
	struct run_end end;
	struct run run;
};

/**
 * boot_runner - run the steps of a boot, or those that a plan has
 * @b: has ops, the descriptors and the default options
 * @failed: gets the phase of the step that failed
 *
 * Return: 0 after the last step, or -errno with @b->fault set.
 */
typedef int boot_runner(struct boot *b, enum phase *failed);

#endif
