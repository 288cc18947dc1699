// SPDX-License-Identifier: Apache-2.0
/*
 * Theory of operation
 *
 * A requested device may be there when the guest starts, appear a second later, or never come. Its
 * driver may bind at once, after a module is loaded, or never. The VMM announces none of this. So
 * each device is a claim, which moves on as soon as it can and fails with an explanation when its
 * timeout expires.
 *
 * Uevents are wake-ups, sysfs is the truth. The kernel sends a uevent for each change of a device.
 * But messages can be lost (the buffer of the socket is finite; the kernel reports ENOBUFS), they
 * can be old when they are read, and changes before the socket was open are not in it. So a claim
 * never keeps what a message says: a message only makes it look at sysfs again. A message too many
 * costs time and does no harm.
 *
 * The order is: subscribe, scan, wait. The caller opens the uevent socket first. Then
 * settle_begin() lets each claim look at sysfs, so that a device which is already there needs no
 * uevent. A device that appears in between is seen by the scan, or has a message in the socket; in
 * the other order it could be missed. (The caller may mute the socket during settle_begin(), which
 * binds drivers and so causes messages, if it calls settle_rescan() after it.) After lost messages
 * settle_rescan() repeats the scan for all claims, and settle_expire() lets a claim look for the last
 * time before it fails.
 *
 * A claim moves through the functions of its handler (dev/handler.h), none of which waits:
 *
 * - prepare() checks the fields of the device. The fields of all devices are checked before any
 *   device is touched, so a wrong manifest changes nothing.
 * - advance() does what is possible now: it finds the device, binds the driver, makes the node. It
 *   begins at the beginning each time and skips what is done. If something is missing, it calls
 *   claim_wait() and returns -EAGAIN.
 * - concerns() decides whether a uevent can bring what is missing. With many devices and thousands
 *   of messages nearly all calls of advance() would be in vain.
 * - explain() says, after the timeout, what is there instead.
 *
 * Some writes to sysfs block without limit: an unbind until the last process closes the device, a
 * scan of a SCSI host until its targets have answered. PID 1 would then miss all other messages
 * and timeouts. So dev_ops.write_async does such a write in a helper process. A claim has at most
 * one. It wakes when the helper ends (settle_child()), or earlier by the uevent of the effect. If
 * the helper never ends, the claim fails at its timeout and the helper stays behind.
 *
 * Each claim has its deadline, counted from the beginning of the scan. All claims wait at the same
 * time: the wait is as long as the longest timeout, not as their sum. The caller waits until
 * settle_deadline() at most, and calls settle_expire() in each round, so that a flood of messages
 * does not delay a timeout.
 *
 * When a required device fails, the container cannot start, and the other waits end at once. For
 * any other device a failure is a warning. settle_end() returns the first error of a required
 * device with all its facts; of every failed device one line is kept for the verdict.
 */
#define pr_fmt(fmt) "devices: " fmt

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "dev/drive_bus.h"
#include "dev/expect.h"
#include "dev/presence.h"
#include "dev/settle.h"
#include "init/lib/clock.h"
#include "init/lib/fd.h"
#include "init/lib/log.h"

/* Room for what the log says of a device that is ready: the members of the result are not longer. */
#define READY_MAX 320

/*
 * struct settle - all claims together
 * @claims: @n of them, of which @waiting have not ended
 * @begun: the beginning of the scan, on the caller's clock
 * @round: of the present call
 * @skew: the caller's clock less ours, so that the time inside a call counts, too
 * @fault: shared by all claims; a claim that fails takes from it what it keeps
 * @ready: the next line of the log, with the devices that are ready; @n_ready bytes
 * @first: the first required device that failed, NULL for none
 * @error, @first_fault: its error
 */
struct settle {
	struct dev_env env;
	struct dev_round round;
	struct claim *claims;
	size_t n, waiting;
	uint64_t begun, skew;
	struct fault fault;
	char ready[900];
	size_t n_ready;
	const struct claim *first;
	int error;
	struct fault first_fault;
};

static const struct dev_round no_round = {.probe = -1, .groups = -1, .numbers = -1};

