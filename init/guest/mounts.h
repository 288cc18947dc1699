/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of the guest itself; mounts.c explains how PID 1 leaves the initramfs. */
#ifndef COLDINIT_GUEST_MOUNTS_H
#define COLDINIT_GUEST_MOUNTS_H

#include <stdbool.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/**
 * mounts_make() - mount a tmpfs with /proc, /sys, /dev and so on, and make it "/" of the guest
 * @initrd: gets a descriptor of the initramfs' root, the only way to it from now on; the caller
 *	closes it
 * @root: gets a descriptor of the new "/", which the caller closes
 * @fault: set on failure
 *
 * Return: 0, or a negative errno of mount(2) (-ENODEV: the kernel lacks a file system) or of
 * another system call.
 */
int mounts_make(int *initrd, int *root, struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * mounts_is_extra() - find out whether a path needs mounts_extra()
 * @path: absolute path in the guest
 *
 * Pure. Return: whether it is one of these mount points, or in one, or has one below it; also if it
 * has ".." or "//", and so may lead to one.
 */
bool mounts_is_extra(const char *path) must_check nonnull(1);

/**
 * mounts_extra() - mount what PID 1 does not need: /dev/pts, /dev/shm, /dev/mqueue and /tmp
 * @fault: set on failure
 *
 * They are there for other programs of the guest (hooks, services, generators), for mounts of the
 * manifest and for bind mounts of config.json. To be called before mounts_lock(), and with "/" as
 * the working directory. All but the first call do nothing.
 * Return: as mounts_make().
 */
int mounts_extra(struct fault *fault) must_check nonnull(1);

/**
 * mounts_noexec() - let nothing in the initramfs be executed, or let it again
 * @initrd: descriptor of the initramfs' root
 * @noexec: what to do
 *
 * The program of PID 1 is in the initramfs, and /proc/self/exe leads every process to it that is
 * about to execute another program, by any of its names: it must not become the container's.
 * A mount of a directory of the initramfs, such as the bundle, is not affected.
 * Return: 0, or a negative errno of mount(2).
 */
int mounts_noexec(int initrd, bool noexec) must_check;

/**
 * mounts_lock() - make "/" itself read-only; the mounts below it stay as they are
 *
 * Return: 0, or a negative errno of mount(2).
 */
int mounts_lock(void) must_check;

#endif
