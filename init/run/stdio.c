// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "stdio: " fmt

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "init/guest/console.h"
#include "init/guest/ports.h"
#include "init/lib/clock.h"
#include "init/lib/fd.h"
#include "init/lib/log.h"
#include "init/run/stdio.h"

#define ROUNDS	16   /* of one event: other sources wait */
#define LAST_MS 2000 /* after the container's end, for a reader that takes nothing */

#define PORT_IN	 "org.coldinit.stdin"
#define PORT_OUT "org.coldinit.stdout"
#define PORT_ERR "org.coldinit.stderr"

static void stdio_end_source(int loop, struct loop_source *source)
{
	if (source->fd < 0)
		return;
	loop_remove(loop, source);
	close(source->fd);
	source->fd = -1;
}

/* --- output -------------------------------------------------------------------------------- */

static bool stdio_is_empty(const struct stdio_sink *sink)
{
	return sink->from == sink->to;
}

static ssize_t stdio_write(const struct stdio_sink *sink, const char *data, size_t n)
{
	ssize_t done;

	if (sink->is_console)
		return console_write(data, n);
	done = write(sink->source.fd, data, n);
	return done < 0 ? -errno : done;
}

/* Return: 0 when all is written, -EAGAIN when the reader takes no more now. */
static int stdio_flush(struct stdio_sink *sink)
{
	while (!stdio_is_empty(sink)) {
		ssize_t n = stdio_write(sink, sink->data + sink->from, sink->to - sink->from);

		if (n == -EAGAIN || n == 0)
			return -EAGAIN;
		if (n < 0 && n != -EINTR) {
			pr_warn("output of the container is lost: %s", strerror((int)-n));
			n = (ssize_t)(sink->to - sink->from);
		}
		if (n > 0)
			sink->from += (size_t)n;
	}
	return 0;
}

/* Read once into an empty sink. Return: as read(2), or a negative errno. */
static ssize_t stdio_fill(struct stdio_stream *stream)
{
	struct stdio_sink *sink = stream->sink;
	char data[STDIO_BUFFER];
	size_t size = sink->is_console ? line_guard_room(STDIO_BUFFER) : STDIO_BUFFER;
	ssize_t n = read(stream->source.fd, data, size);

	if (n < 0)
		return -errno;
	sink->from = 0;
	sink->to = (size_t)n;
	if (sink->is_console)
		sink->to = line_guard_copy(&sink->guard, data, (size_t)n, sink->data);
	else
		memcpy(sink->data, data, (size_t)n);
	return n;
}

/* Carry what is there. Return: 1 if there may be more, 0 at the stream's end, or -errno. */
static int stdio_carry(struct stdio_stream *stream)
{
	for (int i = 0; i < ROUNDS; i++) {
		int err = stdio_flush(stream->sink);
		ssize_t n = err ? err : stdio_fill(stream);

		if (n <= 0)
			return (int)n;
	}
	return stdio_flush(stream->sink) ? -EAGAIN : 1;
}

/* A stream is read while its sink is empty; the console is watched while it blocks. */
static int stdio_watch_all(struct stdio *s)
{
	int err = 0;

	for (int i = 0; i < 2 && !err; i++)
		if (s->out[i].source.fd >= 0)
			err = loop_watch(s->loop, &s->out[i].source, stdio_is_empty(s->out[i].sink),
					 false);
	if (!err && s->console.source.fd >= 0)
		err = loop_watch(s->loop, &s->console.source, false, !stdio_is_empty(&s->console));
	return err;
}

static void stdio_watch(struct stdio *s)
{
	int err = s->started ? stdio_watch_all(s) : 0;

	if (err)
		pr_warn("cannot watch the container's output: %s", strerror(-err));
}

static void stdio_stream_ready(struct loop_source *source)
{
	struct stdio_stream *stream = container_of(source, struct stdio_stream, source);
	int more = stdio_carry(stream);
	bool failed = more < 0 && more != -EAGAIN && more != -EINTR;

	if (failed)
		pr_warn("cannot read the container's output any more: %s", strerror(-more));
	/* At the end of the pipe every process of the container has closed it. */
	if (!more || failed)
		stdio_end_source(stream->stdio->loop, source);
	stdio_watch(stream->stdio);
}

