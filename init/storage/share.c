// SPDX-License-Identifier: Apache-2.0
/* Storages on virtio-fs shares. */
#include "init/source/virtiofs.h"
#include "init/storage/mount.h"

static int share_mount(const struct storage_job *job, struct fault *fault)
{
	int err = storage_mount_fs(job, job->storage->source, job->options.data);

	return err ? virtiofs_fault(job->root, job->storage->source, err, fault) : 0;
}

const struct storage_driver storage_driver_virtiofs = {
	.name = "virtio-fs",
	.fstype = "virtiofs",
	.mount = share_mount,
};
