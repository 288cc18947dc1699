// SPDX-License-Identifier: Apache-2.0
/*
 * What engines write into config.json and has no meaning in a guest: it is accepted, with one
 * warning each. And the opposite: the faults of a config.json are reported all at once.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "spec/json_read.h"
#include "tests/unit/support/spec_config.h"

#define LINE(text) "coldinit: config.json: " text "\n"

#define NO_MEANING ": has no meaning in the guest and is ignored"
#define PLATFORM   ": is for another platform and is ignored"

/* oci_config() of @text with its log in @lines. */
static int config_log(struct arena *a, const char *text, struct oci_config *c, struct fault *f,
		      char lines[8192])
{
	int ends[2], err;

	assert_int_equal(pipe(ends), 0);
	log_to(ends[1], false);
	err = config(a, text, c, f);
	log_to(STDERR_FILENO, false);
	close(ends[1]);
	memset(lines, 0, 8192);
	assert_true(read(ends[0], lines, 8191) >= 0);
	close(ends[0]);
	return err;
}

static const struct {
	const char *text, *lines;
} accepted[] = {
	/* keys of other versions and engines, anywhere */
	{TOP("\"engineSettings\":{\"a\":1}"), LINE("/engineSettings: unknown property ignored")},
	{PROCESS("\"futureThing\":[1]"), LINE("/process/futureThing: unknown property ignored")},
	{PROCESS("\"user\":{\"uids\":1}"),
	 LINE("/process/user/uids: unknown property ignored; did you mean \"uid\"?")},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1,\"x\":1}]"),
	 LINE("/process/rlimits/0/x: unknown property ignored")},
	{LINUX("\"resources\":{\"cpuTopology\":\"x\"}"),
	 LINE("/linux/resources/cpuTopology: unknown property ignored")},
	{LINUX("\"resources\":{\"memory\":{\"limits\":1}}"),
	 LINE("/linux/resources/memory/limits: unknown property ignored; did you mean \"limit\"?")},
	{LINUX("\"maskedPath\":[\"/x\"]"),
	 LINE("/linux/maskedPath: unknown property ignored; did you mean \"maskedPaths\"?")},
	{TOP("\"mounts\":[{\"destination\":\"/x\",\"type\":\"tmpfs\",\"sourceHint\":\"y\"}]"),
	 LINE("/mounts/0/sourceHint: unknown property ignored; did you mean \"source\"?")},
	{TOP("\"mount\":[1]"), LINE("/mount: unknown property ignored; did you mean \"mounts\"?")},
	{LINUX("\"namespaces\":[{\"type\":\"pid\",\"x\":1}]"),
	 LINE("/linux/namespaces/0/x: unknown property ignored")},
	/* empty ones say nothing, so there is nothing to warn of */
	{TOP("\"engineSettings\":{\"a\":0},\"tomorrow\":null"), ""},
	/* other platforms */
	{TOP("\"windows\":{\"layerFolders\":[\"x\"]}"), LINE("/windows" PLATFORM)},
	{TOP("\"solaris\":{\"milestone\":\"x\"}"), LINE("/solaris" PLATFORM)},
	{TOP("\"freebsd\":{\"jail\":{\"x\":1}}"), LINE("/freebsd" PLATFORM)},
	{TOP("\"vm\":{\"kernel\":{\"path\":\"/k\"}},\"zos\":{\"a\":1}"),
	 LINE("/vm" PLATFORM) LINE("/zos" PLATFORM)},
	{PROCESS("\"commandLine\":\"a b\",\"user\":{\"username\":\"x\"}"),
	 LINE("/process/commandLine" PLATFORM) LINE("/process/user/username" PLATFORM)},
	/* the host's own */
	{LINUX("\"cgroupsPath\":\"/a/b\""), LINE("/linux/cgroupsPath" NO_MEANING)},
	{LINUX("\"mountLabel\":\"x\""), LINE("/linux/mountLabel" NO_MEANING)},
	{LINUX("\"resources\":{\"cpu\":{\"cpus\":\"0-3\",\"mems\":\"0\"}}"),
	 LINE("/linux/resources/cpu/cpus" NO_MEANING) LINE("/linux/resources/cpu/mems" NO_MEANING)},
	{LINUX("\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":8}]}}"),
	 LINE("/linux/resources/blockIO/weightDevice" NO_MEANING)},
	{LINUX("\"resources\":{\"rdma\":{\"mlx5_0\":{\"hcaHandles\":1}}}"),
	 LINE("/linux/resources/rdma" NO_MEANING)},
	{LINUX("\"intelRdt\":{\"closID\":\"a\"}"), LINE("/linux/intelRdt" NO_MEANING)},
	{PROCESS("\"capabilities\":{\"bounding\":[\"CAP_TOMORROW\",\"CAP_LATER\"]}"),
	 LINE("/process/capabilities/bounding/0: unknown capability CAP_TOMORROW ignored")},
	/* the beginning of one that is known */
	{PROCESS("\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS\"]}"),
	 LINE("/process/capabilities/bounding/1: unknown capability CAP_SYS ignored")},
	{LINUX("\"timeOffsets\":{\"monotonic\":{\"secs\":1}}"),
	 LINE("/linux/timeOffsets: ignored: linux.namespaces has no time namespace")},
	{LINUX("\"gidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":1}]"),
	 LINE("/linux/uidMappings and gidMappings are ignored: linux.namespaces has no user namespace")},
	{TOP("\"annotations\":{\"org.opencontainers.image.stopSignal\":\"SIGFOO\"}"),
	 LINE("annotation org.opencontainers.image.stopSignal: \"SIGFOO\" is no signal: SIGTERM is used")},
	{TOP("\"annotations\":{\"run.oci.keep_original_groups\":\"1\",\"run.oci.mount_context_type\":\"rootcontext\",\"run.oci.handler\":\"\"}"),
	 LINE("/annotations/run.oci.keep_original_groups: is a setting of crun and is ignored") LINE(
		 "/annotations/run.oci.mount_context_type: is a setting of crun and is ignored")},
	{TOP("\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\",\"io.podman.annotations.init\":\"FALSE\",\"org.systemd.property.KillSignal\":\"37\",\"\":\"x\"}"),
	 ""},
	/* paths that are meant from "/" */
	{TOP("\"mounts\":[{\"destination\":\"rel/a\",\"type\":\"tmpfs\"}]"),
	 LINE("/mounts/0/destination: \"rel/a\" is no absolute path, /rel/a is used")},
	{LINUX("\"maskedPaths\":[\"proc/kcore\"],\"readonlyPaths\":[\"proc/sys\"]"),
	 LINE("/linux/maskedPaths/0: \"proc/kcore\" is no absolute path, /proc/kcore is used") LINE(
		 "/linux/readonlyPaths/0: \"proc/sys\" is no absolute path, /proc/sys is used")},
};

