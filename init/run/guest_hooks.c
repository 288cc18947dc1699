// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "hooks: " fmt

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/container/hooks.h"
#include "init/end/watchdog.h"
#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/run/guest_hooks.h"

/* The helper process enforces the hooks' timeouts. If it hangs itself, it is killed this much
 * later, in seconds. */
#define HELPER_S 5

/* The helper process's result: smaller than PIPE_BUF, so that one read gets all of it. */
struct hook_outcome {
	int err;
	struct fault fault;
};

/* --- the helper process -------------------------------------------------------------------- */

static _Noreturn void guest_hooks_help(const struct run *run, enum oci_hook_point first,
				       enum oci_hook_point last, const char *status, int result)
{
	const struct oci_config *config = run->config;
	struct hook_outcome o = {0};

	if (fchdir(config->bundle_dir))
		o.err = fault_perror(&o.fault, "cannot enter the bundle %s", config->bundle);
	for (unsigned point = first; point <= last && !o.err; point++)
		o.err = hooks_run(config, point, status, run->ended ? 0 : run->container.pid, -1,
				  &o.fault);
	_exit(write(result, &o, sizeof(o)) != sizeof(o));
}

/* --- PID 1 --------------------------------------------------------------------------------- */

static void guest_hooks_forget(struct hook_run *hooks)
{
	hooks->running = false;
	loop_remove(hooks->loop, &hooks->result);
	close(hooks->result.fd);
}

static void guest_hooks_ready(struct loop_source *source)
{
	struct hook_run *hooks = container_of(source, struct hook_run, result);
	struct hook_outcome o;

	if (fd_read(source->fd, (char *)&o, sizeof(o)) == sizeof(o)) {
		hooks->err = o.err;
		hooks->fault = o.fault;
	} else {
		hooks->err = fault_set(&hooks->fault, -ECHILD,
				       "the process that runs the hooks has died");
	}
	guest_hooks_forget(hooks);
	if (hooks->done)
		hooks->done(hooks);
}

int guest_hooks_start(struct hook_run *hooks, const struct run *run, enum oci_hook_point first,
		      enum oci_hook_point last, const char *status, struct fault *fault)
{
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC))
		return fault_perror(fault, "no pipe for the hooks");
	int theirs cleanup(fd_close) = ends[1];
	hooks->result = (struct loop_source){ends[0], guest_hooks_ready};
	hooks->loop = run->loop;
	hooks->deadline =
		clock_us() + (hooks_limit_s(run->config, first, last) + HELPER_S) * 1000000ULL;
	err = loop_add(run->loop, &hooks->result);
	if (!err) {
		hooks->pid = child_fork("coldinit-hooks", CHILD_PROGRAM);
		err = hooks->pid < 0 ? hooks->pid : 0;
	}
	if (err) {
		guest_hooks_forget(hooks);
		return fault_strerror(fault, err, "cannot start a process for the hooks");
	}
	if (hooks->pid == 0)
		guest_hooks_help(run, first, last, status, theirs);
	hooks->running = true;
	return 0;
}

/* The kernel kills the hook with the helper process (PR_SET_PDEATHSIG). */
void guest_hooks_stop(struct hook_run *hooks)
{
	if (!hooks->running)
		return;
	if (kill(hooks->pid, SIGKILL))
		pr_warn("cannot kill the process that runs the hooks: %m");
	guest_hooks_forget(hooks);
}

/* Start hooks whose failure is only a warning (OCI runtime spec, "Lifecycle"). */
static void guest_hooks_start_late(struct hook_run *hooks, const struct run *run,
				   enum oci_hook_point point, const char *status)
{
	struct fault fault;

	if (hooks_any(run->config, point) &&
	    guest_hooks_start(hooks, run, point, point, status, &fault))
		pr_warn("%s", fault.text);
}

static void guest_hooks_finish(struct hook_run *hooks)
{
	int err = 0;

	while (hooks->running && !err)
		err = loop_wait(hooks->loop, hooks->deadline);
	if (hooks->running && err)
		pr_warn("the process that runs the hooks is killed: %s", strerror(-err));
	if (hooks->err)
		pr_warn("%s", hooks->fault.text);
	guest_hooks_stop(hooks);
}

void guest_hooks_poststart(struct hook_run *hooks, const struct run *run)
{
	guest_hooks_start_late(hooks, run, OCI_POSTSTART, "running");
}

void guest_hooks_poststop(struct hook_run *poststart, const struct run *run)
{
	struct hook_run hooks = {0};

	guest_hooks_finish(poststart);
	watchdog_limit(PHASE_EXIT,
		       hooks_limit_s(run->config, OCI_POSTSTOP, OCI_POSTSTOP) + EXIT_LIMIT_S);
	guest_hooks_start_late(&hooks, run, OCI_POSTSTOP, "stopped");
	guest_hooks_finish(&hooks);
}

unsigned guest_hooks_launch_s(const struct oci_config *config)
{
	return hooks_limit_s(config, OCI_PRESTART, OCI_START_CONTAINER);
}
