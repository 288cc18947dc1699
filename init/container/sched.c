// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <linux/ioprio.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/sched_private.h"
#include "init/lib/log.h"

static int sched_result(const char *key, long result, struct fault *fault)
{
	return result < 0 ? fault_perror(fault, "cannot set %s", key) : 0;
}

/* The same for numbers of the host, which the guest may not have. */
static int sched_host_result(const char *key, long result, struct fault *fault)
{
	if (result >= 0 || (errno != EINVAL && errno != ENOSYS))
		return sched_result(key, result, fault);
	pr_warn("%s is ignored: the guest cannot apply it to its processors and memory nodes", key);
	return 0;
}

/* sched_setaffinity(2) takes bytes, set_mempolicy(2) one bit more than it uses. */
static int sched_place(const struct oci_config *config, struct fault *fault)
{
	const struct oci_process *p = &config->process;
	int err = 0;

	if (p->cpus)
		err = sched_host_result(
			"process.execCPUAffinity",
			syscall(SYS_sched_setaffinity, 0, OCI_MASK_BITS / 8, p->cpus), fault);
	if (err || !config->memory_policy)
		return err;
	return sched_host_result("linux.memoryPolicy",
				 syscall(SYS_set_mempolicy, config->memory_policy,
					 config->memory_nodes,
					 config->memory_nodes ? OCI_MASK_BITS + 1 : 0),
				 fault);
}

int sched_apply(const struct oci_config *config, struct fault *fault)
{
	const struct oci_process *p = &config->process;
	int err = sched_place(config, fault);

	if (!err && p->io_priority)
		err = sched_result("process.ioPriority",
				   syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, p->io_priority),
				   fault);
	if (!err && config->personality)
		err = sched_result("linux.personality", personality(config->personality), fault);
	/* Last: the other steps take long with a policy that is only run when nothing else is. */
	if (!err && p->scheduler.size)
		err = sched_result("process.scheduler",
				   syscall(SYS_sched_setattr, 0, &p->scheduler, 0), fault);
	return err;
}
