// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>

#include "init/lib/clock.h"
#include "init/lib/loop.h"

int loop_open(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int loop_add(int loop, struct loop_source *source)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = source};

	return epoll_ctl(loop, EPOLL_CTL_ADD, source->fd, &ev) ? -errno : 0;
}

int loop_watch(int loop, struct loop_source *source, bool in, bool out)
{
	struct epoll_event ev = {.events = (in ? EPOLLIN : 0U) | (out ? EPOLLOUT : 0U),
				 .data.ptr = source};

	if (!ev.events) {
		loop_remove(loop, source);
		return 0;
	}
	if (!epoll_ctl(loop, EPOLL_CTL_MOD, source->fd, &ev))
		return 0;
	return errno != ENOENT || epoll_ctl(loop, EPOLL_CTL_ADD, source->fd, &ev) ? -errno : 0;
}

int loop_watch_edges(int loop, struct loop_source *source)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = source};

	return epoll_ctl(loop, EPOLL_CTL_ADD, source->fd, &ev) ? -errno : 0;
}

int loop_add_end(int loop, struct loop_source *source)
{
	/* EPOLLHUP is always reported. */
	struct epoll_event ev = {.events = 0, .data.ptr = source};

	return epoll_ctl(loop, EPOLL_CTL_ADD, source->fd, &ev) ? -errno : 0;
}

void loop_remove(int loop, struct loop_source *source)
{
	epoll_ctl(loop, EPOLL_CTL_DEL, source->fd, NULL);
}

/* Milliseconds for epoll, rounded up so that a wait never ends before its deadline. */
static int loop_timeout_ms(uint64_t deadline)
{
	uint64_t now = clock_us(), ms;

	if (deadline == CLOCK_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	ms = (deadline - now + 999) / 1000;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

int loop_wait(int loop, uint64_t deadline)
{
	struct loop_source *source;
	struct epoll_event ev;
	int n;

	/* One event each time: the source that is called may remove another one. */
	do
		n = epoll_wait(loop, &ev, 1, loop_timeout_ms(deadline));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ETIME;
	source = ev.data.ptr;
	source->ready(source);
	/* A source that is ready all the time must not delay the deadline. */
	return deadline <= clock_us() ? -ETIME : 0;
}

void loop_linger(int loop, unsigned ms)
{
	struct pollfd p = {.fd = loop, .events = POLLIN};

	poll(&p, 1, (int)ms);
}