static void what_has_no_meaning_is_accepted_with_a_warning(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		char lines[8192];
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		if (config_log(&a, accepted[i].text, &c, &f, lines))
			fail_msg("%s: %s", accepted[i].text, f.text);
		assert_string_equal(lines, accepted[i].lines);
		arena_free(&a);
	}
}

#define NAMESPACE(text) LINUX("\"namespaces\":[" text "]")
#define NEW		" namespace to join: the container gets a new one"

static void namespaces_of_the_host_are_made_or_shared(void **state)
{
	static const struct {
		const char *text, *lines;
		int flags;
	} rows[] = {
		{NAMESPACE("{\"type\":\"pid\",\"path\":\"/proc/1/ns/pid\"}"),
		 LINE("/linux/namespaces/0: the guest has no pid" NEW), CLONE_NEWPID},
		{NAMESPACE("{\"type\":\"ipc\",\"path\":\"/x\"},{\"type\":\"uts\",\"path\":\"/y\"}"),
		 LINE("/linux/namespaces/0: the guest has no ipc" NEW)
			 LINE("/linux/namespaces/1: the guest has no uts" NEW),
		 CLONE_NEWIPC | CLONE_NEWUTS},
		{NAMESPACE("{\"type\":\"cgroup\",\"path\":\"/x\"}"),
		 LINE("/linux/namespaces/0: the guest has no cgroup" NEW), CLONE_NEWCGROUP},
		{NAMESPACE("{\"type\":\"network\",\"path\":\"/run/netns/x\"}"),
		 LINE("/linux/namespaces/0: the guest has no network namespace to join: the container shares the guest's"),
		 0},
		{NAMESPACE("{\"type\":\"network\"}"), "", 0},
		{NAMESPACE("{\"type\":\"time\"}"), "", CLONE_NEWTIME},
		{NAMESPACE(
			 "{\"type\":\"time\",\"path\":\"/x\"},{\"type\":\"user\",\"path\":\"/y\"}"),
		 LINE("/linux/namespaces/0: the guest has no time" NEW)
			 LINE("/linux/namespaces/1: the guest has no user" NEW),
		 CLONE_NEWTIME | CLONE_NEWUSER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[8192];
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		if (config_log(&a, rows[i].text, &c, &f, lines))
			fail_msg("%s: %s", rows[i].text, f.text);
		assert_string_equal(lines, rows[i].lines);
		assert_int_equal(c.namespaces, CLONE_NEWNS | rows[i].flags);
		arena_free(&a);
	}
}

static void a_relative_destination_is_meant_from_the_root(void **state)
{
	static const char text[] = TOP("\"mounts\":[{\"destination\":\"rel\"}]");
	char lines[8192];
	struct arena a = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(config_log(&a, text, &c, &f, lines), 0);
	assert_string_equal(c.mounts[0].destination, "/rel");
	arena_free(&a);
}

static void warnings_are_bounded(void **state)
{
	char text[4096] = TOP("\"x0\":1"), lines[8192];
	struct arena a = {0};
	struct oci_config c;
	struct fault f;
	const char *at = lines;
	int n = 0;

	for (int i = 1; i < 100; i++)
		snprintf(text + strlen(text) - 1, 24, ",\"x%d\":1}", i);
	assert_int_equal(config_log(&a, text, &c, &f, lines), 0);
	for (; *at; at = strchr(at, '\n') + 1)
		n++;
	assert_int_equal(n, JSON_WARNINGS_MAX + 1);
	assert_text(lines, "coldinit: config.json: 76 more warnings\n");
	arena_free(&a);
}

static void all_faults_are_reported_at_once(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{SPEC(",\"hostname\":1", ",\"user\":{\"uid\":-1,\"gid\":\"x\"}",
		      "\"maskedPaths\":[1,\"/b\",{}]"),
		 "/process/user/uid: expected an integer from 0 to 4294967294, found the number -1; /process/user/gid: expected an integer from 0 to 4294967294, found \"x\"; /linux/maskedPaths/0: expected an absolute path, found the number 1; /linux/maskedPaths/2: expected an absolute path, found an object; /hostname: expected a name of at most 64 characters, found the number 1"},
		{"{\"process\":{\"env\":[1]}}",
		 "/process/env/0: expected a string, found the number 1; /process: the key \"args\" is missing; /process: the key \"cwd\" is missing; top level: the key \"ociVersion\" is missing; top level: the key \"root\" is missing"},
		{LINUX("\"namespaces\":[{\"type\":\"pidd\"},{\"type\":\"pid\"},{\"type\":\"pid\"}],\"maskedPaths\":[1]"),
		 "/linux/namespaces/0/type: expected a namespace: pid, mount, ipc, uts, cgroup, user, network or time, found \"pidd\"; /linux/namespaces/2: the namespace \"pid\" is listed twice; /linux/maskedPaths/0: expected an absolute path, found the number 1"},
		/* hooks need the version, which is missing itself */
		{"{\"hooks\":{\"prestart\":[{\"path\":\"/h\"}]},\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}}",
		 "top level: the key \"ociVersion\" is missing"},
		{LINUX("\"maskedPaths\":[1,2,3,4,5,6,7,8,9,10]"), NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[8192];
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		assert_int_equal(config_log(&a, rows[i].text, &c, &f, lines), -EINVAL);
		if (rows[i].fault)
			assert_string_equal(f.text, rows[i].fault);
		else
			assert_text(f.text, "the number 8; and 2 more");
		arena_free(&a);
	}
}

static void the_facts_are_those_of_the_first_fault(void **state)
{
	char lines[8192];
	struct arena a = {0};
	struct oci_config c;
	struct fault f = {0};

	assert_int_equal(config_log(&a, LINUX("\"maskedPaths\":[1,2]"), &c, &f, lines), -EINVAL);
	assert_string_equal(f.expected, "an absolute path");
	assert_string_equal(f.found, "the number 1");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_meaning_is_accepted_with_a_warning),
		cmocka_unit_test(namespaces_of_the_host_are_made_or_shared),
		cmocka_unit_test(a_relative_destination_is_meant_from_the_root),
		cmocka_unit_test(warnings_are_bounded),
		cmocka_unit_test(all_faults_are_reported_at_once),
		cmocka_unit_test(the_facts_are_those_of_the_first_fault),
	};

	return RUN_TESTS(tests);
}
