// SPDX-License-Identifier: Apache-2.0
/* The vendor's library, libedugpu.so.1: the container has it from the image, by CDI. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "library.h"

long edu_gpu_factorial(unsigned n)
{
	int fd = open("/dev/edu-gpu0", O_RDWR | O_CLOEXEC);
	char text[16] = "";
	long result = -1;

	if (fd < 0)
		return -1;
	snprintf(text, sizeof(text), "%u", n);
	if (write(fd, text, strlen(text)) > 0 && read(fd, text, sizeof(text) - 1) > 0)
		result = atol(text);
	close(fd);
	return result;
}
