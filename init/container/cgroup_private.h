/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup (the kernel's admin-guide/cgroup-v2.rst) and its device program. */
#ifndef COLDINIT_CONTAINER_CGROUP_PRIVATE_H
#define COLDINIT_CONTAINER_CGROUP_PRIVATE_H

#include <stdbool.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/** cgroup_check_name() - can a cgroup have this name? Return: 0, or -EINVAL with @fault set. */
int cgroup_check_name(const char *id, struct fault *fault) must_check nonnull(1, 2);

/**
 * cgroup_make() - make the directory /sys/fs/cgroup/@id, with the limits of @config
 *
 * Return: its descriptor, or -errno with @fault set; -EEXIST if there is one already.
 */
int cgroup_make(const char *id, const struct oci_config *config, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * cgroup_load_devices() - load the program that decides which devices may be used
 * @rules: @n entries of linux.resources.devices; none means that all devices may be used
 *
 * Return: descriptor of the program, -ENOENT if everything is allowed and none is needed, else
 * -errno with @fault set.
 */
int cgroup_load_devices(const struct oci_device_rule *rules, size_t n,
			struct fault *fault) must_check nonnull(3);

/** cgroup_attach_devices() - put a loaded program to work. Return: 0 or -errno with @fault set. */
int cgroup_attach_devices(int cgroup, int program, struct fault *fault) must_check nonnull(3);

/** cgroup_kill() - SIGKILL for all of its processes. Return: 0 or -errno. */
int cgroup_kill(int cgroup);

/**
 * cgroup_oom_killed() - has the kernel killed a process in it or below for want of memory?
 *
 * By its memory.events, or by the guest's /proc/vmstat without the memory controller.
 */
bool cgroup_oom_killed(int cgroup);

/** cgroup_events_oom() - is there an oom_kill in the text of such a file? */
bool cgroup_events_oom(const char *events) nonnull(1);

/** cgroup_oom_fault() - say that it was killed so, and what the limit was */
void cgroup_oom_fault(int cgroup, struct fault *fault) nonnull(2);

#endif
