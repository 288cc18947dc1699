// SPDX-License-Identifier: Apache-2.0
/*
 * The wait for CDI devices.
 *
 * A boot may be earlier than the files and nodes that its CDI devices need: a generator writes the
 * files, drivers make the nodes. So all of it is tried again until it succeeds, fails for good or
 * the deadline (coldinit.cdi_timeout=) passes.
 *
 *	watch	inotify(7) watches are added before anything is read, so that no change is missed:
 *		on both directories of spec files, on /dev, and on the directory of a node that was
 *		missing. An event, also an overflow of the queue, only starts another try.
 *	delay	The try comes SETTLE_US after the event, so that a file that is written in many
 *		small steps is read once.
 *	try	Each try reads all files again and works on a copy of config.json: nothing of an
 *		earlier try is left.
 *	wait	Only a producer makes spec files: the generator, or a service that is still
 *		starting. While there is none, a device that no file defines is an error at once. A
 *		missing node may still come from a driver, up to coldinit.timeout= seconds after the
 *		producer has ended. A look that fails for another reason than that nothing is there
 *		is repeated after RETRY_US, also without an event.
 *
 * There is no try while the generator runs: a file that is written by half may be valid YAML that
 * has half of the devices.
 */
#define pr_fmt(fmt) "CDI: " fmt

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "init/bundle/cdi.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/end/watchdog.h"
#include "init/services/job.h"
#include "spec/cdi/cdi.h"

#define SETTLE_US 20000
#define RETRY_US  250000
#define MARGIN_S  60 /* how much later than this wait's deadline the watchdog's is */

#define FILE_EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM)
#define NODE_EVENTS (IN_CREATE | IN_ATTRIB | IN_MOVED_TO)

/*
 * struct wait - all that one wait needs
 * @events: the inotify(7) descriptor
 * @doc: the config.json that gets the edits
 * @request: the names of the CDI devices
 * @watches: the highest watch descriptor so far; the kernel numbers new ones upwards
 * @try_at: time of the next try (CLOCK_BOOTTIME, in microseconds), CLOCK_NEVER without an event
 * @begin: when the wait began (same clock)
 * @producing: when there was a producer for the last time (same clock)
 * @produced: there was a producer at the last step
 * @unsure: the last try could not look at something
 * @stopped: a stop was requested
 */
struct wait {
	struct loop_source events;
	struct job generator;
	const struct cdi_env *env;
	struct oci_document *doc;
	struct cdi_request request;
	int watches;
	uint64_t try_at, begin, producing;
	bool produced, unsure, stopped;
};

/* --- one try ------------------------------------------------------------------------------- */

/* Watch the directory that a node will be in, or the nearest one above it that exists. */
static void cdi_wait_watch_node(struct wait *w, const char *path)
{
	char dir[PATH_MAX];
	int fd cleanup(fd_close) = -1, watch;

	if (str_copy(dir, sizeof(dir), path))
		return;
	for (char *slash = strrchr(dir, '/'); slash && fd < 0; slash = strrchr(dir, '/')) {
		*slash = '\0';
		fd = root_open(w->env->root, O_PATH | O_DIRECTORY, 0, "%s", dir);
	}
	if (fd < 0)
		return;
	watch = inotify_add_watch(w->events.fd, fd_path(fd).s, NODE_EVENTS | IN_MASK_ADD);
	/* The node may have been made before the watch was added. */
	if (watch > w->watches) {
		w->watches = watch;
		w->try_at = clock_us();
	}
}

/* @w: NULL if there is no wait. @last: warn of files that cannot be used. */
static int cdi_wait_try(const struct cdi_env *env, const struct cdi_request *request,
			struct oci_document *doc, struct wait *w, bool last, struct fault *fault)
{
	struct cdi_host host = {.root = env->root,
				.lstat = env->lstat,
				.declared_numbers = env->request->options.cdi_declared_numbers};
	struct cdi_cache *cache cleanup(cdi_cache_close_ptr) = cdi_cache_open();
	int err = -ENOMEM;

	if (cache)
		err = cdi_offer(cache, env->request->devices, env->found->devices,
				env->request->n_listed);
	if (!err)
		err = cdi_scan(cache, env->specs);
	if (err)
		return fault_oom(fault);
	err = cdi_inject(cache, request, &host, doc, fault);
	if (err == -ENOENT && w && host.missing)
		cdi_wait_watch_node(w, host.missing);
	if (w)
		w->unsure = host.unsure || !cdi_cache_is_complete(cache);
	if (!err || last)
		cdi_cache_warn(cache);
	return err;
}

/* Find the names of the requested devices, and check all that needs no kernel. */
static int cdi_wait_requested(const struct cdi_env *env, const struct oci_document *doc,
			      struct cdi_request *out, struct fault *fault)
{
	const struct manifest *m = &env->request->manifest;
	int err = cdi_request_read(env->arena, doc, env->request->options.visible_cdi_devices, out,
				   fault);

