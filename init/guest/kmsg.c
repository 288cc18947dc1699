// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/guest/kmsg.h"
#include "init/lib/clock.h"
#include "init/lib/fd.h"
#include "init/lib/root.h"

#define RECORD_SIZE  8192   /* CONSOLE_EXT_LOG_MAX */
#define RECORDS_MAX  100000 /* other processes may write faster than this one reads */
#define USER_RECORDS 8	    /* the kernel adds a facility to the level of a process's record */

char *kmsg_line(char *record)
{
	char *line = strchr(record, ';');

	if (!line || strtoul(record, NULL, 10) >= USER_RECORDS)
		return NULL;
	line++;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Wait for another record. Others may write all the time, so the deadline is one for all. */
static bool kmsg_wait(int fd, uint64_t deadline)
{
	struct pollfd more = {.fd = fd, .events = POLLIN};
	uint64_t now = clock_us();

	return now < deadline && poll(&more, 1, (int)((deadline - now + 999) / 1000)) > 0;
}

bool kmsg_last(int root, kmsg_match *match, void *arg, int late_ms)
{
	int fd cleanup(fd_close) = root_open(root, O_RDONLY | O_NONBLOCK, 0, "dev/kmsg");
	uint64_t deadline = clock_us() + (uint64_t)late_ms * 1000;
	char record[RECORD_SIZE], *line;
	bool found = false;

	for (int i = 0; fd >= 0 && i < RECORDS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);

		if (n > 0) {
			record[n] = '\0';
			line = kmsg_line(record);
			found |= line && match(line, arg);
		} else if (n < 0 && errno == EAGAIN) { /* the end of the log */
			if (found || !kmsg_wait(fd, deadline))
				break;
		} else if (!n || (errno != EPIPE && errno != EINTR)) {
			break;
		}
	}
	return found;
}
