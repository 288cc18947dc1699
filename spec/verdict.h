/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict: the one JSON object that says how the boot ended. */
#ifndef COLDINIT_SPEC_VERDICT_H
#define COLDINIT_SPEC_VERDICT_H

#include <stdint.h>

#include "dev/device.h"
#include "init/lib/fault.h"

/** enum phase - the phases of a boot, in their order */
enum phase {
	PHASE_INIT,
	PHASE_MOUNTS,
	PHASE_CMDLINE, /* not in the timeline */
	PHASE_MODULES,
	PHASE_MANIFEST,
	PHASE_DEVICES,
	PHASE_NETWORK, /* not in the timeline */
	PHASE_SPEC,
	PHASE_EXEC,
	PHASE_EXIT,
	PHASES
};

/**
 * verdict_phase() - the name of a phase as in the verdict: "init", "mounts", …
 * @phase: the phase, less than PHASES
 *
 * Return: a constant string.
 */
const char *verdict_phase(enum phase phase) must_check;

/** enum outcome - how a boot ended */
enum outcome {
	OUTCOME_FAILED,	 /* the container's program could not be started */
	OUTCOME_EXITED,	 /* the program exited */
	OUTCOME_SIGNALED /* a signal ended the program */
};

/** VERDICT_PREFIX - what the verdict's line on the console begins with */
#define VERDICT_NAME   "coldinit-verdict"
#define VERDICT_PREFIX VERDICT_NAME ": "

/** VERDICT_WARNING_SIZE - room for one of the verdict's warnings, in bytes */
#define VERDICT_WARNING_SIZE 256

/** VERDICT_FAILED - exit status of a boot that failed before the container's program was found */
#define VERDICT_FAILED 125

/**
 * struct verdict_stop - a stop of the guest that was requested
 * @signal: number of the signal that the container got for it
 * @by: what requested it: "power button", "Ctrl-Alt-Del", or the name of a signal to PID 1; NULL if
 *	nothing did
 * @killed: the container did not end in time and was killed
 */
struct verdict_stop {
	int signal;
	const char *by;
	bool killed;
};

/**
 * struct verdict - how a boot ended
 * @outcome: how it ended
 * @status: exit code, 128 + signal, or VERDICT_FAILED
 * @signal: number of the signal, for OUTCOME_SIGNALED
 * @oom: the kernel has killed a process of the container because memory was out
 * @phase: the phase that failed, for OUTCOME_FAILED
 * @fault: the reason, for OUTCOME_FAILED and @oom; with OUTCOME_SIGNALED perhaps empty
 * @devices: the requested devices
 * @results: what was found for each of @devices
 * @n_devices: how many devices and results there are
 * @stop: whether a stop was requested
 * @warnings: @n_warnings lines, oldest first
 * @n_more_warnings: how many came after these
 * @timeline_us: end of each phase in microseconds of CLOCK_BOOTTIME, 0 if it was not reached
 */
struct verdict {
	enum outcome outcome;
	int status, signal;
	bool oom;
	enum phase phase;
	struct fault fault;
	const struct device *devices;
	const struct device_result *results;
	size_t n_devices;
	struct verdict_stop stop;
	const char (*warnings)[VERDICT_WARNING_SIZE];
	size_t n_warnings, n_more_warnings;
	uint64_t timeline_us[PHASES];
};

/**
 * verdict_json() - the verdict as a JSON object on one line (README, "coldinit-verdict:")
 * @v: the verdict
 *
 * Return: a malloc()ed text in UTF-8, NULL when memory is out.
 */
char *verdict_json(const struct verdict *v) must_check nonnull(1);

#endif
