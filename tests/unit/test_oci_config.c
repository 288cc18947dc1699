// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "tests/unit/support/spec_config.h"

static void the_smallest_config(void **state)
{
	struct arena a = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(
		config(&a,
		       "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"/r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}}",
		       &c, &f),
		0);
	assert_string_equal(c.process.args[0], "a");
	assert_null(c.process.args[1]);
	assert_null(c.process.env[0]);
	assert_false(c.process.has_capabilities || c.process.has_umask ||
		     c.process.has_oom_score_adj || c.process.no_new_privileges);
	assert_string_equal(c.root_path, "/r");
	assert_false(c.root_readonly);
	assert_string_equal(c.hostname, "");
	assert_string_equal(c.domainname, "");
	assert_int_equal(c.namespaces, CLONE_NEWNS);
	assert_int_equal(c.n_mounts + c.n_devices + c.n_rules, 0);
	arena_free(&a);
}

static void the_process_is_read(void **state)
{
	static const char text[] = PROCESS(
		"\"env\":[\"A=b\",\"C=d\"],\"user\":{\"uid\":1000,\"gid\":4294967294,\"umask\":18,"
		"\"additionalGids\":[5,6]},\"noNewPrivileges\":true,\"oomScoreAdj\":-999,"
		"\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_CHECKPOINT_RESTORE\"],\"effective\":[\"CAP_NET_ADMIN\"],\"inheritable\":[],\"permitted\":[\"CAP_"
		"SYSLOG\"],"
		"\"ambient\":[\"CAP_KILL\",\"CAP_KILL\"]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":1048576,\"soft\":1024},"
		"{\"type\":\"RLIMIT_CORE\",\"soft\":18446744073709551615,"
		"\"hard\":18446744073709551615}]");
	const struct oci_process *p;
	struct arena a = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(config(&a, text, &c, &f), 0);
	p = &c.process;
	assert_string_equal(p->args[0], "/p");
	assert_string_equal(p->env[0], "A=b");
	assert_string_equal(p->env[1], "C=d");
	assert_null(p->env[2]);
	assert_string_equal(p->cwd, "/");
	assert_int_equal(p->uid, 1000);
	assert_int_equal(p->gid, 4294967294);
	assert_true(p->has_umask);
	assert_int_equal(p->umask, 022);
	assert_int_equal(p->n_additional_gids, 2);
	assert_int_equal(p->additional_gids[1], 6);
	assert_true(p->no_new_privileges);
	assert_true(p->has_oom_score_adj);
	assert_int_equal(p->oom_score_adj, -999);
	assert_true(p->has_capabilities);
	assert_int_equal(p->capabilities[OCI_BOUNDING], 1ULL << 0 | 1ULL << 40);
	assert_int_equal(p->capabilities[OCI_EFFECTIVE], 1ULL << 12);
	assert_int_equal(p->capabilities[OCI_INHERITABLE], 0);
	assert_int_equal(p->capabilities[OCI_PERMITTED], 1ULL << 34);
	assert_int_equal(p->capabilities[OCI_AMBIENT], 1ULL << 5);
	assert_int_equal(p->n_rlimits, 2);
	assert_int_equal(p->rlimits[0].resource, RLIMIT_NOFILE);
	assert_int_equal(p->rlimits[0].limit.rlim_cur, 1024);
	assert_int_equal(p->rlimits[0].limit.rlim_max, 1048576);
	assert_true(p->rlimits[1].limit.rlim_cur == RLIM_INFINITY);
	arena_free(&a);
}

static void every_limit_and_the_last_capabilities_have_their_numbers(void **state)
{
	static const struct {
		const char *name;
		int resource;
	} rows[] = {
		{"AS", RLIMIT_AS},
		{"CORE", RLIMIT_CORE},
		{"CPU", RLIMIT_CPU},
		{"DATA", RLIMIT_DATA},
		{"FSIZE", RLIMIT_FSIZE},
		{"LOCKS", RLIMIT_LOCKS},
		{"MEMLOCK", RLIMIT_MEMLOCK},
		{"MSGQUEUE", RLIMIT_MSGQUEUE},
		{"NICE", RLIMIT_NICE},
		{"NOFILE", RLIMIT_NOFILE},
		{"NPROC", RLIMIT_NPROC},
		{"RSS", RLIMIT_RSS},
		{"RTPRIO", RLIMIT_RTPRIO},
		{"RTTIME", RLIMIT_RTTIME},
		{"SIGPENDING", RLIMIT_SIGPENDING},
		{"STACK", RLIMIT_STACK},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct oci_config c;
		struct fault f;
		char text[512];

		snprintf(
			text, sizeof(text),
			PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_%s\",\"soft\":1,\"hard\":2}],\"capabilities\":{\"ambient\":[\"CAP_AUDIT_READ\",\"CAP_PERFMON\",\"CAP_BPF\"]}"),
			rows[i].name);
		assert_int_equal(config(&a, text, &c, &f), 0);
		assert_int_equal(c.process.rlimits[0].resource, rows[i].resource);
		assert_int_equal(c.process.capabilities[OCI_AMBIENT],
				 1ULL << CAP_AUDIT_READ | 1ULL << CAP_PERFMON | 1ULL << CAP_BPF);
		arena_free(&a);
	}
}

