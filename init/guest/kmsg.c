// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/guest/kmsg.h"
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

bool kmsg_last(int root, kmsg_match *match, void *arg, int late_ms)
{
	int fd cleanup(fd_close) = root_open(root, O_RDONLY | O_NONBLOCK, 0, "dev/kmsg");
	struct pollfd more = {.fd = fd, .events = POLLIN};
	char record[RECORD_SIZE], *line;
	bool found = false;

	for (int i = 0; fd >= 0 && i < RECORDS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);

		if (n > 0) {
			record[n] = '\0';
			line = kmsg_line(record);
			found |= line && match(line, arg);
		} else if (n < 0 && errno == EAGAIN) { /* the end of the log */
			if (found || poll(&more, 1, late_ms) <= 0)
				break;
		} else if (!n || (errno != EPIPE && errno != EINTR)) {
			break;
		}
	}
	return found;
}
