/* SPDX-License-Identifier: Apache-2.0 */
/* One boot: what its steps hand on to each other. The steps stand in main.c, in their order. */
#ifndef COLDINIT_BOOT_H
#define COLDINIT_BOOT_H

#include <limits.h>

#include "init/options/options.h"
#include "init/container/container.h"
#include "init/options/ip_word.h"
#include "init/lib/arena.h"
#include "init/guest/signals.h"
#include "spec/manifest.h"
#include "spec/oci.h"
#include "spec/verdict.h"

/** BUNDLE_DIR - where the bundle lies or is mounted unless the manifest says otherwise */
#define BUNDLE_DIR "/run/coldinit/bundle"

struct uevent_socket;

/**
 * struct boot - zero-initialise before use
 * @initrd: the initramfs, which nobody else sees any more once mounts_make() is done; -1 when it
 *	has been emptied
 * @root: "/", the tmpfs that PID 1 lives on
 * @loop: the one event loop
 * @manifest: with the command line's devices behind its own, then the network's interfaces
 * @ip: what the command line's ip= says
 * @interfaces: for each of the manifest's interfaces its place among the devices
 * @results: one for each device; the verdict shows them
 * @bundle: absolute path of the bundle
 * @ended, @end_status: the container's first process has ended, with waitpid(2)'s status
 * @kill_at: when patience with a container that was asked to stop ends, CLOCK_NEVER before
 * @verdict: filled in as the boot goes on
 */
struct boot {
	struct arena arena;
	int initrd, root, loop;
	struct options options;
	struct uevent_socket *uevents;
	struct signals signals;
	struct manifest manifest;
	struct ip_word ip;
	size_t *interfaces;
	struct device_result *results;
	char bundle[PATH_MAX], rootfs[PATH_MAX];
	struct oci_config config;
	struct container container;
	bool ended;
	int end_status;
	uint64_t kill_at;
	struct verdict verdict;
};

#endif