	if (err)
		return fault_prefix(fault, err, "config.json");
	if (out->n && m->n_cdi_generator && *m->cdi_generator[0] != '/')
		return fault_set(fault, -EINVAL,
				 "container.cdi_generator: \"%s\" is not an absolute path",
				 m->cdi_generator[0]);
	return 0;
}

/* A device that no file defines, and nothing writes files any more. */
static int cdi_wait_undefined(const struct cdi_env *env, int err, struct fault *fault)
{
	const struct manifest *m = &env->request->manifest;

	if (err == -EAGAIN && !m->n_cdi_generator && !m->n_services)
		fault_add(
			fault,
			"; nothing in the guest makes such a spec (container.cdi_generator): is the request meant for the CDI of the host?");
	fault->err = -ENODEV; /* final, while -EAGAIN was not */
	return -ENODEV;
}

int cdi_once(const struct cdi_env *env, struct oci_document *doc, struct fault *fault)
{
	struct cdi_request request;
	int err = cdi_wait_requested(env, doc, &request, fault);

	if (err || !request.n)
		return err;
	err = cdi_wait_try(env, &request, doc, NULL, true, fault);
	return err == -EAGAIN ? cdi_wait_undefined(env, err, fault) : err;
}

/* --- events -------------------------------------------------------------------------------- */

/* The events say nothing that the next try does not see: drop them. */
static void cdi_wait_events_ready(struct loop_source *source)
{
	struct wait *w = container_of(source, struct wait, events);
	uint64_t soon = clock_us() + SETTLE_US;
	char buf[4096];

	while (read(source->fd, buf, sizeof(buf)) > 0)
		;
	if (soon < w->try_at)
		w->try_at = soon;
}

static void cdi_wait_child_ended(void *arg, pid_t pid, int status)
{
	struct wait *w = arg;

	if (job_child(&w->generator, pid, status))
		w->try_at = clock_us();
}

static void cdi_wait_stop(void *arg, int signal)
{
	struct wait *w = arg;

	(void)signal;
	w->stopped = true;
}

/* --- directories --------------------------------------------------------------------------- */

/* Move the initramfs' spec files to "/", before the initramfs is emptied. */
static int cdi_wait_take_specs(const struct cdi_env *env, const char *dir, struct fault *fault)
{
	int err = tree_mkdir(env->root, dir + 1);

	if (!err && env->initrd >= 0)
		err = tree_move(env->initrd, dir + 1, env->root, dir + 1);
	if (!err || err == -ENOENT)
		return 0;
	if (err != -ENOTDIR)
		return fault_strerror(fault, err, "cannot move %s out of the initramfs", dir);
	/* The other directory is still read. */
	pr_warn("%s of the initramfs is no directory", dir);
	return 0;
}

static int cdi_wait_watch(struct wait *w, const char *dir, uint32_t events, struct fault *fault)
{
	int fd cleanup(fd_close) = root_open(w->env->root, O_PATH | O_DIRECTORY, 0, "%s", dir);
	int err = fd < 0 ? fd : 0;

	if (!err) {
		w->watches = inotify_add_watch(w->events.fd, fd_path(fd).s, events);
		err = w->watches < 0 ? -errno : 0;
	}
	return err ? fault_strerror(fault, err, "cannot watch %s for CDI specs", dir) : 0;
}

static int cdi_wait_watch_all(struct wait *w, struct fault *fault)
{
	int err;

	w->events.ready = cdi_wait_events_ready;
	w->events.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->events.fd < 0)
		return fault_perror(fault, "inotify");
	err = loop_add(w->env->loop, &w->events);
	if (err)
		return fault_strerror(fault, err, "inotify");
	err = cdi_wait_watch(w, CDI_STATIC_DIR, FILE_EVENTS, fault);
	if (!err)
		err = cdi_wait_watch(w, CDI_DYNAMIC_DIR, FILE_EVENTS, fault);
	if (!err)
		err = cdi_wait_watch(w, CDI_RUN_DIR, FILE_EVENTS, fault);
	return err ? err : cdi_wait_watch(w, "/dev", NODE_EVENTS, fault);
}

/* --- the wait ------------------------------------------------------------------------------ */

static const char *cdi_wait_generator_state(const struct job *g)
{
	if (!g->pid)
		return "there is no generator";
	return g->running ? "the generator is still running" : "the generator has ended";
}

/* May spec files still be written? */
static bool cdi_wait_is_producing(struct wait *w)
{
	const struct cdi_env *env = w->env;

	if (!w->generator.running && !(env->producing && env->producing(env->arg)))
		return false;
	w->producing = clock_us();
	return true;
}

/* coldinit.cdi_timeout= with a producer, coldinit.timeout= without one */
static uint64_t cdi_wait_deadline(const struct wait *w, bool producing)
{
	const struct options *o = &w->env->request->options;
	uint64_t all = w->begin + o->cdi_timeout_s * 1000000ULL;
	uint64_t nodes = w->producing + o->timeout_s * 1000000ULL;

	return producing || nodes > all ? all : nodes;
}

