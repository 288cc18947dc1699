// SPDX-License-Identifier: Apache-2.0
/*
 * The limits in linux.resources of config.json, as what is to be written into files of the
 * container's cgroup (OCI runtime spec, config-linux.md, "Control groups"; the kernel's
 * admin-guide/cgroup-v2.rst).
 *
 * The spec speaks of cgroup v1. What becomes of it in v2 is what crun makes of it. 0 is a limit
 * that was not given, -1 none at all.
 */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

#define USUAL_PERIOD_US 100000

/* More than any kernel has files in a cgroup, or sizes of pages. */
#define UNIFIED_MAX   256
#define HUGEPAGES_MAX 16

/* What one file gets; of two limits for one file the later one counts. */
static int add(const struct json_reader *r, struct oci_limit **list, const struct oci_limit *limit)
{
	struct oci_limit *copy = arena_alloc(r->arena, 1, sizeof(*copy));

	if (!copy || !limit->value || !limit->file || !limit->field)
		return json_enomem(r);
	*copy = *limit;
	while (*list)
		list = &(*list)->next;
	*list = copy;
	return 0;
}

static int add_number(const struct json_reader *r, struct oci_config *c, const char *field,
		      const char *file, int64_t value)
{
	struct oci_limit limit = {.field = field, .file = file, .value = "max"};

	if (value == 0)
		return 0;
	if (value > 0)
		limit.value = arena_printf(r->arena, "%lld", (long long)value);
	return add(r, &c->limits, &limit);
}

/* An amount of something. */
static int read_amount(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_integer(r, item, -1, INT64_MAX, out);
}

/* A limit that only version 1 has: it may be there, but it must not be one. */
static int read_v1_only(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (json_asks_nothing(item) || (json_is_number(item) && !strcmp(item->valuestring, "-1")))
		return 0;
	return json_fault(r, item, "cgroup v2 has nothing like it, take it out");
}

/* Even 0 is a wish. */
static int read_swappiness(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_fault(r, item, "cgroup v2 has nothing like it, take it out");
}

/* v2 always counts children in, and a cgroup that is just made uses nothing yet. */
static int read_always_so(const struct json_reader *r, const cJSON *item, void *out)
{
	bool asked;

	(void)out;
	return json_bool(r, item, &asked);
}

/* --- memory -------------------------------------------------------------------------------- */

struct memory {
	int64_t limit, reservation, swap;
};

#define MEMORY(field) .offset = offsetof(struct memory, field)

static const struct json_field memory_fields[] = {
	JSON_FIELD("limit", read_amount, MEMORY(limit)),
	JSON_FIELD("reservation", read_amount, MEMORY(reservation)),
	JSON_FIELD("swap", read_amount, MEMORY(swap)),
	JSON_FIELD("kernel", read_v1_only),
	JSON_FIELD("kernelTCP", read_v1_only),
	JSON_FIELD("swappiness", read_swappiness),
	JSON_FIELD("disableOOMKiller", read_v1_only),
	JSON_FIELD("useHierarchy", read_always_so),
	JSON_FIELD("checkBeforeUpdate", read_always_so),
	{0},
};

