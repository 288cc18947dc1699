// SPDX-License-Identifier: Apache-2.0
/* Scheduling, personality and placement: from config.json to the process. */
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/sched_private.h"
#include "tests/unit/support/spec_config.h"

#define IDLE_CLASS (3 << 13)

static void read_config(struct arena *a, const char *text, struct oci_config *c)
{
	struct fault f;

	if (config(a, text, c, &f))
		fail_msg("%s", f.text);
}

static void scheduler_is_read_whole(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;

	read_config(
		&a,
		PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-5,\"priority\":7,"
			"\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\",\"SCHED_FLAG_UTIL_CLAMP_MAX\"],"
			"\"runtime\":1,\"deadline\":2,\"period\":3}"),
		&c);
	assert_int_equal(c.process.scheduler.size, 48); /* the kernel's SCHED_ATTR_SIZE_VER0 */
	assert_int_equal(c.process.scheduler.policy, 6);
	assert_int_equal(c.process.scheduler.flags, 0x41);
	assert_int_equal(c.process.scheduler.nice, -5);
	assert_int_equal(c.process.scheduler.priority, 7);
	assert_int_equal(c.process.scheduler.runtime, 1);
	assert_int_equal(c.process.scheduler.deadline, 2);
	assert_int_equal(c.process.scheduler.period, 3);
}

static void all_words_have_the_kernels_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned policy;
	} rows[] = {
		{"{\"mode\":\"MPOL_DEFAULT\"}", MPOL_DEFAULT},
		{"{\"mode\":\"MPOL_PREFERRED\"}", MPOL_PREFERRED},
		{"{\"mode\":\"MPOL_BIND\"}", MPOL_BIND},
		{"{\"mode\":\"MPOL_INTERLEAVE\"}", MPOL_INTERLEAVE},
		{"{\"mode\":\"MPOL_LOCAL\"}", MPOL_LOCAL},
		{"{\"mode\":\"MPOL_PREFERRED_MANY\"}", MPOL_PREFERRED_MANY},
		{"{\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\"}", 6},
		{"{\"mode\":\"MPOL_BIND\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}",
		 MPOL_BIND | MPOL_F_STATIC_NODES},
		{"{\"mode\":\"MPOL_BIND\",\"flags\":[\"MPOL_F_RELATIVE_NODES\"]}",
		 MPOL_BIND | MPOL_F_RELATIVE_NODES},
		{"{\"mode\":\"MPOL_BIND\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]}",
		 MPOL_BIND | MPOL_F_NUMA_BALANCING},
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		snprintf(text, sizeof(text), LINUX("\"memoryPolicy\":%s"), rows[i].text);
		read_config(&a, text, &c);
		assert_int_equal(c.memory_policy, rows[i].policy);
		assert_null(c.memory_nodes);
	}
}

static void io_priority_has_class_and_level(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;

	read_config(&a, PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":3}"),
		    &c);
	assert_int_equal(c.process.io_priority, 2 << 13 | 3);
	read_config(&a, PROCESS("\"ioPriority\":{\"priority\":7,\"class\":\"IOPRIO_CLASS_RT\"}"),
		    &c);
	assert_int_equal(c.process.io_priority, 1 << 13 | 7);
}

static void lists_of_numbers_become_masks(void **state)
{
	static const struct {
		const char *list;
		unsigned long mask;
	} rows[] = {
		{"0,3", 9},   {"0-3", 0xf}, {"0, 3", 9}, {" 0-1 ,\\t3 ", 0xb},
		{"0,,3,", 9}, {",0\\n", 1}, {",", 0},	 {"2-2", 4},
	};
	char text[512];
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), PROCESS("\"execCPUAffinity\":{\"final\":\"%s\"}"),
			 rows[i].list);
		read_config(&a, text, &c);
		assert_int_equal(c.process.cpus[0], rows[i].mask);
	}

	read_config(
		&a,
		PROCESS("\"execCPUAffinity\":{\"initial\":\"9\",\"final\":\"0-2,5,64-65,1023\"}"),
		&c);
	assert_int_equal(c.process.cpus[0], 0x27);
	assert_int_equal(c.process.cpus[1], 3);
	assert_int_equal(c.process.cpus[1023 / 64], 1UL << 63);
	read_config(&a, LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"1,3\"}"), &c);
	assert_int_equal(c.memory_nodes[0], 0xa);
}

#define LIST ": expected numbers and ranges below 1024 such as \"0-3,7\", found "

