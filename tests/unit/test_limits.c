// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/container/cgroup_private.h"
#include "init/container/limits_private.h"
#include "init/lib/root.h"

#ifdef CONFIG_CGROUP_LIMITS

/* Only the controllers that are needed are turned on, all with one write. */
static void controllers_are_turned_on_as_needed(void **state)
{
	static const struct {
		const char *files[4];
		const char *present, *written;
		enum oci_missing missing;
		int err;
	} rows[] = {
		{{NULL}, "cpu io memory pids", "", 0, 0},
		{{"memory.max", "memory.low"}, "cpu io memory pids", "+memory", 0, 0},
		{{"memory.max", "pids.max"}, "cpu io memory pids", "+memory +pids", 0, 0},
		{{"cgroup.max.depth"}, "cpu", "", 0, 0},
		{{"cpuset.mems.effective"}, "cpu", "", 0, -ENOTSUP},
		{{"cpu.max"}, "cpuset", "", 0, -ENOTSUP},
		{{"cpu.max"}, "", "", 0, -ENOTSUP},
		{{"memory.swap.max"}, "cpu", "", OCI_MISSING_IGNORED, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_limit limits[4] = {0};
		struct oci_config c = {0};
		struct fault f = {0};
		char path[64], text[64];
		int root = temp_root(path);

		for (size_t k = 0; rows[i].files[k]; k++) {
			limits[k] = (struct oci_limit){
				.field = "x", .file = rows[i].files[k], .missing = rows[i].missing};
			limits[k].next = rows[i].files[k + 1] ? &limits[k + 1] : NULL;
			c.limits = limits;
		}
		put_file(root, "cgroup.controllers", rows[i].present);
		put_file(root, "cgroup.subtree_control", "");
		assert_int_equal(limits_enable(root, &c, &f), rows[i].err);
		assert_true(root_read(root, text, sizeof(text), "cgroup.subtree_control") >= 0);
		assert_string_equal(text, rows[i].written);
		if (rows[i].err)
			assert_non_null(
				strstr(f.text, "linux.resources.x needs the cgroup controller"));
		temp_root_remove(path, root);
	}
}

static void limits_are_written_in_their_order(void **state)
{
	struct oci_limit last = {.field = "unified", .file = "pids.max", .value = "7"};
	struct oci_limit weight = {.field = "w", .file = "io.weight", .value = "4950"};
	struct oci_limit bfq = {.next = &weight,
				.field = "w",
				.file = "io.bfq.weight",
				.value = "500",
				.missing = OCI_MISSING_NEXT};
	struct oci_limit swap = {.next = &bfq,
				 .field = "s",
				 .file = "memory.swap.max",
				 .value = "1",
				 .missing = OCI_MISSING_IGNORED};
	struct oci_limit pids = {.next = &swap, .field = "p", .file = "pids.max", .value = "5"};
	struct oci_config c = {.limits = &pids, .unified = &last};
	struct fault f = {0};
	char path[64], text[64];
	int root = temp_root(path);

	put_file(root, "pids.max", "");
	put_file(root, "io.weight", "");
	assert_int_equal(limits_set(root, &c, &f), 0);
	assert_true(root_read(root, text, sizeof(text), "pids.max") >= 0);
	assert_string_equal(text, "7");
	assert_true(root_read(root, text, sizeof(text), "io.weight") >= 0);
	assert_string_equal(text, "4950");
	/* If bfq's file exists, only that file gets the weight. */
	put_file(root, "io.bfq.weight", "");
	put_file(root, "io.weight", "default 100");
	assert_int_equal(limits_set(root, &c, &f), 0);
	assert_true(root_read(root, text, sizeof(text), "io.bfq.weight") >= 0);
	assert_string_equal(text, "500");
	assert_true(root_read(root, text, sizeof(text), "io.weight") >= 0);
	assert_string_equal(text, "default 100");
	/* The error names the file that is missing. */
	last.file = "pids.high";
	assert_int_equal(limits_set(root, &c, &f), -ENOENT);
	assert_string_equal(
		f.text,
		"linux.resources.unified: the cgroup's file pids.high is missing, cannot set it to \"7\": No such file or directory");
	temp_root_remove(path, root);
}

#endif

static void the_fault_of_an_oom_kill_says_the_limit(void **state)
{
	struct fault f = {0};
	char path[64];
	int root = temp_root(path);

	cgroup_oom_fault(root, "linux.resources.memory.limit", &f);
	assert_non_null(strstr(f.text, "it has no limit, the guest has "));
	put_file(root, "memory.max", "max\n");
	cgroup_oom_fault(root, "linux.resources.memory.limit", &f);
	assert_non_null(strstr(f.text, "it has no limit, the guest has "));
	put_file(root, "memory.max", "67108864\n");
	cgroup_oom_fault(root, "linux.resources.memory.limit", &f);
	assert_non_null(
		strstr(f.text, "its limit is 67108864 bytes (linux.resources.memory.limit)"));
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef CONFIG_CGROUP_LIMITS
		cmocka_unit_test(controllers_are_turned_on_as_needed),
		cmocka_unit_test(limits_are_written_in_their_order),
#endif
		cmocka_unit_test(the_fault_of_an_oom_kill_says_the_limit),
	};

	return RUN_TESTS(tests);
}
