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

/** enum on_failure - what ends the guest after a boot that has failed */
enum on_failure {
	ON_FAILURE_POWEROFF,
	ON_FAILURE_REBOOT,
	ON_FAILURE_HALT,
	ON_FAILURE_PANIC,
	ON_FAILURE_SHELL
};

/** OPTIONS_REPORTS_MAX - the most reports that a command line may have */
#define OPTIONS_REPORTS_MAX 16

/**
 * struct options - the parameters of the command line; strings are NULL if not given
 * @manifest, @bundle: a SOURCE each
 * @sha256: 64 hexadecimal digits
 * @devices: @n_devices values of coldinit.device=
 * @reports: @n_reports values of coldinit.report=
 * @timeout_s: seconds to wait for a device
 * @cdi_timeout_s: seconds to wait for CDI specs
 * @visible_cdi_devices: the container's VISIBLE_CDI_DEVICES requests CDI devices, too
 * @cdi_declared_numbers: the device numbers in a CDI spec are used even if the node has others
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

/**
 * options_default() - set what holds without a command line
 * @out: gets the defaults
 */
void options_default(struct options *out) nonnull(1);

/**
 * options_parse() - parse a command line
 * @a: owns the strings and lists of @out
 * @line: the text of /proc/cmdline
 * @out: with defaults; gets the parameters. On failure it has those that are right, so that
 *	on_failure and report count for that failure, too
 * @fault: set on failure, for the first error
 *
 * Parameters without "coldinit." in front are the kernel's or those of others, except ip=.
 * Return: 0, -EINVAL for a name that is unknown, a wrong value and a single-valued name given
 * twice, -E2BIG for more than 256 devices or reports, -ENOTSUP if this build lacks what is
 * requested, or -ENOMEM.
 */
int options_parse(struct arena *a, const char *line, struct options *out,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
