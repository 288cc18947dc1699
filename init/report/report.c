// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "report: " fmt

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init/guest/ports.h"
#include "init/lib/child.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/kind.h"
#include "init/report/report.h"
#include "init/report/send.h"

#define VERDICT_PREFIX "\ncoldinit-verdict: "

static int report_to_console(int root, const char *where, const char *line)
{
	int fd cleanup(close_fd) = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	int err;

	(void)root, (void)where;
	if (fd < 0)
		return -errno;
	err = send_text(fd, line);
	/* Power-off does not wait for a UART. */
	if (!err)
		tcdrain(fd);
	return err;
}

static const struct report_kind report_console = {.deliver = report_to_console};

static const struct report_kind *const report_kinds[] = {
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

static const struct report_kind *report_find(const char *report, const char **where)
{
	for (size_t i = 0; i < ARRAY_SIZE(report_kinds); i++) {
		if (!str_starts(report, report_kinds[i]->prefix))
			continue;
		*where = report + strlen(report_kinds[i]->prefix);
		return report_kinds[i];
	}
	return NULL;
}

const char *const *report_modules(const char *report)
{
	static const char *const none[] = {NULL};
	const char *where;
	const struct report_kind *kind = report_find(report, &where);

	return kind && kind->modules ? kind->modules : none;
}

int report_check(const char *report, struct fault *fault)
{
	const char *where;
	const struct report_kind *kind = report_find(report, &where);

	if (kind && !kind->check(where))
		return 0;
	fault_set(fault, -EINVAL, "\"%s\" is not one of", report);
	for (size_t i = 0; i < ARRAY_SIZE(report_kinds); i++)
		fault_add(fault, "%s %s", i ? "," : "", report_kinds[i]->form);
	return -EINVAL;
}

/*
 * Deliver in a helper process, which may block in a system call for ever: in the driver of a host
 * that does not answer, for a dead virtio-fs daemon, for a console that nobody reads.
 */
static int report_deliver(const struct report_kind *kind, int root, const char *where,
			  const char *text)
{
	pid_t pid = child_fork("coldinit-report", CHILD_HELPER);
	int status = 0;

	if (pid <= 0) {
		status = kind->deliver(root, where, text);
		if (pid == 0)
			_exit(-status);
		/* The fork has failed: deliver in this process rather than not at all. */
		return status;
	}
	int pidfd cleanup(close_fd) = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	if (poll(&ended, 1, REPORT_LIMIT_S * 1000) <= 0) {
		kill(pid, SIGKILL);
		return -ETIMEDOUT;
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static void report_to(int root, const char *report, const char *text)
{
	const char *where = report;
	const struct report_kind *kind = report ? report_find(report, &where) : &report_default;
	int err;

	if (!kind || !kind->deliver)
		return;
	err = report_deliver(kind, root, where, text);
	if (err && (report || err != -ENODEV))
		pr_warn("%s: cannot deliver the verdict: %s", report ? report : kind->form,
			strerror(-err));
}

void report_verdict(int root, const struct options *o, const char *json)
{
	struct arena arena cleanup(arena_free) = {0};
	/* The container may have left the cursor inside of a line. */
	const char *text = arena_printf(&arena, VERDICT_PREFIX "%s\n", json);

	if (!text)
		return;
	/* An error of the console cannot be reported anywhere. */
	(void)report_deliver(&report_console, root, NULL, text);
	text += strlen(VERDICT_PREFIX);
	for (size_t i = 0; i < o->n_reports; i++)
		report_to(root, o->reports[i], text);
	if (!o->n_reports && ports_exist(root))
		report_to(root, NULL, text);
}

void report_end(const struct options *o, int status)
{
	for (size_t i = 0; i < o->n_reports; i++) {
		const char *where;
		const struct report_kind *kind = report_find(o->reports[i], &where);

		if (kind && kind->end)
			kind->end(where, status);
	}
}