static void stdio_sink_ready(struct loop_source *source)
{
	struct stdio_sink *sink = container_of(source, struct stdio_sink, source);

	if (!stdio_flush(sink))
		stdio_watch(sink->stdio);
}

/* --- input --------------------------------------------------------------------------------- */

/* Has the host the port open? */
static bool stdio_port_is_open(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

	return poll(&p, 1, 0) > 0 && !(p.revents & POLLHUP);
}

static void stdio_end_input(struct stdio_input *in)
{
	stdio_end_source(in->stdio->loop, &in->pipe);
	stdio_end_source(in->stdio->loop, &in->port);
}

/* Return: 0 when all is written, -EAGAIN when the container takes no more now, or -errno. */
static int stdio_flush_input(struct stdio_input *in)
{
	while (in->from < in->to) {
		ssize_t n = write(in->pipe.fd, in->data + in->from, in->to - in->from);

		if (n < 0)
			return -errno;
		in->from += (size_t)n;
	}
	return 0;
}

/* Return: 1 if there may be more, 0 at the end of the input, or -errno. */
static int stdio_carry_input(struct stdio_input *in)
{
	for (int i = 0; i < ROUNDS; i++) {
		int err = stdio_flush_input(in);
		ssize_t n;

		if (err)
			return err;
		in->connected |= stdio_port_is_open(in->port.fd);
		n = read(in->port.fd, in->data, STDIO_BUFFER);
		if (n < 0)
			return -errno;
		/* Before the host has opened the port it reads as if it were at its end. */
		if (n == 0)
			return in->connected ? 0 : -EAGAIN;
		in->connected = true;
		in->from = 0;
		in->to = (size_t)n;
	}
	return 1;
}

static void stdio_move_input(struct stdio_input *in)
{
	int more;

	/* The port is watched for its edges: all that is there has to be read. */
	do
		more = stdio_carry_input(in);
	while (more > 0);
	if (more == -EINTR)
		more = -EAGAIN;
	/* EPIPE: the container has closed its stdin. */
	if (more != -EAGAIN)
		stdio_end_input(in);
	else if (loop_watch(in->stdio->loop, &in->pipe, false, in->from < in->to))
		stdio_end_input(in);
}

static void stdio_port_ready(struct loop_source *source)
{
	stdio_move_input(container_of(source, struct stdio_input, port));
}

static void stdio_pipe_ready(struct loop_source *source)
{
	stdio_move_input(container_of(source, struct stdio_input, pipe));
}

/* --- the ports ----------------------------------------------------------------------------- */

#ifdef CONFIG_STDIO_PORTS

static inline int stdio_open_port(const struct stdio *s, int root, const char *name, int flags)
{
	return s->has_ports ? ports_open(root, name, flags, 0) : -ENODEV;
}

static inline int stdio_refuse_ports(int root, struct fault *fault)
{
	(void)root, (void)fault;
	return 0;
}

#else

static inline int stdio_open_port(const struct stdio *s, int root, const char *name, int flags)
{
	(void)s, (void)root, (void)name, (void)flags;
	return -ENODEV;
}

/* The host expects to read and write there. */
static int stdio_refuse_ports(int root, struct fault *fault)
{
	static const char *const names[] = {PORT_IN, PORT_OUT, PORT_ERR};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int fd = ports_open(root, names[i], O_RDONLY, 0);

		if (fd == -ENODEV)
			continue;
		fd_close(&fd);
		return fault_set(fault, -ENOTSUP, "this build of coldinit does not use the port %s",
				 names[i]);
	}
	return 0;
}

#endif

/* --- the descriptors ----------------------------------------------------------------------- */

