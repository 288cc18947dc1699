// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "hooks: " fmt

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/container/hooks.h"
#include "init/run/guest_hooks.h"
#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/end/watchdog.h"

/* The helper keeps the hooks' deadlines; if even it hangs, it is left alone that much later. */
#define HELPER_S 5

/* What the helper tells PID 1; smaller than PIPE_BUF, so that it arrives whole. */
struct hook_outcome {
	int err;
	struct fault fault;
};

/* --- the helper ---------------------------------------------------------------------------- */

static _Noreturn void help(const struct boot *b, enum oci_hook_point first,
			   enum oci_hook_point last, const char *status, int result)
{
	struct hook_outcome o = {0};

	if (chdir(b->bundle))
		o.err = fault_set(&o.fault, -errno, "cannot enter the bundle %s: %m", b->bundle);
	for (unsigned point = first; point <= last && !o.err; point++)
		o.err = hooks_run(&b->config, point, status, b->ended ? 0 : b->container.pid, -1,
				  &o.fault);
	_exit(write(result, &o, sizeof(o)) != sizeof(o));
}

/* --- PID 1 --------------------------------------------------------------------------------- */

static void forget(struct hook_run *run)
{
	run->running = false;
	loop_remove(run->loop, &run->result);
	close(run->result.fd);
}

static void result_ready(struct loop_source *source)
{
	struct hook_run *run = container_of(source, struct hook_run, result);
	struct hook_outcome o;

	if (read(source->fd, &o, sizeof(o)) == sizeof(o)) {
		run->err = o.err;
		run->fault = o.fault;
	} else {
		run->err =
			fault_set(&run->fault, -ECHILD, "the process that runs the hooks has died");
	}
	forget(run);
	if (run->done)
		run->done(run);
}

int guest_hooks_start(struct hook_run *run, const struct boot *b, enum oci_hook_point first,
		      enum oci_hook_point last, const char *status, struct fault *fault)
{
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC))
		return fault_set(fault, -errno, "no pipe for the hooks: %m");
	int theirs cleanup(close_fd) = ends[1];
	run->result = (struct loop_source){ends[0], result_ready};
	run->loop = b->loop;
	run->deadline =
		clock_us() + (hooks_limit_s(&b->config, first, last) + HELPER_S) * 1000000ULL;
	err = loop_add(b->loop, &run->result);
	if (!err) {
		run->pid = child_fork("coldinit-hooks", CHILD_PROGRAM);
		err = run->pid < 0 ? run->pid : 0;
	}
	if (err) {
		forget(run);
		return fault_set(fault, err, "cannot start a process for the hooks: %m");
	}
	if (run->pid == 0)
		help(b, first, last, status, theirs);
	run->running = true;
	return 0;
}

/* The hook dies with the helper (PR_SET_PDEATHSIG). */
void guest_hooks_stop(struct hook_run *run)
{
	if (!run->running)
		return;
	kill(run->pid, SIGKILL);
	forget(run);
}

/* Start what can do no harm any more when it fails. */
static void start_late(struct hook_run *run, const struct boot *b, enum oci_hook_point point,
		       const char *status)
{
	struct fault fault;

	if (hooks_any(&b->config, point) && guest_hooks_start(run, b, point, point, status, &fault))
		pr_warn("%s", fault.text);
}

static void finish(struct hook_run *run)
{
	while (run->running && loop_wait(run->loop, run->deadline) == 0)
		;
	if (run->err)
		pr_warn("%s", run->fault.text);
	guest_hooks_stop(run);
}

void guest_hooks_poststart(struct hook_run *run, const struct boot *b)
{
	start_late(run, b, OCI_POSTSTART, "running");
}

void guest_hooks_poststop(struct hook_run *poststart, const struct boot *b)
{
	struct hook_run run = {0};

	finish(poststart);
	watchdog_limit(PHASE_EXIT,
		       hooks_limit_s(&b->config, OCI_POSTSTOP, OCI_POSTSTOP) + EXIT_LIMIT_S);
	start_late(&run, b, OCI_POSTSTOP, "stopped");
	finish(&run);
}

unsigned guest_hooks_launch_s(const struct boot *b)
{
	return hooks_limit_s(&b->config, OCI_PRESTART, OCI_START_CONTAINER);
}
