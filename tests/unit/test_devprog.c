// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/container/devprog_private.h"

/* An interpreter runs the program; a simple reading of the rules gives the expected results. */

#define M 1
#define R 2
#define W 4

struct request {
	char type;
	uint32_t major, minor;
	unsigned access;
};

/* The program's input from the kernel, and the registers. */
struct machine {
	struct bpf_cgroup_dev_ctx ctx;
	uint64_t reg[10];
};

static uint32_t load(const struct machine *m, int offset)
{
	uint32_t value;

	assert_true(offset == 0 || offset == 4 || offset == 8);
	memcpy(&value, (const char *)&m->ctx + offset, sizeof(value));
	return value;
}

static bool taken(const struct bpf_insn *i, uint32_t a)
{
	uint32_t b = (uint32_t)i->imm;

	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JLT:
		return a < b;
	case BPF_JSET:
		return a & b;
	}
	fail_msg("jump 0x%x is not known to the interpreter", i->code);
	return false;
}

static bool run(const struct devprog *p, const struct request *q)
{
	struct machine m = {
		.ctx = {(q->access << 16) | (q->type == 'b' ? 1 : 2), q->major, q->minor}};

	if (p->n == 0)
		return true;
	for (size_t pc = 0; pc < p->n; pc++) {
		const struct bpf_insn *i = &p->insn[pc];
		uint64_t *dst = &m.reg[i->dst_reg];

		if (i->code == (BPF_LDX | BPF_MEM | BPF_W))
			*dst = load(&m, i->off);
		else if (i->code == (BPF_ALU64 | BPF_MOV | BPF_K))
			*dst = (uint64_t)i->imm;
		else if (i->code == (BPF_ALU64 | BPF_AND | BPF_K))
			*dst &= (uint64_t)i->imm;
		else if (i->code == (BPF_ALU64 | BPF_RSH | BPF_K))
			*dst >>= i->imm;
		else if (i->code == (BPF_JMP | BPF_JA))
			pc += (size_t)i->off;
		else if (i->code == (BPF_JMP | BPF_EXIT))
			return m.reg[0];
		else if (BPF_CLASS(i->code) == BPF_JMP32 && BPF_SRC(i->code) == BPF_K)
			pc += taken(i, (uint32_t)*dst) ? (size_t)i->off : 0;
		else
			fail_msg("instruction 0x%x is not known to the interpreter", i->code);
	}
	fail_msg("the program runs over its end");
	return false;
}

static bool matches(const struct oci_device_rule *r, const struct request *q, unsigned bit)
{
	unsigned access = (r->mknod ? M : 0) | (r->read ? R : 0) | (r->write ? W : 0);

	return (r->type == 'a' || r->type == q->type) && access & bit &&
	       (r->major == OCI_ANY || r->major == q->major) &&
	       (r->minor == OCI_ANY || r->minor == q->minor);
}

static bool always_allowed(const struct request *q, unsigned bit)
{
	static const char minors_of_1[] = {3, 5, 7, 8, 9};

	if (bit == M)
		return true;
	if (q->type != 'c')
		return false;
	if (q->major == 136 || (q->major == 5 && (q->minor == 0 || q->minor == 2)))
		return true;
	return q->major == 1 && q->minor < 10 &&
	       memchr(minors_of_1, (int)q->minor, sizeof(minors_of_1));
}

/* The simple reading: for each bit the last rule that matches decides, else it is denied. */
static bool expected(const struct oci_device_rule *rules, size_t n, const struct request *q)
{
	for (unsigned bit = M; bit <= W; bit <<= 1) {
		bool allow = n == 0;

		if (!(q->access & bit))
			continue;
		/* The guest's console */
		if (q->type == 'c' && q->major == 5 && q->minor == 1 && bit != M)
			return false;
		for (size_t i = 0; i < n; i++)
			if (matches(&rules[i], q, bit))
				allow = rules[i].allow;
		if (!allow && !always_allowed(q, bit))
			return false;
	}
	return true;
}

/* The verifier requires that jumps stay inside and every instruction is reachable. */
static void check_shape(const struct devprog *p)
{
	bool *reached = calloc(p->n + 1, sizeof(*reached));

	reached[0] = true;
	for (size_t pc = 0; pc < p->n; pc++) {
		const struct bpf_insn *i = &p->insn[pc];
		bool is_jump = BPF_CLASS(i->code) == BPF_JMP || BPF_CLASS(i->code) == BPF_JMP32;
		bool is_exit = i->code == (BPF_JMP | BPF_EXIT);

		assert_true(reached[pc]);
		if (is_jump && !is_exit) {
			assert_true(i->off >= 0 && pc + 1 + (size_t)i->off < p->n);
			reached[pc + 1 + (size_t)i->off] = true;
		}
		if (!is_exit && i->code != (BPF_JMP | BPF_JA))
			reached[pc + 1] = true;
	}
	assert_false(reached[p->n]);
	free(reached);
}

