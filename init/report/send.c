// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "init/report/send.h"

int send_text(int fd, const char *text)
{
	size_t len = strlen(text);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EAGAIN) {
			int ready = poll(&p, 1, SEND_MS);

			if (ready < 0 && errno == EINTR)
				continue;
			if (ready <= 0)
				return ready ? -errno : -ETIMEDOUT;
			/* Hung up: poll(2) never waits for a port that the host has not opened. */
			if (!(p.revents & POLLOUT))
				return -ENOTCONN;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}
