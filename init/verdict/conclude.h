/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 11: the verdict of a boot that the container has ended, or a step that failed, a system call
 * that hangs, a crash of coldinit. Exactly one is given.
 */
#ifndef COLDINIT_VERDICT_CONCLUDE_H
#define COLDINIT_VERDICT_CONCLUDE_H

#include "init/boot.h"
#include "init/end/watchdog.h"

/**
 * conclude_services() - end the services, before the verdict
 * @b: the boot, which has ended; gets phase and fault if a service has failed while the container
 *	ran
 * @failed: a step has failed
 *
 * Return: whether the boot has failed.
 */
bool conclude_services(struct boot *b, bool failed) must_check nonnull(1);

/**
 * conclude() - give the verdict to the reports and to the console
 * @b: the boot, which has ended
 * @failed: a step has failed: @b has its phase and its fault
 *
 * If the watchdog has given one and ends the guest, this does not return.
 * Return: the verdict's status.
 */
int conclude(const struct boot *b, bool failed) must_check nonnull(1);

/** conclude_hung() - the same in the watchdog process, for PID 1 that hangs; ends the guest */
watchdog_expired conclude_hung;

/**
 * conclude_crashes() - from now on a crash of coldinit ends with a verdict, too
 * @b: the boot; must stay where it is
 */
void conclude_crashes(struct boot *b) nonnull(1);

#endif
