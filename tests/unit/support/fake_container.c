// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/guest/kmsg.h"
#include "init/lib/clock.h"
#include "init/run/power.h"
#include "init/run/relay.h"
#include "tests/unit/support/fake_container.h"
#include "tests/unit/test.h"

#define CONTAINER 5000000 /* its process ID, which no process of this machine has */

struct fake fake;
static struct loop_source *messages;
static struct hook_run *hook_run;
static int message;

static void note(const char *name)
{
	size_t n = strlen(fake.called);

	snprintf(fake.called + n, sizeof(fake.called) - n, "%s%s", n ? " " : "", name);
}

static void fire(const struct event *e)
{
	switch (e->kind) {
	case MESSAGE:
		message = e->value;
		assert_non_null(messages);
		messages->ready(messages);
		break;
	case HOOKS:
		hook_run->err = e->value;
		hook_run->running = false;
		if (e->value)
			fault_set(&hook_run->fault, e->value, "a hook has failed");
		hook_run->done(hook_run);
		break;
	case CHILD:
	case OTHER:
		fake.signals.child(fake.signals.arg, e->kind == CHILD ? CONTAINER : CONTAINER + 1,
				   e->value);
		break;
	case STOP:
		fake.signals.requested =
			fake.signals.requested ? fake.signals.requested : "power button";
		fake.signals.stop(fake.signals.arg, e->value);
		break;
	case PASS:
		fake.signals.pass(fake.signals.arg, e->value);
		break;
	case BREAK:
		break;
	}
}

/* --- what is replaced, each with the type of the real function ------------------------------ */

__typeof__(clock_gettime) __wrap_clock_gettime;
int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	assert_int_equal(id, CLOCK_BOOTTIME);
	*ts = (struct timespec){(time_t)(fake.now / SECOND), (long)(fake.now % SECOND) * 1000};
	return 0;
}

__typeof__(loop_wait) __wrap_loop_wait;
int __wrap_loop_wait(int loop, uint64_t deadline)
{
	const struct event *e = fake.script;
	uint64_t at = START + e->at_s * SECOND;

	/* Before anything of the program is seen */
	assert_true(!fake.run.runs || fake.button_us);
	if (!e->at_s || at > deadline) {
		if (deadline == CLOCK_NEVER)
			fail_msg("it waits for ever; called: %s", fake.called);
		fake.now = deadline > fake.now ? deadline : fake.now;
		return -ETIME;
	}
	fake.now = at > fake.now ? at : fake.now;
	fake.script++;
	fire(e);
	if (e->kind == BREAK)
		return e->value;
	/* As the real one, also if a source was called. */
	return fake.now >= deadline ? -ETIME : 0;
}

__typeof__(loop_add) __wrap_loop_add;
int __wrap_loop_add(int loop, struct loop_source *source)
{
	messages = source;
	fake.waits_for_end = false;
	return 0;
}

__typeof__(loop_add_end) __wrap_loop_add_end;
int __wrap_loop_add_end(int loop, struct loop_source *source)
{
	messages = source;
	fake.waits_for_end = true;
	return 0;
}

__typeof__(loop_linger) __wrap_loop_linger;
void __wrap_loop_linger(int loop, unsigned ms)
{
	assert_true(fake.run.runs && !fake.button_us);
	fake.linger_ms = ms;
}

__typeof__(loop_remove) __wrap_loop_remove;
void __wrap_loop_remove(int loop, struct loop_source *source)
{
	messages = NULL;
}

/* The log of this machine's kernel is not the guest's. */
__typeof__(kmsg_last) __wrap_kmsg_last;
bool __wrap_kmsg_last(int root, kmsg_match *match, void *arg, int late_ms)
{
	return false;
}

__typeof__(container_start) __wrap_container_start;
int __wrap_container_start(struct container *c, const struct oci_config *oci, struct arena *arena,
			   int rootfs, const int stdio[3], struct fault *fault)
{
	note("start");
	if (fake.start_err)
		return fault_set(fault, fake.start_err, "no container");
	*c = (struct container){.pid = CONTAINER, .socket = 7, .terminal = -1, .status = 125};
	return 0;
}

__typeof__(container_message) __wrap_container_message;
int __wrap_container_message(struct container *c, const struct oci_config *oci, struct fault *fault)
{
	c->progress = fake.progress;
	c->exec_us = message == 1 ? fake.now : 0;
	if (message >= 0)
		return message;
	c->status = 127;
	return fault_set(fault, message, "no program");
}

__typeof__(container_go_on) __wrap_container_go_on;
int __wrap_container_go_on(const struct container *c, struct fault *fault)
{
	note("go_on");
	return fake.go_on_err ? fault_set(fault, fake.go_on_err, "it has died") : 0;
}

