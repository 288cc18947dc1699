// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "hooks: " fmt

#include <errno.h>

#include "init/bundle/spec.h"
#include "init/lib/log.h"

static int spec_hooks_of(const struct spec_env *env, enum oci_hook_point point,
			 struct oci_hook_list *list, struct fault *fault)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_hook *hook = &list->hooks[i];
		int there = env->has_program(env->arg, hook->path, fault);

		if (there < 0)
			return fault_prefix(fault, there, "/hooks/%s/%zu", oci_hooks_point(point),
					    i);
		if (there)
			list->hooks[kept++] = *hook;
		else if (hook->from_cdi)
			return fault_set(
				fault, -ENOENT,
				"/hooks/%s/%zu: %s, which a CDI device adds, is not in the guest: put it into the initramfs",
				oci_hooks_point(point), i, hook->path);
		else
			pr_info("/hooks/%s/%zu: %s is not in the guest: skipped as a hook of the host",
				oci_hooks_point(point), i, hook->path);
	}
	list->n = kept;
	return 0;
}

int spec_hooks(const struct spec_env *env, struct oci_hook_list *hooks, struct fault *fault)
{
	int err = 0;

	if (!env->has_program)
		return 0;
	/* Hooks of startContainer run in the container's root, which has their programs. */
	for (unsigned point = 0; point < OCI_HOOK_POINTS && !err; point++)
		if (point != OCI_START_CONTAINER)
			err = spec_hooks_of(env, point, &hooks[point], fault);
	return err;
}
