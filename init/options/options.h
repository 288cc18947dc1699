/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel command line: the parameters that begin with "coldinit.".
 * Split as the kernel does, Documentation/admin-guide/kernel-parameters.rst.
 */
#ifndef COLDINIT_OPTIONS_OPTIONS_H
#define COLDINIT_OPTIONS_OPTIONS_H

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "init/lib/log.h"

enum on_failure {
	ON_FAILURE_POWEROFF,
	ON_FAILURE_REBOOT,
	ON_FAILURE_HALT,
	ON_FAILURE_PANIC,
	ON_FAILURE_SHELL
};

/**
 * struct options - what the command line says; strings are NULL if not given
 * @manifest, @bundle: a SOURCE each
 * @sha256: 64 hexadecimal digits
 * @devices: @n_devices values of coldinit.device=
 * @reports: @n_reports values of coldinit.report=
 * @timeout_s: seconds to wait for a device
 * @cdi_timeout_s: seconds to wait for CDI specs
 * @visible_cdi_devices: the container's VISIBLE_CDI_DEVICES asks for CDI devices, too
 * @cdi_declared_numbers: a CDI spec's device numbers count even where the node has others
 * @ip: value of the kernel's own ip=
 * @full: the line is as long as the kernel allows and was probably cut
 */
struct options {
	const char *manifest, *bundle, *sha256, *ip;
	const char **devices, **reports;
	size_t n_devices, n_reports;
	enum log_level log;
	unsigned timeout_s, cdi_timeout_s;
	enum on_failure on_failure;
	bool visible_cdi_devices, cdi_declared_numbers, full;
};

/** options_default() - what holds without a command line */
void options_default(struct options *out) nonnull(1);

/**
 * options_parse() - read a command line
 * @line: any bytes
 *
 * Names that begin with "coldinit." and are unknown, values that are wrong and single-valued names
 * given twice are errors. Return: 0 or -errno with @fault set. On failure @out holds what was
 * understood before, so that on_failure and report count for that failure too.
 */
int options_parse(struct arena *a, const char *line, struct options *out,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