static void root_and_mounts_are_read(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"process\":{\"args\":[\"a\"],\"cwd\":\"/"
		"\"},\"hostname\":\"h\",\"domainname\":\"d\","
		"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"nosuid\",\"ro\"]},{\"destination\":\"/x\"}],"
		"\"annotations\":{\"a\":\"b\"}}";
	struct arena a = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(config(&a, text, &c, &f), 0);
	assert_string_equal(c.root_path, "rootfs");
	assert_true(c.root_readonly);
	assert_string_equal(c.hostname, "h");
	assert_string_equal(c.domainname, "d");
	assert_int_equal(c.n_mounts, 2);
	assert_string_equal(c.mounts[0].destination, "/proc");
	assert_string_equal(c.mounts[0].type, "proc");
	assert_string_equal(c.mounts[0].source, "proc");
	assert_int_equal(c.mounts[0].n_options, 2);
	assert_string_equal(c.mounts[0].options[1], "ro");
	assert_string_equal(c.mounts[1].type, "");
	assert_string_equal(c.mounts[1].source, "");
	arena_free(&a);
}

static void linux_is_read(void **state)
{
	static const char text[] = LINUX(
		"\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"\"},"
		"{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"},{\"type\":\"cgroup\"}],"
		"\"devices\":[{\"path\":\"/dev/vfio/3\",\"type\":\"c\",\"major\":511,\"minor\":0,"
		"\"fileMode\":438,\"uid\":1,\"gid\":2},{\"path\":\"/dev/f\",\"type\":\"p\"},"
		"{\"path\":\"/dev/u\",\"type\":\"u\",\"major\":1,\"minor\":2147483647},{\"path\":\"/dev/m\",\"type\":\"c\",\"major\":1,\"minor\":2,\"fileMode\":8576}],"
		"\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":-1,\"access\":\"mr\"},"
		"{\"allow\":false,\"type\":\"b\"},{\"allow\":true,\"type\":\"b\",\"access\":\"\"},"
		"{\"allow\":true,\"type\":\"\",\"major\":null,\"access\":\"w\"}]},\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\",\"/proc/bus\"],"
		"\"cgroupsPath\":\"/a/b\"");
	struct arena a = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(config(&a, text, &c, &f), 0);
	assert_int_equal(c.namespaces, CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS |
					       CLONE_NEWCGROUP);
	assert_int_equal(c.n_devices, 4);
	assert_string_equal(c.devices[0].path, "/dev/vfio/3");
	assert_int_equal(c.devices[0].type, 'c');
	assert_int_equal(c.devices[0].major, 511);
	assert_int_equal(c.devices[0].mode, 0666);
	assert_int_equal(c.devices[0].uid, 1);
	assert_int_equal(c.devices[0].gid, 2);
	assert_int_equal(c.devices[1].type, 'p');
	assert_int_equal(c.devices[1].mode, 0666);
	assert_int_equal(c.devices[2].type, 'c');
	assert_int_equal(c.devices[2].minor, INT32_MAX);
	assert_int_equal(c.devices[3].mode, 0600);
	assert_int_equal(c.n_rules, 5);
	assert_false(c.rules[0].allow);
	assert_int_equal(c.rules[0].type, 'a');
	assert_int_equal(c.rules[0].major, OCI_ANY);
	assert_int_equal(c.rules[0].minor, OCI_ANY);
	assert_true(c.rules[0].read && c.rules[0].write && c.rules[0].mknod);
	assert_true(c.rules[1].allow && c.rules[1].read && !c.rules[1].write && c.rules[1].mknod);
	assert_int_equal(c.rules[1].major, 1);
	assert_int_equal(c.rules[1].minor, OCI_ANY);
	assert_true(c.rules[2].read && c.rules[2].write && c.rules[2].mknod);
	assert_false(c.rules[3].read || c.rules[3].write || c.rules[3].mknod);
	assert_int_equal(c.rules[4].type, 'a');
	assert_int_equal(c.n_masked_paths, 1);
	assert_string_equal(c.masked_paths[0], "/proc/kcore");
	assert_int_equal(c.n_readonly_paths, 2);
	assert_string_equal(c.readonly_paths[1], "/proc/bus");
	arena_free(&a);
}

