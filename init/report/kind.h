/* SPDX-License-Identifier: Apache-2.0 */
/* What coldinit.report= can name, one file each; report.c has the table. */
#ifndef COLDINIT_REPORT_KIND_H
#define COLDINIT_REPORT_KIND_H

#include <stdbool.h>

#include "init/lib/compiler.h"

/**
 * struct report_kind - a way out for the verdict
 * @prefix: what the values of coldinit.report= begin with; @where is what follows it
 * @form: how such a value is written, for those who got it wrong
 * @check: can @where be served? Return: 0 or -EINVAL.
 * @deliver: write @text (the verdict and a newline); runs in a process of its own, which is given
 *	up after REPORT_LIMIT_S. NULL if there is no room for a text. Return: 0 or -errno.
 * @end: the last thing before the guest ends, with the verdict's status; may be NULL
 */
struct report_kind {
	const char *prefix, *form;
	int (*check)(const char *where);
	int (*deliver)(int root, const char *where, const char *text);
	void (*end)(const char *where, int status);
};

extern const struct report_kind report_virtio_serial, report_vsock, report_virtiofs,
	report_debug_exit;

/** report_default - to the port org.coldinit.report, unasked; -ENODEV if the guest has none */
extern const struct report_kind report_default;

/** report_has_ports() - is there a virtio console device, which may have that port? */
bool report_has_ports(int root) must_check;

/**
 * report_send() - write all of a text; a descriptor that takes nothing for two seconds is given up
 *
 * Return: 0, -ETIMEDOUT, -ENOTCONN if nobody is at the other end, or -errno.
 */
int report_send(int fd, const char *text) must_check nonnull(2);

/** REPORT_SEND_MS - how long a receiver may take to be ready */
#define REPORT_SEND_MS 2000

#endif
