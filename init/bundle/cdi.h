/* SPDX-License-Identifier: Apache-2.0 */
/* CDI devices in the boot: find their specs, wait for those that are made while the guest boots. */
#ifndef COLDINIT_BUNDLE_CDI_H
#define COLDINIT_BUNDLE_CDI_H

#include <errno.h>

#include "init/boot.h"

#ifdef CONFIG_CDI

/**
 * cdi_devices() - edit a config.json for the CDI devices that it asks for
 * @doc: patched for the manifest's devices already
 *
 * Spec files are those of the initramfs in /etc/cdi and /var/run/cdi, those that the manifest's
 * container.cdi_generator makes, and coldinit's own (see cdi_offer()). If a device or its node is
 * not there yet, waits up to coldinit.cdi_timeout= seconds for it. Does nothing at all if no device
 * is asked for. Return: 0 or -errno with @fault set; @doc is untouched on failure.
 */
int cdi_devices(struct boot *b, struct oci_document *doc, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * cdi_once() - the same with the spec files that are there: no generator, no wait
 * @root: what stands for "/" with its spec files and device nodes
 *
 * Return: 0 or -errno as cdi_inject(), with @fault set; @doc is untouched on failure.
 */
int cdi_once(struct boot *b, int root, struct oci_document *doc, struct fault *fault) must_check
	nonnull(1, 3, 4);

#else

/* Annotations are refused by oci_config(). */
static inline int must_check cdi_devices(struct boot *b, struct oci_document *doc,
					 struct fault *fault)
{
	(void)doc;
	if (!b->manifest.n_cdi_generator)
		return 0;
	return fault_set(fault, -ENOTSUP,
			 "container.cdi_generator: this build of coldinit knows no CDI devices");
}

#endif

#endif
