/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup (the kernel's admin-guide/cgroup-v2.rst) and its device program. */
#ifndef COLDINIT_CONTAINER_CGROUP_PRIVATE_H
#define COLDINIT_CONTAINER_CGROUP_PRIVATE_H

#include <stdbool.h>

#include "init/container/devprog_private.h"
#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * cgroup_check_name() - check that a cgroup can have a name
 * @id: the container's id
 * @fault: gets the error
 *
 * A name is one component of a path and does not begin with a dot.
 * Return: 0, or -EINVAL with @fault set.
 */
int cgroup_check_name(const char *id, struct fault *fault) must_check nonnull(1, 2);

/**
 * cgroup_make() - make the directory /sys/fs/cgroup/@id and set its limits
 * @id: name of the cgroup
 * @config: its @limits and @unified are set; the controllers that they need are turned on
 * @limit: gets the words for the cause of its memory limit
 * @fault: gets the error
 *
 * Return: descriptor of the directory, which the caller closes, or a negative errno with @fault
 * set: -EINVAL for a name that no cgroup can have, -EEXIST if there is such a cgroup, and the
 * errors of reserve_enable(), limits_enable(), limits_set() and reserve_set().
 */
int cgroup_make(const char *id, const struct oci_config *config, const char **limit,
		struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * cgroup_load_devices() - load the program that decides which devices the container may use
 * @program: from devprog_build(), not empty
 * @n_rules: number of rules that it was made from
 * @fault: gets the error
 *
 * Return: descriptor of the program, which the caller closes, or the error of bpf(2) with @fault
 * set.
 */
int cgroup_load_devices(const struct devprog *program, size_t n_rules,
			struct fault *fault) must_check nonnull(3);

/**
 * cgroup_attach_devices() - attach a device program to a cgroup, where it takes effect at once
 * @cgroup: descriptor of the cgroup's directory
 * @program: descriptor of the program; the caller may close it afterwards, the cgroup keeps it
 * @fault: gets the error
 *
 * Return: 0, or the error of bpf(2), BPF_PROG_ATTACH, with @fault set.
 */
int cgroup_attach_devices(int cgroup, int program, struct fault *fault) must_check nonnull(3);

/**
 * cgroup_kill() - send SIGKILL to every process in a cgroup and below it (cgroup.kill)
 * @cgroup: descriptor of the cgroup's directory
 *
 * Return: 0, -ENOENT if the kernel has no cgroup.kill (Linux before 5.14), or another negative
 * errno.
 */
int cgroup_kill(int cgroup);

/**
 * cgroup_oom_killed() - report whether the kernel killed a process because memory ran out
 * @cgroup: descriptor of the cgroup's directory; cgroups below it count too
 *
 * Reads memory.events. Without the memory controller it reads the guest's /proc/vmstat.
 * Return: true if the kernel killed one.
 */
bool cgroup_oom_killed(int cgroup);

/**
 * cgroup_events_oom() - report whether a file of events counts an OOM kill
 * @events: text of memory.events or /proc/vmstat: lines of a name, a blank and a number
 *
 * Return: true if there is a line "oom_kill" whose number is not 0.
 */
bool cgroup_events_oom(const char *events) nonnull(1);

/**
 * cgroup_oom_fault() - describe an OOM kill and the limit that caused it
 * @cgroup: descriptor of the cgroup's directory
 * @limit: the words from cgroup_make()
 * @fault: gets the error
 */
void cgroup_oom_fault(int cgroup, const char *limit, struct fault *fault) nonnull(2, 3);

#endif
