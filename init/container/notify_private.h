/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp.listenerPath: a program of the guest decides about system calls
 * (seccomp_unotify(2)). */
#ifndef COLDINIT_CONTAINER_NOTIFY_PRIVATE_H
#define COLDINIT_CONTAINER_NOTIFY_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/** NOTIFY_NONE - the descriptor of a container whose filter has no listener */
#define NOTIFY_NONE (-1)

#ifdef CONFIG_SECCOMP_NOTIFY

/**
 * struct notify - the listener until it has the filter
 * @socket: connected to the listener's socket, NOTIFY_NONE without one
 * @state: what it gets with the filter, as JSON text; malloc()ed
 */
struct notify {
	int socket;
	char *state;
};

/**
 * notify_connect() - connect to the listener's socket in the guest
 * @config: has its path
 * @n: gets the connection
 * @fault: gets the error, which names the path
 *
 * Call it while the guest's root is "/". The state follows the runtime spec, config-linux.md, "The
 * Container Process State".
 * Return: 0, also without a listener, or with @fault set -ENOMEM or the error of connect(2),
 * -ENOENT if the guest has no such socket.
 */
int notify_connect(const struct oci_config *config, struct notify *n,
		   struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * notify_send() - send the filter's descriptor to the listener, with the process's state
 * @n: the connection
 * @filter: descriptor of seccomp(2), SECCOMP_FILTER_FLAG_NEW_LISTENER, which stays open
 * @fault: gets the error
 *
 * The filter is in effect already: this makes no other system call than sendmsg(2).
 * Return: 0, or the error of sendmsg(2) with @fault set.
 */
int notify_send(const struct notify *n, int filter, struct fault *fault) must_check nonnull(1, 3);

#else

struct notify {
	int socket;
};

static inline int must_check notify_connect(const struct oci_config *config, struct notify *n,
					    struct fault *fault)
{
	(void)config, (void)fault;
	n->socket = NOTIFY_NONE;
	return 0;
}

static inline int must_check notify_send(const struct notify *n, int filter, struct fault *fault)
{
	(void)n, (void)filter, (void)fault;
	return 0;
}

#endif

#endif
