// SPDX-License-Identifier: Apache-2.0
/*
 * The limits in linux.resources of config.json, as texts to write into files of the container's
 * cgroup (OCI runtime spec, config-linux.md, "Control groups"; the kernel's
 * admin-guide/cgroup-v2.rst).
 *
 * The spec describes cgroup v1. The conversion to v2 is crun's. A limit of 0 is not set, -1 is no
 * limit.
 */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

#define DEFAULT_PERIOD_US 100000 /* the kernel's, of cpu.max */

/* No kernel has that many files in a cgroup, or sizes of huge pages. */
#define UNIFIED_MAX   256
#define HUGEPAGES_MAX 16

/* Append a limit. If two limits are for one file, the later one is written last. */
static int oci_resources_add(const struct json_reader *r, struct oci_limit **list,
			     const struct oci_limit *limit)
{
	struct oci_limit *copy = arena_alloc(r->arena, 1, sizeof(*copy));

	if (!copy || !limit->value || !limit->file || !limit->field)
		return json_fault_oom(r);
	*copy = *limit;
	while (*list)
		list = &(*list)->next;
	*list = copy;
	return 0;
}

static int oci_resources_add_number(const struct json_reader *r, struct oci_config *c,
				    const char *field, const char *file, int64_t value)
{
	struct oci_limit limit = {.field = field, .file = file, .value = "max"};

	if (value == 0)
		return 0;
	if (value > 0)
		limit.value = arena_printf(r->arena, "%lld", (long long)value);
	return oci_resources_add(r, &c->limits, &limit);
}

/* A number of bytes, tasks or microseconds */
static int oci_resources_amount(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_integer(r, item, -1, INT64_MAX, out);
}

/* A limit that only v1 has: it must not be set. */
static int oci_resources_v1_only(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (json_is_empty(item) || (json_is_number(item) && !strcmp(item->valuestring, "-1")))
		return 0;
	return json_fault(r, item, "cgroup v2 has no such setting: remove it");
}

/* A value of v1 for which 0 is a setting too */
static int oci_resources_swappiness(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_fault(r, item, "cgroup v2 has no such setting: remove it");
}

/* What v2 always does: it counts children, and a new cgroup uses nothing yet. */
static int oci_resources_always_set(const struct json_reader *r, const cJSON *item, void *out)
{
	bool value;

	(void)out;
	return json_read_bool(r, item, &value);
}

/* --- memory -------------------------------------------------------------------------------- */

struct memory {
	int64_t limit, reservation, swap;
};

#define MEMORY(field) .offset = offsetof(struct memory, field)

static const struct json_field memory_fields[] = {
	JSON_FIELD("limit", oci_resources_amount, MEMORY(limit)),
	JSON_FIELD("reservation", oci_resources_amount, MEMORY(reservation)),
	JSON_FIELD("swap", oci_resources_amount, MEMORY(swap)),
	JSON_FIELD("kernel", oci_resources_v1_only),
	JSON_FIELD("kernelTCP", oci_resources_v1_only),
	JSON_FIELD("swappiness", oci_resources_swappiness),
	JSON_FIELD("disableOOMKiller", oci_resources_v1_only),
	JSON_FIELD("useHierarchy", oci_resources_always_set),
	JSON_FIELD("checkBeforeUpdate", oci_resources_always_set),
};

/* The spec's swap is memory and swap together, the kernel's is swap only. */
static int oci_resources_add_swap(const struct json_reader *r, const cJSON *item,
				  const struct memory *m, struct oci_config *c)
{
	struct oci_limit limit = {
		.field = "memory.swap",
		.file = "memory.swap.max",
		.value = "max",
		.missing = OCI_MISSING_IGNORED, /* the kernel has no swap */
	};

	if (m->swap == 0)
		return 0;
	if (m->swap > 0 && m->limit <= 0)
		return json_fault(
			r, item, "\"swap\" limits memory and swap together, so it needs \"limit\"");
	if (m->swap > 0 && m->swap < m->limit)
		return json_fault(
			r, item,
			"\"swap\" limits memory and swap together, so it cannot be less than \"limit\"");
	if (m->swap > 0)
		limit.value = arena_printf(r->arena, "%lld", (long long)(m->swap - m->limit));
	return oci_resources_add(r, &c->limits, &limit);
}

