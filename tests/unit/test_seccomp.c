// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/seccomp_private.h"
#include "init/lib/root.h"
#include "tests/unit/support/spec_config.h"

#define SECCOMP(text) LINUX("\"seccomp\":{" text "}")
#define ALLOW(rules)  SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" rules "]")
#define ON(more)      "{\"names\":[\"personality\"]," more "}"
#define ERRNO(number) "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":" #number
/* A default action @word, with @more keys and more rules. The program may still end. */
#define DEFAULT(word, more, ...)                                                              \
	SECCOMP("\"defaultAction\":\"SCMP_ACT_" word "\"," more                               \
		"\"syscalls\":[{\"names\":[\"execve\",\"exit_group\"],\"action\":\"SCMP_ACT_" \
		"ALLOW\"}" __VA_ARGS__ "]")
#define ARG(op, v, v2) \
	"{\"index\":0,\"op\":\"SCMP_CMP_" op "\",\"value\":" #v ",\"valueTwo\":" #v2 "}"
#define IF(arguments) ON(ERRNO(5) ",\"args\":[" arguments "]")

/* --- effects of a filter ------------------------------------------------------------------- */

/* Return: result of personality(@argument) under a filter: 0, an errno, or 1000 + the signal. */
static int answer(const struct oci_config *c, unsigned long argument)
{
	struct fault f;
	pid_t pid = fork();
	int status, file;

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGSYS, SIG_DFL); /* cmocka has handlers */
		signal(SIGILL, SIG_DFL);
		if (seccomp_build(c, &file, &f) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    seccomp_install(file, c, NULL, &f))
			_exit(255);
		/* The sanitizer's _exit() makes other system calls. */
		syscall(SYS_exit_group, personality(argument) < 0 ? errno : 0);
		__builtin_trap(); /* if the filter is wrong */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define QUERY 0xffffffffUL

static const struct {
	const char *text;
	unsigned long argument;
	int answer;
} filters[] = {
	{ALLOW(""), QUERY, 0},
	{ALLOW(ON(ERRNO(38))), QUERY, 38},
	{ALLOW(ON("\"action\":\"SCMP_ACT_ERRNO\"")), QUERY, EPERM},
	{ALLOW(ON(ERRNO(0))), QUERY, 0},
	{ALLOW(ON("\"action\":\"SCMP_ACT_KILL\"")), QUERY, 1000 + SIGSYS},
	{ALLOW(ON("\"action\":\"SCMP_ACT_KILL_THREAD\"")), QUERY, 1000 + SIGSYS},
	{ALLOW(ON("\"action\":\"SCMP_ACT_KILL_PROCESS\"")), QUERY, 1000 + SIGSYS},
	{ALLOW(ON("\"action\":\"SCMP_ACT_TRAP\"")), QUERY, 1000 + SIGSYS},
	{ALLOW(ON("\"action\":\"SCMP_ACT_TRACE\"")), QUERY, ENOSYS}, /* without a tracer */
	{ALLOW(ON("\"action\":\"SCMP_ACT_LOG\"")), QUERY, 0},
	{ALLOW(ON("\"action\":\"SCMP_ACT_ALLOW\"")), QUERY, 0},
	/* Unknown names and foreign architectures are skipped. */
	{ALLOW("{\"names\":[\"of_tomorrow\",\"personality\"]," ERRNO(7) "}"), QUERY, 7},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\","
		 "\"SCMP_ARCH_X86\",\"SCMP_ARCH_MIPS\",\"SCMP_ARCH_S390X\",\"SCMP_ARCH_AARCH64\"],"
		 "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],\"syscalls\":[" ON(
			 ERRNO(9)) "]"),
	 QUERY, 9},
	/* The default */
	{DEFAULT("KILL_PROCESS", ""), QUERY, 1000 + SIGSYS},
	{DEFAULT("ERRNO", ""), QUERY, EPERM},
	{DEFAULT("ERRNO", "\"defaultErrnoRet\":0,"), QUERY, 0},
	{DEFAULT("ERRNO", "\"defaultErrnoRet\":1,"), QUERY, 1},
	{DEFAULT("ERRNO", "\"defaultErrnoRet\":11,"), QUERY, 11},
	{DEFAULT("ERRNO", "\"defaultErrnoRet\":133,"), QUERY, 133},
	{DEFAULT("TRACE", "\"defaultErrnoRet\":7,"), QUERY, ENOSYS},
	/* A rule with and without errnoRet, next to the default's */
	{DEFAULT("ERRNO", "\"defaultErrnoRet\":11,", "," ON(ERRNO(38))), QUERY, 38},
	{DEFAULT("ERRNO", "\"defaultErrnoRet\":11,", "," ON("\"action\":\"SCMP_ACT_ERRNO\"")),
	 QUERY, EPERM},
	{ALLOW("{\"names\":[\"sync\"]," ERRNO(3) "}," ON(ERRNO(4))), QUERY, 4},
	/* Every operator on both sides of its edge */
	{ALLOW(IF(ARG("EQ", 4294967295, 0))), QUERY, 5},
	{ALLOW(IF(ARG("EQ", 8, 0))), QUERY, 0},
	{ALLOW(IF(ARG("NE", 4294967295, 0))), QUERY, 0},
	{ALLOW(IF(ARG("NE", 8, 0))), QUERY, 5},
	{ALLOW(IF(ARG("LT", 4294967295, 0))), QUERY, 0},
	{ALLOW(IF(ARG("LT", 4294967296, 0))), QUERY, 5},
	{ALLOW(IF(ARG("LE", 4294967294, 0))), QUERY, 0},
	{ALLOW(IF(ARG("LE", 4294967295, 0))), QUERY, 5},
	{ALLOW(IF(ARG("GE", 4294967296, 0))), QUERY, 0},
	{ALLOW(IF(ARG("GE", 4294967295, 0))), QUERY, 5},
	{ALLOW(IF(ARG("GT", 4294967295, 0))), QUERY, 0},
	{ALLOW(IF(ARG("GT", 4294967294, 0))), QUERY, 5},
	{ALLOW(IF(ARG("MASKED_EQ", 240, 240))), QUERY, 5},
	{ALLOW(IF(ARG("MASKED_EQ", 240, 16))), QUERY, 0},
	/* Two conditions on one argument, in one rule and in two: either is enough */
	{ALLOW(IF(ARG("EQ", 1, 0) "," ARG("EQ", 4294967295, 0))), QUERY, 5},
	{ALLOW(IF(ARG("EQ", 1, 0)) "," IF(ARG("EQ", 4294967295, 0))), QUERY, 5},
};

