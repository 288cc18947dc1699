// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/fd.h"
#include "init/report/courier.h"

static int courier_carry(int from, int to)
{
	char buf[4096];
	ssize_t n, done;

	while ((n = fd_read(from, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n; at += done) {
			done = write(to, buf + at, (size_t)(n - at));
			if (done < 0 && errno != EINTR)
				return -errno;
			if (done < 0)
				done = 0;
		}
	return (int)n;
}

static _Noreturn void courier_main(int socket, int fd)
{
	int result = courier_carry(socket, fd);

	_exit(write(socket, &result, sizeof(result)) != sizeof(result));
}

int courier_start(struct courier *c, int fd)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	int theirs cleanup(fd_close) = ends[0], ours cleanup(fd_close) = ends[1];
	c->pid = child_fork("coldinit-report", CHILD_HELPER);
	if (c->pid < 0)
		return c->pid;
	if (c->pid == 0) {
		close(ours);
		courier_main(theirs, fd);
	}
	c->socket = fd_take(&ours);
	return 0;
}

static int courier_wait(int fd, short events, uint64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	uint64_t now;
	int ready;

	do {
		now = clock_us();
		ready = now < deadline ? poll(&p, 1, (int)((deadline - now) / 1000) + 1) : 0;
	} while (ready < 0 && errno == EINTR);
	return ready < 0 ? -errno : ready ? 0 : -ETIMEDOUT;
}

static int courier_send(int socket, const char *text, uint64_t deadline)
{
	size_t left = strlen(text);
	bool sent = false;
	int err;

	while (left) {
		ssize_t n = send(socket, text, left, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE && !sent ? -ESRCH : -EIO;
		err = n < 0 ? courier_wait(socket, POLLOUT, deadline) : 0;
		if (err)
			return err;
		if (n > 0) {
			sent = true;
			text += n;
			left -= (size_t)n;
		}
	}
	return shutdown(socket, SHUT_WR) ? -EIO : 0;
}

int courier_deliver(struct courier *c, const char *text, unsigned timeout_ms)
{
	uint64_t deadline = clock_us() + timeout_ms * 1000ULL;
	int err = courier_send(c->socket, text, deadline), result;

	if (!err)
		err = courier_wait(c->socket, POLLIN, deadline);
	if (!err)
		err = recv(c->socket, &result, sizeof(result), MSG_DONTWAIT) == sizeof(result)
			      ? result
			      : -EIO;
	if (err == -ETIMEDOUT)
		kill(c->pid, SIGKILL);
	close(c->socket);
	return err;
}