/* The last try says what is missing. */
static int cdi_wait_give_up(struct wait *w, struct fault *fault)
{
	unsigned s = (unsigned)((clock_us() - w->begin + 500000) / 1000000);
	int err = cdi_wait_try(w->env, &w->request, w->doc, w, true, fault);

	if (!err && !w->generator.running) {
		pr_warn("the CDI devices were complete only at the end of the wait of %u s: no change in the directories of their files and nodes was seen",
			s);
		return 0;
	}
	if (!err)
		return fault_set(fault, -ETIME, "waited %u s for the end of %s", s,
				 w->generator.label);
	return fault_prefix(fault, -ETIME, "waited %u s for CDI devices, %s", s,
			    cdi_wait_generator_state(&w->generator));
}

/* Return: 0 when all edits are made, -EAGAIN to wait for the next event, else -errno. */
static int cdi_wait_try_again(struct wait *w, bool producing, struct fault *fault)
{
	int err = job_check(&w->generator, fault);

	w->try_at = CLOCK_NEVER;
	if (err)
		return err;
	err = cdi_wait_try(w->env, &w->request, w->doc, w, false, fault);
	if (err && w->unsure && w->try_at == CLOCK_NEVER)
		w->try_at = clock_us() + RETRY_US;
	/* See cdi_inject() for what these mean. */
	if (err == -ENOENT || (err && w->unsure))
		return -EAGAIN;
	if (err != -EAGAIN && err != -ENODEV)
		return err;
	return producing ? -EAGAIN : cdi_wait_undefined(w->env, err, fault);
}

/* Return: 0 or -EAGAIN to go on, else -errno. */
static int cdi_wait_step(struct wait *w, struct fault *fault)
{
	bool producing = cdi_wait_is_producing(w);
	uint64_t deadline = cdi_wait_deadline(w, producing), next;
	int err;

	/* What the last producer has written may have been seen by half. */
	if (w->produced && !producing)
		w->try_at = clock_us();
	w->produced = producing;

	if (!w->generator.running && clock_us() >= w->try_at) {
		err = cdi_wait_try_again(w, producing, fault);
		if (err != -EAGAIN)
			return err;
	}
	if (clock_us() >= deadline)
		return cdi_wait_give_up(w, fault);
	next = w->generator.running || w->try_at > deadline ? deadline : w->try_at;
	err = loop_wait(w->env->loop, next);
	if (w->stopped)
		return fault_set(fault, -EINTR,
				 "a stop was requested (%s) while waiting for CDI devices",
				 w->env->signals->requested);
	if (err && err != -ETIME)
		return fault_strerror(fault, err, "waiting for CDI devices");
	return -EAGAIN;
}

static int cdi_wait_all(struct wait *w, struct fault *fault)
{
	int err;

	w->begin = w->producing = clock_us();
	do
		err = cdi_wait_step(w, fault);
	while (err == -EAGAIN);
	return err;
}

static int cdi_wait_generate(struct wait *w, struct fault *fault)
{
	const struct cdi_env *env = w->env;
	const char **args = env->request->manifest.cdi_generator;

	w->generator = (struct job){
		.label = arena_printf(env->arena, "the CDI generator %s", args[0]),
		.place = JOB_INITRAMFS,
		.args = args,
		.root = env->initrd,
	};
	if (!w->generator.label)
		return fault_oom(fault);
	return job_start(&w->generator, env->root, env->loop, "cdi_generator", fault);
}

static int cdi_wait_begin(struct wait *w, struct fault *fault)
{
	const struct cdi_env *env = w->env;
	const struct manifest *m = &env->request->manifest;
	int err = cdi_wait_take_specs(env, CDI_STATIC_DIR, fault);

	if (!err)
		err = cdi_wait_take_specs(env, CDI_DYNAMIC_DIR, fault);
	if (!err)
		err = cdi_wait_take_specs(env, CDI_RUN_DIR, fault);
	if (!err)
		err = cdi_wait_watch_all(w, fault);
	return !err && m->n_cdi_generator ? cdi_wait_generate(w, fault) : err;
}

int cdi_devices(const struct cdi_env *env, struct oci_document *doc, struct fault *fault)
{
	const struct options *o = &env->request->options;
	struct wait w = {.env = env, .doc = doc, .events.fd = -1};
	int err = cdi_wait_requested(env, doc, &w.request, fault);

	if (err || !w.request.n)
		return err;
	watchdog_limit(PHASE_SPEC, o->cdi_timeout_s + MARGIN_S);
	env->signals->child = cdi_wait_child_ended;
	env->signals->stop = cdi_wait_stop;
	env->signals->arg = &w;
	err = cdi_wait_begin(&w, fault);
	if (!err)
		err = cdi_wait_all(&w, fault);
	job_kill(&w.generator);
	env->signals->child = NULL;
	env->signals->stop = NULL;
	if (w.events.fd >= 0)
		loop_remove(env->loop, &w.events);
	fd_close(&w.events.fd);
	return err;
}
