// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "init/guest/console.h"

int console_open(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	/* A guest without any console still has to run its container. */
	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	if (fd < 0)
		return -errno;
	for (int std = 0; std <= 2; std++)
		if (dup2(fd, std) < 0)
			return -errno;
	if (fd > 2)
		close(fd);
	return 0;
}