/* The caller gives the time at the beginning of a call; settle_elapsed_us() adds what passes. */
static void settle_set_clock(struct settle *s, uint64_t now)
{
	s->skew = now - clock_us();
}

static uint64_t settle_elapsed_us(const struct settle *s)
{
	return clock_us() + s->skew - s->begun;
}

static void settle_log_list(struct settle *s)
{
	if (s->n_ready)
		pr_info("%s", s->ready);
	s->n_ready = 0;
}

/* The devices that become ready in one round share lines, because each line takes the kernel long. */
static void settle_log_ready(struct settle *s, const struct claim *c)
{
	const struct device_result *r = c->result;
	int n;

	if (s->n_ready > sizeof(s->ready) - READY_MAX)
		settle_log_list(s);
	n = snprintf(s->ready + s->n_ready, READY_MAX,
		     "%s%.64s: ready after %llu us: %s driver=%s group=%s %s=%s",
		     s->n_ready ? "; " : "", c->label, (unsigned long long)r->us, r->guest,
		     r->driver, r->group, r->ifname[0] ? "interface" : "node",
		     r->ifname[0] ? r->ifname : r->node);
	s->n_ready += n > 0 ? (size_t)n : 0;
}

static void settle_finish_failed(struct settle *s, struct claim *c)
{
	c->state = CLAIM_FAILED;
	c->result->us = settle_elapsed_us(s);
	c->result->error = arena_printf(s->env.arena, "%s", c->fault->text);
	if (!c->result->error)
		c->result->error = "out of memory";
}

static void settle_fail(struct settle *s, struct claim *c, int err)
{
	fault_prefix(c->fault, err, "%.64s", c->label);
	settle_finish_failed(s, c);
	if (!c->device->required) {
		pr_warn("%s (not required: going on without it)", c->fault->text);
	} else if (!s->first) {
		s->first = c;
		s->error = err;
		s->first_fault = *c->fault;
	}
}

/* A mapping of @r from the host address of @m to another guest address, NULL if there is none. */
static const struct pci_mapping *settle_other_guest(const struct device_result *r,
						    const struct pci_mapping *m)
{
	for (size_t i = 0; i < r->n_pci; i++)
		if (pci_address_equal(&r->pci[i].host, &m->host) &&
		    !pci_address_equal(&r->pci[i].guest, &m->guest))
			return &r->pci[i];
	return NULL;
}

/* One host address must not have two guest addresses: the environment contains host addresses. */
static int settle_check_mappings(struct claim *c, const struct claim *o)
{
	const struct pci_mapping *m, *other;

	for (size_t i = 0; i < c->result->n_pci; i++) {
		m = &c->result->pci[i];
		other = settle_other_guest(o->result, m);
		if (other)
			return fault_set(
				c->fault, -EINVAL,
				"conflicting guest addresses for host device %s: %s here, %s of %.64s",
				pci_address_text(&m->host).s, pci_address_text(&m->guest).s,
				pci_address_text(&other->guest).s, o->label);
	}
	return 0;
}

static int settle_check_all_mappings(struct claim *c)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->n_all; i++)
		if (&c->all[i] == c || c->all[i].state == CLAIM_READY)
			err = settle_check_mappings(c, &c->all[i]);
	return err;
}

/* Let a device go as far as it can. */
static void settle_advance(struct settle *s, struct claim *c)
{
	int err;

	fault_clear(c->fault); /* it may have another claim's */
	c->again = c->again_ms = 0;
	err = c->handler->advance(c, &s->env);
	c->rested = false;
	if (err == -EAGAIN) {
		if (c->again_ms)
			c->again = s->begun + settle_elapsed_us(s) + c->again_ms * 1000ULL;
		return;
	}
	s->waiting--;
	if (!err)
		err = settle_check_all_mappings(c);
	if (!err)
		err = presence_note(&s->env, c->result, c->fault);
	if (err) {
		settle_fail(s, c, fault_check(c->fault, err, c->device->type));
		return;
	}
	c->state = CLAIM_READY;
	c->result->ready = true;
	c->result->us = settle_elapsed_us(s);
	settle_log_ready(s, c);
}

