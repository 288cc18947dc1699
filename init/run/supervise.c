// SPDX-License-Identifier: Apache-2.0
/*
 * The supervision of the container. PID 1 blocks only in loop_wait(), and each wait has a deadline
 * while somebody waits for the result:
 *
 *	launch	container_start() makes the child process, which sets up the container and sends
 *		messages (init/container/launch_private.h). When it has made the mounts, a helper
 *		process runs the prestart and createRuntime hooks; then the child process continues
 *		and executes the program. The last message reports that, or what failed. The
 *		deadline is LAUNCH_S after the start, plus the hooks' timeouts.
 *	run	Signals are passed to the first process of the container. There is no deadline.
 *	stop	A stop request (init/guest/signals.h) ends a launch. A container that runs gets a
 *		signal, and is killed if it still runs when the grace time is over.
 *	end	When the first process ends, the container has ended: its status is the verdict's.
 *		The other processes are killed, the terminal is drained, and the poststop hooks run.
 *
 * If the child process dies during the launch, its closed socket reports that; supervise_child()
 * only notes it. A system call of PID 1 itself that hangs is the watchdog's (init/end/watchdog.h):
 * it has a limit in every phase except while the container runs.
 */
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/signame.h"
#include "init/run/cause.h"
#include "init/run/guest_hooks.h"
#include "init/run/power.h"
#include "init/run/relay.h"
#include "init/run/supervise.h"

#define LAUNCH_S 30 /* enough for mounts and exec from a slow virtio-fs share */

/* A launch that takes longer waits for something, and the power button must be able to end it. */
#define BUTTON_MS 100

#define PAGE ((uintptr_t)4096) /* if pages are larger, the kernel drops none */

#define STACK_USED (128 * 1024) /* at most, by the steps of a boot */
#define STACK_CALL 512		/* by madvise(2) */

#define WATCHDOG_S 30 /* how much later than the launch's deadline the watchdog's is */

/*
 * struct launch - one launch
 * @messages: the socket of the child process
 * @hooks: the prestart and createRuntime hooks
 * @fault: set when @state becomes negative
 * @state: 0 while it is on its way, 1 when the program runs, -errno when it has failed
 */
struct launch {
	struct loop_source messages;
	struct hook_run hooks;
	struct run *run;
	struct fault *fault;
	int state;
};

static void supervise_hooks_done(struct hook_run *hooks)
{
	struct launch *l = container_of(hooks, struct launch, hooks);

	if (hooks->err)
		*l->fault = hooks->fault;
	l->state = hooks->err ? hooks->err : container_go_on(&l->run->container, l->fault);
}

static int supervise_start_hooks(struct launch *l)
{
	l->hooks.done = supervise_hooks_done;
	return guest_hooks_start(&l->hooks, l->run, OCI_PRESTART, OCI_CREATE_RUNTIME, "creating",
				 l->fault);
}

static int supervise_check(const struct run *run, struct fault *fault)
{
	return run->check ? run->check(run->arg, fault) : 0;
}

/*
 * Wait for the next message. After LAUNCH_READY the program is executed: what the child sends before is
 * read then, because PID 1 would use the processor that the program waits for. Only a hook takes time
 * there.
 */
static int supervise_watch_child(struct launch *l)
{
	struct run *run = l->run;
	bool executes = run->container.progress >= CONTAINER_READY && !run->config->state;

	return executes ? loop_add_end(run->loop, &l->messages) : loop_add(run->loop, &l->messages);
}

static void supervise_message_ready(struct loop_source *source)
{
	struct launch *l = container_of(source, struct launch, messages);
	struct run *run = l->run;

	loop_remove(run->loop, source);
	l->state = supervise_check(run, l->fault);
	if (l->state == 0)
		l->state = container_message(&run->container, run->config, l->fault);
	if (l->state == CONTAINER_HOOKS)
		l->state = supervise_start_hooks(l);
	if (l->state)
		return;
	l->state = supervise_watch_child(l);
	if (l->state)
		fault_strerror(l->fault, l->state, "cannot watch the container");
}

static void supervise_child(void *arg, pid_t pid, int status)
{
	struct run *run = arg;

	if (pid != run->container.pid)
		return;
	run->ended = true;
	run->wait_status = status;
}

static void supervise_pass(void *arg, int signal)
{
	struct run *run = arg;

	pr_info("%s is passed to the container", signame_text(signal).s);
	container_signal(&run->container, signal);
}

