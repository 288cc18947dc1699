// SPDX-License-Identifier: Apache-2.0
/*
 * The services of the manifest
 *
 * Theory of operation
 *
 *	start	Each service starts when those of its "after" are ready: a oneshot when it has ended
 *		with status 0, a daemon when its condition is met (services_ready.c). All others start
 *		side by side. Paths and sockets are looked up when inotify(7) reports a change,
 *		every LOOK_US where nothing does (services_ready.c), and every LOOK_ANYWAY_US for
 *		what is rare: a mount over the path, a link that leads elsewhere. Each start has
 *		its own deadline. The first failure of a required service ends the boot; of any
 *		other it is a warning, and the services behind it start nevertheless.
 *	run	A daemon may go to the background: it has ended when its cgroup is empty. Its end is
 *		an error until the container's program runs, and then what on_exit says: a warning,
 *		another start after a delay that doubles each time, or the end of the guest.
 *	end	After the container, or when the boot has failed: SIGTERM, GRACE_US later SIGKILL, in
 *		the reverse order of their starts. A boot that has failed kills them at once.
 *
 * The end of a process comes by signals.watch during all other waits, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "init/lib/walk.h"
#include "init/services/services.h"
#include "init/services/services_private.h"

#define LOOK_US	       50000
#define LOOK_ANYWAY_US 1000000
#define GRACE_US       5000000
#define END_S	       30 /* for the end of all of them */
#define MARGIN_S       60 /* how much later than the last deadline the watchdog's is */
#define DELAY_S	       1  /* before a daemon starts again */
#define DELAY_MAX_S    60

enum services_state {
	SERVICES_WAITING,
	SERVICES_STARTING,
	SERVICES_READY,
	SERVICES_FAILED,
};

/*
 * struct services_unit - one service
 * @root: descriptor of its root
 * @deadline: of its start (CLOCK_BOOTTIME, in microseconds)
 * @since: when it was started for the last time (same clock)
 * @again: when it starts again (same clock), 0 for never
 * @delay_s: before the next start
 * @order: number of its first start, from 1
 * @missing: why it is not ready, the last result of services_ready()
 * @poll: it can become ready without an event
 */
struct services_unit {
	const struct service *service;
	struct job job;
	int root;
	enum services_state state;
	uint64_t deadline, since, again;
	unsigned delay_s;
	size_t order;
	int missing;
	bool poll;
};

/* --- start --------------------------------------------------------------------------------- */

static int services_open_root(const struct services *s, struct services_unit *u,
			      struct fault *fault)
{
	const char *path = u->service->root;

	/* leave_initramfs() closes the descriptor of the initramfs. */
	u->root = path ? walk_open(s->root, path) : fcntl(s->initrd, F_DUPFD_CLOEXEC, 0);
	if (u->root >= 0)
		return 0;
	return fault_strerror(fault, path ? u->root : -errno, "%s: cannot open its root %s",
			      u->job.label, u->job.place);
}

static int services_launch(struct services *s, struct services_unit *u, struct fault *fault)
{
	char cgroup[160];
	int err = str_printf(cgroup, sizeof(cgroup), "%s.service", u->service->name);

	u->since = clock_us();
	u->again = 0;
	return err ? fault_set(fault, err, "%s: its name is too long", u->job.label)
		   : job_start(&u->job, s->root, s->loop, cgroup, fault);
}

static int services_begin(struct services *s, struct services_unit *u, struct fault *fault)
{
	const struct service *v = u->service;
	int err;

	u->job.place = v->root ? v->root : JOB_INITRAMFS;
	u->job.args = v->args;
	u->job.env = v->env;
	u->job.awaited = v->ready_output;
	u->job.uid = v->uid;
	u->job.gid = v->gid;
	u->job.forks = v->daemon;
	u->order = ++s->started;
	u->state = SERVICES_STARTING;
	err = services_open_root(s, u, fault);
	if (err)
		return err;
	u->job.root = u->root;
	err = services_launch(s, u, fault);
	u->deadline = u->since + 1000ULL * (v->timeout_ms ? v->timeout_ms : SERVICE_TIMEOUT_MS);
	return err;
}

static struct services_unit *services_find(const struct services *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->units[i].service->name, name))
			return &s->units[i];
	return NULL;
}

static bool services_may_begin(const struct services *s, const struct services_unit *u)
{
	for (size_t i = 0; i < u->service->n_after; i++)
		if (services_find(s, u->service->after[i])->state < SERVICES_READY)
			return false;
	return true;
}

static int services_ended_early(struct services_unit *u, struct fault *fault)
{
	return fault_set(fault, -ECHILD, "%s has ended with %s before it was ready: %s",
			 u->job.label, signame_end(u->job.status).s, job_said(&u->job));
}

static int services_late(struct services_unit *u, struct fault *fault)
{
	unsigned ms = u->service->timeout_ms ? u->service->timeout_ms : SERVICE_TIMEOUT_MS;
	const char *what, *awaited = services_awaited(u->service, &what);
	bool look = u->service->ready_path || u->service->ready_socket;

	fault_set(fault, 0, "%s: waited %u ms for %s%s%s", u->job.label, ms, what,
		  *awaited ? " " : "", awaited);
	if (look)
		fault_add(fault, " (%s)", strerror(-u->missing));
	fault_add(fault, ": %s", job_said(&u->job));
	return -ETIME;
}

