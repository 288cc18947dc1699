/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 7, the network: set up the interfaces that were found, with addresses, routes and neighbors.
 * The container gets /etc/resolv.conf, /etc/hosts and /etc/hostname.
 */
#ifndef COLDINIT_NETWORK_NETWORK_H
#define COLDINIT_NETWORK_NETWORK_H

#include "init/devices/devices.h"

/** NETWORK_FILES_MAX - the most mounts that network_files() makes */
#define NETWORK_FILES_MAX 3

/** NETWORK_FILES_DIR - the directory of coldinit's own files for the container */
#define NETWORK_FILES_DIR "/run/coldinit/etc"

#ifdef CONFIG_NETWORK_FILES

/**
 * network_file_same_path() - are two absolute paths the same, apart from repeated slashes?
 * @a: a path
 * @b: another one
 *
 * Return: true if they are.
 */
bool network_file_same_path(const char *a, const char *b) must_check nonnull(1, 2);

/**
 * network_file_is_one() - can network_files() make a file?
 * @destination: absolute path in the container
 *
 * Return: true for /etc/resolv.conf, /etc/hosts and /etc/hostname.
 */
bool network_file_is_one(const char *destination) must_check nonnull(1);

/**
 * network_files() - make /etc/resolv.conf, /etc/hosts and /etc/hostname for the container
 * @arena: memory for their text
 * @root: descriptor of "/"; the files are made in its NETWORK_FILES_DIR
 * @request: has the host name, name servers and addresses
 * @config: of the container; a file that it mounts itself is left out, unless the mount's source is
 *	missing: that gets coldinit's file
 * @out: gets the mounts of the files
 * @fault: set on failure
 *
 * Else a file is made only if the manifest or ip= has content for it.
 * Return: the number of mounts in @out, or -errno of making the files.
 */
int network_files(struct arena *arena, int root, const struct request *request,
		  struct oci_config *config, struct oci_mount out[NETWORK_FILES_MAX],
		  struct fault *fault) must_check nonnull(1, 3, 4, 5, 6);

#else

static inline int must_check network_files(struct arena *arena, int root,
					   const struct request *request, struct oci_config *config,
					   struct oci_mount out[NETWORK_FILES_MAX],
					   struct fault *fault)
{
	(void)arena, (void)root, (void)request, (void)config, (void)out, (void)fault;
	return 0;
}

#endif

#ifdef CONFIG_NET

/**
 * network_check() - check the interfaces before any is changed
 * @request: has the interfaces
 * @found: has their devices
 * @fault: set on failure
 *
 * Return: 0, or -EEXIST for an interface that would get two names.
 */
int network_check(const struct request *request, const struct found *found,
		  struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * network_set_up() - set the host name, and set up the network
 * @arena: memory for the lists of links
 * @request: has the host name, interfaces, routes and neighbors
 * @found: has the interfaces' devices; gets the new names of the interfaces
 * @fault: set on failure
 *
 * Does nothing if nothing of this was requested. Return: 0, -ENODEV for an interface that has
 * disappeared, or -errno of sethostname(2) and rtnetlink(7).
 */
int network_set_up(struct arena *arena, const struct request *request, struct found *found,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

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

#endif

#endif
