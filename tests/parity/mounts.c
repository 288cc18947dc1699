// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

#define MOUNTS_MAX 128

/* Return the number of earlier mounts at the same place. */
static int times_seen(char seen[MOUNTS_MAX][256], int n, const char *where)
{
	int times = 0;

	for (int i = 0; i < n; i++)
		times += !strcmp(seen[i], where);
	snprintf(seen[n], sizeof(seen[n]), "%s", where);
	return times;
}

/* 36 35 98:0 /root /where options optional... - type source super-options */
static void show_mount(char *line, char seen[MOUNTS_MAX][256], int n)
{
	char *words[64], *save = NULL;
	int count = 0, dash = 6, times;

	for (char *w = strtok_r(line, " \n", &save); w && count < 64;
	     w = strtok_r(NULL, " \n", &save))
		words[count++] = w;
	while (dash < count && strcmp(words[dash], "-") != 0)
		dash++;
	if (dash + 3 >= count)
		return;
	times = times_seen(seen, n, words[4]);
	fact(keyed("mount/%s%.*s", words[4], times < 4 ? times : 4, "++++"),
	     "%s from %s root %s (%s) super (%s)%s%s", words[dash + 1], words[dash + 2], words[3],
	     words[5], words[dash + 3], dash > 6 ? " propagation " : "", dash > 6 ? words[6] : "");
}

void show_mounts(void)
{
	static char seen[MOUNTS_MAX][256];
	FILE *info = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	int n = 0;

	if (!info)
		fact("mount", "%s", outcome(-1));
	while (info && n < MOUNTS_MAX && fgets(line, sizeof(line), info))
		show_mount(line, seen, n++);
	fact("mounts", "%d", n);
	if (info)
		fclose(info);
}
