// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/run/relay.h"
#include "init/run/guest_hooks.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/run/power.h"
#include "init/run/supervise.h"
#include "init/end/watchdog.h"

#define LAUNCH_S 30 /* mounts and exec from a slow virtio-fs share included */
#define GRACE_S	 10 /* from the first request to stop until SIGKILL, as container engines do */

#define WATCHDOG_S 30 /* how much later than the launch's own deadline it bites */

/*
 * The launch as its event source sees it.
 * @hooks: prestart and createRuntime
 * @state: 0 on its way, 1 the program runs, -errno failed
 */
struct launch {
	struct loop_source messages;
	struct hook_run hooks;
	struct boot *boot;
	struct fault *fault;
	int state;
};

static void hooks_done(struct hook_run *run)
{
	struct launch *l = container_of(run, struct launch, hooks);

	if (run->err)
		*l->fault = run->fault;
	l->state = run->err ? run->err : container_go_on(&l->boot->container, l->fault);
}

static int start_hooks(struct launch *l)
{
	l->hooks.done = hooks_done;
	return guest_hooks_start(&l->hooks, l->boot, OCI_PRESTART, OCI_CREATE_RUNTIME, "creating",
				 l->fault);
}

static void message_ready(struct loop_source *source)
{
	struct launch *l = container_of(source, struct launch, messages);

	loop_remove(l->boot->loop, source);
	l->state = container_message(&l->boot->container, &l->boot->config, l->fault);
	if (l->state == CONTAINER_HOOKS)
		l->state = start_hooks(l);
	if (l->state == 0)
		l->state = loop_add(l->boot->loop, source);
}

static void child_ended(void *arg, pid_t pid, int status)
{
	struct boot *b = arg;

	if (pid != b->container.pid)
		return;
	b->ended = true;
	b->end_status = status;
}

static void stop_asked(void *arg, int signal)
{
	struct boot *b = arg;
	bool is_request =
		signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGPWR;

	if (signal == SIGPWR) /* nothing that a container would know */
		signal = SIGTERM;
	pr_info("signal %d goes to the container", signal);
	kill(b->container.pid, signal);
	if (is_request && b->kill_at == CLOCK_NEVER)
		b->kill_at = clock_us() + GRACE_S * 1000000ULL;
}

/* Wait for the launch's end, within its deadline. */
static int wait_launch(struct launch *l)
{
	unsigned limit_s = LAUNCH_S + guest_hooks_launch_s(l->boot);
	uint64_t deadline = clock_us() + limit_s * 1000000ULL, *stop = &l->boot->kill_at;
	int err = 0;

	watchdog_limit(PHASE_EXEC, limit_s + WATCHDOG_S);
	while (!l->state && !err)
		err = loop_wait(l->boot->loop, *stop < deadline ? *stop : deadline);
	if (l->state) /* in the round of the deadline, perhaps */
		return l->state < 0 ? l->state : 0;
	if (err == -ETIME && clock_us() < deadline)
		return fault_set(l->fault, err,
				 "asked to stop, and the container has not started %d s later",
				 GRACE_S);
	if (err == -ETIME)
		return fault_set(l->fault, err, "the container has not started within %u s",
				 limit_s);
	return fault_set(l->fault, err, "waiting for the container: %m");
}

/*
 * Most of the program is needed no more: it need not stay mapped. What is needed after all comes
 * back from its file, page by page.
 */
static void unmap_program(void)
{
	/* The linker's: the first byte, which begins a page, and the end of the code. */
	extern char __executable_start[], etext[];
	const size_t code = (uintptr_t)etext - (uintptr_t)__executable_start;

	madvise(__executable_start, code, MADV_DONTNEED);
}

static int launch(struct boot *b, struct fault *f)
{
	struct launch l = {.boot = b, .fault = f};
	int err = container_start(&b->container, &b->config, b->rootfs, b->config.id, f);

	if (err)
		return err;
	l.messages = (struct loop_source){b->container.socket, message_ready};
	err = loop_add(b->loop, &l.messages);
	if (err)
		return fault_set(f, err, "cannot watch the container: %m");
	/* While the child makes its mounts, and before its program can say that it runs. */
	power_watch(b);
	err = wait_launch(&l);
	/* Both live on this stack; the loop may be used again. */
	loop_remove(b->loop, &l.messages);
	guest_hooks_stop(&l.hooks);
	unmap_program();
	return err;
}

int supervise_launch(struct boot *b, struct fault *f)
{
	struct hook_run poststart = {0};
	struct fault oom;
	int err;

	b->kill_at = CLOCK_NEVER;
	b->signals.child = child_ended;
	b->signals.stop = stop_asked;
	b->signals.arg = b;
	err = launch(b, f);
	if (!err)
		err = relay_attach(b->loop, b->container.terminal, f);
	if (err)
		b->verdict.status = b->container.status ? b->container.status : 125;
	if (err && b->container.pid > 0) {
		if (container_oom_killed(&b->container, &oom)) {
			b->verdict.oom = true;
			fault_add(f, "; %s", oom.text);
		}
		container_kill(&b->container);
		b->ended = true;
		guest_hooks_poststop(&poststart, b);
	}
	b->verdict.timeline_us[PHASE_EXEC] = b->container.exec_us;
	return err;
}

static void judge(struct verdict *v, int status)
{
	if (WIFSIGNALED(status)) {
		v->outcome = OUTCOME_SIGNALED;
		v->signal = WTERMSIG(status);
		v->status = 128 + v->signal;
	} else {
		v->outcome = OUTCOME_EXITED;
		v->status = WEXITSTATUS(status);
	}
}

void supervise_run(struct boot *b)
{
	struct hook_run poststart = {0};

	guest_hooks_poststart(&poststart, b);
	while (!b->ended) {
		if (loop_wait(b->loop, b->kill_at) != -ETIME || b->ended)
			continue;
		pr_warn("still running %d s after it was asked to stop: SIGKILL", GRACE_S);
		container_kill(&b->container);
		kill(b->container.pid, SIGKILL);
		b->kill_at = CLOCK_NEVER;
	}
	b->verdict.timeline_us[PHASE_EXIT] = clock_us();
	judge(&b->verdict, b->end_status);
	b->verdict.oom = container_oom_killed(&b->container, &b->verdict.fault);
	/* Without a PID namespace of its own it may have left processes behind. */
	container_kill(&b->container);
	relay_detach();
	guest_hooks_poststop(&poststart, b);
}