/* Return: 1 if it has become ready, 0 if it has not yet, or -errno. */
static int services_look(const struct services *s, struct services_unit *u, struct fault *fault)
{
	bool ended = !u->job.running;

	if (ended && u->service->daemon)
		return services_ended_early(u, fault);
	if (ended)
		return u->job.status ? job_check(&u->job, fault) : 1;
	u->missing = u->service->daemon
			     ? services_ready(u->service, &u->job, s->changes.fd, &u->poll)
			     : -EAGAIN;
	if (!u->missing)
		return 1;
	return clock_us() < u->deadline ? 0 : services_late(u, fault);
}

/* Return: 1 if its state has changed, 0 if not, or -errno of one that is required. */
static int services_advance(struct services *s, struct services_unit *u, struct fault *fault)
{
	struct fault why;
	int err = 0;

	if (u->state >= SERVICES_READY || (!u->state && !services_may_begin(s, u)))
		return 0;
	if (u->state == SERVICES_WAITING) {
		err = services_begin(s, u, &why);
	} else {
		err = services_look(s, u, &why);
		if (!err)
			return 0;
	}
	if (err > 0) {
		u->state = SERVICES_READY;
		pr_info("%s: ready after %llu ms", u->job.label,
			(unsigned long long)(clock_us() - u->since) / 1000);
	}
	if (err >= 0)
		return 1;
	u->state = SERVICES_FAILED;
	job_kill(&u->job);
	if (u->service->required) {
		*fault = why;
		return err;
	}
	pr_warn("%s", why.text);
	return 1;
}

/* When to look again: at the next deadline, or before that if a path or a socket is awaited. */
static uint64_t services_next_look(const struct services *s, bool *pending)
{
	uint64_t next = CLOCK_NEVER, now = clock_us();

	*pending = false;
	for (size_t i = 0; i < s->n; i++) {
		const struct services_unit *u = &s->units[i];
		uint64_t again = now + (u->poll ? LOOK_US : LOOK_ANYWAY_US);

		*pending |= u->state < SERVICES_READY;
		if (u->state != SERVICES_STARTING)
			continue;
		if (u->deadline < next)
			next = u->deadline;
		if ((u->service->ready_path || u->service->ready_socket) && again < next)
			next = again;
	}
	return next;
}

static int services_wait(struct services *s, struct fault *fault)
{
	bool pending = true;

	while (pending) {
		uint64_t next;
		int err = 0;

		for (size_t i = 0; i < s->n && err >= 0; i++) {
			int changed = services_advance(s, &s->units[i], fault);

			err = changed < 0 ? changed : err | changed;
		}
		if (err < 0)
			return err;
		next = services_next_look(s, &pending);
		/* What has become ready may let others begin. */
		if (!err && pending)
			err = loop_wait(s->loop, next);
		if (s->failure.err)
			return services_check(s, fault);
		if (s->signals->requested)
			return fault_set(fault, -EINTR,
					 "a stop was requested (%s) while the services start",
					 s->signals->requested);
		if (err < 0 && err != -ETIME)
			return fault_strerror(fault, err, "waiting for the services");
	}
	return 0;
}

/* All services that wait are looked at when loop_wait() returns. */
static void services_changes_ready(struct loop_source *source)
{
	char events[1024];

	while (read(source->fd, events, sizeof(events)) > 0)
		;
}

/* Without inotify everything is polled. */
static int services_watch(struct services *s)
{
	s->changes = (struct loop_source){inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
					  services_changes_ready};
	return s->changes.fd < 0 ? 0 : loop_add(s->loop, &s->changes);
}

static void services_unwatch(struct services *s)
{
	if (s->changes.fd < 0)
		return;
	loop_remove(s->loop, &s->changes);
	close(s->changes.fd);
	s->changes.fd = -1;
}

static void services_child(void *arg, pid_t pid, int status);
static void services_timer_ready(struct loop_source *source);

static int services_prepare(struct services *s, struct arena *arena, struct fault *fault)
{
	const struct manifest *m = s->manifest;
	unsigned limit_s = MARGIN_S;
	int err;

	s->units = arena_alloc(arena, m->n_services, sizeof(*s->units));
	for (size_t i = 0; s->units && i < m->n_services; i++) {
		struct services_unit *u = &s->units[i];
		const struct service *v = &m->services[i];

		u->service = v;
		u->job.label = arena_printf(arena, "service %s", v->name);
		if (!u->job.label)
			return fault_oom(fault);
		limit_s += (v->timeout_ms ? v->timeout_ms : SERVICE_TIMEOUT_MS) / 1000 + 1;
	}
	if (!s->units)
		return fault_oom(fault);
	watchdog_limit(PHASE_SPEC, limit_s);
	s->n = m->n_services;
	s->timer.ready = services_timer_ready;
	s->timer.fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	err = s->timer.fd < 0 ? -errno : loop_add(s->loop, &s->timer);
	return err ? fault_strerror(fault, err, "services: timerfd") : 0;
}

