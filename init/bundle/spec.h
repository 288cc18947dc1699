/* SPDX-License-Identifier: Apache-2.0 */
/* Step 8, the spec: config.json, patched for what was found, as what the container is launched
 * with. */
#ifndef COLDINIT_BUNDLE_SPEC_H
#define COLDINIT_BUNDLE_SPEC_H

#include "init/devices/devices.h"

/**
 * struct spec_env - how the spec reaches the guest, or what stands for it
 * @arena: memory for what the result points to
 * @root: descriptor of "/"
 * @bundle: absolute path of the bundle
 * @file: config.json as errors name it
 * @inject: edits the document for the CDI devices that it names. Return: 0 or -errno with the fault
 *	set, the document untouched
 * @has_program: is a hook's program in the guest? NULL: that is not known here, all hooks are kept
 * @arg: for both
 */
struct spec_env {
	struct arena *arena;
	int root;
	const char *bundle, *file;
	int (*inject)(void *arg, struct oci_document *doc, struct fault *fault);
	bool (*has_program)(void *arg, const char *path);
	void *arg;
};

/**
 * spec_patch() - read a config.json and patch it for the devices that were found and for CDI
 * @env: where
 * @text: @len bytes from outside
 * @request: the devices that are listed, and the policy
 * @found: their results
 * @out: gets the document, the caller's to oci_free()
 * @fault: set on failure
 *
 * Return: 0, or -errno of oci_read(), devices_patch() or @env->inject.
 */
int spec_patch(const struct spec_env *env, const char *text, size_t len,
	       const struct request *request, const struct found *found, struct oci_document **out,
	       struct fault *fault) must_check nonnull(1, 2, 4, 5, 6, 7);

/**
 * spec_config() - turn the patched document into what the container is launched with
 * @env: where
 * @doc: the document
 * @request: the manifest's names for the container, and its network
 * @out: gets the configuration: hooks whose program is not in the guest are left out, and the
 *	network's files are among its mounts
 * @fault: set on failure
 *
 * Return: 0, -ENOENT for a missing program of a hook that CDI adds, or -errno of oci_config() and
 * network_files().
 */
int spec_config(const struct spec_env *env, const struct oci_document *doc,
		const struct request *request, struct oci_config *out,
		struct fault *fault) must_check nonnull(1, 2, 3, 4, 5);

#ifdef CONFIG_HOOKS

/**
 * spec_hooks() - leave out the hooks whose program is not in the guest
 * @env: where
 * @hooks: OCI_HOOK_POINTS lists
 * @fault: set on failure
 *
 * A hook of config.json whose program is not in the guest was meant for the host: it is logged and
 * left out. Return: 0, or -ENOENT for a hook that a CDI device adds.
 */
int spec_hooks(const struct spec_env *env, struct oci_hook_list *hooks,
	       struct fault *fault) must_check nonnull(1, 2, 3);

#else

static inline int must_check spec_hooks(const struct spec_env *env, struct oci_hook_list *hooks,
					struct fault *fault)
{
	(void)env, (void)hooks, (void)fault;
	return 0;
}

#endif

#endif
