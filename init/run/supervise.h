/* SPDX-License-Identifier: Apache-2.0 */
/* From the clone of the container's first process to the end of its last one. */
#ifndef COLDINIT_RUN_SUPERVISE_H
#define COLDINIT_RUN_SUPERVISE_H

#include "init/boot.h"

/**
 * supervise_launch() - start the container and wait until its program runs
 *
 * Return: 0 or -errno with @fault set and @b->verdict.status as the failure's exit status.
 */
int supervise_launch(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * supervise_run() - forward signals, reap, and wait for the container's end
 *
 * Fills in the verdict's outcome.
 */
void supervise_run(struct boot *b) nonnull(1);

#endif
