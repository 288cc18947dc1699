/* SPDX-License-Identifier: Apache-2.0 */
/* The container's first process, from clone to execve. */
#ifndef COLDINIT_CONTAINER_CHILD_H
#define COLDINIT_CONTAINER_CHILD_H

#include "init/lib/compiler.h"
#include "spec/oci.h"

/**
 * child_run() - become the container's program
 * @socket: the child's end of the socket pair (launch.h)
 * @config: what to run
 * @rootfs: absolute path of the container's root
 *
 * Called in the cloned process, which is in its namespaces and in its cgroup already. What fails
 * is told over @socket; then the process exits with the status that the failure stands for.
 */
void child_run(int socket, const struct oci_config *config, const char *rootfs) nonnull(2, 3)
	__attribute__((noreturn));

#endif