/* The error says what was waited for, for how long, and what is there instead. */
static void settle_time_out(struct settle *s, struct claim *c)
{
	uint64_t ms = (c->deadline - s->begun) / 1000;

	fault_clear(c->fault); /* it may have another claim's */
	if (c->handler->explain)
		c->handler->explain(c, &s->env);
	if (c->fault->text[0])
		fault_prefix(c->fault, 0, "waited %llu ms for %s", (unsigned long long)ms,
			     c->waiting_for);
	else
		fault_set(c->fault, 0, "waited %llu ms for %s", (unsigned long long)ms,
			  c->waiting_for);
	if (!c->fault->expected[0])
		fault_expected(c->fault, "%s", c->waiting_for);
	s->waiting--;
	settle_fail(s, c, -ETIME);
}

/* Without a required device the container cannot start, so the other waits end. */
static void settle_give_up(struct settle *s)
{
	for (size_t i = 0; s->first && i < s->n; i++) {
		struct claim *c = &s->claims[i];

		if (c->state != CLAIM_WAITING)
			continue;
		fault_set(c->fault, 0, "%.64s: given up, as %.64s failed", c->label,
			  s->first->label);
		settle_finish_failed(s, c);
		s->waiting--;
	}
}

/* What was looked up once in this round may be different in the next one. */
static void settle_end_round(struct settle *s)
{
	settle_give_up(s);
	settle_log_list(s);
	fd_close(&s->round.probe);
	fd_close(&s->round.groups);
	fd_close(&s->round.numbers);
	s->round = no_round;
}

/* Check the fields of a device; nothing is touched. */
static int settle_prepare(struct claim *c, const struct dev_env *env)
{
	const struct device *d = c->device;
	int err;

	fault_clear(c->fault); /* it may have another claim's */
	if (!d->type[0])
		return fault_set(c->fault, -EINVAL, "the device has no type; known: %s",
				 handler_types());
	c->handler = handler_find(d->type);
	if (!c->handler) {
		fault_set(c->fault, 0, "unknown device type \"%.64s\"; known: %s", d->type,
			  handler_types());
		fault_expected(c->fault, "one of %s", handler_types());
		fault_found(c->fault, "%.64s", d->type);
		return -EINVAL;
	}
	err = expect_check(d, c->fault);
	return err ? err : c->handler->prepare(c, env);
}

static int settle_init_claim(struct settle *s, size_t i, const struct device *d,
			     struct device_result *r)
{
	uint32_t ms = d->timeout_ms ? d->timeout_ms : s->env.timeout_ms;
	struct claim *c = &s->claims[i];

	memset(r, 0, sizeof(*r));
	c->device = d;
	c->result = r;
	c->fault = &s->fault;
	c->all = s->claims;
	c->n_all = s->n;
	c->deadline = s->begun + (uint64_t)ms * 1000;
	c->label = d->label   ? d->label
		   : d->id[0] ? d->id
			      : arena_printf(s->env.arena, "device %zu (%.32s)", i, d->type);
	r->label = c->label;
	return c->label ? 0 : -ENOMEM;
}

int settle_begin(struct settle **out, const struct dev_env *env, const struct device *devices,
		 struct device_result *results, size_t n, uint64_t now, struct fault *fault)
{
	struct settle *s = arena_alloc(env->arena, 1, sizeof(*s));
	int err;

	if (s)
		s->claims = arena_alloc(env->arena, n, sizeof(*s->claims));
	if (!s || !s->claims)
		return fault_oom(fault);
	s->env = *env;
	s->env.round = &s->round;
	s->round = no_round;
	s->n = n;
	s->begun = now;
	settle_set_clock(s, now);
	for (size_t i = 0; i < n; i++)
		if (settle_init_claim(s, i, &devices[i], &results[i]))
			return fault_oom(fault);
	for (size_t i = 0; i < n; i++) {
		err = settle_prepare(&s->claims[i], env);
		if (err)
			settle_fail(s, &s->claims[i], fault_check(&s->fault, err, devices[i].type));
		else
			s->waiting++;
		if (err && s->first) {
			*fault = s->first_fault;
			return err;
		}
	}
	settle_rescan(s, now);
	*out = s;
	return 0;
}

