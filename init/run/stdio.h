/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's stdin, stdout and stderr, without a terminal: pipes, which PID 1 relays.
 *
 *	stdout, stderr	to the virtio-serial ports org.coldinit.stdout and org.coldinit.stderr,
 *			byte by byte; without such a port to the console, through the line guard
 *	stdin		from the port org.coldinit.stdin; without it the container has /dev/null
 *
 * The container never has a descriptor of the console or of a port. A reader that takes nothing
 * stops the container's writes, as any full pipe does, but never PID 1.
 */
#ifndef COLDINIT_RUN_STDIO_H
#define COLDINIT_RUN_STDIO_H

#include <stdbool.h>

#include "init/lib/fault.h"
#include "init/lib/loop.h"
#include "init/run/line_guard.h"

/** STDIO_BUFFER - size of the buffer of one direction, in bytes */
#define STDIO_BUFFER 4096

/**
 * struct stdio_sink - a destination of output
 * @source: a port, or the console, whose descriptor init/guest/console.c owns
 * @stdio: the struct that contains it
 * @is_console: it is the console
 * @guard: the line guard, for the console
 * @from: offset of the first byte of @data that is not written yet
 * @to: offset behind the last byte
 * @data: the buffer, of STDIO_BUFFER bytes
 */
struct stdio_sink {
	struct loop_source source;
	struct stdio *stdio;
	bool is_console;
	struct line_guard guard;
	size_t from, to;
	char *data;
};

/**
 * struct stdio_stream - the container's stdout or stderr
 * @source: PID 1's end of the pipe, descriptor -1 when the container has closed it
 * @stdio: the struct that contains it
 * @sink: its port, or the console, which both streams share
 */
struct stdio_stream {
	struct loop_source source;
	struct stdio *stdio;
	struct stdio_sink *sink;
};

/**
 * struct stdio_input - the container's stdin
 * @port: org.coldinit.stdin
 * @pipe: PID 1's end of the pipe
 * @stdio: the struct that contains it
 * @connected: the host has opened the port
 * @from: offset of the first byte of @data that is not written yet
 * @to: offset behind the last byte
 * @data: the buffer, of STDIO_BUFFER bytes
 */
struct stdio_input {
	struct loop_source port, pipe;
	struct stdio *stdio;
	bool connected;
	size_t from, to;
	char *data;
};

/**
 * struct stdio - all three; zero-initialise before stdio_open(); it must stay where it is
 * @loop: the event loop
 * @has_ports: the guest has named ports
 * @started: what the container writes is read
 * @theirs: the container's ends of the pipes, until stdio_cloned()
 * @out: stdout and stderr
 * @in: stdin
 * @console: the destination of streams without a port
 * @ports: the ports of stdout and stderr
 * @buffers: of @in, @console and @ports; at the end, as most of them are never used
 */
struct stdio {
	int loop, theirs[3];
	bool has_ports, started;
	struct stdio_stream out[2];
	struct stdio_input in;
	struct stdio_sink console, ports[2];
	char buffers[4][STDIO_BUFFER];
};

/**
 * stdio_open() - open the ports and make the pipes
 * @s: gets what was opened
 * @root: descriptor of "/"
 * @loop: the event loop
 * @fault: set on failure
 *
 * Return: 0, or a negative errno of pipe2(2), open(2) or epoll_ctl(2).
 */
int stdio_open(struct stdio *s, int root, int loop, struct fault *fault) must_check nonnull(1, 4);

/**
 * stdio_has_input() - does stdin come from a port?
 * @s: open
 *
 * Return: false if the container gets /dev/null.
 */
bool stdio_has_input(const struct stdio *s) must_check nonnull(1);

/**
 * stdio_start() - begin to read what the container writes
 * @s: open, or zero-initialised for a container with a terminal
 * @fault: set on failure
 *
 * Return: 0, or a negative errno of epoll_ctl(2).
 */
int stdio_start(struct stdio *s, struct fault *fault) must_check nonnull(1, 2);

/**
 * stdio_cloned() - close the container's ends of the pipes, which its first process has now
 * @s: open, or zero-initialised, which has none
 */
void stdio_cloned(struct stdio *s) nonnull(1);

/**
 * stdio_close() - relay the rest of the output and close everything
 * @s: open, or zeroed and never opened
 *
 * For the end, when the container has been killed. Waits up to two seconds for a reader that takes
 * nothing.
 */
void stdio_close(struct stdio *s) nonnull(1);

#endif
