/* SPDX-License-Identifier: Apache-2.0 */
/* CDI devices in the boot: find their spec files, wait for those that are still to be made. */
#ifndef COLDINIT_BUNDLE_CDI_H
#define COLDINIT_BUNDLE_CDI_H

#include <errno.h>
#include <sys/stat.h>

#include "init/devices/devices.h"
#include "init/guest/signals.h"

/**
 * struct cdi_env - what the search for CDI devices works with
 * @arena: memory for the names of the requested devices
 * @root: descriptor of "/", which has the device nodes
 * @specs: descriptor of the root directory that has the spec files: @root in a guest
 * @lstat: how to look up nodes, see struct cdi_host; NULL in a guest
 * @initrd: descriptor of the initramfs' root, -1 if there is none
 * @loop: the event loop
 * @signals: gets handlers for the end of the generator and for stop requests
 * @request: has the options, the generator and the listed devices
 * @found: has the results of these devices
 * @producing: may something else than the generator still write spec files? NULL if not
 * @arg: for @producing
 */
struct cdi_env {
	struct arena *arena;
	int root, specs, initrd, loop;
	int (*lstat)(int root, const char *path, struct stat *st);
	struct signals *signals;
	const struct request *request;
	const struct found *found;
	bool (*producing)(void *arg);
	void *arg;
};

#ifdef CONFIG_CDI

/**
 * cdi_devices() - edit a config.json for the CDI devices that it names
 * @env: all members are used
 * @doc: already patched for the manifest's devices; untouched on failure
 * @fault: set on failure
 *
 * Spec files come from /etc/cdi, /var/run/cdi and /run/cdi of the initramfs, from the manifest's
 * container.cdi_generator and from coldinit itself (see cdi_offer()). If a device or its node is
 * missing, this waits for it, see init/bundle/cdi.c. Does nothing if no device is named. Return: 0,
 * -EINTR for a stop request, -ETIME at the deadline, -ECHILD for a generator that failed, or -errno
 * of cdi_requested(), cdi_inject(), inotify(7) and the event loop.
 */
int cdi_devices(const struct cdi_env *env, struct oci_document *doc, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * cdi_once() - cdi_devices() without a generator and without a wait
 * @env: only arena, root, specs, lstat, request and found are used
 * @doc: as for cdi_devices()
 * @fault: set on failure
 *
 * Return: 0, or -errno of cdi_requested() and cdi_inject().
 */
int cdi_once(const struct cdi_env *env, struct oci_document *doc, struct fault *fault) must_check
	nonnull(1, 2, 3);

#else

/* Annotations are refused by oci_config(). */
static inline int must_check cdi_devices(const struct cdi_env *env, struct oci_document *doc,
					 struct fault *fault)
{
	(void)doc;
	if (!env->request->manifest.n_cdi_generator)
		return 0;
	return fault_set(fault, -ENOTSUP,
			 "container.cdi_generator: this build of coldinit knows no CDI devices");
}

static inline int must_check cdi_once(const struct cdi_env *env, struct oci_document *doc,
				      struct fault *fault)
{
	return cdi_devices(env, doc, fault);
}

#endif

#endif