int oci_resources_memory(const struct json_reader *r, const cJSON *item, void *out)
{
	struct memory m = {0};
	struct oci_config *c = out;
	int err = json_read_object(r, item, memory_fields, &m);

	if (!err)
		err = oci_resources_add_number(r, c, "memory.limit", "memory.max", m.limit);
	if (!err)
		err = oci_resources_add_swap(r, item, &m, c);
	if (!err)
		err = oci_resources_add_number(r, c, "memory.reservation", "memory.low",
					       m.reservation);
	return err;
}

/* --- cpu ----------------------------------------------------------------------------------- */

struct cpu {
	int64_t shares, quota, period, burst, idle;
};

/* Of uint64 in the spec; the greatest numbers mean no limit. */
static int oci_resources_positive(const struct json_reader *r, const cJSON *item, void *out)
{
	uint64_t v = 0;
	int err = json_read_uint64(r, item, &v);

	*(int64_t *)out = v > INT64_MAX ? INT64_MAX : (int64_t)v;
	return err;
}

static int oci_resources_idle(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_integer(r, item, 0, 1, out);
}

#define CPU(field) .offset = offsetof(struct cpu, field)

static const struct json_field cpu_fields[] = {
	JSON_FIELD("shares", oci_resources_positive, CPU(shares)),
	JSON_FIELD("quota", oci_resources_amount, CPU(quota)),
	JSON_FIELD("period", oci_resources_positive, CPU(period)),
	JSON_FIELD("burst", oci_resources_positive, CPU(burst)),
	JSON_FIELD("idle", oci_resources_idle, CPU(idle)),
	JSON_FIELD("realtimeRuntime", oci_resources_v1_only),
	JSON_FIELD("realtimePeriod", oci_resources_v1_only),
	/* the host's numbers */
	JSON_FIELD("cpus", oci_config_ignored),
	JSON_FIELD("mems", oci_config_ignored),
};

/* cpu.shares is 2 to 262144, cpu.weight 1 to 10000. */
static int64_t oci_resources_weight(int64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares < 2)
		shares = 2;
	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

static int oci_resources_add_quota(const struct json_reader *r, const struct cpu *cpu,
				   struct oci_config *c)
{
	long long period = cpu->period ? cpu->period : DEFAULT_PERIOD_US;
	struct oci_limit limit = {.field = "cpu.quota", .file = "cpu.max"};

	if (cpu->quota <= 0 && !cpu->period)
		return 0;
	limit.value = cpu->quota > 0
			      ? arena_printf(r->arena, "%lld %lld", (long long)cpu->quota, period)
			      : arena_printf(r->arena, "max %lld", period);
	return oci_resources_add(r, &c->limits, &limit);
}

int oci_resources_cpu(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cpu cpu = {0};
	struct oci_config *c = out;
	int err = json_read_object(r, item, cpu_fields, &cpu);

	/* In this order: an idle cgroup has no weight, and a burst is a part of the quota. */
	if (!err)
		err = oci_resources_add_number(r, c, "cpu.shares", "cpu.weight",
					       oci_resources_weight(cpu.shares));
	if (!err)
		err = oci_resources_add_number(r, c, "cpu.idle", "cpu.idle", cpu.idle);
	if (!err)
		err = oci_resources_add_quota(r, &cpu, c);
	if (!err)
		err = oci_resources_add_number(r, c, "cpu.burst", "cpu.max.burst", cpu.burst);
	return err;
}

/* --- pids, blockIO ------------------------------------------------------------------------- */

static const struct json_field pids_fields[] = {
	JSON_FIELD("limit", oci_resources_amount),
};

int oci_resources_pids(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t limit = 0;
	int err = json_read_object(r, item, pids_fields, &limit);

	return err ? err : oci_resources_add_number(r, out, "pids.limit", "pids.max", limit);
}

static int oci_resources_io_weight(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_is_empty(item) ? 0 : json_read_integer(r, item, 10, 1000, out);
}

static const struct json_field block_io_fields[] = {
	JSON_FIELD("weight", oci_resources_io_weight),
	JSON_FIELD("leafWeight", oci_resources_v1_only),
	/* the host's device numbers */
	JSON_FIELD("weightDevice", oci_config_ignored),
	JSON_FIELD("throttleReadBpsDevice", oci_config_ignored),
	JSON_FIELD("throttleWriteBpsDevice", oci_config_ignored),
	JSON_FIELD("throttleReadIOPSDevice", oci_config_ignored),
	JSON_FIELD("throttleWriteIOPSDevice", oci_config_ignored),
};

