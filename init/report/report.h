/* SPDX-License-Identifier: Apache-2.0 */
/* Where the verdict is written: always to the console, and to every coldinit.report=. */
#ifndef COLDINIT_REPORT_REPORT_H
#define COLDINIT_REPORT_REPORT_H

#include "init/options/options.h"

/** REPORT_LIMIT_S - seconds that the console and each report may take until they are given up */
#define REPORT_LIMIT_S 5

/**
 * report_check() - check a value of coldinit.report=
 * @report: the value
 * @fault: set on failure
 *
 * Return: 0, or -EINVAL if this build cannot report there.
 */
int report_check(const char *report, struct fault *fault) must_check nonnull(1, 2);

/**
 * report_modules() - list the kernel modules that are loaded for a report
 * @report: a value of coldinit.report=
 *
 * Return: a NULL-terminated list, perhaps empty, never NULL.
 */
const char *const *report_modules(const char *report) nonnull(1);

/**
 * report_verdict() - write the verdict's line to the console and the object to every report
 * @root: descriptor of the guest's "/"
 * @o: with the reports
 * @json: the object, on one line
 *
 * The console comes first. A report that cannot be delivered is a warning behind the verdict.
 */
void report_verdict(int root, const struct options *o, const char *json) nonnull(2, 3);

/**
 * report_end() - do what reports do when the guest is about to end: debug-exit ends QEMU
 * @o: with the reports
 * @status: the verdict's
 */
void report_end(const struct options *o, int status) nonnull(1);

#endif
