/* SPDX-License-Identifier: Apache-2.0 */
/* The container's view of the cgroups (cgroup_namespaces(7)). */
#ifndef COLDINIT_CONTAINER_CGROUPNS_PRIVATE_H
#define COLDINIT_CONTAINER_CGROUPNS_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * cgroupns_enter() - make a cgroup namespace that begins at the cgroup of this process
 * @fault: gets the error
 *
 * Every container gets one, also if its config has none: with "nsdelegate" the kernel does not let
 * a process leave it or change the limits at its top, also if it mounts a cgroup file system.
 * Return: 0, or the error of unshare(2) with @fault set.
 */
int cgroupns_enter(struct fault *fault) must_check nonnull(1);

/**
 * cgroupns_mount() - replace the guest's cgroups by those of the namespace
 * @config: its mounts and hooks decide whether anybody can see them
 * @fault: gets the error
 *
 * In the mount namespace of this process, so that a bind mount of /sys/fs/cgroup, or of a directory
 * above it, shows the container's cgroup only. Nothing is done if no hook and no mount can see the
 * guest's mounts: they are gone when the root has changed.
 * Return: 0, or the error of a mount system call with @fault set.
 */
int cgroupns_mount(const struct oci_config *config, struct fault *fault) must_check nonnull(1, 2);

#endif
