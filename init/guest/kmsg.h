/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's log says, for errors (Documentation/ABI/testing/dev-kmsg). */
#ifndef COLDINIT_GUEST_KMSG_H
#define COLDINIT_GUEST_KMSG_H

#include <stdbool.h>

#include "init/lib/compiler.h"

/**
 * kmsg_match - is this the line that is looked for?
 * @line: of the kernel, without its newline
 * @arg: of kmsg_last()
 *
 * Return: true if it is.
 */
typedef bool kmsg_match(const char *line, void *arg);

/**
 * kmsg_line() - the text of a record if it is the kernel's
 * @record: as /dev/kmsg has it, NUL-terminated; is cut behind the text
 *
 * Return: the text in @record, or NULL for the records of processes, which can contain anything.
 */
char *kmsg_line(char *record) must_check nonnull(1);

/**
 * kmsg_last() - find the last line that matches
 * @root: descriptor of "/"
 * @match: called for each line of the kernel, oldest first
 * @arg: for @match; may be NULL
 * @late_ms: how long to wait for the line if the log does not have it yet, in milliseconds
 *
 * Return: whether a line has matched.
 */
bool kmsg_last(int root, kmsg_match *match, void *arg, int late_ms) must_check nonnull(2);

#endif
