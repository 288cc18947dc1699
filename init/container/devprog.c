// SPDX-License-Identifier: Apache-2.0
/*
 * Translate linux.resources.devices into an eBPF program.
 *
 * Theory of operation
 *
 * In cgroup v2 no file lists the devices that a cgroup may use. A program that is attached to the
 * cgroup decides: for each open(2) of a device node and each mknod(2) the kernel calls it with
 * struct bpf_cgroup_dev_ctx (access << 16 | type, major, minor). If it returns 0, the system call
 * fails with EPERM.
 *
 * The rules: each of read, write and mknod is decided by the last rule that matches. The program
 * tests the rules from the last to the first, so that the first match decides. R_ACCESS holds the
 * requested bits that no rule has allowed yet. A rule that allows clears its bits, and the request
 * is allowed once no bit is left; a rule that denies ends the request if one of its bits is left.
 * Most rules have all three bits; those decide at once, without a change of R_ACCESS.
 *
 * Runs: in a run of rules with the same verdict the order does not matter. A run is a set of
 * spans (a type, access bits, a range of majors, a range of minors). devprog_simplify() sorts
 * them, drops those that another one covers and merges neighbours. The last run, which is tested
 * first, contains the devices of every container. A rule for all devices makes every rule before
 * it unreachable; its verdict becomes the program's end. For example:
 *
 *	deny  a *:*    rwm	the end of the program denies
 *	allow c *:*    m	covered: mknod of any device is always allowed
 *	allow c 1:3    rwm	covered: /dev/null is always allowed
 *	allow c 5:1    rwm	left out: this is the guest's console, which is never allowed
 *	allow c 10:200 rwm	if the major is not 10: next major
 *	allow c 10:201 rwm	merged with the rule before: if the minor is 200 or 201: allow
 *
 * Why short: before the kernel accepts the program, its verifier follows every path through it.
 * This is most of the cost of starting a container, and it can grow with the square of the number
 * of rules. Therefore each type and each major is tested once for all of its spans; after the
 * spans of one major the program jumps to the next type, since no other major can match; ranges
 * replace lists; and there is no program if it would allow everything. DEVPROG_RULES_MAX limits
 * the rest.
 *
 * Jumps go forward only, so every program ends. A jump whose target is not known yet contains a
 * label, a negative offset, which devprog_land_label() replaces. Numbers are compared in 32 bits
 * (BPF_JMP32): a 64-bit comparison would extend the sign of the immediate operand.
 */
#include <errno.h>
#include <stdlib.h>

#include "init/container/devprog_private.h"
#include "init/lib/root.h"

#define ACCESS_ALL (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)

#define TYPE_ANY   0
#define NUMBER_MAX UINT32_MAX

/* A range of numbers, both ends included. */
struct range {
	uint32_t first, last;
};

static const struct range any = {0, NUMBER_MAX};

/* Devices with the same verdict. @type: TYPE_ANY or a BPF_DEVCG_DEV_ constant. */
struct span {
	uint8_t type, access;
	struct range major, minor;
};

#define CHAR(a, b, c, d)                                \
	{                                               \
		BPF_DEVCG_DEV_CHAR, ACCESS_ALL, {a, b}, \
		{                                       \
			c, d                            \
		}                                       \
	}

static const struct span defaults[] = {
	{TYPE_ANY, BPF_DEVCG_ACC_MKNOD, {0, NUMBER_MAX}, {0, NUMBER_MAX}},
	CHAR(1, 1, 3, 3),	       /* null */
	CHAR(1, 1, 5, 5),	       /* zero */
	CHAR(1, 1, 7, 9),	       /* full, random, urandom */
	CHAR(5, 5, 0, 0),	       /* tty */
	CHAR(5, 5, 2, 2),	       /* ptmx */
	CHAR(136, 136, 0, NUMBER_MAX), /* pts */
};

/* The guest's console, where the verdict is written. A container's /dev/console is a pty. */
static const struct span console = {
	BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, {5, 5}, {1, 1}};

/* Registers: the request. R_ACCESS holds the bits that no rule has allowed yet. */
#define R_TYPE	 BPF_REG_2
#define R_ACCESS BPF_REG_3
#define R_MAJOR	 BPF_REG_4
#define R_MINOR	 BPF_REG_5

/* Labels: jump targets that are not known yet. Other jumps have an offset of at least 0. */
#define TO_ALLOW     (-1)
#define TO_DENY	     (-2)
#define TO_NEXT_TYPE (-3)

/* Instructions: head 6, tail 4, and for each span at most: type 1, major 3, minor 2, verdict 2. */
#define INSN_ROOM(spans) (10 + 8 * (spans))

