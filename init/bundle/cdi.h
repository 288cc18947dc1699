/* SPDX-License-Identifier: Apache-2.0 */
/* CDI devices in the boot: find their specs, wait for those that are made while the guest boots. */
#ifndef COLDINIT_BUNDLE_CDI_H
#define COLDINIT_BUNDLE_CDI_H

#include <errno.h>

#include "init/devices/devices.h"
#include "init/guest/signals.h"

/**
 * struct cdi_env - what the search for CDI devices works with
 * @arena: memory for the request
 * @root: descriptor of "/", with the spec files and the device nodes
 * @initrd: descriptor of the initramfs' root, -1 if there is none
 * @loop: the event loop
 * @signals: get handlers for the generator's end and for stop requests
 * @request: with the options, the generator and the listed devices
 * @found: their results
 */
struct cdi_env {
	struct arena *arena;
	int root, initrd, loop;
	struct signals *signals;
	const struct request *request;
	const struct found *found;
};

#ifdef CONFIG_CDI

/**
 * cdi_devices() - edit a config.json for the CDI devices that it names
 * @env: all of it
 * @doc: patched for the manifest's devices already; untouched on failure
 * @fault: set on failure
 *
 * Spec files are those of the initramfs in /etc/cdi and /var/run/cdi, those that the manifest's
 * container.cdi_generator makes, and coldinit's own (see cdi_offer()). If a device or its node is
 * not there yet, this waits up to coldinit.cdi_timeout= seconds for it. Does nothing if no device
 * is named. Return: 0, -EINTR for a stop request, -ETIME, -ECHILD for a generator that failed, or
 * -errno of cdi_inject().
 */
int cdi_devices(const struct cdi_env *env, struct oci_document *doc, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * cdi_once() - the same with the spec files that are there: no generator, no wait
 * @env: only arena, root, request and found are used
 * @doc: as for cdi_devices()
 * @fault: set on failure
 *
 * Return: 0, or -errno of cdi_inject().
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
