/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of disks share: from a directory in sysfs, or from a name, to the node. */
#ifndef COLDINIT_DEV_DISK_H
#define COLDINIT_DEV_DISK_H

#include "dev/handler.h"

/**
 * disk_in() - give the container the disk of a device: the entry of @dir/block
 * @dir: the device's directory, below the root
 * @at: how messages name the device
 *
 * Return: 0, -EAGAIN after claim_wait(), else -errno with the claim's fault set.
 */
int disk_in(struct claim *c, const struct dev_env *env, const char *dir, const char *at) must_check
	nonnull(1, 2, 3, 4);

/** disk_of_virtio() - the same for the virtio device of a function: @dir/virtio<N>/block */
int disk_of_virtio(struct claim *c, const struct dev_env *env, const char *dir,
		   const char *at) must_check nonnull(1, 2, 3, 4);

/** disk_added() - is a new disk what the uevent tells of? */
bool disk_added(const struct uevent *ev) nonnull(1);

/** disk_is_whole() - is this "/block/NAME" with nothing behind, as a partition would have? */
bool disk_is_whole(const char *tail) nonnull(1);

/** disk_is_virtio() - is this "/virtio<N>/block/NAME" with nothing behind? */
bool disk_is_virtio(const char *tail) nonnull(1);

/** disk_named_prepare() - for types whose vm_path names the disk: is it "/dev/NAME"? */
int disk_named_prepare(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/** disk_named_advance() - give the container the disk, or other node, that vm_path names */
int disk_named_advance(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/** disk_named_added() - does the uevent tell of the disk that vm_path names? */
bool disk_named_added(const struct claim *c, const struct uevent *ev) nonnull(1, 2);

/** disk_named_explain() - which disks there are instead */
void disk_named_explain(struct claim *c, const struct dev_env *env) nonnull(1, 2);

#endif