static void filters_decide_as_they_say(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};
		int got;

		assert_int_equal(config(&a, filters[i].text, &c, &f), 0);
		got = answer(&c, filters[i].argument);
		if (got != filters[i].answer)
			fail_msg("%s gives %d, not %d", filters[i].text, got, filters[i].answer);
		arena_free(&a);
	}
}

static void without_a_filter_there_is_no_file(void **state)
{
	struct oci_config c = {0};
	struct fault f;
	int file = 7;

	assert_int_equal(seccomp_build(&c, &file, &f), 0);
	assert_int_equal(file, -1);
	assert_int_equal(seccomp_install(file, &c, NULL, &f), 0);
}

/* --- refused filters ----------------------------------------------------------------------- */

static const struct {
	const char *text, *fault;
} malformed[] = {
	{SECCOMP(""), "/linux/seccomp: the key \"defaultAction\" is missing"},
	{SECCOMP("\"defaultAction\":\"ALLOW\""), "/linux/seccomp/defaultAction: expected one of "},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_NOTIFIED\""),
	 "/linux/seccomp/defaultAction: expected one of "},
	{DEFAULT("NOTIFY", "\"listenerPath\":\"/l\","),
	 "/linux/seccomp: SCMP_ACT_NOTIFY cannot be the default action"},
	{ALLOW("{\"names\":[\"write\",\"sendmsg\"],\"action\":\"SCMP_ACT_NOTIFY\"}"),
	 "/linux/seccomp: SCMP_ACT_NOTIFY cannot be for sendmsg"},
	{ALLOW(ON("\"action\":\"SCMP_ACT_NOTIFY\"")),
	 "/linux/seccomp: SCMP_ACT_NOTIFY needs listenerPath"},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1"),
	 "/linux/seccomp: an error number goes with the actions"},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096"),
	 "/linux/seccomp/defaultErrnoRet: expected an integer from 0 to 4095"},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_NEW\"]"),
	 "/linux/seccomp/flags/0: expected one of "},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_VAX\"]"),
	 "/linux/seccomp/architectures/0: expected an architecture such as "},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"l\""),
	 "/linux/seccomp/listenerPath: expected an absolute path, found \"l\""},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_ERRNO\""), "/linux/seccomp: does not allow execve"},
	{SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[{\"names\":[\"execve\"]," ERRNO(
		 13) "}]"),
	 "/linux/seccomp: does not allow execve"},
	{ALLOW("{\"action\":\"SCMP_ACT_LOG\"}"),
	 "/linux/seccomp/syscalls/0: the key \"names\" is missing"},
	{ALLOW(ON("\"action\":\"SCMP_ACT_LOG\",\"errnoRet\":1")),
	 "/linux/seccomp/syscalls/0: an error number goes with the actions"},
	{ALLOW(IF("{\"index\":6,\"op\":\"SCMP_CMP_EQ\",\"value\":1}")),
	 "/linux/seccomp/syscalls/0/args/0/index: expected an integer from 0 to 5"},
	{ALLOW(IF("{\"index\":0,\"op\":\"SCMP_CMP_XX\",\"value\":1}")),
	 "/linux/seccomp/syscalls/0/args/0/op: expected one of "},
	{ALLOW(IF("{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":-1}")),
	 "/linux/seccomp/syscalls/0/args/0/value: expected an integer from 0 to "},
};

static void malformed_filters_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		assert_int_equal(config(&a, malformed[i].text, &c, &f), -EINVAL);
		if (strncmp(f.text, malformed[i].fault, strlen(malformed[i].fault)) != 0)
			assert_string_equal(f.text, malformed[i].fault);
		arena_free(&a);
	}
}