static void empty_values_are_accepted(void **state)
{
	static const char *const texts[] = {
		PROCESS("\"terminal\":false,\"consoleSize\":{\"height\":0,\"width\":0}"),
		PROCESS("\"apparmorProfile\":\"\",\"selinuxLabel\":\"\",\"scheduler\":null"),
		PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"username\":\"\",\"additionalGids\":null}"),
		PROCESS("\"env\":null,\"capabilities\":null,\"rlimits\":null,\"ioPriority\":{}"),
		TOP("\"hooks\":{\"prestart\":[],\"poststop\":null},\"windows\":{},\"vm\":null"),
		TOP("\"mounts\":[{\"destination\":\"/x\",\"uidMappings\":[],\"options\":null}]"),
		TOP("\"annotations\":null,\"hostname\":\"\""),
		LINUX("\"seccomp\":null,\"sysctl\":{},\"uidMappings\":[],\"intelRdt\":{}"),
		LINUX("\"rootfsPropagation\":\"\",\"mountLabel\":\"\",\"timeOffsets\":{}"),
		LINUX("\"rootfsPropagation\":\"rprivate\""),
		LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[]}"),
		PROCESS("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":0,\"flags\":[]}"),
		PROCESS("\"apparmorProfile\":\"a\",\"selinuxLabel\":\"b\""),
		LINUX("\"resources\":{\"memory\":{\"limit\":0,\"swap\":-1,\"disableOOMKiller\":false},"
		      "\"cpu\":{\"shares\":0,\"quota\":-1,\"cpus\":\"\"},\"pids\":{\"limit\":-1},"
		      "\"blockIO\":{\"weight\":0},\"hugepageLimits\":[],\"network\":{\"classID\":0},\"unified\":{},\"devices\":null}"),
		LINUX("\"somethingOfTomorrow\":{}"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		if (config(&a, texts[i], &c, &f))
			fail_msg("%s in %s", f.text, texts[i]);
		arena_free(&a);
	}
}

static void the_propagation_of_the_root(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
	} rows[] = {
		{LINUX("\"rootfsPropagation\":\"\""), 0},
		{LINUX("\"rootfsPropagation\":\"private\""), MS_PRIVATE},
		{LINUX("\"rootfsPropagation\":\"unbindable\""), MS_UNBINDABLE},
		{LINUX("\"rootfsPropagation\":\"rprivate\""), MS_PRIVATE | MS_REC},
		{LINUX("\"rootfsPropagation\":\"rslave\""), MS_SLAVE | MS_REC},
		{LINUX("\"rootfsPropagation\":\"rshared\""), MS_SHARED | MS_REC},
		{LINUX("\"rootfsPropagation\":\"runbindable\""), MS_UNBINDABLE | MS_REC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};

		assert_int_equal(config(&a, rows[i].text, &c, &f), 0);
		assert_int_equal(c.root_propagation, rows[i].flags);
		arena_free(&a);
	}
}

/* What `crun spec` writes, except for "terminal". */
static void the_config_of_crun_is_accepted(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"process\":{\"terminal\":false,\"user\":{\"uid\":0,"
		"\"gid\":0},\"args\":[\"sh\"],\"env\":[\"PATH=/bin\",\"TERM=xterm\"],\"cwd\":\"/\","
		"\"capabilities\":{\"bounding\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\"],\"effective\":"
		"[\"CAP_AUDIT_WRITE\"],\"inheritable\":[],\"permitted\":[\"CAP_KILL\"],\"ambient\":"
		"[\"CAP_NET_BIND_SERVICE\"]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":1024,"
		"\"soft\":1024}],\"noNewPrivileges\":true},\"root\":{\"path\":\"rootfs\","
		"\"readonly\":true},\"hostname\":\"crun\",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},{\"destination\":\"/"
		"dev\",\"type\":\"tmpfs\","
		"\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]}],\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,"
		"\"access\":\"rwm\"}]},\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},"
		"{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"}],\"maskedPaths\":[\"/proc/acpi\",\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/bus\"]}}";
	struct arena a = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(config(&a, text, &c, &f), 0);
	assert_int_equal(c.n_mounts, 2);
	assert_int_equal(c.n_rules, 1);
	assert_int_equal(c.process.n_rlimits, 1);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_config),
		cmocka_unit_test(the_process_is_read),
		cmocka_unit_test(every_limit_and_the_last_capabilities_have_their_numbers),
		cmocka_unit_test(root_and_mounts_are_read),
		cmocka_unit_test(linux_is_read),
		cmocka_unit_test(empty_values_are_accepted),
		cmocka_unit_test(the_propagation_of_the_root),
		cmocka_unit_test(the_config_of_crun_is_accepted),
	};

	return RUN_TESTS(tests);
}