/* The scheduler bfq has the spec's range, io.weight has 1 to 10000. */
int oci_resources_block_io(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_limit bfq = {
		.field = "blockIO.weight",
		.file = "io.bfq.weight",
		.missing = OCI_MISSING_NEXT,
	};
	struct oci_config *c = out;
	int64_t weight = 0;
	int err = json_read_object(r, item, block_io_fields, &weight);

	if (err || !weight)
		return err;
	bfq.value = arena_printf(r->arena, "%lld", (long long)weight);
	err = oci_resources_add(r, &c->limits, &bfq);
	return err ? err
		   : oci_resources_add_number(r, c, bfq.field, "io.weight",
					      1 + (weight - 10) * 9999 / 990);
}

/* --- hugepageLimits ------------------------------------------------------------------------ */

struct hugepages {
	const char *size;
	int64_t limit;
};

/* It becomes a part of the file name hugetlb.<size>.max. */
static int oci_resources_page_size(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	size_t digits = strspn(s, "0123456789");

	if (digits < 1 || digits > 4 || !strchr("KMG", s[digits]) || !s[digits] ||
	    strcmp(s + digits + 1, "B") != 0)
		return json_fault_expected(r, item, "a page size such as \"2MB\"");
	return json_read_string(r, item, out);
}

#define HUGE(field) .offset = offsetof(struct hugepages, field), .required = true

static const struct json_field hugepage_fields[] = {
	JSON_FIELD("pageSize", oci_resources_page_size, HUGE(size)),
	JSON_FIELD("limit", oci_resources_positive, HUGE(limit)),
};

static int oci_resources_hugepage(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, hugepage_fields, out);
}

int oci_resources_hugepages(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	struct hugepages *pages = NULL;
	size_t n = 0;
	int err = json_read_list(r, item, HUGEPAGES_MAX, sizeof(*pages), oci_resources_hugepage,
				 &pages, &n);

	for (size_t i = 0; i < n && !err; i++) {
		struct oci_limit limit = {
			.field = "hugepageLimits",
			.file = arena_printf(r->arena, "hugetlb.%s.max", pages[i].size),
			.value = arena_printf(r->arena, "%lld", (long long)pages[i].limit),
			/* A limit of 0 holds by itself if the kernel has no such pages. */
			.missing = pages[i].limit ? OCI_MISSING_FAILS : OCI_MISSING_IGNORED,
		};
		err = oci_resources_add(r, &c->limits, &limit);
		if (err)
			break;
		/* With a limit of reservations, mmap(2) fails and not an access (config-linux.md). */
		limit.file = arena_printf(r->arena, "hugetlb.%s.rsvd.max", pages[i].size);
		limit.missing = OCI_MISSING_IGNORED;
		err = oci_resources_add(r, &c->limits, &limit);
	}
	return err;
}

/* --- unified ------------------------------------------------------------------------------- */

/* Of the files "cgroup.…" only these are limits; the others would disturb the launch. */
static bool oci_resources_is_limit(const char *key)
{
	if (!*key || *key == '.' || strchr(key, '/'))
		return false;
	return !str_starts(key, "cgroup.") || str_starts(key, "cgroup.max.");
}

static int oci_resources_key(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	struct oci_limit limit = {
		.field = arena_printf(r->arena, "unified[\"%s\"]", item->string),
		.file = item->string,
		.value = item->valuestring,
	};

	if (!cJSON_IsString(item))
		return json_fault_expected(r, item, "a string");
	if (!oci_resources_is_limit(item->string))
		return json_fault(r, item,
				  "expected the name of a file that sets a limit in a cgroup");
	if (!strcmp(item->string, "cpuset.cpus") || !strcmp(item->string, "cpuset.mems"))
		return oci_config_ignored(r, item, NULL);
	if (!*item->valuestring)
		return 0;
	limit.file = arena_strdup(r->arena, item->string);
	limit.value = arena_strdup(r->arena, item->valuestring);
	return oci_resources_add(r, &c->unified, &limit);
}

int oci_resources_unified(const struct json_reader *r, const cJSON *item, void *out)
{
	if (cJSON_GetArraySize(item) > UNIFIED_MAX)
		return json_fault(r, item, "has more than %d keys", UNIFIED_MAX);
	return json_read_each(r, item, false, oci_resources_key, out);
}
