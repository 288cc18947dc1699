/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLDINIT_SERVICES_SERVICES_PRIVATE_H
#define COLDINIT_SERVICES_SERVICES_PRIVATE_H

#include "init/services/job.h"
#include "spec/manifest.h"

/**
 * services_ready() - is a daemon ready?
 * @service: has the condition
 * @job: runs
 * @changes: descriptor of inotify_init1(2), which gets a watch for what is missing; -1 for none
 * @poll: set to whether the condition can be met without an event of @changes
 *
 * Paths are looked up in the daemon's root. A socket is ready when it takes a connection, which is
 * closed at once.
 * Return: 0 if it is, also without a condition; else a negative errno that says what is missing,
 * -EAGAIN for a line of its output.
 */
int services_ready(const struct service *service, const struct job *job, int changes,
		   bool *poll) must_check nonnull(1, 2, 4);

/**
 * services_awaited() - describe the condition, for a message
 * @service: has the condition
 * @what: gets the kind of the condition
 *
 * Return: its path or text, "" without a condition.
 */
const char *services_awaited(const struct service *service, const char **what) nonnull(1, 2);

#endif
