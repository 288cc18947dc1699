// SPDX-License-Identifier: Apache-2.0
/* One value in the spellings of several tools: all that crun takes means here what it means there. */
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>

#include "tests/unit/support/spec_config.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static void read_config(struct arena *a, const char *text, struct oci_config *c)
{
	struct fault f = {0};

	if (config(a, text, c, &f))
		fail_msg("%s: %s", text, f.text);
}

#define BOUNDING(words) PROCESS("\"capabilities\":{\"bounding\":[" words "]}")

static void capabilities(void **state)
{
	static const struct {
		const char *text;
		uint64_t set;
	} rows[] = {
		{BOUNDING("\"CAP_CHOWN\""), 1ULL << CAP_CHOWN},
		{BOUNDING("\"cap_chown\""), 1ULL << CAP_CHOWN},
		{BOUNDING("\"Cap_Net_Raw\",\"CAP_BPF\""), 1ULL << CAP_NET_RAW | 1ULL << CAP_BPF},
		/* unknown to crun and runc, too */
		{BOUNDING("\"ALL\",\"CHOWN\",\"kill\",\"cap_kill\""), 1ULL << CAP_KILL},
		{BOUNDING("\"CAP_\",\"CAP_CAP_KILL\""), 0},
		{PROCESS("\"capabilities\":{\"bounding\":{}}"), 0},
		{PROCESS("\"capabilities\":[]"), 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i].text, &c);
		assert_true(c.process.has_capabilities);
		assert_int_equal(c.process.capabilities[OCI_BOUNDING], rows[i].set);
	}
}

#define CORE(n) PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":" n "}]")

static void limits_without_an_end(void **state)
{
	static const char *const rows[] = {CORE("18446744073709551615"), CORE("-1")};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i], &c);
		assert_int_equal(c.process.rlimits[0].limit.rlim_cur, 0);
		assert_true(c.process.rlimits[0].limit.rlim_max == RLIM_INFINITY);
	}
	assert_config_refused(
		CORE("-2"),
		"/process/rlimits/0/hard: expected an integer from 0 to 18446744073709551615, found the number -2");
}

#define NODE(mode)                                                                                          \
	LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1,\"minor\":3,\"fileMode\":" mode \
	      "}]")

/* Type and permissions as of st_mode, and as of Go's fs.FileMode. */
static void modes_of_nodes(void **state)
{
	static const struct {
		const char *text;
		uint32_t mode;
	} rows[] = {
		{NODE("432"), 0660},	  {NODE("8624"), 0660},	      {NODE("67109296"), 0660},
		{NODE("69206448"), 0660}, {NODE("2147484032"), 0600}, {NODE("null"), 0666},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i].text, &c);
		assert_int_equal(c.devices[0].mode, rows[i].mode);
	}
}

#define RULES(text) LINUX("\"resources\":{\"devices\":[" text "]}")

static void rules_of_every_kind_of_node(void **state)
{
	static const struct {
		const char *text;
		char type;
		bool allow, read;
	} rows[] = {
		{RULES("{\"allow\":true,\"type\":\"c\",\"access\":\"rwm\"}"), 'c', true, true},
		/* encoders that leave out what is false */
		{RULES("{\"type\":\"c\",\"access\":\"rwm\"}"), 'c', false, true},
		{RULES("{\"allow\":true,\"type\":\"u\",\"access\":\"rwm\"}"), 'c', true, true},
		/* no rule can be for a FIFO, so it must neither give nor take anything */
		{RULES("{\"allow\":true,\"type\":\"p\",\"access\":\"rwm\"}"), 'c', true, false},
		{RULES("{\"allow\":false,\"type\":\"p\",\"access\":\"rwm\"}"), 'c', true, false},
		{RULES("{\"allow\":false,\"type\":\"p\"}"), 'c', true, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i].text, &c);
		assert_int_equal(c.n_rules, 1);
		assert_int_equal(c.rules[0].type, rows[i].type);
		assert_int_equal(c.rules[0].allow, rows[i].allow);
		assert_int_equal(c.rules[0].read, rows[i].read);
	}
}

static void paths_are_meant_from_the_root(void **state)
{
	static const char text[] =
		SPEC(",\"mounts\":[{\"destination\":\"a\"}]", "",
		     "\"maskedPaths\":[\"b/c\"],\"readonlyPaths\":[\"./d\",\"/e\"]");
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;

	read_config(&a, text, &c);
	assert_string_equal(c.mounts[0].destination, "/a");
	assert_string_equal(c.masked_paths[0], "/b/c");
	assert_string_equal(c.readonly_paths[0], "/./d");
	assert_string_equal(c.readonly_paths[1], "/e");
	read_config(
		&a,
		"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"srv\"}}",
		&c);
	assert_string_equal(c.process.cwd, "/srv");
}

static void an_umask_has_permissions_only(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;

	read_config(&a, PROCESS("\"user\":{\"umask\":1042}"), &c);
	assert_true(c.process.has_umask);
	assert_int_equal(c.process.umask, 022);
}

