/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict: the one JSON object that says how the boot ended. */
#ifndef COLDINIT_SPEC_VERDICT_H
#define COLDINIT_SPEC_VERDICT_H

#include <stdint.h>

#include "dev/device.h"
#include "init/lib/fault.h"

/** enum phase - the phases of a boot, in their order; names as in the timeline */
enum phase {
	PHASE_INIT,
	PHASE_MOUNTS,
	PHASE_CMDLINE, /* can fail, but has no place in the timeline */
	PHASE_MODULES,
	PHASE_MANIFEST,
	PHASE_DEVICES,
	PHASE_NETWORK, /* nor has this one */
	PHASE_SPEC,
	PHASE_EXEC,
	PHASE_EXIT,
	PHASES
};

/** phase_name() - "init", "mounts", … */
const char *phase_name(enum phase phase);

enum outcome {
	OUTCOME_FAILED,
	OUTCOME_EXITED,
	OUTCOME_SIGNALED
};

/** VERDICT_FAILED - exit status of a boot that failed before the container's program was found */
#define VERDICT_FAILED 125

/**
 * struct verdict - how it ended
 * @status: exit code, 128 + signal, or 125
 * @signal: number of the signal, for OUTCOME_SIGNALED
 * @oom: the kernel has killed a process of the container for want of memory
 * @phase: for OUTCOME_FAILED
 * @fault: for OUTCOME_FAILED, and for @oom
 * @devices, @results: @n_devices of each
 * @timeline_us: end of each phase (CLOCK_BOOTTIME), 0 for phases that were not reached
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
	uint64_t timeline_us[PHASES];
};

/** verdict_json() - the JSON object on one line. Return: malloc()ed, NULL when memory is out. */
char *verdict_json(const struct verdict *v) must_check nonnull(1);

#endif
