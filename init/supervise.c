// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/supervise.h"

#define LAUNCH_S 30 /* mounts and exec from a slow virtio-fs share included */
#define GRACE_S	 10 /* from the first request to stop until SIGKILL, as container engines do */

/*
 * The launch as its event source sees it.
 * @state: 0 on its way, 1 the program runs, -errno failed
 */
struct launch {
	struct loop_source messages;
	struct boot *boot;
	struct fault *fault;
	int state;
};

static void message_ready(struct loop_source *source)
{
	struct launch *l = container_of(source, struct launch, messages);

	loop_remove(l->boot->loop, source);
	l->state = container_message(&l->boot->container, &l->boot->config, l->fault);
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

	pr_info("signal %d goes to the container", signal);
	kill(b->container.pid, signal == SIGPWR ? SIGTERM : signal);
	if (is_request && b->kill_at == CLOCK_NEVER)
		b->kill_at = clock_us() + GRACE_S * 1000000ULL;
}

/* Wait for the launch's end, within its deadline. */
static int wait_launch(struct launch *l)
{
	uint64_t deadline = clock_us() + LAUNCH_S * 1000000ULL;
	int err = 0;

	while (!l->state && !err)
		err = loop_wait(l->boot->loop, deadline);
	if (err == -ETIME)
		return fault_set(l->fault, err, "the container has not started within %d s",
				 LAUNCH_S);
	if (err)
		return fault_set(l->fault, err, "waiting for the container: %m");
	return l->state < 0 ? l->state : 0;
}

static int launch(struct boot *b, struct fault *f)
{
	struct launch l = {.boot = b, .fault = f};
	const char *id = *b->manifest.container_id ? b->manifest.container_id : "container";
	int err = container_start(&b->container, &b->config, b->rootfs, id, f);

	if (err)
		return err;
	l.messages = (struct loop_source){b->container.socket, message_ready};
	err = loop_add(b->loop, &l.messages);
	if (err)
		return fault_set(f, err, "cannot watch the container: %m");
	return wait_launch(&l);
}

int supervise_launch(struct boot *b, struct fault *f)
{
	int err;

	b->kill_at = CLOCK_NEVER;
	b->signals.child = child_ended;
	b->signals.stop = stop_asked;
	b->signals.arg = b;
	err = launch(b, f);
	if (err) {
		b->verdict.status = b->container.status ? b->container.status : 125;
		if (b->container.pid > 0)
			container_kill(&b->container);
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
	while (!b->ended) {
		if (loop_wait(b->loop, b->kill_at) != -ETIME)
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
}
