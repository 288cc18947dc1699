// SPDX-License-Identifier: Apache-2.0
/*
 * Storages in memory. Kata's "ephemeral" is a separate tmpfs. Its "local" is a directory: here one
 * on the tmpfs at /run, or on an earlier storage.
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
	/* Flags belong to a mount. */
	if (job->options.flags)
		return fault_set(
			fault, -EINVAL,
			"driver local makes a directory: its only options are mode= and fsgid=");
	return 0;
}

/* storage_dir() has made the directory, storage_give() applies the options. */
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
