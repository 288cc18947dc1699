// SPDX-License-Identifier: Apache-2.0
/* What comes from the uevent socket: memory and CPUs, lost messages, storms. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/hotplug.h"
#include "dev/online.h"
#include "init/lib/root.h"
#include "tests/unit/support/fake_kernel.h"

#define MEMORY "/devices/system/memory/memory33"
#define CPU    "/devices/system/cpu/cpu3"

static int setup(void **state)
{
	fake_setup(state);
	fake_file(&k, "0\n", "sys" MEMORY "/online");
	fake_file(&k, "0\n", "sys" CPU "/online");
	return 0;
}

static void announce(const char *action, const char *devpath)
{
	struct uevent ev = {action, devpath, "memory", "", "", "", "", 1};

	k.log[0] = '\0';
	online_uevent(&k.env, &ev);
}

static void test_new_memory_and_cpus_are_brought_online(void **state)
{
	announce("add", MEMORY);
	assert_string_equal(k.log, "sys" MEMORY "/online=1\n");
	announce("add", CPU);
	assert_string_equal(k.log, "sys" CPU "/online=1\n");
}

static void test_nothing_else_is_written_to(void **state)
{
	static const struct {
		const char *action, *devpath;
	} rows[] = {
		{"remove", MEMORY},
		{"offline", MEMORY},
		{"online", CPU},
		{"change", CPU},
		{"add", "/devices/system/memory"},
		{"add", "/devices/system/memory/"},
		{"add", "/devices/system/memory/memory"},
		{"add", "/devices/system/memory/memoryx"},
		{"add", "/devices/system/memory/memory-1"},
		{"add", "/devices/system/memory/cpu3"},
		{"add", "/devices/system/cpu/memory33"},
		{"add", "/devices/system/cpu/cpufreq"},
		{"add", "/devices/system/cpu/cpu3/cache"},
		{"add", "/devices/system/memory/memory1/../../cpu/cpu3"},
		{"add", "/x" CPU},
		{"add", "/devices/system/node/node0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		announce(rows[i].action, rows[i].devpath);
		assert_string_equal(k.log, "");
	}
}

static void test_what_has_no_switch_is_left_alone(void **state)
{
	announce("add", "/devices/system/cpu/cpu0"); /* no error, no abort */
	assert_string_equal(k.log, "sys/devices/system/cpu/cpu0/online=1\n");
}

/* Send @n messages to group 1 as another process; the receiver drops those that fit its queue. */
static void send_messages(int n)
{
	static char text[8000] = "add@/devices/x";
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	assert_true(fd >= 0);
	for (int i = 0; i < n; i++)
		assert_int_equal(
			sendto(fd, text, sizeof(text), 0, (struct sockaddr *)&to, sizeof(to)),
			sizeof(text));
	close(fd);
}

/* Runs in a separate process, in a network namespace in which only this test sends messages. */
static int lose_messages(int n)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct uevent_socket *socket;
	struct presence p = {0};
	struct settle *s;
	char online[8];

	if (unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0)) || uevent_open(&socket))
		return 10;
	if (settle_begin(&s, &k.env, &d, r, 1, 0, &fault))
		return 11;
	fake_gpu(&k);
	send_messages(n);
	if (hotplug_receive(s, &p, &k.env, socket))
		return 12;
	uevent_close(socket);
	if (root_read(k.env.root, online, sizeof(online), "sys" MEMORY "/online") < 0)
		return 13;
	/* 0: it has looked at nothing, 1: at everything */
	return r[0].ready == (online[0] == '1') ? r[0].ready : 14;
}

