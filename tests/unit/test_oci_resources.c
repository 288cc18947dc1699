// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/spec_config.h"

#ifdef CONFIG_CGROUP_LIMITS

#define RESOURCES(text) LINUX("\"resources\":{" text "}")

/*
 * Print a list as "file=value; ". "?" is behind a value whose file may be missing, and "|" before a
 * value that is for a missing file.
 */
static void print(const struct oci_limit *limit, char *buf, size_t size)
{
	static const char *const marks[] = {"; ", "?; ", " | "};

	for (; limit; limit = limit->next) {
		size_t n = strlen(buf);

		snprintf(buf + n, size - n, "%s=%s%s", limit->file, limit->value,
			 marks[limit->missing]);
	}
}

static const struct {
	const char *text, *files;
} rules[] = {
	/* memory: 0 is not set, -1 is no limit */
	{"\"memory\":{\"limit\":67108864}", "memory.max=67108864; "},
	{"\"memory\":{\"limit\":0,\"reservation\":0,\"swap\":0}", ""},
	{"\"memory\":{\"limit\":-1}", "memory.max=max; "},
	{"\"memory\":{\"reservation\":4096}", "memory.low=4096; "},
	{"\"memory\":{\"reservation\":-1}", "memory.low=max; "},
	/* swap is memory and swap together, in any order of keys */
	{"\"memory\":{\"swap\":150,\"limit\":100}", "memory.max=100; memory.swap.max=50?; "},
	{"\"memory\":{\"limit\":100,\"swap\":100}", "memory.max=100; memory.swap.max=0?; "},
	{"\"memory\":{\"limit\":100,\"swap\":-1}", "memory.max=100; memory.swap.max=max?; "},
	{"\"memory\":{\"swap\":-1}", "memory.swap.max=max?; "},
	/* limits of v1 that are not set */
	{"\"memory\":{\"kernel\":0,\"kernelTCP\":-1,\"disableOOMKiller\":false}", ""},
	{"\"memory\":{\"useHierarchy\":true,\"checkBeforeUpdate\":true}", ""},
	/* shares from 2 to 262144 become a weight from 1 to 10000 */
	{"\"cpu\":{\"shares\":0}", ""},
	{"\"cpu\":{\"shares\":1}", "cpu.weight=1; "},
	{"\"cpu\":{\"shares\":2}", "cpu.weight=1; "},
	{"\"cpu\":{\"shares\":512}", "cpu.weight=20; "},
	{"\"cpu\":{\"shares\":1024}", "cpu.weight=39; "},
	{"\"cpu\":{\"shares\":262144}", "cpu.weight=10000; "},
	{"\"cpu\":{\"shares\":9223372036854775807}", "cpu.weight=10000; "},
	{"\"cpu\":{\"quota\":50000}", "cpu.max=50000 100000; "},
	{"\"cpu\":{\"period\":20000,\"quota\":5000}", "cpu.max=5000 20000; "},
	{"\"cpu\":{\"period\":20000}", "cpu.max=max 20000; "},
	{"\"cpu\":{\"period\":20000,\"quota\":-1}", "cpu.max=max 20000; "},
	{"\"cpu\":{\"quota\":-1}", ""},
	{"\"cpu\":{\"quota\":0,\"period\":0,\"burst\":0,\"idle\":0}", ""},
	{"\"cpu\":{\"burst\":100,\"quota\":5000}", "cpu.max=5000 100000; cpu.max.burst=100; "},
	{"\"cpu\":{\"idle\":1,\"shares\":1024}", "cpu.weight=39; cpu.idle=1; "},
	{"\"cpu\":{\"realtimeRuntime\":0,\"realtimePeriod\":0}", ""},
	{"\"cpu\":{\"cpus\":\"0-3\",\"mems\":\"0\"}", ""},
	{"\"pids\":{\"limit\":5}", "pids.max=5; "},
	{"\"pids\":{\"limit\":-1}", "pids.max=max; "},
	{"\"pids\":{\"limit\":0}", ""},
	{"\"pids\":{}", ""},
	/* the range of io.bfq.weight is 1 to 1000, of io.weight 1 to 10000 */
	{"\"blockIO\":{\"weight\":10}", "io.bfq.weight=10 | io.weight=1; "},
	{"\"blockIO\":{\"weight\":500}", "io.bfq.weight=500 | io.weight=4950; "},
	{"\"blockIO\":{\"weight\":1000}", "io.bfq.weight=1000 | io.weight=10000; "},
	{"\"blockIO\":{\"weight\":0,\"leafWeight\":0}", ""},
	{"\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]}", ""},
	{"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304},{\"pageSize\":\"1GB\",\"limit\":0}]",
	 "hugetlb.2MB.max=4194304; hugetlb.2MB.rsvd.max=4194304?; hugetlb.1GB.max=0?; hugetlb.1GB.rsvd.max=0?; "},
	/* of uint64 in the spec: no limit at all */
	{"\"hugepageLimits\":[{\"pageSize\":\"64KB\",\"limit\":18446744073709551615}]",
	 "hugetlb.64KB.max=9223372036854775807; hugetlb.64KB.rsvd.max=9223372036854775807?; "},
	{"\"cpu\":{\"shares\":18446744073709551615}", "cpu.weight=10000; "},
	/* unified comes last, at any place in the object */
	{"\"unified\":{\"memory.high\":\"900\",\"pids.max\":\"7\"},\"pids\":{\"limit\":5}",
	 "pids.max=5; memory.high=900; pids.max=7; "},
	{"\"unified\":{\"cgroup.max.depth\":\"2\",\"cpuset.cpus\":\"0\",\"cpu.max\":\"\"}",
	 "cgroup.max.depth=2; "},
	{"\"unified\":{}", ""},
};