static void check_request(const struct devprog *p, const struct oci_device_rule *rules, size_t n,
			  const struct request *q)
{
	if (run(p, q) != expected(rules, n, q))
		fail_msg("%c %u:%u access %u: the program says %d", q->type, q->major, q->minor,
			 q->access, run(p, q));
}

static void check_all(const struct devprog *p, const struct oci_device_rule *rules, size_t n)
{
	static const uint32_t numbers[] = {0,	1,   2,	  3,   4,	5,	   6,  7,
					   8,	9,   10,  11,  12,	13,	   14, 135,
					   136, 137, 243, 244, 1048575, UINT32_MAX};

	for (size_t a = 0; a < ARRAY_SIZE(numbers); a++)
		for (size_t b = 0; b < ARRAY_SIZE(numbers); b++)
			for (unsigned access = 1; access <= (M | R | W); access++) {
				struct request q = {'b', numbers[a], numbers[b], access};

				check_request(p, rules, n, &q);
				q.type = 'c';
				check_request(p, rules, n, &q);
			}
}

/* Build, check the shape and every request. Return: the number of instructions. */
static size_t check(const struct oci_device_rule *rules, size_t n)
{
	struct devprog p;
	struct fault fault;

	assert_int_equal(devprog_build(rules, n, &p, &fault), 0);
	if (p.n)
		check_shape(&p);
	check_all(&p, rules, n);
	free(p.insn);
	return p.n;
}

#define ALL true, true, true
#define ANY OCI_ANY, OCI_ANY

static const struct oci_device_rule deny_all = {false, 'a', ANY, ALL};

/* The list of Docker and containerd. */
static const struct oci_device_rule docker[] = {
	{false, 'a', ANY, ALL},
	{true, 'c', ANY, false, false, true},
	{true, 'b', ANY, false, false, true},
	{true, 'c', 1, 3, ALL},
	{true, 'c', 1, 8, ALL},
	{true, 'c', 1, 7, ALL},
	{true, 'c', 5, 0, ALL},
	{true, 'c', 1, 5, ALL},
	{true, 'c', 1, 9, ALL},
	{true, 'c', 5, 1, ALL},
	{true, 'c', 136, OCI_ANY, ALL},
	{true, 'c', 5, 2, ALL},
	{true, 'c', 10, 200, ALL},
};

static void no_rule_allows_all_but_the_console(void **state)
{
	assert_in_range(check(NULL, 0), 1, 40);
	check(&deny_all, 1);
}

static void dockers_list_costs_one_device(void **state)
{
	size_t bare = check(&deny_all, 1), n = check(docker, ARRAY_SIZE(docker));

	/* Only 10:200 is not allowed by default: it needs a test of the major and one of the minor.
	 */
	assert_in_range(n, bare + 1, bare + 3);
}

static void neighbours_become_one_range(void **state)
{
	struct oci_device_rule rules[65] = {deny_all};
	size_t one;

	rules[1] = (struct oci_device_rule){true, 'c', 244, 0, ALL};
	one = check(rules, 2);
	for (int i = 0; i < 64; i++) /* in a mixed order */
		rules[1 + i] = (struct oci_device_rule){true, 'c', 244, (i * 37) % 64, ALL};
	assert_in_range(check(rules, 65), one, one + 1);
	for (int i = 0; i < 64; i++)
		rules[1 + i] = (struct oci_device_rule){true, 'b', 8 + (i * 37) % 64, OCI_ANY, ALL};
	assert_in_range(check(rules, 65), one, one + 3);
}

static void the_console_is_never_allowed(void **state)
{
	const struct oci_device_rule lists[][3] = {
		{deny_all, {true, 'a', ANY, ALL}},
		{{true, 'a', ANY, ALL}, {false, 'c', 1, 3, ALL}},
		{deny_all, {true, 'c', 5, 1, ALL}},
		{deny_all, {true, 'c', 5, 1, true, false, false}},
		{deny_all, {true, 'a', 5, 1, ALL}},
		{deny_all, {true, 'c', 5, OCI_ANY, ALL}},
		{deny_all, {true, 'c', OCI_ANY, 1, ALL}},
		{deny_all, {true, 'c', OCI_ANY, OCI_ANY, false, true, false}},
		{deny_all, {true, 'c', 5, OCI_ANY, ALL}, {true, 'c', 5, 1, ALL}},
		{{true, 'c', 5, 1, ALL}, {true, 'a', ANY, ALL}, {false, 'b', ANY, ALL}},
	};

	/* check() compares with expected() for the console, too. */
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		check(lists[i], lists[i][2].type ? 3 : 2);
}

