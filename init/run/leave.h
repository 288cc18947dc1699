/* SPDX-License-Identifier: Apache-2.0 */
/* What the container must not find in the guest: done last before it starts. */
#ifndef COLDINIT_RUN_LEAVE_H
#define COLDINIT_RUN_LEAVE_H

#include <stdbool.h>

#include "spec/oci.h"

/**
 * leave_initramfs() - empty the initramfs, except for a bundle in it; nothing in it can be executed
 * @initrd: descriptor of its root; closed and -1 afterwards, or with @shell where its files are
 * @root: descriptor of "/", where the programs of hooks are moved
 * @config: with the hooks
 * @bundle: descriptor of the bundle
 * @shell: a shell may need the files after a failure: they stay
 * @services: a service needs the files: they stay
 * @fault: set on failure
 *
 * Return: 0, or a negative errno.
 */
int leave_initramfs(int *initrd, int root, const struct oci_config *config, int bundle, bool shell,
		    bool services, struct fault *fault) must_check nonnull(1, 3, 7);

/**
 * leave_lock() - policy.lock_modules: no more kernel modules, no more changes of PID 1's root
 * @root: descriptor of "/"
 * @fault: set on failure
 *
 * Return: 0, or a negative errno of root_write() or mounts_lock().
 */
int leave_lock(int root, struct fault *fault) must_check nonnull(2);

#endif
