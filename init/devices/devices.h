/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6, the devices: dev/'s settle loop, with what the request has for it. */
#ifndef COLDINIT_DEVICES_DEVICES_H
#define COLDINIT_DEVICES_DEVICES_H

#include "dev/settle.h"
#include "init/request/request.h"
#include "spec/oci.h"

/**
 * struct found - what the guest has of what was requested
 * @devices: one result for each of the request's devices, in their order; NULL before the search
 */
struct found {
	struct device_result *devices;
};

/**
 * struct devices_env - how the search reaches the guest, or what stands for it
 * @dev: where dev/ works
 * @load: loads a kernel module that a handler needs. Return: 0 or -errno with the fault set
 * @wait: brings events to @settle until settle_pending() is 0. Return: as @load
 * @arg: for both
 */
struct devices_env {
	struct dev_env dev;
	int (*load)(void *arg, const char *module, struct fault *fault);
	int (*wait)(void *arg, struct settle *settle, struct fault *fault);
	void *arg;
};

/**
 * devices_find() - load the handlers' modules, set all devices up, wait for those that are missing
 * @env: must stay until the wait is over
 * @request: what is looked for
 * @out: gets the results at once, so that a failure has those that were reached
 * @fault: set on failure
 *
 * Return: 0, or -errno of the first required device that failed, or of @env's functions.
 */
int devices_find(const struct devices_env *env, const struct request *request, struct found *out,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * devices_patch() - update a config.json for the devices that were found, and for the nodes that
 * the guest kernel made beside them
 * @arena: memory for the list of nodes
 * @root: descriptor of "/"
 * @request: with the listed devices and the policy
 * @found: their results
 * @doc: patched; untouched on failure
 * @fault: set on failure
 *
 * Return: 0, or an error of infiniband_nodes() and oci_patch().
 */
int devices_patch(struct arena *arena, int root, const struct request *request,
		  const struct found *found, struct oci_document *doc,
		  struct fault *fault) must_check nonnull(1, 3, 4, 5, 6);

/**
 * devices_limit_s() - the longest time that devices_find() may take
 * @request: with the devices and their deadlines
 *
 * Return: seconds.
 */
unsigned devices_limit_s(const struct request *request) nonnull(1);

#endif
