// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/end/writeback.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/*
 * @meminfo: descriptor of /proc/meminfo, -1 without it
 * @left: at the last call, in KiB
 * @steps: how often there was progress
 */
static struct {
	int meminfo;
	uint64_t left;
	unsigned steps;
} writeback = {.meminfo = -1};

void writeback_hold(int root)
{
	writeback.meminfo = root_open(root, O_RDONLY, 0, "proc/meminfo");
	if (writeback.meminfo < 0)
		pr_warn("cannot open /proc/meminfo: %s", strerror(-writeback.meminfo));
}

/* The value of a line "Key:   123 kB". */
static int writeback_value(const char *meminfo, const char *key, uint64_t *kib)
{
	const char *at = strstr(meminfo, key);

	if (!at)
		return -EPROTO;
	at += strlen(key);
	at += strspn(at, " ");
	return str_number(at, strcspn(at, " "), 10, UINT64_MAX / 2, kib) ? -EPROTO : 0;
}

int writeback_left(const char *meminfo, uint64_t *kib)
{
	uint64_t dirty, under_way;

	/* "WritebackTmp:" follows. */
	if (writeback_value(meminfo, "\nDirty:", &dirty) ||
	    writeback_value(meminfo, "\nWriteback:", &under_way))
		return -EPROTO;
	*kib = dirty + under_way;
	return 0;
}

bool writeback_progresses(void)
{
	uint64_t left, before = writeback.left;
	char text[4096];
	ssize_t n = pread(writeback.meminfo, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false;
	text[n] = '\0';
	if (writeback_left(text, &left))
		return false;
	writeback.left = left;
	return left + WRITEBACK_STEP_KIB <= before && writeback.steps++ < WRITEBACK_STEPS;
}
