// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "probe.h"

static const char *const sysctls[] = {
	"fs/mqueue/msg_default",
	"fs/mqueue/msg_max",
	"fs/mqueue/msgsize_max",
	"fs/mqueue/queues_max",
	"kernel/core_pattern",
	"kernel/dmesg_restrict",
	"kernel/domainname",
	"kernel/hostname",
	"kernel/kptr_restrict",
	"kernel/msgmax",
	"kernel/msgmnb",
	"kernel/msgmni",

	"kernel/panic",
	"kernel/pid_max",
	"kernel/sem",
	"kernel/shm_rmid_forced",
	"kernel/shmall",
	"kernel/shmmax",
	"kernel/shmmni",
	"kernel/unprivileged_bpf_disabled",
	"net/core/somaxconn",
	"net/ipv4/ip_forward",
	"net/ipv4/ip_local_port_range",
	"net/ipv4/ip_unprivileged_port_start",
	"net/ipv4/ping_group_range",
	"net/ipv4/tcp_syncookies",
	"net/ipv6/conf/all/disable_ipv6",
	"vm/max_map_count",
	"vm/overcommit_memory",
};

static const char *const limits[] = {
	"cgroup.controllers",
	"cgroup.freeze",
	"cgroup.max.depth",
	"cgroup.subtree_control",
	"cgroup.type",
	"cpu.idle",
	"cpu.max",
	"cpu.max.burst",
	"cpu.weight",
	"cpu.weight.nice",
	"cpuset.cpus",
	"cpuset.mems",
	"hugetlb.1GB.max",
	"hugetlb.2MB.max",
	"hugetlb.2MB.rsvd.max",
	"io.max",
	"io.weight",
	"io.bfq.weight",
	"memory.high",
	"memory.low",
	"memory.max",
	"memory.min",
	"memory.oom.group",
	"memory.swap.high",
	"memory.swap.max",
	"memory.zswap.max",
	"pids.max",
	"rdma.max",
	"misc.max",
};

/* The same number as in the guest's first namespace means that the namespace is shared. */
static void show_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
					    "pid",    "time", "user", "uts"};

	for (size_t i = 0; i < COUNT(names); i++) {
		char target[64];
		ssize_t n =
			readlink(keyed("/proc/self/ns/%s", names[i]), target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		fact(keyed("ns/%s", names[i]), "%s", n > 0 ? target : outcome(-1));
	}
}

static void show_names(void)
{
	struct utsname name;

	if (uname(&name))
		return;
	fact("uname/nodename", "%s", name.nodename);
	fact("uname/domainname", "%s", name.domainname);
	fact("uname/machine", "%s", name.machine);
}

static void show_sysctls(void)
{
	for (size_t i = 0; i < COUNT(sysctls); i++) {
		char path[256];
		int fd;

		snprintf(path, sizeof(path), "/proc/sys/%s", sysctls[i]);
		fact(keyed("sysctl/%s", sysctls[i]), "%s", read_line(path));
		fd = open(path, O_WRONLY | O_CLOEXEC);
		fact(keyed("sysctl-write/%s", sysctls[i]), "%s", outcome(fd));
		if (fd >= 0)
			close(fd);
	}
}

static void show_cgroup(void)
{
	const char *line = read_line("/proc/self/cgroup");
	const char *own = !strncmp(line, "0::/", 4) ? strdup(line + 3) : "/";

	fact("cgroup/path", "%s", line);
	for (size_t i = 0; i < COUNT(limits); i++) {
		char path[512];

		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", limits[i]);
		fact(keyed("cgroup/%s", limits[i]), "%s", read_line(path));
		/* Without a cgroup namespace the process's cgroup is deeper. */
		if (!own || !strcmp(own, "/"))
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", own, limits[i]);
		fact(keyed("cgroup-own/%s", limits[i]), "%s", read_line(path));
	}
}

void show_kernel(void)
{
	show_namespaces();
	show_names();
	show_sysctls();
	show_cgroup();
}
