// SPDX-License-Identifier: Apache-2.0
/*
 * How the kernel schedules the process and places its memory: process.scheduler, ioPriority and
 * execCPUAffinity (OCI runtime spec, config.md), linux.personality and memoryPolicy
 * (config-linux.md).
 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/personality.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

/* --- words --------------------------------------------------------------------------------- */

/* Read a word of the list. Return: its index, or -EINVAL. */
#define WORD_READER(fn, type, value, ...)                                        \
	static int fn(const struct json_reader *r, const cJSON *item, void *out) \
	{                                                                        \
		static const char *const words[] = {__VA_ARGS__, NULL};          \
		int i = json_read_choice(r, item, words);                        \
                                                                                 \
		if (i < 0)                                                       \
			return i;                                                \
		*(type *)out |= (type)(value);                                   \
		return 0;                                                        \
	}

/* In the order of the kernel's numbers (linux/sched.h); SCHED_ISO is only reserved there. */
WORD_READER(oci_sched_policy, uint32_t, i, "SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH",
	    "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE")

/* In the order of the kernel's bits (linux/sched.h) */
WORD_READER(oci_sched_flag, uint64_t, 1ULL << i, "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM",
	    "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
	    "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX")

WORD_READER(oci_sched_io_class, int, (i + 1) << IOPRIO_CLASS_SHIFT, "IOPRIO_CLASS_RT",
	    "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE")

WORD_READER(oci_sched_domain, unsigned, i ? PER_LINUX32 : PER_LINUX, "LINUX", "LINUX32")

WORD_READER(oci_sched_memory_mode, unsigned, i, "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND",
	    "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE")

/* In the order of the kernel's bits (linux/mempolicy.h) */
WORD_READER(oci_sched_memory_flag, unsigned, 1U << (13 + i), "MPOL_F_NUMA_BALANCING",
	    "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES")

/* --- lists of numbers ---------------------------------------------------------------------- */

/*
 * Set the bits of "N" or "N-M", which blanks may surround, or of nothing (runc's form of cpuset(7)).
 * Return: the rest of the list behind it, NULL for another text.
 */
static const char *oci_sched_range(const char *s, unsigned long *mask)
{
	const char *rest = s + strcspn(s, ",");
	size_t len, first;
	uint64_t low, high;

	rest += *rest == ',';
	s += strspn(s, " \t\n");
	len = strcspn(s, ", \t\n");
	first = strcspn(s, ",- \t\n");
	if (strspn(s + len, " \t\n") < strcspn(s + len, ","))
		return NULL;
	if (!len)
		return rest;
	if (str_number(s, first, 10, OCI_MASK_BITS - 1, &low))
		return NULL;
	high = low;
	if (first < len && str_number(s + first + 1, len - first - 1, 10, OCI_MASK_BITS - 1, &high))
		return NULL;
	if (low > high)
		return NULL;
	for (; low <= high; low++)
		mask[low / OCI_LONG_BITS] |= 1UL << low % OCI_LONG_BITS;
	return rest;
}

static int oci_sched_list(const struct json_reader *r, const cJSON *item, void *out)
{
	unsigned long *mask = arena_alloc(r->arena, OCI_MASK_BITS / OCI_LONG_BITS, sizeof(*mask));
	const char *s = json_text(item);

	if (!mask)
		return json_fault_oom(r);
	if (json_is_empty(item))
		return 0;
	while (s && *s)
		s = oci_sched_range(s, mask);
	if (!s || !cJSON_IsString(item))
		return json_fault_expected(r, item,
					   "numbers and ranges below 1024 such as \"0-3,7\"");
	*(unsigned long **)out = mask;
	return 0;
}

/* --- process ------------------------------------------------------------------------------- */

static int oci_sched_int(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = json_read_integer(r, item, INT32_MIN, INT32_MAX, &v);

	if (!err)
		*(int32_t *)out = (int32_t)v;
	return err;
}

#define ATTR(field) .offset = offsetof(struct oci_scheduler, field)

static int oci_sched_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_each(r, item, true, oci_sched_flag, out);
}

static const struct json_field scheduler_fields[] = {
	JSON_FIELD("policy", oci_sched_policy, ATTR(policy), .required = true),
	JSON_FIELD("nice", oci_sched_int, ATTR(nice)),
	JSON_FIELD("priority", oci_sched_int, ATTR(priority)),
	JSON_FIELD("flags", oci_sched_flags, ATTR(flags)),
	JSON_FIELD("runtime", json_read_uint64, ATTR(runtime)),
	JSON_FIELD("deadline", json_read_uint64, ATTR(deadline)),
	JSON_FIELD("period", json_read_uint64, ATTR(period)),
};

int oci_sched_scheduler(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_scheduler *attr = out;

	if (json_is_empty(item))
		return 0;
	*attr = (struct oci_scheduler){.size = sizeof(*attr)};
	return json_read_object(r, item, scheduler_fields, attr);
}

static int oci_sched_io_level(const struct json_reader *r, const cJSON *item, void *out)
{
	uint32_t level = 0;
	int err = json_read_range(r, item, 0, IOPRIO_NR_LEVELS - 1, &level);

	*(int *)out |= (int)level;
	return err;
}

static const struct json_field io_fields[] = {
	JSON_FIELD("class", oci_sched_io_class, .required = true),
	JSON_FIELD("priority", oci_sched_io_level),
};

int oci_sched_io(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_is_empty(item) ? 0 : json_read_object(r, item, io_fields, out);
}

/* "initial" is for the runtime's own process, before it enters the container's cgroup. */
static int oci_sched_initial(const struct json_reader *r, const cJSON *item, void *out)
{
	const unsigned long *unused;

	(void)out;
	return oci_sched_list(r, item, &unused);
}

static const struct json_field affinity_fields[] = {
	JSON_FIELD("initial", oci_sched_initial),
	JSON_FIELD("final", oci_sched_list),
};

int oci_sched_affinity(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, affinity_fields, out);
}

/* --- linux --------------------------------------------------------------------------------- */

/* The runtime spec has no flags of personalities yet. */
static const struct json_field personality_fields[] = {
	JSON_FIELD("domain", oci_sched_domain),
	JSON_FIELD("flags", oci_config_unsupported),
};

int oci_sched_personality(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, personality_fields, out);
}

#define CONFIG(field) .offset = offsetof(struct oci_config, field)

static int oci_sched_memory_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_each(r, item, true, oci_sched_memory_flag, out);
}

static const struct json_field memory_fields[] = {
	JSON_FIELD("mode", oci_sched_memory_mode, CONFIG(memory_policy), .required = true),
	JSON_FIELD("nodes", oci_sched_list, CONFIG(memory_nodes)),
	JSON_FIELD("flags", oci_sched_memory_flags, CONFIG(memory_policy)),
};

int oci_sched_memory(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_is_empty(item) ? 0 : json_read_object(r, item, memory_fields, out);
}