/* The spec's swap is memory and swap together, the kernel's is swap alone. */
static int add_swap(const struct json_reader *r, const cJSON *item, const struct memory *m,
		    struct oci_config *c)
{
	struct oci_limit limit = {
		.field = "memory.swap",
		.file = "memory.swap.max",
		.value = "max",
		.missing = OCI_MISSING_IGNORED, /* a kernel without swap */
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
	return add(r, &c->limits, &limit);
}

int oci_read_memory(const struct json_reader *r, const cJSON *item, void *out)
{
	struct memory m = {0};
	struct oci_config *c = out;
	int err = json_object(r, item, memory_fields, &m);

	if (!err)
		err = add_number(r, c, "memory.limit", "memory.max", m.limit);
	if (!err)
		err = add_swap(r, item, &m, c);
	if (!err)
		err = add_number(r, c, "memory.reservation", "memory.low", m.reservation);
	return err;
}

/* --- cpu ----------------------------------------------------------------------------------- */

struct cpu {
	int64_t shares, quota, period, burst, idle;
};

static int read_positive(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_integer(r, item, 0, INT64_MAX, out);
}

static int read_idle(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_integer(r, item, 0, 1, out);
}

#define CPU(field) .offset = offsetof(struct cpu, field)

static const struct json_field cpu_fields[] = {
	JSON_FIELD("shares", read_positive, CPU(shares)),
	JSON_FIELD("quota", read_amount, CPU(quota)),
	JSON_FIELD("period", read_positive, CPU(period)),
	JSON_FIELD("burst", read_positive, CPU(burst)),
	JSON_FIELD("idle", read_idle, CPU(idle)),
	JSON_FIELD("realtimeRuntime", read_v1_only),
	JSON_FIELD("realtimePeriod", read_v1_only),
	/* by the host's numbers */
	JSON_FIELD("cpus", oci_ignored),
	JSON_FIELD("mems", oci_ignored),
	{0},
};

/* 2 to 262144 in version 1, 1 to 10000 in version 2 */
static int64_t weight_of(int64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares < 2)
		shares = 2;
	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

static int add_quota(const struct json_reader *r, const struct cpu *cpu, struct oci_config *c)
{
	long long period = cpu->period ? cpu->period : USUAL_PERIOD_US;
	struct oci_limit limit = {.field = "cpu.quota", .file = "cpu.max"};

	if (cpu->quota <= 0 && !cpu->period)
		return 0;
	limit.value = cpu->quota > 0
			      ? arena_printf(r->arena, "%lld %lld", (long long)cpu->quota, period)
			      : arena_printf(r->arena, "max %lld", period);
	return add(r, &c->limits, &limit);
}

int oci_read_cpu(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cpu cpu = {0};
	struct oci_config *c = out;
	int err = json_object(r, item, cpu_fields, &cpu);

	/* In this order: an idle cgroup takes no weight, and a burst is a part of the quota. */
	if (!err)
		err = add_number(r, c, "cpu.shares", "cpu.weight", weight_of(cpu.shares));
	if (!err)
		err = add_number(r, c, "cpu.idle", "cpu.idle", cpu.idle);
	if (!err)
		err = add_quota(r, &cpu, c);
	if (!err)
		err = add_number(r, c, "cpu.burst", "cpu.max.burst", cpu.burst);
	return err;
}

/* --- pids, blockIO ------------------------------------------------------------------------- */

static const struct json_field pids_fields[] = {
	JSON_FIELD("limit", read_amount),
	{0},
};

int oci_read_pids(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t limit = 0;
	int err = json_object(r, item, pids_fields, &limit);

	return err ? err : add_number(r, out, "pids.limit", "pids.max", limit);
}

static int read_weight(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_asks_nothing(item) ? 0 : json_integer(r, item, 10, 1000, out);
}

static const struct json_field block_io_fields[] = {
	JSON_FIELD("weight", read_weight),
	JSON_FIELD("leafWeight", read_v1_only),
	/* by the host's device numbers */
	JSON_FIELD("weightDevice", oci_ignored),
	JSON_FIELD("throttleReadBpsDevice", oci_ignored),
	JSON_FIELD("throttleWriteBpsDevice", oci_ignored),
	JSON_FIELD("throttleReadIOPSDevice", oci_ignored),
	JSON_FIELD("throttleWriteIOPSDevice", oci_ignored),
	{0},
};

/* The scheduler bfq has the spec's range; without it the range is 1 to 10000. */
int oci_read_block_io(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_limit bfq = {
		.field = "blockIO.weight",
		.file = "io.bfq.weight",
		.missing = OCI_MISSING_NEXT,
	};
	struct oci_config *c = out;
	int64_t weight = 0;
	int err = json_object(r, item, block_io_fields, &weight);

	if (err || !weight)
		return err;
	bfq.value = arena_printf(r->arena, "%lld", (long long)weight);
	err = add(r, &c->limits, &bfq);
	return err ? err : add_number(r, c, bfq.field, "io.weight", 1 + (weight - 10) * 9999 / 990);
}

/* --- hugepageLimits ------------------------------------------------------------------------ */

struct hugepages {
	const char *size;
	int64_t limit;
};

/* It becomes a part of a file's name. */
static int read_page_size(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "";
	size_t digits = strspn(s, "0123456789");

	if (digits < 1 || digits > 4 || !strchr("KMG", s[digits]) || !s[digits] ||
	    strcmp(s + digits + 1, "B") != 0)
		return json_expected(r, item, "a page size such as \"2MB\"");
	return json_string(r, item, out);
}

#define HUGE(field) .offset = offsetof(struct hugepages, field), .required = true

static const struct json_field hugepage_fields[] = {
	JSON_FIELD("pageSize", read_page_size, HUGE(size)),
	JSON_FIELD("limit", read_positive, HUGE(limit)),
	{0},
};

static int read_hugepage(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, hugepage_fields, out);
}

int oci_read_hugepages(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	size_t n = 0;
	void *list = NULL;
	int err = json_list(r, item, HUGEPAGES_MAX, sizeof(struct hugepages), read_hugepage, &list,
			    &n);
	const struct hugepages *pages = list;

	for (size_t i = 0; i < n && !err; i++) {
		struct oci_limit limit = {
			.field = "hugepageLimits",
			.file = arena_printf(r->arena, "hugetlb.%s.max", pages[i].size),
			.value = arena_printf(r->arena, "%lld", (long long)pages[i].limit),
			/* None of pages that the kernel does not have is easily kept. */
			.missing = pages[i].limit ? OCI_MISSING_FAILS : OCI_MISSING_IGNORED,
		};
		err = add(r, &c->limits, &limit);
	}
	return err;
}

/* --- unified ------------------------------------------------------------------------------- */

/* Of cgroup's own files only these are limits; the others would get in the way of the launch. */
static bool is_limit(const char *key)
{
	if (!*key || *key == '.' || strchr(key, '/'))
		return false;
	return !str_starts(key, "cgroup.") || str_starts(key, "cgroup.max.");
}

static int read_key(const struct json_reader *r, const cJSON *item, struct oci_config *c)
{
	struct oci_limit limit = {
		.field = arena_printf(r->arena, "unified[\"%s\"]", item->string),
		.file = item->string,
		.value = item->valuestring,
	};

	if (!cJSON_IsString(item))
		return json_expected(r, item, "a string");
	if (!is_limit(item->string))
		return json_fault(r, item,
				  "expected the name of a file that sets a limit in a cgroup");
	if (!strcmp(item->string, "cpuset.cpus") || !strcmp(item->string, "cpuset.mems"))
		return oci_ignored(r, item, NULL);
	if (!*item->valuestring)
		return 0;
	limit.file = arena_strdup(r->arena, item->string);
	limit.value = arena_strdup(r->arena, item->valuestring);
	return add(r, &c->unified, &limit);
}

int oci_read_unified(const struct json_reader *r, const cJSON *item, void *out)
{
	int err = 0;

	if (!cJSON_IsObject(item))
		return json_expected(r, item, "an object");
	if (cJSON_GetArraySize(item) > UNIFIED_MAX)
		return json_fault(r, item, "has more than %d keys", UNIFIED_MAX);
	for (const cJSON *c = item->child; c && !err; c = c->next)
		err = read_key(r, c, out);
	return err;
}