/* Append an instruction. Return: its index. */
static size_t devprog_emit(struct devprog *p, struct bpf_insn insn)
{
	p->insn[p->n] = insn;
	return p->n++;
}

/* Jump to @to if the comparison @op of @reg with @value is true. Return: index of the jump. */
static size_t devprog_jump_if(struct devprog *p, uint8_t op, uint8_t reg, uint32_t value,
			      int16_t to)
{
	return devprog_emit(p, (struct bpf_insn){.code = BPF_JMP32 | op | BPF_K,
						 .dst_reg = reg,
						 .off = to,
						 .imm = (int32_t)value});
}

static void devprog_jump(struct devprog *p, int16_t to)
{
	devprog_emit(p, (struct bpf_insn){.code = BPF_JMP | BPF_JA, .off = to});
}

/* Set the target of the jump at @from to the next instruction. */
static void devprog_land(struct devprog *p, size_t from)
{
	p->insn[from].off = (int16_t)(p->n - from - 1);
}

/* Set the target of all jumps to @label to the next instruction. */
static void devprog_land_label(struct devprog *p, int16_t label)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->insn[i].off == label)
			devprog_land(p, i);
}

static void devprog_emit_load(struct devprog *p, uint8_t reg, size_t offset)
{
	devprog_emit(p, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_W,
					  .dst_reg = reg,
					  .src_reg = BPF_REG_1,
					  .off = (int16_t)offset});
}

static void devprog_emit_alu(struct devprog *p, uint8_t op, uint8_t reg, int32_t value)
{
	devprog_emit(
		p, (struct bpf_insn){.code = BPF_ALU64 | op | BPF_K, .dst_reg = reg, .imm = value});
}

/* Load the request into the registers. */
static void devprog_emit_head(struct devprog *p)
{
	devprog_emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	devprog_emit_load(p, R_ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	devprog_emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	devprog_emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	devprog_emit_alu(p, BPF_AND, R_TYPE, 0xffff);
	devprog_emit_alu(p, BPF_RSH, R_ACCESS, 16);
}

/* The jumps out of a range: at most two, with the same target. */
struct exits {
	size_t at[2], n;
};

/* Jump if @reg is not in the range. Return: the jumps, which need a target. */
static struct exits devprog_jump_unless_in(struct devprog *p, uint8_t reg, struct range r)
{
	struct exits e = {.n = 0};

	if (r.first == r.last) {
		e.at[e.n++] = devprog_jump_if(p, BPF_JNE, reg, r.first, 0);
		return e;
	}
	if (r.first > 0)
		e.at[e.n++] = devprog_jump_if(p, BPF_JLT, reg, r.first, 0);
	if (r.last < NUMBER_MAX)
		e.at[e.n++] = devprog_jump_if(p, BPF_JGT, reg, r.last, 0);
	return e;
}

static void devprog_land_exits(struct devprog *p, const struct exits *e)
{
	for (size_t i = 0; i < e->n; i++)
		devprog_land(p, e->at[i]);
}

static void devprog_emit_verdict(struct devprog *p, uint8_t access, bool allow)
{
	if (access == ACCESS_ALL) {
		devprog_jump(p, allow ? TO_ALLOW : TO_DENY);
	} else if (allow) {
		devprog_emit_alu(p, BPF_AND, R_ACCESS, ACCESS_ALL & ~access);
		devprog_jump_if(p, BPF_JEQ, R_ACCESS, 0, TO_ALLOW);
	} else {
		devprog_jump_if(p, BPF_JSET, R_ACCESS, access, TO_DENY);
	}
}

static void devprog_emit_minor(struct devprog *p, const struct span *s, bool allow)
{
	struct exits out;

	/* One instruction for the most frequent case. */
	if (s->access == ACCESS_ALL && s->minor.first == s->minor.last) {
		devprog_jump_if(p, BPF_JEQ, R_MINOR, s->minor.first, allow ? TO_ALLOW : TO_DENY);
		return;
	}
	out = devprog_jump_unless_in(p, R_MINOR, s->minor);
	devprog_emit_verdict(p, s->access, allow);
	devprog_land_exits(p, &out);
}

static bool devprog_same_range(struct range a, struct range b)
{
	return a.first == b.first && a.last == b.last;
}

/* Emit the spans at the head of @s that have the same range of majors. Return: their number. */
static size_t devprog_emit_major(struct devprog *p, const struct span *s, size_t n, bool allow)
{
	struct exits out = devprog_jump_unless_in(p, R_MAJOR, s->major);
	size_t i = 0;

	do
		devprog_emit_minor(p, &s[i++], allow);
	while (i < n && s[i].type == s->type && devprog_same_range(s[i].major, s->major));
	/* No other major can match, and testing the others would make verifying quadratic. */
	if (i < n && s[i].type == s->type && s[i].major.first > s->major.last &&
	    !(s->access == ACCESS_ALL && devprog_same_range(s->minor, any)))
		devprog_jump(p, TO_NEXT_TYPE);
	devprog_land_exits(p, &out);
	return i;
}

/* Emit sorted spans with the same verdict. Each type and each major is tested once. */
static void devprog_emit_spans(struct devprog *p, const struct span *s, size_t n, bool allow)
{
	size_t i = 0;

	while (i < n) {
		uint8_t type = s[i].type;

		if (type != TYPE_ANY)
			devprog_jump_if(p, BPF_JNE, R_TYPE, type, TO_NEXT_TYPE);
		while (i < n && s[i].type == type)
			i += devprog_emit_major(p, &s[i], n - i, allow);
		devprog_land_label(p, TO_NEXT_TYPE);
	}
}

static void devprog_emit_return(struct devprog *p, bool allow)
{
	devprog_emit(p, (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K,
					  .dst_reg = BPF_REG_0,
					  .imm = allow});
	devprog_emit(p, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
}

static bool devprog_jumps_to(const struct devprog *p, int16_t label)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->insn[i].off == label)
			return true;
	return false;
}

