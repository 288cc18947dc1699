// SPDX-License-Identifier: Apache-2.0
/*
 * Storages in memory. Kata's "ephemeral" is a tmpfs of its own, its "local" a directory on the
 * guest's: here the tmpfs at /run, or whatever an earlier storage has mounted on the way.
 */
#include <errno.h>

#include "init/storage/mount.h"

static int mount_tmpfs(const struct storage_job *job, struct fault *f)
{
	int err = storage_mount_fs(job, "tmpfs", job->options.data);

	return err ? fault_set(f, err, "cannot mount a tmpfs with \"%s\": %m", job->options.data)
		   : 0;
}

const struct storage_driver storage_driver_ephemeral = {
	.name = "ephemeral",
	.fstype = "tmpfs",
	.mount = mount_tmpfs,
};

static int check_local(struct storage_job *job, struct fault *f)
{
	/* A directory has no mount that options could hold for. */
	if (job->options.flags)
		return fault_set(
			f, -EINVAL,
			"driver local makes a directory: only mode= and fsgid= are options");
	return 0;
}

/* storage_dir() has made the directory, storage_give() sees to the options. */
static int mount_local(const struct storage_job *job, struct fault *f)
{
	(void)job, (void)f;
	return 0;
}

const struct storage_driver storage_driver_local = {
	.name = "local",
	.fstype = "",
	.check = check_local,
	.mount = mount_local,
};
