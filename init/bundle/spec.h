/* SPDX-License-Identifier: Apache-2.0 */
/* Step 8, the spec: patch config.json for the devices that were found, and take the container's
 * configuration from it. */
#ifndef COLDINIT_BUNDLE_SPEC_H
#define COLDINIT_BUNDLE_SPEC_H

#include "init/devices/devices.h"

/**
 * struct spec_env - how this step reaches the guest, or what replaces the guest
 * @arena: memory for what the result points to
 * @root: descriptor of "/"
 * @bundle: absolute path of the bundle
 * @dir: descriptor of the bundle, if @live
 * @file: name of config.json in errors
 * @nodes: where the guest's device nodes are looked up
 * @live: @root is the guest's: the sources of bind mounts must be there
 * @inject: edits the document for the CDI devices that it names. Return: 0, or -errno with the
 *	fault set and the document untouched
 * @prepare: makes the source of a bind mount, if it is a mount of the guest; NULL in a plan. Return: 0
 *	or -errno with the fault set
 * @has_program: is a hook's program in the guest? NULL if that is not known: all hooks are kept.
 *	Return: 1, 0, or -errno with the fault set
 * @arg: first argument of @inject and @has_program
 */
struct spec_env {
	struct arena *arena;
	int root;
	const char *bundle, *file;
	int dir;
	struct oci_nodes nodes;
	bool live;
	int (*inject)(void *arg, struct oci_document *doc, struct fault *fault);
	int (*prepare)(const char *source, struct fault *fault);
	int (*has_program)(void *arg, const char *path, struct fault *fault);
	void *arg;
};

/**
 * spec_patch() - read a config.json and patch it for the devices that were found and for CDI
 * @env: how to reach the guest
 * @text: the file's content; not trusted
 * @len: of @text, in bytes
 * @request: has the listed devices and the policy
 * @found: has the results of these devices
 * @out: gets the document; the caller frees it with oci_free()
 * @fault: set on failure
 *
 * Return: 0, or -errno of oci_read(), devices_patch() or @env->inject.
 */
int spec_patch(const struct spec_env *env, const char *text, size_t len,
	       const struct request *request, const struct found *found, struct oci_document **out,
	       struct fault *fault) must_check nonnull(1, 2, 4, 5, 6, 7);

/**
 * spec_config() - take the container's configuration from the patched document
 * @env: how to reach the guest
 * @doc: the document
 * @request: has the container's id, the host name and the network
 * @out: gets the configuration. Hooks whose program is not in the guest are left out; the network's
 *	files are added to the mounts. It points into @env->arena, not into @doc
 * @fault: set on failure
 *
 * Return: 0, or -errno of oci_config(), spec_hooks(), spec_mounts() and network_files().
 */
int spec_config(const struct spec_env *env, const struct oci_document *doc,
		const struct request *request, struct oci_config *out,
		struct fault *fault) must_check nonnull(1, 2, 3, 4, 5);

#ifdef CONFIG_ENGINE_MOUNTS

/**
 * spec_mounts() - find the sources of bind mounts that are not in the guest
 * @env: root, dir and live are used
 * @config: sources that engines always write are replaced, or marked for network_files()
 * @fault: set on failure
 *
 * Return: 0, -ENOENT with all sources that are missing, or -errno of looking one up.
 */
int spec_mounts(const struct spec_env *env, struct oci_config *config,
		struct fault *fault) must_check nonnull(1, 2, 3);

#else

static inline int must_check spec_mounts(const struct spec_env *env, struct oci_config *config,
					 struct fault *fault)
{
	(void)env, (void)config, (void)fault;
	return 0;
}

#endif

#ifdef CONFIG_HOOKS

/**
 * spec_hooks() - leave out the hooks whose program is not in the guest
 * @env: only has_program and arg are used
 * @hooks: OCI_HOOK_POINTS lists; those that are left out are removed
 * @fault: set on failure
 *
 * A hook of config.json whose program is not in the guest is one of the host's: it is logged and
 * left out. Hooks of startContainer are kept: they run in the container's root.
 * Return: 0, -ENOENT if a CDI device adds a hook whose program is not in the guest, or -errno of
 * @env->has_program.
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
