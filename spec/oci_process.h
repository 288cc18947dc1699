/* SPDX-License-Identifier: Apache-2.0 */
/* "process" of config.json (OCI runtime spec, config.md, "Process") as plain structures. */
#ifndef COLDINIT_SPEC_OCI_PROCESS_H
#define COLDINIT_SPEC_OCI_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/**
 * struct oci_rlimit - an entry of process.rlimits
 * @resource: RLIMIT_ constant
 * @limit: both limits
 */
struct oci_rlimit {
	int resource;
	struct rlimit limit;
};

/** OCI_MASK_BITS - the number of bits of a mask of processors or memory nodes */
#define OCI_MASK_BITS 1024

/** OCI_LONG_BITS - the number of bits of an element of such a mask */
#define OCI_LONG_BITS (8 * sizeof(unsigned long))

/**
 * struct oci_scheduler - process.scheduler, as sched_setattr(2) takes it
 * @size: of this structure, 0 if the config has no scheduler
 * @policy: SCHED_ constant
 * @flags: SCHED_FLAG_ bits
 * @nice: for SCHED_OTHER and SCHED_BATCH
 * @priority: for SCHED_FIFO and SCHED_RR
 * @runtime: for SCHED_DEADLINE, in nanoseconds, as the next two
 * @deadline: see @runtime
 * @period: see @runtime
 */
struct oci_scheduler {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/** enum oci_capset - the capability sets of process.capabilities (capabilities(7)) */
enum oci_capset {
	OCI_BOUNDING,
	OCI_EFFECTIVE,
	OCI_INHERITABLE,
	OCI_PERMITTED,
	OCI_AMBIENT,
	OCI_CAPSETS
};

/**
 * struct oci_process - the "process" object (config.md, "Process")
 * @args: the program and its arguments, NULL-terminated, at least one
 * @env: environment "NAME=VALUE", NULL-terminated, may be empty
 * @cwd: absolute path in the container
 * @uid: user id in the container
 * @gid: group id in the container
 * @umask: file mode creation mask, if @has_umask
 * @additional_gids: supplementary groups
 * @n_additional_gids: how many there are
 * @capabilities: for each set a mask with bit N for capability N, if @has_capabilities
 * @rlimits: resource limits, each resource at most once
 * @n_rlimits: how many there are
 * @oom_score_adj: for /proc/self/oom_score_adj, if @has_oom_score_adj
 * @has_oom_score_adj: the config has oomScoreAdj
 * @has_umask: the config has user.umask
 * @has_capabilities: the config has capabilities
 * @no_new_privileges: set PR_SET_NO_NEW_PRIVS
 * @terminal: stdin, stdout and stderr are a pseudo-terminal
 * @apparmor_profile: NULL if not given
 * @selinux_label: NULL if not given
 * @lsm_required: these two are an error if the guest does not know them, else a warning; the caller
 *	of oci_config() sets it
 * @scheduler: for sched_setattr(2)
 * @io_priority: class and level for ioprio_set(2), 0 if not given
 * @cpus: execCPUAffinity.final, OCI_MASK_BITS bits, NULL if not given
 * @console_height: lines of the terminal, 0 if not given
 * @console_width: columns of the terminal, 0 if not given
 */
struct oci_process {
	const char **args, **env;
	const char *cwd;
	uint32_t uid, gid, umask;
	uint32_t *additional_gids;
	size_t n_additional_gids;
	uint64_t capabilities[OCI_CAPSETS];
	struct oci_rlimit *rlimits;
	size_t n_rlimits;
	int oom_score_adj;
	bool has_oom_score_adj, has_umask, has_capabilities, no_new_privileges;
	bool terminal, lsm_required;
	const char *apparmor_profile, *selinux_label;
	struct oci_scheduler scheduler;
	int io_priority;
	const unsigned long *cpus;
	uint16_t console_height, console_width;
};

#endif
