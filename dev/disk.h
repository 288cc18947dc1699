/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of disks share: from a directory of sysfs, or from a name, to the node. */
#ifndef COLDINIT_DEV_DISK_H
#define COLDINIT_DEV_DISK_H

#include "dev/handler.h"

/**
 * disk_in() - give the container the disk of a device, which is the entry of @dir/block
 * @c: the claim; its fault gets the error
 * @env: where
 * @dir: the device's directory, below the root
 * @at: how messages name the device
 *
 * Return: 0, -EAGAIN after claim_wait(), -ENAMETOOLONG, or the error of claim_node().
 */
int disk_in(struct claim *c, const struct dev_env *env, const char *dir, const char *at) must_check
	nonnull(1, 2, 3, 4);

/**
 * disk_of_virtio() - give the container the disk of a virtio function: @dir/virtio<N>/block
 * @c: the claim; its fault gets the error
 * @env: where
 * @dir: the function's directory, below the root
 * @at: how messages name the function
 *
 * Return: as disk_in().
 */
int disk_of_virtio(struct claim *c, const struct dev_env *env, const char *dir,
		   const char *at) must_check nonnull(1, 2, 3, 4);

/**
 * disk_added() - check whether a uevent announces a disk or partition
 * @ev: the uevent
 *
 * Return: true if it does.
 */
bool disk_added(const struct uevent *ev) nonnull(1);

/**
 * disk_is_whole() - check whether the end of a devpath is a whole disk
 * @tail: the end, with its slash
 *
 * Return: true for "/block/NAME"; a partition has one more component.
 */
bool disk_is_whole(const char *tail) nonnull(1);

/**
 * disk_is_virtio() - check whether the end of a devpath is a whole disk of virtio
 * @tail: the end, with its slash
 *
 * Return: true for "/virtio<N>/block/NAME".
 */
bool disk_is_virtio(const char *tail) nonnull(1);

/**
 * disk_named_prepare() - prepare() of types whose "vm_path" names the disk: it must be "/dev/NAME"
 * @c: the claim; its fault gets the error
 * @env: not used
 *
 * Return: 0 or -EINVAL.
 */
int disk_named_prepare(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * disk_named_advance() - advance() of these types: give the container the disk, or another node
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -ENODEV if the node is no device, or the error of
 * claim_node() or claim_driver().
 */
int disk_named_advance(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * disk_named_added() - concerns() of these types
 * @c: the claim
 * @ev: the uevent
 *
 * Return: true if it announces the disk that "vm_path" names.
 */
bool disk_named_added(const struct claim *c, const struct uevent *ev) nonnull(1, 2);

/**
 * disk_named_explain() - explain() of these types: put the disks that exist into the fault
 * @c: the claim
 * @env: where
 */
void disk_named_explain(struct claim *c, const struct dev_env *env) nonnull(1, 2);

#endif