static void the_last_rule_counts(void **state)
{
	const struct oci_device_rule lists[][4] = {
		{deny_all,
		 {true, 'c', 10, 5, ALL},
		 {false, 'c', 10, 5, ALL},
		 {true, 'c', 9, 9, ALL}},
		{{true, 'c', 10, 5, ALL},
		 deny_all,
		 {true, 'b', 10, 5, ALL},
		 {false, 'b', 10, 6, ALL}},
		{{true, 'a', ANY, ALL}, {false, 'c', 10, OCI_ANY, ALL}, {true, 'c', 10, 5, ALL}},
		{{true, 'a', ANY, ALL}, {false, 'a', 10, OCI_ANY, false, true, false}},
		{{false, 'c', OCI_ANY, 5, ALL},
		 {true, 'a', OCI_ANY, 5, ALL},
		 {false, 'b', 4, 5, ALL}},
		{{true, 'c', 10, 5, true, false, false}, {true, 'c', 10, 5, false, true, false}},
		{{true, 'c', 10, OCI_ANY, ALL}, {true, 'c', 10, 0, true, false, false}},
		{{true, 'b', ANY, ALL}, {true, 'c', ANY, ALL}, {false, 'c', 1, 11, ALL}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		check(lists[i], lists[i][3].type ? 4 : lists[i][2].type ? 3 : 2);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static struct oci_device_rule random_rule(uint32_t *seed)
{
	uint32_t access = next_random(seed) % 8, types = next_random(seed) % 3;

	return (struct oci_device_rule){
		.allow = next_random(seed) % 3,
		.type = "abc"[types],
		.major = (int64_t)(next_random(seed) % 14) - 1,
		.minor = (int64_t)(next_random(seed) % 12) - 1,
		.read = access & R,
		.write = access & W,
		.mknod = access & M,
	};
}

static void random_lists_agree_with_the_rules(void **state)
{
	struct oci_device_rule rules[40];
	uint32_t seed = 1;

	for (int round = 0; round < 300; round++) {
		size_t n = next_random(&seed) % ARRAY_SIZE(rules);

		for (size_t i = 0; i < n; i++)
			rules[i] = random_rule(&seed);
		check(rules, n);
	}
}

static void the_longest_list_fits_and_a_longer_one_is_refused(void **state)
{
	struct oci_device_rule *rules = calloc(10000, sizeof(*rules));
	struct devprog p = {.n = 42};
	struct fault fault;
	uint32_t seed = 2;

	for (size_t i = 0; i < 10000; i++) {
		rules[i] = random_rule(&seed);
		rules[i].major = (int64_t)i;
	}
	assert_int_equal(devprog_build(rules, 10000, &p, &fault), -E2BIG);
	assert_int_equal(p.n, 42);
	assert_non_null(strstr(fault.text, "10000"));
	assert_int_equal(devprog_build(rules, DEVPROG_RULES_MAX + 1, &p, &fault), -E2BIG);
	assert_int_equal(devprog_build(rules, DEVPROG_RULES_MAX, &p, &fault), 0);
	assert_in_range(p.n, 1, INT16_MAX);
	check_shape(&p);
	free(p.insn);
	free(rules);
}

static void impossible_rules_are_refused(void **state)
{
	const struct oci_device_rule rules[] = {
		{true, 'x', ANY, ALL},
		{true, 'c', INT64_C(0x100000001), 3, ALL},
		{true, 'c', 1, -2, ALL},
	};
	struct devprog p = {.n = 42};
	struct fault fault;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		assert_true(devprog_build(&rules[i], 1, &p, &fault) < 0);
	assert_int_equal(p.n, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rule_allows_all_but_the_console),
		cmocka_unit_test(dockers_list_costs_one_device),
		cmocka_unit_test(neighbours_become_one_range),
		cmocka_unit_test(the_console_is_never_allowed),
		cmocka_unit_test(the_last_rule_counts),
		cmocka_unit_test(random_lists_agree_with_the_rules),
		cmocka_unit_test(the_longest_list_fits_and_a_longer_one_is_refused),
		cmocka_unit_test(impossible_rules_are_refused),
	};

	return RUN_TESTS(tests);
}
