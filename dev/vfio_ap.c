// SPDX-License-Identifier: Apache-2.0
/*
 * Queues of cryptographic adapters (s390x): the options name them, the container gets
 * /dev/z90crypt. Queues of vfio-ap may be plugged in late, queues of vfio-ap-cold must exist.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/ap.h"
#include "dev/drive_bus.h"
#include "dev/expect.h"
#include "dev/handler.h"
#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define AP_BUS	"sys/bus/ap"
#define AP_ROOT "/devices/ap/"
#define AP_NODE "z90crypt"

/*
 * struct ap - a claim's priv
 * @queues: @n of them
 * @missing: index of the first one that does not exist, @n if all exist
 * @cold: all must exist at the first look
 * @scanned: the bus has been made to scan
 */
struct ap {
	struct ap_queue *queues;
	size_t n, missing;
	bool cold, scanned;
};

int ap_parse(const char *s, struct ap_queue *out)
{
	size_t n = strcspn(s, ".");
	uint64_t card, domain;

	if (!s[n] || n > 2 || strlen(s + n + 1) > 4 || str_number(s, n, 16, UINT8_MAX, &card) ||
	    str_number(s + n + 1, strlen(s + n + 1), 16, UINT16_MAX, &domain))
		return -EINVAL;
	*out = (struct ap_queue){(uint8_t)card, (uint16_t)domain};
	return 0;
}

struct ap_text ap_text(const struct ap_queue *queue)
{
	struct ap_text text;

	snprintf(text.s, sizeof(text.s), "card%02x/%02x.%04x", queue->card, queue->card,
		 queue->domain);
	return text;
}

static int ap_refuse(struct claim *c, const char *found)
{
	fault_set(c->fault, 0,
		  "AP queue \"%.100s\" is not XX.YYYY, adapter and domain in hexadecimal", found);
	return fault_facts(c->fault, -EINVAL, "an AP queue as 05.0011", found);
}

static int ap_prepare(struct claim *c, const struct dev_env *env)
{
	const struct device *d = c->device;
	struct ap *a = arena_alloc(env->arena, 1, sizeof(*a));

	if (a)
		a->queues = arena_alloc(env->arena, d->n_options, sizeof(*a->queues));
	if (!a || !a->queues)
		return fault_oom(c->fault);
	if (!d->n_options)
		return fault_set(c->fault, -EINVAL,
				 "a %.32s device needs its AP queues, such as 05.0011, as options",
				 d->type);
	for (; a->n < d->n_options; a->n++)
		if (ap_parse(d->options[a->n], &a->queues[a->n]))
			return ap_refuse(c, d->options[a->n]);
	a->cold = str_ends(d->type, "-cold");
	c->priv = a;
	return expect_no_ids(d, c->fault);
}

/* Make the bus scan, once. */
static int ap_scan(struct claim *c, const struct dev_env *env)
{
	struct ap *a = c->priv;
	int err;

	if (a->scanned)
		return 0;
	err = root_look(env->root, c->fault, AP_BUS);
	if (err < 0)
		return err;
	if (!err) {
		fault_set(c->fault, 0,
			  "AP queues are only on s390x: this guest has no AP bus (/" AP_BUS ")");
		fault_expected(c->fault, "AP queue %s", ap_text(&a->queues[0]).s + AP_NAME_AT);
		fault_found(c->fault, "no AP bus");
		return -ENODEV;
	}
	err = env->ops->write(env->root, AP_BUS "/scans", "1");
	if (err)
		return fault_strerror(c->fault, err, "cannot write 1 to /" AP_BUS "/scans");
	a->scanned = true;
	return 0;
}

static int ap_find_queues(struct claim *c, const struct dev_env *env)
{
	struct ap *a = c->priv;

	for (size_t i = 0; i < a->n; i++) {
		struct ap_text text = ap_text(&a->queues[i]);
		const char *name = text.s + AP_NAME_AT;
		int there = root_look(env->root, c->fault, "sys" AP_ROOT "%s", text.s);

		if (there < 0)
			return there;
		if (there)
			continue;
		a->missing = i;
		if (!a->cold)
			return claim_wait(c, NULL, NULL, NULL, "AP queue %s", name);
		sysfs_explain(env->root, AP_BUS "/devices", c->fault);
		fault_prefix(c->fault, 0, "AP queue %s does not exist", name);
		fault_expected(c->fault, "AP queue %s", name);
		return -ENODEV;
	}
	a->missing = a->n;
	return 0;
}

static int ap_advance(struct claim *c, const struct dev_env *env)
{
	const struct ap *a = c->priv;
	char dir[sizeof(AP_BUS) + 32];
	struct ap_text text = ap_text(&a->queues[0]);
	int err;

	err = ap_scan(c, env);
	if (!err)
		err = ap_find_queues(c, env);
	if (err)
		return err;
	err = drive_bus_claim(c, env, DRIVE_AP);
	if (err < 0)
		return err;
	err = claim_node(c, env, 'c', "sys/class/misc/" AP_NODE, AP_NODE);
	if (err == -ENOENT)
		return claim_wait(c, "misc", "add", AP_NODE, "/dev/" AP_NODE " (module zcrypt)");
	if (err)
		return err;
	memcpy(c->result->final_path, c->result->node, sizeof("/dev/" AP_NODE));
	snprintf(c->result->guest, sizeof(c->result->guest), "%s", text.s + AP_NAME_AT);
	snprintf(dir, sizeof(dir), "sys" AP_ROOT "%s", text.s);
	return claim_driver(c, env, dir, text.s + AP_NAME_AT);
}

static bool ap_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct ap *a = c->priv;

	if (a->missing == a->n)
		return claim_woken(c, ev);
	return !strcmp(ev->action, "add") && str_starts(ev->devpath, AP_ROOT) &&
	       !strcmp(ev->devpath + strlen(AP_ROOT), ap_text(&a->queues[a->missing]).s);
}

static void ap_explain(struct claim *c, const struct dev_env *env)
{
	sysfs_explain(env->root, AP_BUS "/devices", c->fault);
}

static const struct handler vfio_ap_handler = {
	.types = (const char *const[]){"vfio-ap", "vfio-ap-cold", NULL},
	.modules = (const char *const[]){"ap", "zcrypt", NULL},
	.node = true,
	.prepare = ap_prepare,
	.advance = ap_advance,
	.concerns = ap_concerns,
	.explain = ap_explain,
};

HANDLER_REGISTER(vfio_ap_handler);
