/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of coldinit.report=, one file for each; report.c has the table. */
#ifndef COLDINIT_REPORT_KIND_H
#define COLDINIT_REPORT_KIND_H

#include <stdbool.h>

/**
 * struct report_kind - a way out of the guest for the verdict
 * @prefix: what the values of coldinit.report= begin with; @where below is what follows it
 * @form: how such a value is written, for messages
 * @modules: NULL-terminated kernel modules that it needs; NULL if it needs none
 * @blocks: writing may block for ever: a helper process does it
 * @check: checks @where. Return: 0 or -EINVAL.
 * @open: opens it, before the container exists. NULL if a text cannot be delivered. Return: a
 *	descriptor, or a negative errno.
 * @deliver: writes @text (the verdict and a newline) to the descriptor; send_text() for most.
 *	Return: 0 or a negative errno.
 * @end: called last before the guest ends, with the verdict's status; may be NULL
 */
struct report_kind {
	const char *prefix, *form;
	const char *const *modules;
	bool blocks;
	int (*check)(const char *where);
	int (*open)(int root, const char *where);
	int (*deliver)(int fd, const char *where, const char *text);
	void (*end)(const char *where, int status);
};

extern const struct report_kind report_virtio_serial, report_vsock, report_virtiofs,
	report_debug_exit;

/** report_default - the port org.coldinit.report, if no report was requested */
extern const struct report_kind report_default;

#endif
