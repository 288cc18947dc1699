// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "devices: " fmt

#include <errno.h>
#include <string.h>

#include "dev/hotplug.h"
#include "dev/infiniband.h"
#include "dev/ops.h"
#include "init/devices/devices.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/storage/storage.h"
#include "net/uevent.h"

static bool has_id(const struct boot *b, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(b->manifest.devices[i].id, id))
			return true;
	return false;
}

int devices_add_words(struct boot *b, struct fault *f)
{
	size_t n = b->manifest.n_devices, all = n + b->options.n_devices;
	struct device *devices;
	int err;

	if (!b->options.n_devices)
		return 0;
	devices = arena_alloc(&b->arena, all, sizeof(*devices));
	if (!devices)
		return fault_oom(f);
	if (n)
		memcpy(devices, b->manifest.devices, n * sizeof(*devices));
	b->manifest.devices = devices;
	for (; n < all; n++) {
		const char *word = b->options.devices[n - b->manifest.n_devices];

		err = device_word_parse(&b->arena, word, &devices[n], f);
		if (err)
			return err;
		if (*devices[n].id && has_id(b, n, devices[n].id))
			return fault_set(f, -EEXIST, "there is another device with id \"%s\"",
					 devices[n].id);
	}
	b->manifest.n_devices = all;
	return 0;
}

/* The event sources of the wait, and what they wake; @settle is NULL when the wait is over. */
struct wait {
	struct loop_source uevents;
	struct boot *boot;
	struct dev_env env;
	struct settle *settle;
	int err;
};

static void uevents_ready(struct loop_source *source)
{
	struct wait *w = container_of(source, struct wait, uevents);

	w->err = hotplug_receive(w->settle, &w->env, w->boot->uevents);
	if (!w->err || w->settle)
		return;
	pr_warn("cannot read uevents any more: %s", strerror(-w->err));
	loop_remove(w->boot->loop, source);
}

static void child_ended(void *arg, pid_t pid, int status)
{
	struct wait *w = arg;

	settle_child(w->settle, pid, status, clock_us());
}

static void stop_asked(void *arg, int signal)
{
	struct wait *w = arg;

	(void)signal;
	w->err = -EINTR;
}

static int wait_all(struct boot *b, struct wait *w, struct fault *f)
{
	int err;

	while (settle_pending(w->settle)) {
		err = loop_wait(b->loop, settle_deadline(w->settle));
		/* Each round: a flood of events must not put a deadline off. */
		settle_expire(w->settle, clock_us());
		if (err && err != -ETIME)
			return fault_set(f, err, "waiting for devices: %m");
		if (w->err == -EINTR)
			return fault_set(f, w->err, "asked to stop while waiting for devices");
		if (w->err)
			return fault_set(f, w->err, "uevents: %m");
	}
	return settle_end(w->settle, f);
}

static int load_drivers(const struct device *devices, size_t n, const struct modules *m,
			struct fault *f)
{
	const struct handler *h, *last = NULL;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		h = handler_find(devices[i].type);
		/* Many devices are mostly many of one type. */
		if (!h || h == last)
			continue;
		for (size_t k = 0; h->modules[k] && !err; k++)
			err = modules_want(m, h->modules[k], f);
		last = h;
	}
	return err;
}

/* struct asked_for - the manifest's devices, and behind them the disks of its storages */
struct asked_for {
	struct device *devices;
	struct device_result *results;
	size_t n;
};

static int list_devices(struct boot *b, struct asked_for *all, struct fault *f)
{
	size_t n = b->manifest.n_devices, max = n + b->manifest.n_storages;
	int ret;

	if (!max)
		return 0;
	all->devices = arena_alloc(&b->arena, max, sizeof(*all->devices));
	all->results = arena_alloc(&b->arena, max, sizeof(*all->results));
	if (!all->devices || !all->results)
		return fault_oom(f);
	if (n)
		memcpy(all->devices, b->manifest.devices, n * sizeof(*all->devices));
	for (size_t i = 0; i < b->manifest.n_storages; i++) {
		ret = storage_device(&b->arena, &b->manifest.storages[i], &all->devices[n], f);
		if (ret < 0)
			return ret;
		if (ret)
			b->manifest.storages[i].disk = &all->results[n++];
	}
	all->n = n;
	b->verdict.devices = b->manifest.devices;
	b->verdict.results = b->results = all->results;
	b->verdict.n_devices = b->manifest.n_devices;
	return 0;
}

static int settle_all(struct wait *w, const struct asked_for *all, const struct modules *m,
		      struct fault *f)
{
	struct boot *b = w->boot;
	int err = load_drivers(all->devices, all->n, m, f);

	if (!err)
		err = settle_begin(&w->settle, &w->env, all->devices, all->results, all->n,
				   clock_us(), f);
	if (err)
		return err;
	b->signals.child = child_ended;
	b->signals.stop = stop_asked;
	b->signals.arg = w;
	err = wait_all(b, w, f);
	w->settle = NULL;
	return err;
}

int devices_find(struct boot *b, const struct modules *m, struct fault *f)
{
	/* Uevents are read as long as the guest lives. */
	static struct wait w;
	struct asked_for all = {0};
	int err;

	w.uevents = (struct loop_source){uevent_fd(b->uevents), uevents_ready};
	w.boot = b;
	w.env = (struct dev_env){
		.root = b->root,
		.ops = &dev_ops_live,
		.arena = &b->arena,
		.timeout_ms = b->options.timeout_s * 1000,
		.allow_unsafe_interrupts = b->manifest.policy.allow_unsafe_interrupts,
	};
	err = list_devices(b, &all, f);
	if (err)
		return err;
	err = loop_add(b->loop, &w.uevents);
	if (err)
		return fault_set(f, err, "uevents: %m");
	return all.n ? settle_all(&w, &all, m, f) : 0;
}

int devices_patch(struct boot *b, struct oci_document *doc, struct fault *f)
{
	struct oci_devices all = {.devices = b->manifest.devices, .results = b->verdict.results};
	int err;

	all.n = b->manifest.n_devices;
	err = infiniband_nodes(b->root, &b->arena, all.results, all.n, &all.nodes, &all.n_nodes, f);
	return err ? err : oci_patch(doc, &all, &b->manifest.policy, f);
}

unsigned devices_limit_s(const struct boot *b)
{
	unsigned longest_ms = b->options.timeout_s * 1000;

	for (size_t i = 0; i < b->manifest.n_devices; i++)
		if (b->manifest.devices[i].timeout_ms > longest_ms)
			longest_ms = b->manifest.devices[i].timeout_ms;
	return longest_ms / 1000 + 30;
}
