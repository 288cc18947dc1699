// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "seccomp: " fmt

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/seccomp_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Number of arguments of a system call */
#define ARGS_MAX 6

/* Level of SCMP_FLTATR_CTL_OPTIMIZE: a binary tree of the system calls instead of a list. */
#define BINARY_TREE 2

_Static_assert((int)OCI_CMP_NE == SCMP_CMP_NE && (int)OCI_CMP_MASKED_EQ == SCMP_CMP_MASKED_EQ,
	       "operators have libseccomp's order");
_Static_assert(SECCOMP_RET_ERRNO == SCMP_ACT_ERRNO(0) && SECCOMP_RET_ALLOW == SCMP_ACT_ALLOW,
	       "actions have the kernel's values");

/* The architectures that this kernel can run; configs/arch.mk has the same list. */
static const struct {
	const char *name;
	uint32_t token;
} architectures[] = {
#if defined(__x86_64__)
	{"X86_64", SCMP_ARCH_X86_64},
	{"X86", SCMP_ARCH_X86},
	{"X32", SCMP_ARCH_X32},
#elif defined(__aarch64__)
	{"AARCH64", SCMP_ARCH_AARCH64},
	{"ARM", SCMP_ARCH_ARM},
#elif defined(__s390x__)
	{"S390X", SCMP_ARCH_S390X},
	{"S390", SCMP_ARCH_S390},
#else
#error "add the architecture's system calls here and in configs/arch.mk"
#endif
};

static void seccomp_free(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

static int seccomp_add_architectures(scmp_filter_ctx filter, const struct oci_seccomp *s)
{
	for (size_t i = 0; i < s->n_architectures; i++)
		for (size_t k = 0; k < ARRAY_SIZE(architectures); k++) {
			int err;

			if (strcmp(s->architectures[i], architectures[k].name) != 0)
				continue;
			err = seccomp_arch_add(filter, architectures[k].token);
			if (err && err != -EEXIST)
				return err;
		}
	return 0;
}

static struct scmp_arg_cmp seccomp_condition(const struct oci_syscall_arg *a)
{
	return (struct scmp_arg_cmp){
		.arg = a->index,
		.op = (enum scmp_compare)a->compare,
		.datum_a = a->value,
		.datum_b = a->value_two,
	};
}

/* Return: true if two conditions test one argument, which libseccomp refuses in one rule. */
static bool seccomp_repeats_argument(const struct oci_syscall *s)
{
	unsigned seen = 0;

	for (size_t i = 0; i < s->n_args; i++) {
		if (seen & 1U << s->args[i].index)
			return true;
		seen |= 1U << s->args[i].index;
	}
	return false;
}

static int seccomp_add_conditions(scmp_filter_ctx filter, const struct oci_syscall *s, int number)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	int err;

	if (!seccomp_repeats_argument(s)) {
		for (size_t i = 0; i < s->n_args; i++)
			args[i] = seccomp_condition(&s->args[i]);
		return seccomp_rule_add_array(filter, s->action, number, (unsigned)s->n_args, args);
	}
	/* As in other runtimes, one of the conditions is enough then. */
	for (size_t i = 0; i < s->n_args; i++) {
		args[0] = seccomp_condition(&s->args[i]);
		err = seccomp_rule_add_array(filter, s->action, number, 1, args);
		if (err)
			return err;
	}
	return 0;
}

static int seccomp_add_names(scmp_filter_ctx filter, const struct oci_syscall *s,
			     struct fault *fault)
{
	for (const char **name = s->names; *name; name++) {
		int number = seccomp_syscall_resolve_name(*name), err;

		if (number == __NR_SCMP_ERROR) {
			pr_dbg("skipped the unknown system call %s", *name);
			continue;
		}
		err = seccomp_add_conditions(filter, s, number);
		if (err)
			return fault_strerror(fault, err, "linux.seccomp: cannot add a rule for %s",
					      *name);
	}
	return 0;
}