static void what_the_kernel_does_not_have_is_refused(void **state)
{
	assert_config_refused(PROCESS("\"execCPUAffinity\":{\"final\":\"1024\"}"),
			      "/process/execCPUAffinity/final" LIST "\"1024\"");
	assert_config_refused(PROCESS("\"execCPUAffinity\":{\"initial\":\"2-x\"}"),
			      "/process/execCPUAffinity/initial" LIST "\"2-x\"");
	assert_config_refused(PROCESS("\"execCPUAffinity\":{\"final\":\"5-1\"}"),
			      "/process/execCPUAffinity/final" LIST "\"5-1\"");
	assert_config_refused(PROCESS("\"execCPUAffinity\":{\"final\":\"0 1\"}"),
			      "/process/execCPUAffinity/final" LIST "\"0 1\"");
	assert_config_refused(PROCESS("\"execCPUAffinity\":{\"final\":\"0x3\"}"),
			      "/process/execCPUAffinity/final" LIST "\"0x3\"");
	assert_config_refused(PROCESS("\"execCPUAffinity\":{\"final\":\"0-\"}"),
			      "/process/execCPUAffinity/final" LIST "\"0-\"");
	assert_config_refused(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":1}"),
			      "/linux/memoryPolicy/nodes" LIST "the number 1");
	assert_config_refused(
		LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_X\"}"),
		"/linux/memoryPolicy/mode: expected one of \"MPOL_DEFAULT\", \"MPOL_PREFERRED\", \"MPOL_BIND\", \"MPOL_INTERLEAVE\", \"MPOL_LOCAL\", \"MPOL_PREFERRED_MANY\", \"MPOL_WEIGHTED_INTERLEAVE\", found \"MPOL_X\"");
	assert_config_refused(LINUX("\"memoryPolicy\":{\"nodes\":\"0\"}"),
			      "/linux/memoryPolicy: the key \"mode\" is missing");
	assert_config_refused(
		PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\",\"priority\":8}"),
		"/process/ioPriority/priority: expected an integer from 0 to 7, found the number 8");
	assert_config_refused(PROCESS("\"scheduler\":{\"nice\":1}"),
			      "/process/scheduler: the key \"policy\" is missing");
	assert_config_refused(
		LINUX("\"personality\":{\"domain\":\"LINUX64\"}"),
		"/linux/personality/domain: expected one of \"LINUX\", \"LINUX32\", found \"LINUX64\"");
}

#define ALL                                                                                            \
	SPEC("",                                                                                       \
	     ",\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":5},"                                 \
	     "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\"},\"execCPUAffinity\":{\"final\":\"0\"}", \
	     "\"personality\":{\"domain\":\"LINUX32\"},"                                               \
	     "\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\"}")

/* Return: 0, or the number of the first value that is another one. */
static int check_process(const struct oci_config *c)
{
	struct fault fault;
	cpu_set_t cpus;
	int mode = 0;

	if (sched_apply(c, &fault))
		return 1;
	if (sched_getscheduler(0) != SCHED_BATCH || getpriority(PRIO_PROCESS, 0) != 5)
		return 2;
	if (syscall(SYS_ioprio_get, 1, 0) >> 13 != IDLE_CLASS >> 13)
		return 3;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) || CPU_COUNT(&cpus) != 1 ||
	    !CPU_ISSET(0, &cpus))
		return 4;
	if (personality(0xffffffff) != PER_LINUX32)
		return 5;
	if (!syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) && mode != MPOL_LOCAL)
		return 6;
	return 0;
}

static void they_are_the_processs(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	int status;

	read_config(&a, ALL, &c);
	if (!fork())
		syscall(SYS_exit_group, check_process(&c));
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

static void numbers_of_the_host_are_ignored(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault fault;

	read_config(&a,
		    SPEC("", ",\"execCPUAffinity\":{\"final\":\"1023\"}",
			 "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"1000\"}"),
		    &c);
	assert_int_equal(sched_apply(&c, &fault), 0);
}

static void what_the_kernel_refuses_is_named(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault fault;

	read_config(&a, PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":100}"), &c);
	assert_int_equal(sched_apply(&c, &fault), -EINVAL);
	assert_string_equal(fault.text, "cannot set process.scheduler: Invalid argument");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scheduler_is_read_whole),
		cmocka_unit_test(all_words_have_the_kernels_numbers),
		cmocka_unit_test(io_priority_has_class_and_level),
		cmocka_unit_test(lists_of_numbers_become_masks),
		cmocka_unit_test(what_the_kernel_does_not_have_is_refused),
		cmocka_unit_test(they_are_the_processs),
		cmocka_unit_test(numbers_of_the_host_are_ignored),
		cmocka_unit_test(what_the_kernel_refuses_is_named),
	};

	return RUN_TESTS(tests);
}
