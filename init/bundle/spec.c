// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "init/bundle/exposure.h"
#include "init/bundle/spec.h"
#include "init/network/network.h"

#define DEFAULT_ID "container"

/* A document that cannot be patched may have other faults: report them too. */
static int spec_devices(const struct spec_env *env, struct oci_document *doc,
			const struct request *request, const struct found *found,
			struct fault *fault)
{
	int err = devices_patch(env->arena, env->root, request, found, doc, fault);
	struct oci_config ignored;
	struct fault more;

	if (!err || err == -ENOMEM || oci_config(env->arena, doc, &ignored, &more) != -EINVAL)
		return err;
	/* of the same place: then @more has it */
	if (!strncmp(fault->text, more.text, strcspn(fault->text, ":") + 1))
		*fault = more;
	else
		fault_add(fault, "; %s", more.text);
	return err;
}

int spec_patch(const struct spec_env *env, const char *text, size_t len,
	       const struct request *request, const struct found *found, struct oci_document **out,
	       struct fault *fault)
{
	struct oci_document *doc cleanup(oci_free_ptr) = NULL;
	struct oci_config ignored;
	int err = oci_read(text, len, &doc, fault);

	if (!err && !oci_is_whole(doc))
		err = oci_config(env->arena, doc, &ignored, fault);
	else if (!err)
		err = spec_devices(env, doc, request, found, fault);
	if (err)
		return fault_prefix(fault, err, "%s", env->file);
	err = env->inject(env->arg, doc, fault);
	if (err)
		return err;
	err = oci_unclaimed_settle(doc, &env->nodes, request->manifest.policy.unclaimed_devices,
				   fault);
	if (err)
		return fault_prefix(fault, err, "%s", env->file);
	*out = doc;
	doc = NULL;
	return 0;
}

static int spec_network_files(const struct spec_env *env, const struct request *request,
			      struct oci_config *config, struct fault *fault)
{
	struct oci_mount files[NETWORK_FILES_MAX], *mounts;
	int n = network_files(env->arena, env->root, request, config, files, fault);

	if (n <= 0)
		return n;
	mounts = arena_extend(env->arena, config->mounts, config->n_mounts, (size_t)n,
			      sizeof(*mounts));
	if (!mounts)
		return fault_oom(fault);
	memcpy(&mounts[config->n_mounts], files, (size_t)n * sizeof(*files));
	config->mounts = mounts;
	config->n_mounts += (size_t)n;
	return 0;
}

int spec_config(const struct spec_env *env, const struct oci_document *doc,
		const struct request *request, struct oci_config *out, struct fault *fault)
{
	const struct manifest *m = &request->manifest;
	struct oci_config config;
	int err = oci_config(env->arena, doc, &config, fault);

	if (err)
		return fault_prefix(fault, err, "%s", env->file);
	if (!*config.hostname && config.namespaces & CLONE_NEWUTS)
		config.hostname = m->hostname;
	config.id = *m->container_id ? m->container_id : DEFAULT_ID;
	config.bundle = env->bundle;
	config.process.lsm_required = m->policy.lsm_required;
	err = spec_hooks(env, config.hooks, fault);
	if (!err)
		err = spec_mounts(env, &config, fault);
	if (err)
		return fault_prefix(fault, err, "%s", env->file);
	err = spec_network_files(env, request, &config, fault);
	if (err)
		return err;
	exposure_warn(&config);
	*out = config;
	return 0;
}
