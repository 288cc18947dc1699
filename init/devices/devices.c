// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "dev/infiniband.h"
#include "init/devices/devices.h"
#include "init/lib/clock.h"

/* How long binding and probing may take in addition to the waits, in seconds. */
#define DEVICES_MARGIN_S 30

/* For fewer devices, muting the uevents takes longer than receiving them. */
#define DEVICES_MUTE_MIN 4

static int devices_load_modules(const struct devices_env *env, const struct request *request,
				struct fault *fault)
{
	const struct handler *h, *last = NULL;
	int err = 0;

	for (size_t i = 0; i < request->n_devices && !err; i++) {
		h = handler_find(request->devices[i].type);
		/* Many devices are usually many of one type. */
		if (!h || h == last)
			continue;
		for (size_t k = 0; h->modules[k] && !err; k++)
			err = env->load(env->arg, h->modules[k], fault);
		last = h;
	}
	return err;
}

/*
 * The first scan binds the functions that are there, and the kernel sends three messages for each. They
 * are of no use: this scan has found these functions, and another one looks for those that are missing.
 */
static int devices_scan(const struct devices_env *env, const struct request *request,
			const struct found *out, struct settle **settle, struct fault *fault)
{
	size_t n = request->n_devices;
	bool muted = DEV_MANY && env->uevents && n >= DEVICES_MUTE_MIN &&
		     !uevent_mute(env->uevents, true);
	int err = settle_begin(settle, &env->dev, request->devices, out->devices, n, clock_us(),
			       fault),
	    heard = muted ? uevent_mute(env->uevents, false) : 0;

	if (err)
		return err;
	if (heard)
		return fault_set(fault, heard, "uevents: %m");
	if (muted && settle_pending(*settle))
		settle_rescan(*settle, clock_us());
	return 0;
}

int devices_find(const struct devices_env *env, const struct request *request, struct found *out,
		 struct fault *fault)
{
	size_t n = request->n_devices;
	struct settle *settle;
	int err;

	if (!n)
		return 0;
	out->devices = arena_alloc(env->dev.arena, n, sizeof(*out->devices));
	if (!out->devices)
		return fault_oom(fault);
	err = devices_load_modules(env, request, fault);
	if (!err)
		err = devices_scan(env, request, out, &settle, fault);
	if (!err)
		err = env->wait(env->arg, settle, fault);
	return err ? err : settle_end(settle, fault);
}

int devices_patch(struct arena *arena, int root, const struct request *request,
		  const struct found *found, struct oci_document *doc, struct fault *fault)
{
	struct oci_devices all = {
		.devices = request->devices, .results = found->devices, .n = request->n_listed};
	int err =
		infiniband_nodes(root, arena, all.results, all.n, &all.nodes, &all.n_nodes, fault);

	if (!err)
		err = oci_unclaimed_mark(doc, &all, fault);
	return err ? err : oci_patch(doc, &all, &request->manifest.policy, fault);
}

unsigned devices_limit_s(const struct request *request)
{
	unsigned longest_ms = request->options.timeout_s * 1000;

	for (size_t i = 0; i < request->n_devices; i++)
		if (request->devices[i].timeout_ms > longest_ms)
			longest_ms = request->devices[i].timeout_ms;
	return longest_ms / 1000 + DEVICES_MARGIN_S;
}