int settle_check(struct arena *arena, const struct device *devices, size_t n, struct fault *fault)
{
	struct settle s = {.env = {.root = -1, .arena = arena}, .n = n};
	struct device_result *results = arena_alloc(arena, n, sizeof(*results));
	int err = 0;

	s.claims = arena_alloc(arena, n, sizeof(*s.claims));
	if (n && (!s.claims || !results))
		return fault_oom(fault);
	for (size_t i = 0; i < n; i++)
		if (settle_init_claim(&s, i, &devices[i], &results[i]))
			return fault_oom(fault);
	for (size_t i = 0; i < n; i++) {
		const struct claim *c = &s.claims[i];

		if (!settle_prepare(&s.claims[i], &s.env))
			continue;
		if (err)
			fault_add(fault, "; %s: %s", c->label, s.fault.text);
		else
			err = fault_set(fault, -EINVAL, "%s: %s", c->label, s.fault.text);
	}
	return err;
}

void settle_uevent(struct settle *s, const struct uevent *ev, uint64_t now)
{
	settle_set_clock(s, now);
	for (size_t i = 0; i < s->n; i++) {
		struct claim *c = &s->claims[i];

		if (c->state != CLAIM_WAITING)
			continue;
		if ((c->drives && drive_bus_added(ev)) ||
		    (c->handler->concerns ? c->handler->concerns(c, ev) : claim_woken(c, ev)))
			settle_advance(s, c);
	}
	settle_end_round(s);
}

void settle_rescan(struct settle *s, uint64_t now)
{
	settle_set_clock(s, now);
	s->round.rescan = true;
	for (size_t i = 0; i < s->n; i++)
		if (s->claims[i].state == CLAIM_WAITING)
			settle_advance(s, &s->claims[i]);
	settle_end_round(s);
}

void settle_child(struct settle *s, pid_t pid, int status, uint64_t now)
{
	settle_set_clock(s, now);
	for (size_t i = 0; i < s->n; i++) {
		struct claim *c = &s->claims[i];

		if (c->helper != pid)
			continue;
		c->helper = 0;
		c->helper_error = WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
		if (c->state == CLAIM_WAITING)
			settle_advance(s, c);
	}
	settle_end_round(s);
}

/* The timeout has expired: what is there without a uevent, or is good enough now? */
static void settle_look_last(struct settle *s, struct claim *c)
{
	settle_advance(s, c);
	if (c->state == CLAIM_READY)
		pr_warn("%.64s: found only at the end of its timeout of %llu ms: the uevent for %s was lost or never sent",
			c->label, (unsigned long long)(c->deadline - s->begun) / 1000,
			c->waiting_for);
	if (c->state != CLAIM_WAITING)
		return;
	c->last = true;
	settle_advance(s, c);
	if (c->state == CLAIM_WAITING)
		settle_time_out(s, c);
}

void settle_expire(struct settle *s, uint64_t now)
{
	settle_set_clock(s, now);
	for (size_t i = 0; i < s->n; i++) {
		struct claim *c = &s->claims[i];

		if (c->state != CLAIM_WAITING)
			continue;
		c->rested = c->again && c->again <= now;
		if (c->rested)
			settle_advance(s, c);
		if (c->state == CLAIM_WAITING && c->deadline <= now)
			settle_look_last(s, c);
	}
	settle_end_round(s);
}

uint64_t settle_deadline(const struct settle *s)
{
	uint64_t first = CLOCK_NEVER;

	for (size_t i = 0; i < s->n; i++) {
		const struct claim *c = &s->claims[i];

		if (c->state != CLAIM_WAITING)
			continue;
		if (c->deadline < first)
			first = c->deadline;
		if (c->again && c->again < first)
			first = c->again;
	}
	return first;
}

size_t settle_pending(const struct settle *s)
{
	return s->waiting;
}

int settle_end(const struct settle *s, struct fault *fault)
{
	if (s->first) {
		*fault = s->first_fault;
		return s->error;
	}
	if (s->waiting)
		return fault_set(fault, -EBUSY, "%zu devices still wait", s->waiting);
	return 0;
}
