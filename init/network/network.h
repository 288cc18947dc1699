/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network: what the manifest and ip= of the command line ask for. Its interfaces are waited for
 * with the devices; then they are set up, and the container gets the files that speak of them.
 */
#ifndef COLDINIT_NETWORK_NETWORK_H
#define COLDINIT_NETWORK_NETWORK_H

#include "init/boot.h"

#ifdef CONFIG_NET

/** network_read_word() - read the command line's ip=. Return: 0 or -errno with @fault set. */
int network_read_word(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * network_add_devices() - put ip= behind the manifest's interfaces, and a device of type net for
 * each interface behind the manifest's devices
 *
 * Return: 0 or -errno with @fault set.
 */
int network_add_devices(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * network_set_up() - the interfaces that were found, addresses, routes, neighbours, host name
 *
 * Does nothing when nothing is asked for. Return: 0 or -errno with @fault set.
 */
int network_set_up(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * network_give_files() - /etc/resolv.conf, /etc/hosts and /etc/hostname for the container, as
 * mounts behind those of its config
 *
 * Only what the manifest or ip= say something about, and where the config mounts nothing itself.
 * Return: 0 or -errno with @fault set.
 */
int network_give_files(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

#else

static inline int must_check network_read_word(struct boot *b, struct fault *fault)
{
	(void)b, (void)fault;
	return 0;
}

#define network_add_devices network_read_word
#define network_set_up	    network_read_word
#define network_give_files  network_read_word

#endif

#endif