int services_start(struct services *s, struct arena *arena, struct fault *fault)
{
	int err;

	if (!s->manifest->n_services)
		return 0;
	err = services_prepare(s, arena, fault);
	if (err)
		return err;
	s->signals->watch = services_child;
	s->signals->watch_arg = s;
	err = services_watch(s);
	err = err ? fault_strerror(fault, err, "services: inotify") : services_wait(s, fault);
	services_unwatch(s);
	watchdog_limit(PHASE_SPEC, MARGIN_S);
	return err;
}

/* --- run ----------------------------------------------------------------------------------- */

int services_check(const struct services *s, struct fault *fault)
{
	if (s->failure.err)
		*fault = s->failure;
	return s->failure.err;
}

bool services_keep_initramfs(const struct services *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->units[i].service->daemon && !s->units[i].service->root)
			return true;
	return false;
}

static void services_arm(struct services *s)
{
	uint64_t next = CLOCK_NEVER;
	struct itimerspec when = {0};

	for (size_t i = 0; i < s->n; i++)
		if (s->units[i].again && s->units[i].again < next)
			next = s->units[i].again;
	if (next != CLOCK_NEVER)
		when.it_value = (struct timespec){.tv_sec = (time_t)(next / 1000000),
						  .tv_nsec = (long)(next % 1000000) * 1000};
	if (timerfd_settime(s->timer.fd, TFD_TIMER_ABSTIME, &when, NULL))
		pr_warn("services: timer: %m");
}

/* Delay the next start: a daemon that crashes at once must not keep the guest busy. */
static void services_delay(struct services_unit *u)
{
	uint64_t now = clock_us();

	if (!u->delay_s || now - u->since > DELAY_MAX_S * 1000000ULL)
		u->delay_s = DELAY_S;
	else if (u->delay_s < DELAY_MAX_S)
		u->delay_s *= 2;
	u->again = now + u->delay_s * 1000000ULL;
}

static void services_timer_ready(struct loop_source *source)
{
	struct services *s = container_of(source, struct services, timer);
	struct fault fault;
	uint64_t ignored;

	while (read(source->fd, &ignored, sizeof(ignored)) > 0)
		;
	for (size_t i = 0; i < s->n; i++) {
		struct services_unit *u = &s->units[i];

		if (!u->again || u->again > clock_us() || s->ending)
			continue;
		if (services_launch(s, u, &fault)) {
			pr_warn("%s", fault.text);
			services_delay(u);
		}
	}
	services_arm(s);
}

/* A daemon that was ready has ended. */
static void services_lost(struct services *s, struct services_unit *u)
{
	const char *name = u->job.label, *said = job_said(&u->job);
	enum service_exit what = u->service->on_exit;

	/* Its other processes would be in the way of the next one. */
	job_kill(&u->job);
	if (what == SERVICE_RESTART) {
		services_delay(u);
		pr_warn("%s has ended with %s and starts again in %u s: %s", name,
			signame_end(u->job.status).s, u->delay_s, said);
		services_arm(s);
		return;
	}
	if (what == SERVICE_WARN && (s->running || !u->service->required)) {
		pr_warn("%s has ended with %s: %s", name, signame_end(u->job.status).s, said);
		return;
	}
	if (s->failure.err)
		return;
	fault_set(&s->failure, -ECHILD, "%s has ended with %s %s: %s", name,
		  signame_end(u->job.status).s,
		  s->running ? "while the container ran" : "before the container was started",
		  said);
	signals_request_stop(s->signals, "a service has ended", 0);
}

static void services_child(void *arg, pid_t pid, int status)
{
	struct services *s = arg;

	for (size_t i = 0; i < s->n; i++) {
		struct services_unit *u = &s->units[i];

		if (job_child(&u->job, pid, status) && u->state == SERVICES_READY &&
		    u->service->daemon && !s->ending)
			services_lost(s, u);
	}
}

/* --- end ----------------------------------------------------------------------------------- */

/* Return: the last one that was started before number @order. */
static struct services_unit *services_before(const struct services *s, size_t order)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->units[i].order == order)
			return &s->units[i];
	return NULL;
}

static void services_end_one(struct services *s, struct services_unit *u, uint64_t last)
{
	uint64_t deadline = clock_us() + GRACE_US;
	int err = 0;

	deadline = deadline < last ? deadline : last;
	job_terminate(&u->job);
	while (u->job.running && !err)
		err = loop_wait(s->loop, deadline);
	if (u->job.running)
		pr_warn("%s: it still runs after SIGTERM and is killed", u->job.label);
}

bool services_end(struct services *s, bool at_once, struct fault *fault)
{
	uint64_t last = clock_us() + END_S * 1000000ULL;

	if (!s->n)
		return false;
	s->ending = true;
	watchdog_limit(PHASE_EXIT, END_S + EXIT_LIMIT_S);
	for (size_t order = s->started; order; order--) {
		struct services_unit *u = services_before(s, order);

		if (!at_once)
			services_end_one(s, u, last);
		job_kill(&u->job);
	}
	return services_check(s, fault) < 0;
}
