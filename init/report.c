// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "report: " fmt

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report.h"
#include "init/report_kind.h"

#define VERDICT_PREFIX "\ncoldinit-verdict: "

int report_send(int fd, const char *text)
{
	size_t len = strlen(text);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EAGAIN) {
			if (poll(&p, 1, REPORT_SEND_MS) <= 0)
				return -ETIMEDOUT;
			continue;
		}
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The container may have left the cursor anywhere: the verdict begins a line of its own. */
static void to_console(const char *line)
{
	int fd cleanup(close_fd) = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* There is no other place left. */
	if (report_send(fd, line))
		return;
	/* Power-off does not wait for a UART. */
	tcdrain(fd);
}

static const struct report_kind *const kinds[] = {
	&report_virtio_serial,
#ifdef CONFIG_REPORT_VSOCK
	&report_vsock,
#endif
#ifdef CONFIG_REPORT_VIRTIOFS
	&report_virtiofs,
#endif
#ifdef CONFIG_REPORT_DEBUG_EXIT
	&report_debug_exit,
#endif
};

static const struct report_kind *find_kind(const char *report, const char **where)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!str_starts(report, kinds[i]->prefix))
			continue;
		*where = report + strlen(kinds[i]->prefix);
		return kinds[i];
	}
	return NULL;
}

int report_check(const char *report, struct fault *f)
{
	const char *where;
	const struct report_kind *kind = find_kind(report, &where);

	if (kind && !kind->check(where))
		return 0;
	fault_set(f, -EINVAL, "\"%s\" is none of", report);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		fault_add(f, "%s %s", i ? "," : "", kinds[i]->form);
	return -EINVAL;
}

static int deliver(int root, const char *report, const char *text)
{
	const char *where;
	const struct report_kind *kind = find_kind(report, &where);

	return kind ? kind->deliver(root, where, text) : -EINVAL;
}

void report_verdict(int root, const struct options *o, const char *json)
{
	struct arena arena cleanup(arena_free) = {0};
	const char *console = arena_printf(&arena, VERDICT_PREFIX "%s\n", json), *line;
	int err;

	if (!console)
		return;
	line = console + strlen(VERDICT_PREFIX);
	for (size_t i = 0; i < o->n_reports; i++) {
		err = deliver(root, o->reports[i], line);
		if (err)
			pr_warn("%s: cannot deliver the verdict: %s", o->reports[i],
				strerror(-err));
	}
	if (!o->n_reports)
		report_default(root, line);
	to_console(console);
}

void report_end(const struct options *o, int status)
{
	for (size_t i = 0; i < o->n_reports; i++) {
		const char *where;
		const struct report_kind *kind = find_kind(o->reports[i], &where);

		if (kind && kind->end)
			kind->end(where, status);
	}
}