__typeof__(container_kill) __wrap_container_kill;
void __wrap_container_kill(const struct container *c)
{
	assert_int_equal(c->pid, CONTAINER);
	note("kill_all");
}

__typeof__(container_oom_killed) __wrap_container_oom_killed;
bool __wrap_container_oom_killed(const struct container *c, struct fault *fault)
{
	note("oom");
	if (fake.oom)
		fault_set(fault, -ENOMEM, "limit of 1 MiB");
	return fake.oom;
}

__typeof__(container_signal) __wrap_container_signal;
void __wrap_container_signal(const struct container *c, int signal)
{
	char text[32];

	assert_int_equal(c->pid, CONTAINER);
	snprintf(text, sizeof(text), "signal:%d", signal);
	note(text);
}

__typeof__(guest_hooks_start) __wrap_guest_hooks_start;
int __wrap_guest_hooks_start(struct hook_run *hooks, const struct run *r, enum oci_hook_point first,
			     enum oci_hook_point last, const char *status, struct fault *fault)
{
	note("hooks");
	assert_int_equal(first, OCI_PRESTART);
	assert_int_equal(last, OCI_CREATE_RUNTIME);
	assert_string_equal(status, "creating");
	hook_run = hooks;
	hooks->running = !fake.hooks_start_err;
	return fake.hooks_start_err ? fault_set(fault, fake.hooks_start_err, "no process") : 0;
}

__typeof__(guest_hooks_stop) __wrap_guest_hooks_stop;
void __wrap_guest_hooks_stop(struct hook_run *hooks)
{
	if (hooks->running)
		note("hooks_stop");
}

__typeof__(guest_hooks_poststart) __wrap_guest_hooks_poststart;
void __wrap_guest_hooks_poststart(struct hook_run *hooks, const struct run *r)
{
	note("poststart");
}

__typeof__(guest_hooks_poststop) __wrap_guest_hooks_poststop;
void __wrap_guest_hooks_poststop(struct hook_run *hooks, const struct run *r)
{
	assert_true(r->ended);
	note("poststop");
}

__typeof__(guest_hooks_launch_s) __wrap_guest_hooks_launch_s;
unsigned __wrap_guest_hooks_launch_s(const struct oci_config *oci)
{
	return fake.hooks_s;
}

__typeof__(stdio_open) __wrap_stdio_open;
int __wrap_stdio_open(struct stdio *s, int root, int loop, struct fault *fault)
{
	return 0;
}

__typeof__(stdio_start) __wrap_stdio_start;
int __wrap_stdio_start(struct stdio *s, struct fault *fault)
{
	return 0;
}

__typeof__(stdio_cloned) __wrap_stdio_cloned;
void __wrap_stdio_cloned(struct stdio *s)
{
}

__typeof__(stdio_close) __wrap_stdio_close;
void __wrap_stdio_close(struct stdio *s)
{
	note("output");
}

__typeof__(relay_attach) __wrap_relay_attach;
int __wrap_relay_attach(int loop, int terminal, struct fault *fault)
{
	return fake.attach_err ? fault_set(fault, fake.attach_err, "no terminal") : 0;
}

__typeof__(relay_detach) __wrap_relay_detach;
void __wrap_relay_detach(void)
{
	note("detach");
}

__typeof__(power_watch) __wrap_power_watch;
void __wrap_power_watch(int root, int loop, struct signals *s)
{
	assert_int_equal(fake.button_us, 0); /* once */
	fake.button_us = fake.now;
}

__typeof__(watchdog_limit) __wrap_watchdog_limit;
void __wrap_watchdog_limit(enum phase phase, unsigned seconds)
{
	assert_int_equal(phase, PHASE_EXEC);
	fake.watchdog_s = seconds;
}

__typeof__(madvise) __wrap_madvise;
int __wrap_madvise(void *address, size_t size, int advice)
{
	return 0;
}

/* --- a test -------------------------------------------------------------------------------- */

static int check(void *arg, struct fault *fault)
{
	assert_ptr_equal(arg, &fake);
	if (fake.checks_ok-- > 0)
		return 0;
	return fake.check_err ? fault_set(fault, fake.check_err, "a device is gone") : 0;
}

int fake_container_setup(void **state)
{
	static const char *args[] = {"/app", NULL};

	messages = NULL;
	hook_run = NULL;
	message = 0;
	fake = (struct fake){
		.now = START,
		.config.id = "c1",
		.config.process.args = args,
		.run =
			{
				.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
				.signals = &fake.signals,
				.config = &fake.config,
				.arena = &fake.arena,
				.stop_signal = SIGUSR1,
				.grace_s = 10,
				.check = check,
				.arg = &fake,
			},
	};
	return 0;
}

int fake_container_teardown(void **state)
{
	close(fake.run.root);
	return 0;
}
