/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's own file systems. PID 1 moves off the initramfs at once, onto a tmpfs of its own,
 * because nobody can pivot away from the initramfs later
 * (Documentation/filesystems/ramfs-rootfs-initramfs.rst): whatever the container does, it must
 * find no way back there.
 */
#ifndef COLDINIT_GUEST_MOUNTS_H
#define COLDINIT_GUEST_MOUNTS_H

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/**
 * mounts_make() - put a tmpfs over the initramfs, with proc, sysfs, devtmpfs, … on it, and live
 * there
 * @initrd: gets a descriptor of the initramfs' root, the only way to it from now on
 * @root: gets a descriptor of the new "/"
 *
 * Return: 0 or -errno with @fault set.
 */
int mounts_make(int *initrd, int *root, struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * mounts_lock() - make "/" itself read-only; what is mounted below stays as it is
 *
 * Return: 0 or -errno.
 */
int mounts_lock(void) must_check;

#endif
