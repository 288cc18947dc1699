// SPDX-License-Identifier: Apache-2.0
/*
 * Storages in memory. Kata's "ephemeral" is a tmpfs of its own, its "local" a directory on the
 * guest's: here the tmpfs at /run, or whatever an earlier storage has mounted on the way.
 */
#include <errno.h>

#include "init/storage/mount.h"

static int tmpfs_mount(const struct storage_job *job, struct fault *fault)
{
	int err = storage_mount_fs(job, "tmpfs", job->options.data);

	return err ? fault_set(fault, err, "cannot mount a tmpfs with \"%s\": %m",
			       job->options.data)
		   : 0;
}

const struct storage_driver storage_driver_ephemeral = {
	.name = "ephemeral",
	.fstype = "tmpfs",
	.mount = tmpfs_mount,
};

static int tmpfs_check_local(struct storage_job *job, struct fault *fault)
{
	/* A directory has no mount that options could hold for. */
	if (job->options.flags)
		return fault_set(
			fault, -EINVAL,
			"driver local makes a directory: only mode= and fsgid= are options");
	return 0;
}

/* storage_dir() has made the directory, storage_give() sees to the options. */
static int tmpfs_mount_local(const struct storage_job *job, struct fault *fault)
{
	(void)job, (void)fault;
	return 0;
}

const struct storage_driver storage_driver_local = {
	.name = "local",
	.fstype = "",
	.check = tmpfs_check_local,
	.mount = tmpfs_mount_local,
};
