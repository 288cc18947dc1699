// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "init/container/sysctl_private.h"
#include "init/lib/root.h"
#include "tests/unit/support/spec_config.h"

#define SYSCTL(text, namespaces) LINUX("\"namespaces\":[" namespaces "],\"sysctl\":{" text "}")
#define IPC			 "{\"type\":\"ipc\"}"
#define UTS			 "{\"type\":\"uts\"}"
#define NOT_OWN			 ": not a parameter of the container's namespaces, which are net.*"

/* fault: beginning of the error, NULL if the setting is accepted; path: its file then */
static const struct {
	const char *text, *path, *fault;
} settings[] = {
	{SYSCTL("\"net.ipv4.ip_forward\":\"1\"", ""), "net/ipv4/ip_forward", NULL},
	{SYSCTL("\"net/ipv4/conf/eth0.100/forwarding\":\"1\"", ""),
	 "net/ipv4/conf/eth0.100/forwarding", NULL},
	{SYSCTL("\"net.ipv4.conf.eth0/100.forwarding\":\"1\"", ""),
	 "net/ipv4/conf/eth0.100/forwarding", NULL},
	{SYSCTL("\"kernel.msgmax\":\"1\"", IPC), "kernel/msgmax", NULL},
	{SYSCTL("\"kernel.shm_rmid_forced\":\"1\"", IPC), "kernel/shm_rmid_forced", NULL},
	{SYSCTL("\"fs.mqueue.msg_max\":\"1\"", IPC), "fs/mqueue/msg_max", NULL},
	{SYSCTL("\"kernel.domainname\":\"a\"", UTS), "kernel/domainname", NULL},
	{SYSCTL("\"kernel.sem\":\"1\"", UTS), NULL,
	 "/linux/sysctl: kernel/sem needs a namespace of type ipc in linux.namespaces"},
	{SYSCTL("\"fs/mqueue/msg_max\":\"1\"", ""), NULL,
	 "/linux/sysctl: fs/mqueue/msg_max needs a namespace of type ipc"},
	{SYSCTL("\"kernel.domainname\":\"a\"", IPC), NULL,
	 "/linux/sysctl: kernel/domainname needs a namespace of type uts"},
	{SYSCTL("\"kernel.hostname\":\"a\"", UTS), NULL,
	 "/linux/sysctl/kernel.hostname: set /hostname instead"},
	{SYSCTL("\"kernel.core_pattern\":\"|/x\"", IPC), NULL,
	 "/linux/sysctl/kernel.core_pattern" NOT_OWN},
	{SYSCTL("\"vm.swappiness\":\"1\"", IPC), NULL, "/linux/sysctl/vm.swappiness" NOT_OWN},
	{SYSCTL("\"kernel.msgmax.x\":\"1\"", IPC), NULL, "/linux/sysctl/kernel.msgmax.x" NOT_OWN},
	{SYSCTL("\"network.x\":\"1\"", IPC), NULL, "/linux/sysctl/network.x" NOT_OWN},
	{SYSCTL("\"net/../kernel/core_pattern\":\"1\"", IPC), NULL,
	 "/linux/sysctl/net~1..~1kernel"},
	{SYSCTL("\"net/./a\":\"1\"", IPC), NULL, "/linux/sysctl/net~1.~1a" NOT_OWN},
	{SYSCTL("\"net..a\":\"1\"", IPC), NULL, "/linux/sysctl/net..a" NOT_OWN},
	{SYSCTL("\"net.\":\"1\"", IPC), NULL, "/linux/sysctl/net." NOT_OWN},
	{SYSCTL("\"net\":\"1\"", IPC), NULL, "/linux/sysctl/net" NOT_OWN},
	{SYSCTL("\"\":\"1\"", IPC), NULL, "/linux/sysctl/" NOT_OWN},
	{SYSCTL("\"net.a\":1", IPC), NULL,
	 "/linux/sysctl/net.a: expected a string, found the number 1"},
	{LINUX("\"sysctl\":[\"net.a\"]"), NULL, "/linux/sysctl: expected an object"},
};

static void only_settings_of_namespaces_are_accepted(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct arena a = {0};
		struct oci_config c;
		struct fault f = {0};
		int err = config(&a, settings[i].text, &c, &f);

		if (settings[i].fault) {
			assert_int_equal(err, -EINVAL);
			if (strncmp(f.text, settings[i].fault, strlen(settings[i].fault)) != 0)
				assert_string_equal(f.text, settings[i].fault);
		} else {
			assert_int_equal(err, 0);
			assert_int_equal(c.n_sysctls, 1);
			assert_string_equal(c.sysctls[0].path, settings[i].path);
		}
		arena_free(&a);
	}
}

static int apply(int root, const char *path, const char *value, struct fault *f)
{
	struct oci_sysctl s = {.path = path, .value = value};
	struct oci_config c = {.sysctls = &s, .n_sysctls = 1};

	return sysctl_apply(root, &c, f);
}

static void values_are_written_below_proc_sys(void **state)
{
	char dir[64], text[32];
	int root = temp_root(dir);
	struct fault f;

	put_file(root, "proc/sys/net/a", "old");
	put_file(root, "secret", "old");
	put_link(root, "proc/sys/net/link", "../../../secret");
	assert_int_equal(apply(root, "net/a", "1 2", &f), 0);
	assert_true(root_read(root, text, sizeof(text), "proc/sys/net/a") > 0);
	assert_string_equal(text, "1 2");
	assert_int_equal(apply(root, "net/b", "1", &f), -ENOENT);
	assert_string_equal(
		f.text,
		"linux.sysctl: cannot set /proc/sys/net/b to \"1\": the guest kernel does not have it");
	assert_int_equal(apply(root, "net/link", "1", &f), -ENOENT);
	assert_true(root_read(root, text, sizeof(text), "secret") > 0);
	assert_string_equal(text, "old");
	temp_root_remove(dir, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_settings_of_namespaces_are_accepted),
		cmocka_unit_test(values_are_written_below_proc_sys),
	};

	return RUN_TESTS(tests);
}
