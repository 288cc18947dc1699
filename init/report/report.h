/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the verdict is written: to every coldinit.report=, then to the console.
 *
 * All of them are opened before the container exists and held. Afterwards nothing is looked up by
 * its path: the container may have replaced it. Where writing may block for ever, a helper process
 * was forked before, too, and waits for the text: at the end there may be no memory and no process
 * ID for one.
 */
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
 * report_open() - open all reports; the second call does nothing
 * @root: descriptor of the guest's "/"
 * @o: with the reports, which stay where they are
 *
 * Without coldinit.report= the port org.coldinit.report is opened, if there is one. A report that
 * cannot be opened is a warning: it will not get the verdict.
 */
void report_open(int root, const struct options *o) nonnull(2);

/**
 * report_deliver() - write the verdict to every report
 * @json: the object, on one line
 *
 * Each gets exactly one document, and has REPORT_LIMIT_S for it. One that cannot be delivered is a
 * warning.
 */
void report_deliver(const char *json) nonnull(1);

/**
 * report_console() - write the verdict's line to the console, as the last one
 * @json: the object, on one line
 *
 * The console gets back the state in which coldinit found it, and the kernel stops to print there.
 * If the console cannot be written, the line goes to the kernel's log.
 */
void report_console(const char *json) nonnull(1);

/**
 * report_end() - do what reports do when the guest is about to end: debug-exit ends QEMU
 * @o: with the reports
 * @status: the verdict's
 */
void report_end(const struct options *o, int status) nonnull(1);

#endif
