// SPDX-License-Identifier: Apache-2.0
/*
 * The program of a measured container: it prints the time of its first instruction. With an argument
 * it prints the memory of PID 1 instead, whose PID namespace it shares then.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int print_memory(void)
{
	FILE *file = fopen("/proc/1/status", "r");
	char line[256];

	sleep(2); /* everything behind the start is done */
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "VmRSS:", 6) || !strncmp(line, "RssAnon:", 8))
			printf("bench: memory %s", line);
	return !file;
}

int main(int argc, char **argv)
{
	struct timespec ts;

	(void)argv;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	if (argc > 1)
		return print_memory();
	printf("bench: first %lld\n", ts.tv_sec * 1000000000LL + ts.tv_nsec);
	return 0;
}