/*
 * End the program. Requests that no rule has decided get @allow. The verifier refuses unreachable
 * instructions: the second verdict has a jump to it, or there is no program.
 */
static void devprog_emit_tail(struct devprog *p, bool allow)
{
	int16_t same = allow ? TO_ALLOW : TO_DENY, other = allow ? TO_DENY : TO_ALLOW;

	if (!devprog_jumps_to(p, other)) {
		/* No jump to TO_DENY: all is allowed. (The default devices jump to TO_ALLOW.) */
		p->n = 0;
		return;
	}
	devprog_land_label(p, same);
	devprog_emit_return(p, allow);
	devprog_land_label(p, other);
	devprog_emit_return(p, !allow);
}

static bool devprog_in_range(struct range inner, struct range outer)
{
	return inner.first >= outer.first && inner.last <= outer.last;
}

static bool devprog_covers(const struct span *a, const struct span *b)
{
	return (a->type == TYPE_ANY || a->type == b->type) && !(b->access & ~a->access) &&
	       devprog_in_range(b->major, a->major) && devprog_in_range(b->minor, a->minor);
}

static bool devprog_adjoin(struct range a, struct range b)
{
	return b.first <= a.last || b.first - 1 == a.last;
}

/*
 * Extend @a so that it covers @b, which follows in the order of devprog_compare(). Return: false if
 * one span cannot cover both.
 */
static bool devprog_extend(struct span *a, const struct span *b)
{
	if (a->type != b->type || a->access != b->access)
		return false;
	if (devprog_same_range(a->major, b->major) && devprog_adjoin(a->minor, b->minor)) {
		if (b->minor.last > a->minor.last)
			a->minor.last = b->minor.last;
		return true;
	}
	if (devprog_same_range(a->minor, b->minor) && devprog_adjoin(a->major, b->major)) {
		if (b->major.last > a->major.last)
			a->major.last = b->major.last;
		return true;
	}
	return false;
}

