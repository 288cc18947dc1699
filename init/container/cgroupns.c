// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/cgroupns_private.h"
#include "init/container/hooks.h"
#include "init/container/mount_api.h"
#include "init/container/mount_options.h"
#include "init/container/mount_private.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

#ifndef MNT_DETACH
#define MNT_DETACH 2 /* sys/mount.h, which does not go together with linux/mount.h */
#endif

int cgroupns_enter(struct fault *fault)
{
	if (unshare(CLONE_NEWCGROUP))
		return fault_perror(fault, "cannot make a cgroup namespace");
	return 0;
}

/* These show no mounts of the guest. Others do: a bind mount, an overlay by its layers. */
static const char *const fresh[] = {"cgroup", "cgroup2", "devpts", "mqueue",
				    "proc",   "sysfs",	 "tmpfs",  NULL};

/* Return: true if a hook or a mount can see the guest's mounts before the root changes. */
static bool cgroupns_is_seen(const struct oci_config *config)
{
	if (hooks_any(config, OCI_PRESTART) || hooks_any(config, OCI_CREATE_RUNTIME) ||
	    hooks_any(config, OCI_CREATE_CONTAINER))
		return true;
	for (size_t i = 0; i < config->n_mounts; i++)
		if (mount_options_kind(&config->mounts[i]) != MOUNT_NEW ||
		    str_index(config->mounts[i].type, fresh) < 0)
			return true;
	return false;
}

int cgroupns_mount(const struct oci_config *config, struct fault *fault)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	int err;

	if (!cgroupns_is_seen(config))
		return 0;
	int fs cleanup(fd_close) = mount_fs("cgroup2");
	err = fs < 0 ? fs : mount_api_change(fs, "", 0, &attr);
	if (!err && syscall(SYS_umount2, CGROUP_ROOT, MNT_DETACH))
		err = -errno;
	if (!err)
		err = mount_api_move(fs, AT_FDCWD, CGROUP_ROOT);
	return err ? fault_strerror(fault, err, "cannot mount the container's cgroup") : 0;
}
