// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "init/container/cgroup_private.h"
#include "init/container/devprog_private.h"
#include "init/container/limits_private.h"
#include "init/container/reserve_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define VMSTAT_MAX  65536

/* Return: 0 or a descriptor, depending on @command, or a negative errno. */
static int cgroup_bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	long fd = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return fd < 0 ? -errno : (int)fd;
}

int cgroup_check_name(const char *id, struct fault *fault)
{
	if (!*id || *id == '.' || strchr(id, '/'))
		return fault_set(fault, -EINVAL, "\"%s\" cannot be the name of a cgroup", id);
	return 0;
}

int cgroup_make(const char *id, const struct oci_config *config, const char **limit,
		struct fault *fault)
{
	int root cleanup(fd_close) = open(CGROUP_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (root < 0)
		return fault_perror(fault, "cannot open " CGROUP_ROOT);
	err = cgroup_check_name(id, fault);
	if (err)
		return err;
	err = reserve_enable(root, fault);
	if (!err)
		err = limits_enable(root, config, fault);
	if (err)
		return err;
	if (mkdirat(root, id, 0755))
		return fault_perror(fault, "cannot make the cgroup \"%s\"", id);
	int fd cleanup(fd_close) = openat(root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault_perror(fault, "cannot open the cgroup \"%s\"", id);
	err = limits_set(fd, config, fault);
	if (!err)
		err = reserve_set(fd, config, limit, fault);
	return err ? err : fd_take(&fd);
}

int cgroup_load_devices(const struct devprog *program, size_t n_rules, struct fault *fault)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr)); /* the kernel refuses other bytes, also in padding */
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insn_cnt = (uint32_t)program->n;
	attr.insns = (uintptr_t)program->insn;
	attr.license = (uintptr_t) "Apache-2.0";
	fd = cgroup_bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return fault_set(
			fault, fd,
			"linux.resources.devices: the kernel refuses the device program (%zu instructions for %zu rules): %s%s",
			program->n, n_rules, strerror(-fd),
			fd == -EINVAL ? " (is CONFIG_CGROUP_BPF on?)" : "");
	return fd;
}

int cgroup_attach_devices(int cgroup, int program, struct fault *fault)
{
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI; /* the container may add programs to its cgroups */
	err = cgroup_bpf(BPF_PROG_ATTACH, &attr);
	if (err)
		return fault_strerror(fault, err, "cannot attach the device program to the cgroup");
	return 0;
}

int cgroup_kill(int cgroup)
{
	return root_write(cgroup, "1", "cgroup.kill");
}

bool cgroup_events_oom(const char *events)
{
	static const char key[] = "oom_kill ";

	for (const char *line = events; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, sizeof(key) - 1))
			return line[sizeof(key) - 1] != '0';
	}
	return false;
}

bool cgroup_oom_killed(int cgroup)
{
	char events[512], *all cleanup(memory_free) = NULL;
	ssize_t n;

	if (root_read(cgroup, events, sizeof(events), "memory.events") >= 0)
		return cgroup_events_oom(events);
	/* Without the memory controller: the kernel kills only the container in this guest. */
	n = root_read_all(AT_FDCWD, &all, VMSTAT_MAX, "/proc/vmstat");
	if (n < 0)
		pr_warn("cannot find out whether memory ran out: %s", strerror((int)-n));
	return n >= 0 && cgroup_events_oom(all);
}

void cgroup_oom_fault(int cgroup, const char *limit, struct fault *fault)
{
	struct sysinfo guest = {0};
	char max[32];

	fault_set(fault, -ENOMEM,
		  "the kernel killed a process of the container because memory ran out: ");
	if (root_read(cgroup, max, sizeof(max), "memory.max") >= 0 && strcmp(max, "max") != 0) {
		fault_add(fault, "its limit is %s bytes (%s)", max, limit);
		return;
	}
	if (sysinfo(&guest))
		return;
	fault_add(fault, "it has no limit, the guest has %llu MiB",
		  (unsigned long long)guest.totalram * guest.mem_unit >> 20);
}
