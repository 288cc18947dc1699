// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/container/reserve_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* The container may use so many parts of the guest's processes. PID 1 and its helpers need few. */
#define PIDS_PARTS 8
#define PIDS_SHARE 7

/*
 * The controllers that the container's cgroup has. @lack: what it means if the kernel has none; NULL:
 * programs that adapt to their limits expect to see it, as with other runtimes: a JVM ignores the
 * memory limit of a cgroup that has no "cpu" or no "cpuset" (OSContainer::init()).
 */
static const struct {
	const char *name, *lack;
} controllers[] = {
	{"memory", "a container that uses all of it can end the guest without a verdict"},
	{"pids", "a container can use all process IDs"},
	{"cpu", NULL},
	{"cpuset", NULL},
};

bool reserve_listed(const char *list, const char *word, size_t len)
{
	for (size_t n; *list; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		if (n == len && !memcmp(list, word, len))
			return true;
	}
	return false;
}

static int reserve_turn_on(int parent, const char *name)
{
	char text[16];
	int err = str_printf(text, sizeof(text), "+%s", name);

	return err ? err : root_write(parent, text, "cgroup.subtree_control");
}

/* Turn on those that the kernel has, and warn of the others. */
static int reserve_enable_each(int parent, struct fault *fault)
{
	char present[512];
	ssize_t n = root_read(parent, present, sizeof(present), "cgroup.controllers");

	if (n < 0)
		return fault_strerror(fault, (int)n, "cannot read the cgroup controllers");
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		const char *name = controllers[i].name, *lack = controllers[i].lack;
		bool listed = reserve_listed(present, name, strlen(name));
		int err = listed ? reserve_turn_on(parent, name) : 0;

		if (err)
			fault_strerror(fault, err, "cannot turn on the cgroup controller %s", name);
		if (err && lack)
			return err;
		if (err)
			pr_warn("%s", fault->text);
		if (!listed && lack)
			pr_warn("the guest kernel has no cgroup controller \"%s\": %s", name, lack);
	}
	return 0;
}

int reserve_enable(int parent, struct fault *fault)
{
	/* One write turns on all or none. If it fails, each failure has its own meaning. */
	if (!root_write(parent, "+memory +pids +cpu +cpuset", "cgroup.subtree_control"))
		return 0;
	return reserve_enable_each(parent, fault);
}

#ifdef CONFIG_CGROUP_LIMITS

static bool reserve_is_limited(const struct oci_config *config, const char *file)
{
	const struct oci_limit *const lists[] = {config->limits, config->unified};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct oci_limit *l = lists[i]; l; l = l->next)
			if (!strcmp(l->file, file))
				return true;
	return false;
}

#else

/* spec/ refuses limits. */
static inline bool reserve_is_limited(const struct oci_config *config, const char *file)
{
	(void)config, (void)file;
	return false;
}

#endif

/*
 * A cgroup has no file @file. Return: 0 if it does not have the controller either, which
 * reserve_enable() has warned about; -ENOENT if it does, or another negative errno.
 */
static int reserve_missing(int cgroup, const char *file, struct fault *fault)
{
	char present[512];
	ssize_t n = root_read(cgroup, present, sizeof(present), "cgroup.controllers");

	if (n < 0)
		return fault_strerror(fault, (int)n, "cannot read the cgroup controllers");
	if (!reserve_listed(present, file, strcspn(file, ".")))
		return 0;
	return fault_set(fault, -ENOENT, "the cgroup has the controller, but not its file %s",
			 file);
}

/*
 * Lower a limit that is above @max; without one of the config's there is none yet. Return: 1 if this
 * was done, 0 if the limit is lower already or the cgroup has no such controller, or a negative errno.
 */
static int reserve_lower(int cgroup, const struct oci_config *config, const char *file,
			 uint64_t max, struct fault *fault)
{
	bool limited = reserve_is_limited(config, file);
	char text[24];
	uint64_t now;
	ssize_t n = limited ? root_read(cgroup, text, sizeof(text), "%s", file) : 0;
	int err;

	if (n == -ENOENT)
		return reserve_missing(cgroup, file, fault);
	if (n < 0)
		return fault_strerror(fault, (int)n, "cannot read the cgroup's %s", file);
	if (limited && !str_number(text, (size_t)n, 10, UINT64_MAX, &now) && now <= max)
		return 0;
	err = str_printf(text, sizeof(text), "%llu", (unsigned long long)max);
	if (!err)
		err = root_write(cgroup, text, "%s", file);
	if (err == -ENOENT)
		return reserve_missing(cgroup, file, fault);
	return err ? fault_strerror(fault, err, "cannot set the cgroup's %s to %s", file, text) : 1;
}

/* Read a kernel parameter. Return: its value, or UINT64_MAX if it cannot be read. */
static uint64_t reserve_parameter(const char *name)
{
	char text[24];
	uint64_t value;
	ssize_t n = root_read(AT_FDCWD, text, sizeof(text), "/proc/sys/kernel/%s", name);

	if (n < 0 || str_number(text, (size_t)n, 10, UINT64_MAX, &value)) {
		pr_warn("cannot read kernel.%s", name);
		return UINT64_MAX;
	}
	return value;
}

static int reserve_set_pids(int cgroup, const struct oci_config *config, struct fault *fault)
{
	uint64_t threads = reserve_parameter("threads-max"), pids = reserve_parameter("pid_max");
	uint64_t max = (threads < pids ? threads : pids) / PIDS_PARTS * PIDS_SHARE;
	int lowered = 0;

	if (max < UINT64_MAX / PIDS_PARTS * PIDS_SHARE)
		lowered = reserve_lower(cgroup, config, "pids.max", max, fault);
	if (lowered > 0 && reserve_is_limited(config, "pids.max"))
		pr_info("the container may have %llu processes, %d of %d parts of the guest's",
			(unsigned long long)max, PIDS_SHARE, PIDS_PARTS);
	return lowered < 0 ? lowered : 0;
}

int reserve_set(int cgroup, const struct oci_config *config, const char **limit,
		struct fault *fault)
{
	int lowered;

	*limit = "linux.resources.memory.limit";
	if (config->memory_max) {
		lowered = reserve_lower(cgroup, config, "memory.max", config->memory_max, fault);
		if (lowered < 0)
			return lowered;
		if (lowered)
			*limit = "the guest's memory less policy.reserve_mib";
	}
	return reserve_set_pids(cgroup, config, fault);
}
