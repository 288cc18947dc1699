// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <errno.h>
#include <string.h>

#include "init/end/writeback.h"
#include "init/guest/meminfo.h"
#include "init/lib/log.h"

/*
 * @left: at the last call, in KiB
 * @steps: how often there was progress
 */
static struct {
	uint64_t left;
	unsigned steps;
} writeback;

void writeback_hold(int root)
{
	int err = meminfo_hold(root);

	if (err)
		pr_warn("cannot open /proc/meminfo: %s", strerror(-err));
}

int writeback_left(const char *meminfo, uint64_t *kib)
{
	uint64_t dirty, under_way;

	/* "WritebackTmp:" follows. */
	if (meminfo_value(meminfo, "\nDirty:", &dirty) ||
	    meminfo_value(meminfo, "\nWriteback:", &under_way))
		return -EPROTO;
	*kib = dirty + under_way;
	return 0;
}

bool writeback_progresses(void)
{
	uint64_t left, before = writeback.left;
	char text[MEMINFO_MAX];

	if (meminfo_read(text) || writeback_left(text, &left))
		return false;
	writeback.left = left;
	return left + WRITEBACK_STEP_KIB <= before && writeback.steps++ < WRITEBACK_STEPS;
}
