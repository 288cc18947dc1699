/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6, the devices: find the devices of the request with the settle loop of dev/. */
#ifndef COLDINIT_DEVICES_DEVICES_H
#define COLDINIT_DEVICES_DEVICES_H

#include "dev/settle.h"
#include "init/request/request.h"
#include "spec/oci.h"

/**
 * struct found - what the guest has of the request
 * @devices: one result for each of the request's devices, in their order; NULL before the search
 * @mounted: for each storage: it is mounted already; NULL if none is
 */
struct found {
	struct device_result *devices;
	bool *mounted;
};

/**
 * struct devices_env - how the search reaches the guest, or what replaces the guest
 * @dev: passed to dev/
 * @load: loads a kernel module that a handler needs. Return: 0 or -errno with the fault set
 * @wait: passes events to @settle until settle_pending() is 0. Return: as @load
 * @arg: first argument of @load and @wait
 * @uevents: the socket that @wait reads; NULL if there is none
 */
struct devices_env {
	struct dev_env dev;
	struct uevent_socket *uevents;
	int (*load)(void *arg, const char *module, struct fault *fault);
	int (*wait)(void *arg, struct settle *settle, struct fault *fault);
	void *arg;
};

/**
 * devices_find() - load the handlers' modules, set up all devices, wait for those that are missing
 * @env: how to reach the guest
 * @request: has the devices
 * @out: gets the results; on failure it has those that were reached
 * @fault: set on failure
 *
 * Return: 0, -ENOMEM, -errno of the first required device that failed, or of @env's functions.
 */
int devices_find(const struct devices_env *env, const struct request *request, struct found *out,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * devices_patch() - update a config.json for the devices that were found
 * @arena: memory for the list of nodes
 * @root: descriptor of "/"
 * @request: has the listed devices and the policy
 * @found: has the results of these devices
 * @doc: gets the changes; untouched on failure
 * @fault: set on failure
 *
 * Further nodes of these devices are added too (see infiniband_nodes()).
 * Return: 0, or -errno of infiniband_nodes() and oci_patch().
 */
int devices_patch(struct arena *arena, int root, const struct request *request,
		  const struct found *found, struct oci_document *doc,
		  struct fault *fault) must_check nonnull(1, 3, 4, 5, 6);

/**
 * devices_limit_s() - how long devices_find() may take at most
 * @request: has the devices and their timeouts
 *
 * Return: seconds.
 */
unsigned devices_limit_s(const struct request *request) nonnull(1);

#endif
