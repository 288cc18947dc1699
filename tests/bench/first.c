// SPDX-License-Identifier: Apache-2.0
/*
 * The program of a measured container: it prints the time of its first instruction, by the kernel's clock
 * and by the machine's counter. With the argument "wait" it only runs for some time; with another one it
 * gives its times that name.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Nanoseconds since QEMU started, if it counts instructions: its counter has that unit then. */
static unsigned long long machine_ns(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	return 0; /* the bench boots no other machine */
#endif
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "first";
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	if (!strcmp(name, "wait"))
		return (int)sleep(3);
	printf("bench: machine %s %llu\nbench: %s %lld\n", name, machine_ns(), name,
	       ts.tv_sec * 1000000000LL + ts.tv_nsec);
	return 0;
}