static int in_child(int (*fn)(int), int arg)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(arg));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_lost_messages_lead_to_a_look_at_everything(void **state)
{
	int status;

	/* More than the largest buffer has room for (ENOBUFS). */
	status = in_child(lose_messages, 10000);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void test_messages_of_other_senders_change_nothing(void **state)
{
	int status;

	status = in_child(lose_messages, 10);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Send one message to group 1. Return: whether @s has received it. */
static bool hears(const struct uevent_socket *s, const char *text)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	size_t n = strlen(text) + 1;
	char got[200] = "";
	bool heard;

	if (fd < 0 || sendto(fd, text, n, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)n)
		_exit(12);
	close(fd);
	heard = recv(uevent_fd(s), got, sizeof(got), MSG_DONTWAIT) == (ssize_t)n;
	if (heard ? strcmp(got, text) : errno != EAGAIN)
		_exit(13);
	return heard;
}

/* Return: the number of the first message that was wrongly received or left out, 0 for none */
static int mute(int unused)
{
	static const struct {
		const char *text;
		bool new;
	} messages[] = {
		{"add@/devices/pci0000:00/0000:00:02.0/0000:01:00.0", true},
		{"add@/devices/virtual/vfio/3", true},
		{"add@/module/vfio_pci", true},
		{"add@/d", true},
		{"bind@/devices/pci0000:00/0000:00:02.0/0000:01:00.0", true},
		{"add@" MEMORY, false},
		{"add@" CPU, false},
		{"remove@/devices/pci0000:00/0000:00:02.0/0000:01:00.0", false},
		{"unbind@/devices/pci0000:00/0000:00:02.0/0000:01:00.0", false},
		{"change@/devices/pci0000:00/0000:00:0a.0/virtio4/block/vda", false},
		{"x", true},
	};
	struct uevent_socket *s;

	(void)unused;
	if (unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0)) || uevent_open(&s))
		return 100;
	for (int round = 0; round < 3; round++) {
		/* Before, during and after */
		if (round && uevent_mute(s, round == 1))
			return 101;
		for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
			if (hears(s, messages[i].text) == (round == 1 && messages[i].new))
				return (int)i + 1 + 20 * round;
	}
	uevent_close(s);
	return 0;
}

static void test_muted_socket_hears_of_losses_and_memory_only(void **state)
{
	int status = in_child(mute, 0);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* From here on the process is killed when it opens a file. */
static int forbid_files(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(rules), rules};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#define EVENTS 10000

/* One device of each type waits, and @EVENTS messages about each of them come. */
static int storm(int last_is_add)
{
	static const char *queue = "05.0011";
	static const struct {
		const char *path, *subsystem;
	} messages[] = {
		{"/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci"},
		{"/devices/pci0000:00/0000:00:0a.0/virtio4/block/vda", "block"},
		{"/devices/platform/a0/virtio0/block/vdb", "block"},
		{"/devices/css0/0.0.0007/0.0.1234/virtio0/block/vdc", "block"},
		{"/devices/pci0000:00/0000:00:08.0/host0/target0:0:1/0:0:1:2/block/sda", "block"},
		{"/devices/LNXSYSTM:00/ndbus0/block/pmem0", "block"},
		{"/devices/ap/card05/05.0011", "ap"},
		{"/devices/pci0000:00/0000:00:0b.0/virtio5/net/eth0", "net"},
		{MEMORY, "memory"},
		{CPU, "cpu"},
	};
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("blk", "0a", NULL, 0),
		fake_device("mmioblk", "b", NULL, 0),
		fake_device("blk-ccw", "0.0.1234", NULL, 0),
		fake_device("scsi", "1:2", NULL, 0),
		fake_device("nvdimm", "p", NULL, 0),
		fake_device("vfio-ap", "c", &queue, 1),
		fake_device("net", "0b", NULL, 0),
	};
	struct uevent ev = {.devname = "x", .driver = "", .interface = "eth0", .pci_slot_name = ""};
	struct settle *s;

	d[2].vm_path = "/dev/vdb";
	d[5].vm_path = "/dev/pmem0";
	fake_dir(&k, "sys/bus/ccw/devices");
	fake_file(&k, "", "sys/bus/ap/scans");
	if (settle_begin(&s, &k.env, d, r, ARRAY_SIZE(d), 0, &fault) ||
	    settle_pending(s) != ARRAY_SIZE(d) || forbid_files())
		return 10;
	for (int i = 0; i < EVENTS; i++) {
		for (size_t t = 0; t < ARRAY_SIZE(messages); t++) {
			ev.action = last_is_add && i == EVENTS - 1 ? "add" : "change";
			ev.devpath = messages[t].path;
			ev.subsystem = messages[t].subsystem;
			online_uevent(&k.env, &ev);
			settle_uevent(s, &ev, 10);
		}
	}
	return settle_pending(s) == ARRAY_SIZE(d) ? 0 : 11;
}

static void test_storm_of_changes_opens_no_file(void **state)
{
	int status;

	status = in_child(storm, false);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* The same with one event that matters: this shows that opening a file is noticed. */
	status = in_child(storm, true);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)
		TEST(test_new_memory_and_cpus_are_brought_online),
		TEST(test_nothing_else_is_written_to),
		TEST(test_what_has_no_switch_is_left_alone),
		TEST(test_lost_messages_lead_to_a_look_at_everything),
		TEST(test_messages_of_other_senders_change_nothing),
		TEST(test_muted_socket_hears_of_losses_and_memory_only),
		TEST(test_storm_of_changes_opens_no_file),
	};

	return RUN_TESTS(tests);
}
