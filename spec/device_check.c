// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "spec/device_check.h"

const char *const companions_words[] = {
	[COMPANIONS_BIND] = "bind",
	[COMPANIONS_CHECK] = "check",
	[COMPANIONS_IGNORE] = "ignore",
	NULL,
};

void device_defaults(struct device *d)
{
	*d = (struct device){
		.id = "",
		.type = "",
		.vm_path = "",
		.container_path = "",
		.expect_driver = "",
		.companions = COMPANIONS_BIND,
		.required = true,
		.cdi = "",
	};
}

bool path_is_safe(const char *path)
{
	size_t n;

	if (*path != '/')
		return false;
	for (; *path; path += n) {
		path += *path == '/';
		n = strcspn(path, "/");
		if (n == 2 && !memcmp(path, "..", 2))
			return false;
	}
	return true;
}

int device_check(const struct device *d, struct fault *fault)
{
	if (!*d->type)
		return fault_set(fault, -EINVAL, "the device has no type");
	if (!*d->id && !*d->vm_path && !d->n_options)
		return fault_set(
			fault, -EINVAL,
			"the %.64s device has no id, no vm_path and no options: nothing says which one it is",
			d->type);
	if (*d->container_path && !path_is_safe(d->container_path)) {
		fault_set(fault, -EINVAL,
			  "container_path \"%.200s\" is no absolute path without \"..\"",
			  d->container_path);
		fault_expected(fault, "an absolute path without \"..\"");
		fault_found(fault, "%s", d->container_path);
		return -EINVAL;
	}
	return 0;
}