/* --- the length of a filter ---------------------------------------------------------------- */

#define RULES_MAX 4096

/* A filter of @n rules with @args conditions each, none of which libseccomp can merge. */
static int build(size_t n, size_t args, bool names, int *file, struct fault *f)
{
	static const char *const all[] = {"read",    "socket", "ipc",  "write", "connect",
					  "shmget",  "openat", "mmap", "futex", "accept4",
					  "sendmsg", "msgrcv", NULL};
	static struct oci_syscall rules[RULES_MAX];
	static struct oci_syscall_arg values[RULES_MAX][6];
	static const char *words[RULES_MAX][2];
	const char *archs[] = {"X86_64", "X86", "X32"};
	struct oci_seccomp s = {
		.default_action = SECCOMP_RET_ERRNO,
		.architectures = archs,
		.n_architectures = 3,
		.syscalls = rules,
		.n_syscalls = n,
	};
	struct oci_config c = {.seccomp = &s};

	for (size_t i = 0; i < n; i++) {
		words[i][0] = all[names ? i % 12 : 1];
		rules[i] = (struct oci_syscall){
			.names = words[i],
			.action = SECCOMP_RET_ALLOW,
			.args = values[i],
			.n_args = args,
		};
		for (unsigned k = 0; k < args; k++)
			values[i][k] = (struct oci_syscall_arg){
				.index = k,
				.compare = i % 2 ? OCI_CMP_MASKED_EQ : OCI_CMP_GT,
				.value = 0x0123456789abcdefULL * (i + 1) + k,
				.value_two = 0x1111111111111111ULL * i,
			};
	}
	return seccomp_build(&c, file, f);
}

/* The largest filters that are not refused at once: libseccomp's counter of 16 bits does not wrap.
 */
static void long_filters_do_not_wrap(void **state)
{
	struct fault f;

	for (size_t args = 1; args <= 6; args += 5)
		for (int names = 0; names < 2; names++) {
			size_t low = 1, high = RULES_MAX - 1;
			struct stat st;
			int file = -1;

			assert_int_equal(build(high, args, names, &file, &f), -E2BIG);
			assert_non_null(strstr(f.text, "too many rules"));
			/* By the estimate alone: the number of rules is proportional to it. */
			while (high - low > 1) {
				size_t middle = (low + high) / 2;
				size_t insns = 3 * (middle * 2 * (8 + 24 * args) + 256);

				*(insns <= UINT16_MAX ? &low : &high) = middle;
			}
			assert_int_equal(build(high, args, names, &file, &f), -E2BIG);
			assert_int_equal(build(low, args, names, &file, &f), 0);
			assert_int_equal(fstat(file, &st), 0);
			/* Each rule costs several instructions, so a counter that wrapped shows. */
			assert_in_range((size_t)st.st_size / 8, low * args, UINT16_MAX / 2);
			close(file);
		}
}

static void a_filter_that_the_kernel_does_not_accept_is_named(void **state)
{
	static char longest[(4096 + 1) * 8];
	struct oci_seccomp s = {0};
	struct oci_config c = {.seccomp = &s};
	struct fault f;
	int file = memfd_create("filter", 0);

	assert_int_equal(seccomp_install(file, &c, NULL, &f), -E2BIG);
	assert_non_null(strstr(f.text, "has 0 instructions, the kernel accepts 1 to 4096"));
	assert_int_equal(write(file, longest, sizeof(longest)), sizeof(longest));
	assert_int_equal(seccomp_install(file, &c, NULL, &f), -E2BIG);
	assert_non_null(strstr(f.text, "has 4097 instructions, the kernel accepts 1 to 4096"));
	close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_decide_as_they_say),
		cmocka_unit_test(without_a_filter_there_is_no_file),
		cmocka_unit_test(malformed_filters_are_refused),
		cmocka_unit_test(long_filters_do_not_wrap),
		cmocka_unit_test(a_filter_that_the_kernel_does_not_accept_is_named),
	};

	return RUN_TESTS(tests);
}
