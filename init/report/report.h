/* SPDX-License-Identifier: Apache-2.0 */
/* Where the verdict goes: always the console, and every coldinit.report=. */
#ifndef COLDINIT_REPORT_REPORT_H
#define COLDINIT_REPORT_REPORT_H

#include "init/options/options.h"

/** REPORT_LIMIT_S - how long the console and each report may take; longer, and it is given up */
#define REPORT_LIMIT_S 5

/** report_check() - is the value of a coldinit.report= one that we can serve? Return: 0 or -errno.
 */
int report_check(const char *report, struct fault *fault) must_check nonnull(1, 2);

/**
 * report_verdict() - write the verdict's line to the console and the object to every report
 * @root: as in struct boot
 * @json: the object, on one line
 *
 * The console comes first. A report that cannot be delivered is a warning behind the verdict.
 */
void report_verdict(int root, const struct options *o, const char *json) nonnull(2, 3);

/** report_end() - the guest is about to end: what a report has to do then (debug-exit ends QEMU) */
void report_end(const struct options *o, int status) nonnull(1);

#endif
