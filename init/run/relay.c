// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "console: " fmt

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "init/run/relay.h"
#include "init/lib/compiler.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define ROUNDS	    16	 /* buffers of one event, so that other sources get their turn */
#define LAST_ROUNDS 64	 /* buffers after the container's end */
#define LAST_MS	    2000 /* how long to wait for a console that accepts nothing */

static bool relay_is_empty(const struct stream *s)
{
	return s->from == s->to;
}

static bool relay_again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Without a console, drop the output. */
static ssize_t relay_put(int fd, const char *data, size_t n)
{
	return fd < 0 ? (ssize_t)n : write(fd, data, n);
}

/*
 * Move at most one buffer. Return: 1 if there may be more, 0 if the reader or the writer would
 * block, -EIO if one of them has hung up.
 */
static int relay_carry_once(struct stream *s, int from, int to)
{
	ssize_t n;

	if (relay_is_empty(s)) {
		n = from < 0 ? 0 : read(from, s->data, sizeof(s->data));
		if (n <= 0)
			return n < 0 && relay_again() ? 0 : -EIO;
		s->from = 0;
		s->to = (size_t)n;
	}
	n = relay_put(to, s->data + s->from, s->to - s->from);
	if (n < 0)
		return relay_again() ? 0 : -EIO;
	s->from += (size_t)n;
	return n > 0;
}

static int relay_carry(struct stream *s, int from, int to)
{
	int more = 1;

	for (int i = 0; i < ROUNDS && more > 0; i++)
		more = relay_carry_once(s, from, to);
	return more;
}

/* The console reports no change of its size, so check it at each key. */
static void relay_follow_size(struct relay *c)
{
	struct winsize now;

	if (ioctl(c->outside.fd, TIOCGWINSZ, &now) ||
	    (now.ws_row == c->size.ws_row && now.ws_col == c->size.ws_col))
		return;
	c->size = now;
	if (ioctl(c->inside.fd, TIOCSWINSZ, &now))
		pr_dbg("cannot set the size of the terminal: %m");
}

/* Watch each side for what the next move needs: input if the buffer is empty, else room. */
static int relay_watch(struct relay *c)
{
	bool in = relay_is_empty(&c->in), out = relay_is_empty(&c->out);
	int err = 0;

	if (c->outside.fd >= 0)
		err = loop_watch(c->loop, &c->outside, in, !out);
	return err ? err : loop_watch(c->loop, &c->inside, out, !in);
}

static void relay_close_source(struct relay *c, struct loop_source *source)
{
	if (source->fd < 0)
		return;
	loop_remove(c->loop, source);
	close(source->fd);
	source->fd = -1;
}

/* With the master's last descriptor closed, the kernel sends SIGHUP to the container's session. */
static void relay_hang_up(struct relay *c)
{
	relay_close_source(c, &c->inside);
	relay_close_source(c, &c->outside);
	fd_close(&c->other);
	c->other = -1;
}

/* Output that was read but could not be written. */
static void relay_drop_output(struct relay *c)
{
	if (!relay_is_empty(&c->out))
		pr_warn("it cannot be written: output of the container is lost");
	c->out.from = c->out.to;
}

static void relay_move(struct relay *c)
{
	int err = 0, unwatched = 0;

	if (c->outside.fd >= 0)
		err = relay_carry(&c->in, c->outside.fd, c->inside.fd);
	if (err >= 0)
		err = relay_carry(&c->out, c->inside.fd, c->outside.fd);
	if (err >= 0)
		unwatched = relay_watch(c);
	if (err >= 0 && !unwatched)
		return;
	relay_drop_output(c);
	if (unwatched)
		pr_warn("it cannot be watched: %s; the container's terminal hangs up",
			strerror(-unwatched));
	else
		pr_warn("it has hung up, and with it the container's terminal");
	relay_hang_up(c);
}

static void relay_outside_ready(struct loop_source *source)
{
	struct relay *c = container_of(source, struct relay, outside);

	relay_follow_size(c);
	relay_move(c);
}

static void relay_inside_ready(struct loop_source *source)
{
	relay_move(container_of(source, struct relay, inside));
}

/* The container's terminal does echo, line editing and signals; the console must not. */
static void relay_make_raw(struct relay *c)
{
	struct termios raw;

	if (c->outside.fd < 0)
		return;
	if (tcgetattr(c->outside.fd, &c->saved)) {
		pr_warn("/dev/console is no terminal: the container's output is dropped");
		close(c->outside.fd);
		c->outside.fd = -1;
		return;
	}
	raw = c->saved;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(c->outside.fd, TCSANOW, &raw))
		pr_warn("cannot make /dev/console raw: %m");
}

static void relay_restore(const struct relay *c)
{
	if (tcsetattr(c->outside.fd, TCSANOW, &c->saved))
		pr_warn("cannot restore the settings of /dev/console: %m");
}

static void relay_give_size(const struct relay *c)
{
	if (ioctl(c->inside.fd, TIOCSWINSZ, &c->size))
		pr_warn("cannot set the terminal's size: %m");
}

/* process.consoleSize has set the size already; without it, take the console's. */
static void relay_set_size(struct relay *c)
{
	struct winsize inside = {0};

	if (c->outside.fd < 0 || ioctl(c->outside.fd, TIOCGWINSZ, &c->size) ||
	    ioctl(c->inside.fd, TIOCGWINSZ, &inside))
		return;
	if (!inside.ws_row && !inside.ws_col && (c->size.ws_row || c->size.ws_col))
		relay_give_size(c);
}

int relay_connect(struct relay *c, int loop, int outside, int inside)
{
	int err;

	*c = (struct relay){
		.connected = true,
		.outside = {outside, relay_outside_ready},
		.inside = {inside, relay_inside_ready},
		.loop = loop,
		.other = ioctl(inside, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
	};
	relay_make_raw(c);
	relay_set_size(c);
	err = relay_watch(c);
	if (err)
		relay_hang_up(c);
	return err;
}

void relay_disconnect(struct relay *c)
{
	struct pollfd room = {.fd = c->outside.fd, .events = POLLOUT};

	if (!c->connected)
		return;
	c->connected = false;
	/* Limited: a process that the container left behind may write for ever. */
	for (int i = 0, more = c->inside.fd >= 0; i < LAST_ROUNDS && more >= 0; i++) {
		more = relay_carry(&c->out, c->inside.fd, c->outside.fd);
		if (!more && (relay_is_empty(&c->out) || poll(&room, 1, LAST_MS) <= 0))
			break;
	}
	relay_drop_output(c);
	if (c->outside.fd >= 0)
		relay_restore(c);
	relay_hang_up(c);
}

static pages_apart struct relay relay;

int relay_attach(int loop, int terminal, struct fault *fault)
{
	int fd, err;

	if (terminal < 0)
		return 0;
	fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		pr_warn("/dev/console: %s: the container's output is dropped", strerror(errno));
	err = relay_connect(&relay, loop, fd, terminal);
	return err ? fault_strerror(fault, err, "cannot watch the container's terminal") : 0;
}

void relay_detach(void)
{
	relay_disconnect(&relay);
}