/* By type and major, so that devprog_emit_spans() can share tests; wider ranges first. */
static int devprog_compare(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;
	uint32_t x[] = {a->type, a->major.first, ~a->major.last, a->minor.first, ~a->minor.last};
	uint32_t y[] = {b->type, b->major.first, ~b->major.last, b->minor.first, ~b->minor.last};

	for (size_t i = 0; i < ARRAY_SIZE(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return (int)b->access - (int)a->access;
}

/* Sort spans with the same verdict, drop covered ones, merge neighbours. Return: the new number. */
static size_t devprog_simplify(struct span *s, size_t n)
{
	size_t kept = 0, i, j;

	qsort(s, n, sizeof(*s), devprog_compare);
	for (i = 0; i < n; i++) {
		for (j = 0; j < kept && !devprog_covers(&s[j], &s[i]); j++)
			;
		if (j < kept || (kept && devprog_extend(&s[kept - 1], &s[i])))
			continue;
		s[kept++] = s[i];
	}
	return kept;
}

static int devprog_number_range(int64_t number, struct range *out)
{
	if (number == OCI_ANY) {
		*out = any;
		return 0;
	}
	if (number < 0 || number > NUMBER_MAX)
		return -ERANGE;
	*out = (struct range){(uint32_t)number, (uint32_t)number};
	return 0;
}

static int devprog_rule_span(const struct oci_device_rule *r, struct span *out)
{
	struct span s = {.type = TYPE_ANY};

	if (r->type == 'b')
		s.type = BPF_DEVCG_DEV_BLOCK;
	else if (r->type == 'c')
		s.type = BPF_DEVCG_DEV_CHAR;
	else if (r->type != 'a')
		return -EINVAL;
	if (devprog_number_range(r->major, &s.major) || devprog_number_range(r->minor, &s.minor))
		return -ERANGE;
	s.access = (r->read ? BPF_DEVCG_ACC_READ : 0) | (r->write ? BPF_DEVCG_ACC_WRITE : 0) |
		   (r->mknod ? BPF_DEVCG_ACC_MKNOD : 0);
	*out = s;
	return 0;
}

/*
 * Return: false if a rule changes nothing, since the default devices decide before it, or since it
 * allows only the console (container engines have such a rule).
 */
static bool devprog_matters(const struct span *s, bool allow)
{
	const struct span opened = {s->type, s->access & console.access, s->major, s->minor};

	if (!s->access || (allow && s->type == console.type && devprog_covers(&console, &opened)))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (devprog_covers(&defaults[i], s))
			return false;
	return true;
}

static bool devprog_is_catch_all(const struct span *s)
{
	static const struct span all = {TYPE_ANY, ACCESS_ALL, {0, NUMBER_MAX}, {0, NUMBER_MAX}};

	return devprog_covers(s, &all);
}

/* Return: true if a rule allows the console with other devices. */
static bool devprog_reaches_console(const struct oci_device_rule *r)
{
	return r->allow && r->type != 'b' && (r->read || r->write) &&
	       (r->type == 'a' || r->major == OCI_ANY || r->minor == OCI_ANY) &&
	       (r->major == OCI_ANY || r->major == console.major.first) &&
	       (r->minor == OCI_ANY || r->minor == console.minor.first);
}

/* Deny the console before all rules, if one of them allows it. */
static void devprog_emit_console(struct devprog *p, const struct oci_device_rule *rules, size_t n)
{
	bool reachable = n == 0;

	for (size_t i = 0; i < n && !reachable; i++)
		reachable = devprog_reaches_console(&rules[i]);
	if (reachable)
		devprog_emit_spans(p, &console, 1, false);
}

/*
 * Emit the runs from the last rule to the first. Return: 1 with *@allow set if a rule for all
 * devices ended it, 0 at the first rule, or a negative errno.
 */
static int devprog_emit_runs(struct devprog *p, struct span *spans,
			     const struct oci_device_rule *rules, size_t n, bool *allow)
{
	size_t i = n, n_spans = ARRAY_SIZE(defaults);
	bool verdict = true;

	for (size_t d = 0; d < n_spans; d++)
		spans[d] = defaults[d];
	do {
		for (; i > 0 && rules[i - 1].allow == verdict; i--) {
			int err = devprog_rule_span(&rules[i - 1], &spans[n_spans]);

			if (err)
				return err;
			n_spans += devprog_matters(&spans[n_spans], verdict);
		}
		n_spans = devprog_simplify(spans, n_spans);
		if (n_spans && devprog_is_catch_all(&spans[0])) {
			*allow = verdict;
			return 1;
		}
		/* If the first rules of the list deny, the end of the program does it. */
		if (i > 0 || verdict)
			devprog_emit_spans(p, spans, n_spans, verdict);
		verdict = !verdict;
		n_spans = 0;
	} while (i > 0);
	return 0;
}

int devprog_build(const struct oci_device_rule *rules, size_t n, struct devprog *out,
		  struct fault *fault)
{
	size_t room = n + ARRAY_SIZE(defaults) + 1;
	struct devprog p = {0};
	bool allow = n == 0;
	int err;

	if (n > DEVPROG_RULES_MAX)
		return fault_set(fault, -E2BIG,
				 "linux.resources.devices has %zu rules; at most %d are supported",
				 n, DEVPROG_RULES_MAX);
	struct span *spans cleanup(memory_free) = calloc(room, sizeof(*spans));
	struct bpf_insn *insn cleanup(memory_free) = calloc(INSN_ROOM(room), sizeof(*insn));
	if (!spans || !insn)
		return fault_oom(fault);
	p.insn = insn;
	devprog_emit_head(&p);
	devprog_emit_console(&p, rules, n);
	err = devprog_emit_runs(&p, spans, rules, n, &allow);
	if (err < 0)
		return fault_set(
			fault, err,
			"linux.resources.devices has a rule with an invalid type or number");
	devprog_emit_tail(&p, allow);
	*out = p;
	insn = NULL;
	return 0;
}
