// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <string.h>

#include "init/container/limits_private.h"
#include "init/container/reserve_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* The name of a controller has at most 32 characters (MAX_CGROUP_TYPE_NAMELEN). */
#define LIST_MAX 512

/* Add the controller of one limit to @wanted, a list for cgroup.subtree_control. */
static int limits_require(const struct oci_limit *limit, const char *present, char wanted[LIST_MAX],
			  struct fault *fault)
{
	size_t len = strcspn(limit->file, "."), used = strlen(wanted);
	char word[40];

	/* The files cgroup.* need no controller. */
	if (len == strlen("cgroup") && str_starts(limit->file, "cgroup"))
		return 0;
	if (!reserve_listed(present, limit->file, len)) {
		if (limit->missing != OCI_MISSING_FAILS)
			return 0;
		return fault_set(
			fault, -ENOTSUP,
			"linux.resources.%s needs the cgroup controller \"%.*s\", the guest kernel has only: %s",
			limit->field, (int)len, limit->file, *present ? present : "none");
	}
	if (str_printf(word, sizeof(word), "+%.*s", (int)len, limit->file))
		return fault_set(fault, -EINVAL, "linux.resources.%s is not a limit", limit->field);
	if (reserve_listed(wanted, word, len + 1))
		return 0;
	if (str_printf(wanted + used, LIST_MAX - used, "%s%s", used ? " " : "", word))
		return fault_set(fault, -E2BIG,
				 "linux.resources needs too many cgroup controllers");
	return 0;
}

int limits_enable(int parent, const struct oci_config *config, struct fault *fault)
{
	const struct oci_limit *const lists[] = {config->limits, config->unified};
	char present[LIST_MAX], wanted[LIST_MAX] = "";
	int err = 0;
	ssize_t n;

	if (!config->limits && !config->unified)
		return 0;
	n = root_read(parent, present, sizeof(present), "cgroup.controllers");
	if (n < 0)
		return fault_strerror(fault, (int)n,
				      "cannot read which cgroup controllers there are");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct oci_limit *l = lists[i]; l && !err; l = l->next)
			err = limits_require(l, present, wanted, fault);
	if (err || !*wanted)
		return err;
	err = root_write(parent, wanted, "cgroup.subtree_control");
	if (err)
		return fault_strerror(fault, err, "cannot turn on the cgroup controllers %s",
				      wanted);
	return 0;
}

/* Set the limits of one list. */
static int limits_set_list(int cgroup, const struct oci_limit *limit, struct fault *fault)
{
	for (; limit; limit = limit->next) {
		int err = root_write(cgroup, limit->value, "%s", limit->file);

		if (!err && limit->missing == OCI_MISSING_NEXT)
			limit = limit->next;
		if (!err)
			continue;
		if (err == -ENOENT && limit->missing != OCI_MISSING_FAILS) {
			if (limit->missing == OCI_MISSING_IGNORED)
				pr_info("linux.resources.%s is ignored: the guest kernel has no %s",
					limit->field, limit->file);
			continue;
		}
		return fault_strerror(
			fault, err, "linux.resources.%s: the cgroup's file %s %s \"%s\"",
			limit->field, limit->file,
			err == -ENOENT ? "is missing, cannot set it to" : "refuses", limit->value);
	}
	return 0;
}

int limits_set(int cgroup, const struct oci_config *config, struct fault *fault)
{
	int err = limits_set_list(cgroup, config->limits, fault);

	/* unified is written last and wins. */
	return err ? err : limits_set_list(cgroup, config->unified, fault);
}