static int stdio_open_output(struct stdio *s, int root, int i, const char *name)
{
	struct stdio_sink *port = &s->ports[i];
	int fd = stdio_open_port(s, root, name, O_WRONLY), ends[2], err = 0;

	if (fd < 0 && fd != -ENODEV)
		return fd;
	*port = (struct stdio_sink){
		.source = {fd, stdio_sink_ready},
		.stdio = s,
		.data = s->buffers[2 + i],
	};
	if (fd >= 0)
		err = loop_watch_edges(s->loop, &port->source);
	if (!err && pipe2(ends, O_CLOEXEC))
		err = -errno;
	if (err)
		return err;
	s->theirs[1 + i] = ends[1];
	s->out[i] = (struct stdio_stream){
		.source = {ends[0], stdio_stream_ready},
		.stdio = s,
		.sink = fd < 0 ? &s->console : port,
	};
	/* Only this end: what the container has is as other runtimes make it. */
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* Without a port the container's stdin is at its end; its first process puts /dev/null there. */
static int stdio_open_input(struct stdio *s, int root)
{
	int fd = stdio_open_port(s, root, PORT_IN, O_RDONLY), ends[2], err;

	if (fd < 0 && fd != -ENODEV)
		return fd;
	if (pipe2(ends, O_CLOEXEC)) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	s->theirs[0] = ends[0];
	s->in.stdio = s;
	s->in.data = s->buffers[0];
	if (fd < 0) {
		close(ends[1]);
		return 0;
	}
	/* A host whose input is short closes the port soon. */
	s->in.connected = stdio_port_is_open(fd);
	s->in.port = (struct loop_source){fd, stdio_port_ready};
	s->in.pipe = (struct loop_source){ends[1], stdio_pipe_ready};
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK))
		return -errno;
	return loop_watch_edges(s->loop, &s->in.port);
}

int stdio_open(struct stdio *s, int root, int loop, struct fault *fault)
{
	int named = ports_named(root), err = named > 0 ? stdio_refuse_ports(root, fault) : 0;

	s->loop = loop;
	s->theirs[0] = s->theirs[1] = s->theirs[2] = -1;
	s->in.port.fd = s->in.pipe.fd = s->out[0].source.fd = s->out[1].source.fd = -1;
	s->ports[0].source.fd = s->ports[1].source.fd = -1;
	s->console = (struct stdio_sink){
		.source = {console_fd(), stdio_sink_ready},
		.stdio = s,
		.is_console = true,
		.data = s->buffers[1],
	};
	if (err)
		return err;
	s->has_ports = named;
	err = named < 0 ? named : stdio_open_input(s, root);
	if (!err)
		err = stdio_open_output(s, root, 0, PORT_OUT);
	if (!err)
		err = stdio_open_output(s, root, 1, PORT_ERR);
	return err ? fault_strerror(fault, err,
				    "cannot make the container's stdin, stdout and stderr")
		   : 0;
}

bool stdio_has_input(const struct stdio *s)
{
	return s->in.port.fd >= 0;
}

int stdio_start(struct stdio *s, struct fault *fault)
{
	int err;

	if (!s->loop)
		return 0;
	s->started = true;
	err = stdio_watch_all(s);
	return err ? fault_strerror(fault, err, "cannot watch the container") : 0;
}

void stdio_cloned(struct stdio *s)
{
	for (int i = 0; s->loop && i < 3; i++) {
		fd_close(&s->theirs[i]);
		s->theirs[i] = -1;
	}
}

/* Until the stream's end, or until its reader or a process that still writes has had its time. */
static void stdio_finish(struct stdio_stream *stream)
{
	struct stdio_sink *sink = stream->sink;
	struct pollfd room = {.fd = sink ? sink->source.fd : -1, .events = POLLOUT};
	uint64_t deadline = clock_us() + LAST_MS * 1000ULL;
	int more = 1;

	if (!sink) /* stdio_open() has failed before */
		return;
	while (stream->source.fd >= 0 && more > 0 && clock_us() < deadline) {
		more = stdio_carry(stream);
		if (more == -EAGAIN && !stdio_is_empty(sink))
			more = poll(&room, 1, LAST_MS);
	}
	if (!stdio_is_empty(sink))
		pr_warn("%s takes no output: the end of what the container wrote is lost",
			sink->is_console ? "the console" : "the host");
}

void stdio_close(struct stdio *s)
{
	if (!s->loop)
		return;
	for (int i = 0; i < 2; i++) {
		stdio_finish(&s->out[i]);
		stdio_end_source(s->loop, &s->out[i].source);
		stdio_end_source(s->loop, &s->ports[i].source);
	}
	loop_remove(s->loop, &s->console.source);
	stdio_end_source(s->loop, &s->in.pipe);
	stdio_end_source(s->loop, &s->in.port);
	stdio_cloned(s);
	s->loop = 0;
}
