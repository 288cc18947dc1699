/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PID namespace of a container whose config has none: pidns.c explains why it gets one.
 */
#ifndef COLDINIT_CONTAINER_PIDNS_PRIVATE_H
#define COLDINIT_CONTAINER_PIDNS_PRIVATE_H

#include "init/lib/fault.h"

/**
 * struct pidns - a PID namespace and the way back
 * @own: pidfd of the caller, -1 for none
 * @guard: pidfd of the namespace's first process, -1 for none
 */
struct pidns {
	int own, guard;
};

/** PIDNS_NONE - no namespace */
#define PIDNS_NONE ((struct pidns){-1, -1})

/**
 * pidns_enter() - make a namespace for the next child processes of the caller
 * @ns: gets the descriptors; PIDNS_NONE on failure
 * @fault: gets the error
 *
 * Return: 0, or the error of clone3(2), pidfd_open(2) or setns(2) with @fault set.
 */
int pidns_enter(struct pidns *ns, struct fault *fault) must_check nonnull(1, 2);

/**
 * pidns_leave() - let later child processes be in the caller's namespace again
 * @ns: from pidns_enter(); @own is closed, @guard stays open
 * @fault: gets the error
 *
 * Return: 0, or the error of setns(2) with @fault set.
 */
int pidns_leave(struct pidns *ns, struct fault *fault) must_check nonnull(1, 2);

#endif