/* The first request counts; others are passed on, too, as a container may wait for a second one. */
static void supervise_stop(void *arg, int signal)
{
	struct run *run = arg;

	signal = signal ? signal : run->stop_signal;
	if (run->kill_at == CLOCK_NEVER) {
		run->kill_at = clock_us() + run->grace_s * 1000000ULL;
		run->stopped_by = signal;
	}
	/* Before its program runs nothing handles it. */
	if (run->runs)
		supervise_pass(run, signal);
}

/* The deadline has come: name where the first process is, for it may hang in the kernel. */
static int supervise_late(struct launch *l, unsigned limit_s)
{
	char where[64];
	int err = fault_set(l->fault, -ETIME, "the container has not started within %u s", limit_s);

	l->run->late = true;
	if (root_read(l->run->root, where, sizeof(where), "proc/%d/wchan", l->run->container.pid) >
		    0 &&
	    strcmp(where, "0") != 0)
		fault_add(l->fault, ": its first process waits in the kernel function %s", where);
	return err;
}

/*
 * The program runs. With one processor it would wait for what PID 1 does next, such as loading the power
 * button's modules. So PID 1 sleeps until there is something to do. The button is watched before the first
 * output is relayed: a user who sees it may press the button at once.
 */
static void supervise_let_begin(const struct run *run)
{
	if (!run->has_button)
		loop_linger(run->loop, BUTTON_MS);
}

static void supervise_watch_button(struct run *run)
{
	if (!run->has_button)
		power_watch(run->root, run->loop, run->signals);
	run->has_button = true;
}

/* Wait as long as nothing has happened to the launch. Return: 0, or loop_wait()'s error. */
static int supervise_wait(struct launch *l, uint64_t deadline)
{
	struct run *run = l->run;
	uint64_t until = run->has_button ? deadline : clock_us() + BUTTON_MS * 1000;
	int err = 0;

	while (!l->state && !err && !run->stopped_by) {
		err = loop_wait(run->loop, until);
		if (err == -ETIME && until != deadline) {
			supervise_watch_button(run);
			until = deadline;
			err = 0;
		}
	}
	return err;
}

/* Wait until the launch has succeeded or failed, or until its deadline. */
static int supervise_wait_launch(struct launch *l)
{
	unsigned limit_s = LAUNCH_S + guest_hooks_launch_s(l->run->config);
	uint64_t deadline = clock_us() + limit_s * 1000000ULL;
	int err;

	watchdog_limit(PHASE_EXEC, limit_s + WATCHDOG_S);
	err = supervise_wait(l, deadline);
	if (l->state) /* even if the deadline came in the same round */
		return l->state < 0 ? l->state : 0;
	if (l->run->stopped_by)
		return fault_set(l->fault, -EINTR,
				 "a stop was requested (%s) before the container's program ran",
				 l->run->signals->requested);
	if (err == -ETIME)
		return supervise_late(l, limit_s);
	return fault_strerror(l->fault, err, "waiting for the container");
}

/*
 * Most of the program has done its work. Drop the pages of its code and constants; the kernel reads
 * those that are needed again from the file.
 */
static void supervise_unmap_program(void)
{
	const ElfW(Phdr) *ph = (const ElfW(Phdr) *)getauxval(AT_PHDR);

	for (unsigned long n = getauxval(AT_PHNUM); ph && n; n--, ph++)
		if (ph->p_type == PT_LOAD && !(ph->p_flags & PF_W))
			madvise((void *)(ph->p_vaddr & ~(PAGE - 1)), ph->p_memsz, MADV_DONTNEED);
}

/*
 * The steps of the boot used more of the stack than the loop does. Drop the pages below this call: nothing
 * in them is needed, and a page that is used again begins with zeros.
 */
static noinline void supervise_unmap_stack(void)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	uintptr_t end = (frame - STACK_CALL) & ~(PAGE - 1);

	madvise((void *)(end - STACK_USED), STACK_USED, MADV_DONTNEED);
}

/* The descriptors that the container's first process gets. */
static int supervise_stdio(struct run *run, int null, int out[3], struct fault *fault)
{
	int err;

	/* The terminal takes their place. */
	if (run->config->process.terminal) {
		out[0] = -1;
		out[1] = out[2] = null;
		return 0;
	}
	err = stdio_open(&run->stdio, run->root, run->loop, fault);
	memcpy(out, run->stdio.theirs, sizeof(run->stdio.theirs));
	if (!err && !stdio_has_input(&run->stdio))
		out[0] = -1;
	return err;
}