static int seccomp_fill(scmp_filter_ctx filter, const struct oci_seccomp *s, struct fault *fault)
{
	int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE);

	if (!err)
		err = seccomp_add_architectures(filter, s);
	if (err)
		return fault_strerror(fault, err, "linux.seccomp: cannot begin a filter");
	for (size_t i = 0; i < s->n_syscalls && !err; i++)
		/* libseccomp refuses rules that change nothing. */
		if (s->syscalls[i].action != s->default_action)
			err = seccomp_add_names(filter, &s->syscalls[i], fault);
	return err;
}

/*
 * libseccomp counts instructions in 16 bits (2.5.4, struct bpf_program) and writes behind its
 * memory when there are more. So the largest possible number is counted before: libseccomp makes at
 * most so many for a system call and for each of its conditions, which are compared in two halves,
 * with long jumps. On some architectures one call is filtered by two numbers.
 */
#define INSN_SYSCALL   8
#define INSN_CONDITION 24
#define INSN_ARCH      256
#define INSN_MAX       UINT16_MAX

static int seccomp_check_size(const struct oci_seccomp *s, struct fault *fault)
{
	size_t insns = 0, archs = s->n_architectures + 1;

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (const char **name = s->syscalls[i].names; *name; name++)
			insns += 2 * (INSN_SYSCALL + INSN_CONDITION * s->syscalls[i].n_args);
	archs = archs < ARRAY_SIZE(architectures) ? archs : ARRAY_SIZE(architectures);
	insns = (insns + INSN_ARCH) * archs;
	if (insns <= INSN_MAX)
		return 0;
	return fault_set(
		fault, -E2BIG,
		"linux.seccomp: too many rules: they can become %zu instructions, the kernel accepts %d",
		insns, BPF_MAXINSNS);
}

int seccomp_build(const struct oci_config *config, int *file, struct fault *fault)
{
	const struct oci_seccomp *s = config->seccomp;
	int err;

	*file = -1;
	if (!s)
		return 0;
	err = seccomp_check_size(s, fault);
	if (err)
		return err;
	scmp_filter_ctx filter cleanup(seccomp_free) = seccomp_init(s->default_action);
	if (!filter)
		return fault_oom(fault);
	err = seccomp_fill(filter, s, fault);
	if (err)
		return err;
	int made cleanup(fd_close) = memfd_create("seccomp", MFD_CLOEXEC);
	if (made < 0)
		return fault_perror(fault, "linux.seccomp: no file for the filter");
	err = seccomp_export_bpf(filter, made);
	if (err)
		return fault_strerror(fault, err, "linux.seccomp: cannot make the filter");
	*file = fd_take(&made);
	return 0;
}

char *seccomp_name(uint32_t arch, int number)
{
	return seccomp_syscall_resolve_num_arch(arch, number);
}

int seccomp_install(int file, const struct oci_config *config, int *listener, struct fault *fault)
{
	struct sock_fprog program = {0};
	unsigned flags;
	long fd;
	struct stat st;
	size_t insns;
	void *text;

	if (file < 0)
		return 0;
	if (fstat(file, &st))
		return fault_perror(fault, "linux.seccomp: cannot read the filter");
	insns = (size_t)st.st_size / sizeof(struct sock_filter);
	if (!insns || insns > BPF_MAXINSNS)
		return fault_set(
			fault, -E2BIG,
			"linux.seccomp: the filter has %zu instructions, the kernel accepts 1 to %d",
			insns, BPF_MAXINSNS);
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (text == MAP_FAILED)
		return fault_perror(fault, "linux.seccomp: cannot read the filter");
	program.filter = text;
	program.len = (unsigned short)insns;
	/*
	 * WAIT_KILLABLE_RECV needs a listener. TSYNC excludes one, and a single thread does not need
	 * it (seccomp(2)).
	 */
	flags = config->seccomp->flags;
	if (listener)
		flags = (flags & ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC) |
			SECCOMP_FILTER_FLAG_NEW_LISTENER;
	else
		flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener)
		*listener = (int)fd;
	if (fd < 0)
		return fault_perror(
			fault, "linux.seccomp: the kernel refuses the filter of %u instructions",
			program.len);
	return 0;
}