static void limits_become_files_of_cgroup_v2(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		char text[512], found[512] = "";
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		snprintf(text, sizeof(text), RESOURCES("%s"), rules[i].text);
		if (config(&a, text, &c, &f))
			fail_msg("%s: %s", rules[i].text, f.text);
		print(c.limits, found, sizeof(found));
		print(c.unified, found, sizeof(found));
		assert_string_equal(found, rules[i].files);
		arena_free(&a);
	}
}

#define V1	": cgroup v2 has no such setting: remove it"
#define NO_FILE ": expected the name of a file that sets a limit in a cgroup"

static const struct {
	const char *text, *fault;
} refused[] = {
	{"\"memory\":{\"limit\":-2}",
	 "memory/limit: expected an integer from -1 to 9223372036854775807, found the number -2"},
	{"\"memory\":{\"swap\":100}",
	 "memory: \"swap\" limits memory and swap together, so it needs \"limit\""},
	{"\"memory\":{\"limit\":-1,\"swap\":100}",
	 "memory: \"swap\" limits memory and swap together, so it needs \"limit\""},
	{"\"memory\":{\"limit\":100,\"swap\":99}",
	 "memory: \"swap\" limits memory and swap together, so it cannot be less than \"limit\""},
	{"\"memory\":{\"kernel\":1}", "memory/kernel" V1},
	{"\"memory\":{\"kernelTCP\":1}", "memory/kernelTCP" V1},
	{"\"memory\":{\"swappiness\":0}", "memory/swappiness" V1},
	{"\"memory\":{\"disableOOMKiller\":true}", "memory/disableOOMKiller" V1},
	{"\"cpu\":{\"realtimeRuntime\":1}", "cpu/realtimeRuntime" V1},
	{"\"cpu\":{\"idle\":2}", "cpu/idle: expected an integer from 0 to 1, found the number 2"},
	{"\"blockIO\":{\"weight\":9}",
	 "blockIO/weight: expected an integer from 10 to 1000, found the number 9"},
	{"\"blockIO\":{\"leafWeight\":9}", "blockIO/leafWeight" V1},
	{"\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]",
	 "hugepageLimits/0/pageSize: expected a page size such as \"2MB\", found \"../2MB\""},
	{"\"hugepageLimits\":[{\"pageSize\":\"2MBx\",\"limit\":1}]",
	 "hugepageLimits/0/pageSize: expected a page size such as \"2MB\", found \"2MBx\""},
	{"\"hugepageLimits\":[{\"pageSize\":\"2\",\"limit\":1}]",
	 "hugepageLimits/0/pageSize: expected a page size such as \"2MB\", found \"2\""},
	{"\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]",
	 "hugepageLimits/0: the key \"limit\" is missing"},
	{"\"unified\":{\"a/b\":\"1\"}", "unified/a~1b" NO_FILE},
	{"\"unified\":{\"..\":\"1\"}", "unified/.." NO_FILE},
	{"\"unified\":{\"\":\"1\"}", "unified/" NO_FILE},
	{"\"unified\":{\"cgroup.procs\":\"1\"}", "unified/cgroup.procs" NO_FILE},
	{"\"unified\":{\"cgroup.freeze\":\"1\"}", "unified/cgroup.freeze" NO_FILE},
	{"\"unified\":{\"pids.max\":1}", "unified/pids.max: expected a string, found the number 1"},
};

static void limits_without_a_file_in_v2_are_refused(void **state)
{
	char text[512], fault[512];

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(text, sizeof(text), RESOURCES("%s"), refused[i].text);
		snprintf(fault, sizeof(fault), "/linux/resources/%s", refused[i].fault);
		assert_config_refused(text, fault);
	}
}

/* Appending to a list must not take the square of its length. */
static void more_files_than_a_cgroup_has_are_refused(void **state)
{
	char text[8192] = "\"unified\":{", spec[sizeof(text) + 256];

	for (int i = 0; i < 257; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s\"f.%d\":\"1\"", i ? "," : "", i);
	}
	snprintf(spec, sizeof(spec), RESOURCES("%s}"), text);
	assert_config_refused(spec, "/linux/resources/unified: has more than 256 keys");
}

#endif

int main(void)
{
#ifdef CONFIG_CGROUP_LIMITS
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_become_files_of_cgroup_v2),
		cmocka_unit_test(limits_without_a_file_in_v2_are_refused),
		cmocka_unit_test(more_files_than_a_cgroup_has_are_refused),
	};

	return RUN_TESTS(tests);
#else
	return 0;
#endif
}