/* Languages that have one type for lists and maps write an empty one as the other. */
static void what_is_empty_may_be_of_the_other_kind(void **state)
{
	static const char *const rows[] = {
		TOP("\"annotations\":[]"),
		TOP("\"hooks\":[]"),
		TOP("\"hooks\":{\"prestart\":{}}"),
		TOP("\"mounts\":{}"),
		PROCESS("\"env\":{}"),
		PROCESS("\"rlimits\":{},\"user\":[]"),
		PROCESS("\"consoleSize\":{}"),
		LINUX("\"resources\":[],\"devices\":{},\"sysctl\":[],\"namespaces\":{}"),
		LINUX("\"resources\":{\"memory\":[],\"unified\":[],\"hugepageLimits\":{}}"),
		LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":{},\"syscalls\":{}}"),
		LINUX("\"netDevices\":[],\"timeOffsets\":[],\"personality\":[]"),
		"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\"linux\":[]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i], &c);
	}
	assert_config_refused(
		"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":{},\"cwd\":\"/\"}}",
		"/process/args: expected the program to run, found an empty array");
	assert_config_refused(TOP("\"annotations\":[1]"),
			      "/annotations: expected an object, found an array");
	assert_config_refused(TOP("\"mounts\":{\"a\":1}"),
			      "/mounts: expected an array, found an object");
	assert_config_refused(TOP("\"annotations\":\"\""),
			      "/annotations: expected an object, found \"\"");
}

#define FLAGS(words) \
	LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[" words "]}")

static void flags_of_a_filter(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
	} rows[] = {
		{FLAGS(""), 0},
		{FLAGS("\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\""),
		 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
		{FLAGS("\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\""),
		 SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i].text, &c);
		assert_int_equal(c.seccomp->flags, rows[i].flags);
	}
}

/* A long list of words ends where it is cut, not in the middle of one. */
static void words_that_are_expected(void **state)
{
	assert_config_refused(
		LINUX("\"seccomp\":{\"defaultAction\":\"scmp_act_errno\"}"),
		"/linux/seccomp/defaultAction: expected one of \"SCMP_ACT_ALLOW\", \"SCMP_ACT_ERRNO\", \"SCMP_ACT_KILL\", \"SCMP_ACT_KILL_PROCESS\", \"SCMP_ACT_LOG\", \"SCMP_ACT_KILL_THREAD\", \"SCMP_ACT_TRACE\", \"SCMP_ACT_TRAP\", \"SCMP_ACT_NOTIFY\", found \"scmp_act_errno\"");
}

#define ARCHITECTURES(words) \
	LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[" words "]}")

/* crun takes the names of libseccomp, in any case. */
static void architectures_of_a_filter(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ARCHITECTURES("\"SCMP_ARCH_X86_64\""), "X86_64"},
		{ARCHITECTURES("\"x86_64\""), "X86_64"},
		{ARCHITECTURES("\"SCMP_ARCH_aarch64\""), "AARCH64"},
		{ARCHITECTURES("\"X32\",\"foo\""), NULL},
		{ARCHITECTURES("\"SCMP_ARCH_SCMP_ARCH_X32\""), NULL},
		{ARCHITECTURES("\"\""), NULL},
		{ARCHITECTURES("\"SCMP_ARCH_\""), NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;
		struct fault f = {0};

		if (!rows[i].name) {
			assert_int_equal(config(&a, rows[i].text, &c, &f), -EINVAL);
			continue;
		}
		read_config(&a, rows[i].text, &c);
		assert_string_equal(c.seccomp->architectures[0], rows[i].name);
	}
	assert_config_refused(
		ARCHITECTURES("\"amd64\""),
		"/linux/seccomp/architectures/0: expected an architecture such as \"SCMP_ARCH_X86_64\", found \"amd64\"");
}

#define VERSION(text)             \
	"{\"ociVersion\":\"" text \
	"\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}}"

static void versions(void **state)
{
	static const char *const rows[] = {VERSION("1.2.1"), VERSION("v1.0.2"),
					   VERSION("1.0.2-dev"), VERSION("1"), VERSION("")};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i], &c);
	}
}

/* crun accepts these, too: a rule for no system call, and a variable without "=". */
static void what_means_nothing(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;

	read_config(
		&a,
		LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_KILL\"}]}"),
		&c);
	assert_int_equal(c.seccomp->n_syscalls, 1);
	assert_null(c.seccomp->syscalls[0].names[0]);
	read_config(&a, PROCESS("\"env\":[\"A\",\"=\",\"\",\"B=\"]"), &c);
	assert_string_equal(c.process.env[0], "A");
	assert_string_equal(c.process.env[3], "B=");
}

#define STOP(text) TOP("\"annotations\":{\"org.opencontainers.image.stopSignal\":\"" text "\"}")

/* podman writes a number, buildah what the image has. */
static void stop_signals(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{STOP("15"), 15}, {STOP("SIGRTMIN+3"), 37}, {STOP("sigquit"), 3},
		{STOP(""), 0},	  {STOP("SIGFOO"), 0},	    {STOP("RTMIN+3"), 37},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;

		read_config(&a, rows[i].text, &c);
		assert_int_equal(c.stop_signal, rows[i].number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities),
		cmocka_unit_test(limits_without_an_end),
		cmocka_unit_test(modes_of_nodes),
		cmocka_unit_test(rules_of_every_kind_of_node),
		cmocka_unit_test(paths_are_meant_from_the_root),
		cmocka_unit_test(an_umask_has_permissions_only),
		cmocka_unit_test(what_is_empty_may_be_of_the_other_kind),
		cmocka_unit_test(flags_of_a_filter),
		cmocka_unit_test(words_that_are_expected),
		cmocka_unit_test(architectures_of_a_filter),
		cmocka_unit_test(versions),
		cmocka_unit_test(what_means_nothing),
		cmocka_unit_test(stop_signals),
	};

	return RUN_TESTS(tests);
}
