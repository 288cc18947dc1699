// SPDX-License-Identifier: Apache-2.0
/*
 * The container's program, linked to the vendor's library, which is not in its image:
 *
 *	compute N MS	print the factorial of N, computed by the device, and then wait
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "library.h"

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[1]) : 0, ms = argc == 3 ? atol(argv[2]) : 0;
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	long result = edu_gpu_factorial((unsigned)n);

	if (result < 0)
		perror("gpu");
	printf("gpu: user %d: %ld! = %ld\n", getuid(), n, result);
	printf("gpu: %s\n",
	       access("/usr/lib/libedugpu.so", R_OK) ? "no link" : "the link is there");
	fflush(stdout);
	nanosleep(&wait, NULL);
	return result < 0;
}
