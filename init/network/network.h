/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 7, the network: the interfaces that were found get names, addresses, routes and neighbors,
 * and the container gets the files that name them.
 */
#ifndef COLDINIT_NETWORK_NETWORK_H
#define COLDINIT_NETWORK_NETWORK_H

#include "init/devices/devices.h"

/** NETWORK_FILES_MAX - the most mounts that network_files() makes */
#define NETWORK_FILES_MAX 3

#ifdef CONFIG_NET

/**
 * network_check() - what can be refused before anything is changed
 * @request: with its interfaces
 * @found: their devices
 * @fault: set on failure
 *
 * Return: 0, or -EEXIST for an interface that would get two names.
 */
int network_check(const struct request *request, const struct found *found,
		  struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * network_set_up() - set the host name and all that was requested of the network
 * @arena: memory that is needed for it
 * @request: with its interfaces
 * @found: their devices; gets the names that the interfaces have in the end
 * @fault: set on failure
 *
 * Does nothing if nothing was requested. Return: 0, -ENODEV for an interface with another hardware
 * address than requested, or -errno of the kernel.
 */
int network_set_up(struct arena *arena, const struct request *request, struct found *found,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * network_files() - make /etc/resolv.conf, /etc/hosts and /etc/hostname for the container
 * @arena: memory that is needed for it
 * @root: descriptor of "/"; the files are made below its run/coldinit
 * @request: with its network
 * @config: of the container: a file that it mounts itself is left out
 * @out: gets their mounts, at most NETWORK_FILES_MAX
 * @fault: set on failure
 *
 * Only files about which the manifest or ip= says something. Return: how many mounts @out has, or
 * -errno of making the files.
 */
int network_files(struct arena *arena, int root, const struct request *request,
		  const struct oci_config *config, struct oci_mount out[NETWORK_FILES_MAX],
		  struct fault *fault) must_check nonnull(1, 3, 4, 5, 6);

#else

static inline int must_check network_check(const struct request *request, const struct found *found,
					   struct fault *fault)
{
	(void)request, (void)found, (void)fault;
	return 0;
}

static inline int must_check network_set_up(struct arena *arena, const struct request *request,
					    struct found *found, struct fault *fault)
{
	(void)arena, (void)request, (void)found, (void)fault;
	return 0;
}

static inline int must_check network_files(struct arena *arena, int root,
					   const struct request *request,
					   const struct oci_config *config,
					   struct oci_mount out[NETWORK_FILES_MAX],
					   struct fault *fault)
{
	(void)arena, (void)root, (void)request, (void)config, (void)out, (void)fault;
	return 0;
}

#endif

#endif