/*
 * PID 1 does not preempt the container when it gets an event (sched(7), SCHED_BATCH): with one
 * processor, the program's first instruction would wait for what PID 1 does when it has started.
 * Not SCHED_IDLE: then the launch would wait for all that runs in the guest, such as the kernel's
 * self-tests. child_fork() gives programs of others the usual policy.
 */
static void supervise_give_way(void)
{
	const struct sched_param param = {.sched_priority = 0};

	if (syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &param))
		pr_dbg("sched_setscheduler: %m");
}

static int supervise_start(struct run *run, struct fault *fault)
{
	struct launch l = {.run = run, .fault = fault};
	bool hooks = run->config->state;
	int stdio[3], null cleanup(fd_close) = root_open(run->root, O_RDWR, 0, "dev/null"), err;

	if (null < 0)
		return fault_strerror(fault, null, "cannot open /dev/null");
	/* Before the clone: each page that PID 1 writes to afterwards is copied. */
	err = supervise_check(run, fault);
	if (!err)
		err = supervise_stdio(run, null, stdio, fault);
	if (!err)
		err = container_start(&run->container, run->config, run->arena, run->rootfs, stdio,
				      fault);
	stdio_cloned(&run->stdio);
	if (err)
		return err;
	supervise_give_way();
	l.messages = (struct loop_source){run->container.socket, supervise_message_ready};
	err = loop_add(run->loop, &l.messages);
	if (err)
		return fault_strerror(fault, err, "cannot watch the container");
	/* Hooks take time. Other launches are over soon, and it would only delay them. */
	if (hooks)
		supervise_watch_button(run);
	err = supervise_wait_launch(&l);
	/* Both are on this stack, and the loop is used again. */
	loop_remove(run->loop, &l.messages);
	guest_hooks_stop(&l.hooks);
	return err;
}

/* Clean up after a launch that failed. */
static void supervise_give_up(struct run *run, int err, struct run_end *end)
{
	struct hook_run poststart = {0};
	struct fault oom;

	end->status = run->container.status ? run->container.status : VERDICT_FAILED;
	end->stop_signal = run->stopped_by;
	if (run->container.pid <= 0) {
		stdio_close(&run->stdio);
		return;
	}
	if (container_oom_killed(&run->container, &oom)) {
		end->oom = true;
		fault_add(&end->fault, "; %s", oom.text);
	} else if (err == -EPIPE)
		cause_of_death(run, end);
	container_kill(&run->container);
	stdio_close(&run->stdio);
	run->ended = true;
	guest_hooks_poststop(&poststart, run);
}

int supervise_launch(struct run *run, struct run_end *end)
{
	int err;

	run->kill_at = CLOCK_NEVER;
	run->signals->child = supervise_child;
	run->signals->stop = supervise_stop;
	run->signals->pass = supervise_pass;
	run->signals->arg = run;
	err = supervise_start(run, &end->fault);
	if (!err)
		err = stdio_start(&run->stdio, &end->fault);
	if (!err)
		err = relay_attach(run->loop, run->container.terminal, &end->fault);
	run->runs = !err;
	if (err) {
		supervise_give_up(run, err, end);
	} else {
		supervise_let_begin(run);
		supervise_watch_button(run);
		power_missing(run->root);
	}
	end->exec_us = run->container.exec_us;
	return err;
}

static void supervise_judge(struct run_end *end, int wait_status)
{
	end->signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	end->status = end->signal ? 128 + end->signal : WEXITSTATUS(wait_status);
}

void supervise_run(struct run *run, struct run_end *end)
{
	static pages_apart struct hook_run poststart; /* not half a page of the stack */

	guest_hooks_poststart(&poststart, run);
	supervise_unmap_program();
	supervise_unmap_stack();
	while (!run->ended) {
		if (loop_wait(run->loop, run->kill_at) != -ETIME || run->ended)
			continue;
		pr_warn("it still runs %u s after a stop was requested (%s) and it got %s: SIGKILL",
			run->grace_s, run->signals->requested, signame_text(run->stopped_by).s);
		end->killed = true;
		container_kill(&run->container);
		run->kill_at = CLOCK_NEVER;
	}
	end->exit_us = clock_us();
	end->stop_signal = run->stopped_by;
	supervise_judge(end, run->wait_status);
	end->oom = container_oom_killed(&run->container, &end->fault);
	cause_of_end(run, end);
	/* Without a PID namespace, its other processes may still run. */
	container_kill(&run->container);
	relay_detach();
	stdio_close(&run->stdio);
	guest_hooks_poststop(&poststart, run);
}
