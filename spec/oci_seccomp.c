// SPDX-License-Identifier: Apache-2.0
/* linux.seccomp (OCI runtime spec, config-linux.md, "Seccomp") */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

/* The kernel's MAX_ERRNO, and how many arguments a system call has */
#define ERRNO_MAX 4095
#define ARGS_MAX  6

/* Place of a word in a list. Return: 0 with @out set, or -EINVAL with the fault set. */
static int read_word(const struct json_reader *r, const cJSON *item, const char *const *words,
		     size_t *out)
{
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	*out = (size_t)i;
	return 0;
}

/* --- actions ------------------------------------------------------------------------------- */

static const char *const action_words[] = {
	"SCMP_ACT_ALLOW",	 "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
	"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG",   "SCMP_ACT_KILL_THREAD",
	"SCMP_ACT_TRACE",	 "SCMP_ACT_TRAP",  NULL,
};

static const uint32_t actions[] = {
	SECCOMP_RET_ALLOW,	  SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_THREAD,
	SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_LOG,   SECCOMP_RET_KILL_THREAD,
	SECCOMP_RET_TRACE,	  SECCOMP_RET_TRAP,
};

static int read_action(const struct json_reader *r, const cJSON *item, void *out)
{
	size_t i = 0;
	int err = read_word(r, item, action_words, &i);

	if (!err)
		*(uint32_t *)out = actions[i];
	return err;
}

static int read_errno(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_integer(r, item, 0, ERRNO_MAX, out);
}

/* Put the error number, NONE if not given, into the action. */
#define NONE (-1)
static int finish_action(const struct json_reader *r, const cJSON *item, int64_t number,
			 uint32_t *action)
{
	if (*action == SECCOMP_RET_ERRNO || *action == SECCOMP_RET_TRACE)
		*action |= number == NONE ? EPERM : (uint32_t)number;
	else if (number > 0)
		return json_fault(
			r, item,
			"an error number goes with the actions SCMP_ACT_ERRNO and SCMP_ACT_TRACE only");
	return 0;
}

/* --- rules --------------------------------------------------------------------------------- */

static int read_operator(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {
		"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",	    "SCMP_CMP_EQ",
		"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL,
	};
	size_t i = 0;
	int err = read_word(r, item, words, &i);

	if (!err)
		*(enum oci_compare *)out = OCI_CMP_NE + (unsigned)i;
	return err;
}

static int read_value(const struct json_reader *r, const cJSON *item, void *out)
{
	uint64_t v;

	if (!json_is_number(item) ||
	    str_number(item->valuestring, strlen(item->valuestring), 10, UINT64_MAX, &v))
		return json_expected(r, item, "an integer from 0 to 18446744073709551615");
	*(uint64_t *)out = v;
	return 0;
}

static int read_index(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = json_integer(r, item, 0, ARGS_MAX - 1, &v);

	if (!err)
		*(uint32_t *)out = (uint32_t)v;
	return err;
}

#define ARG(field) .offset = offsetof(struct oci_syscall_arg, field)

static const struct json_field arg_fields[] = {
	JSON_FIELD("index", read_index, ARG(index), .required = true),
	JSON_FIELD("value", read_value, ARG(value), .required = true),
	JSON_FIELD("valueTwo", read_value, ARG(value_two)),
	JSON_FIELD("op", read_operator, ARG(compare), .required = true),
	{0},
};

static int read_arg(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, arg_fields, out);
}

struct rule {
	struct oci_syscall syscall;
	int64_t error;
};

static int read_names(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_syscall *s = &((struct rule *)out)->syscall;
	size_t n;

	if (cJSON_IsArray(item) && !item->child)
		return json_fault(r, item, "expected names of system calls, found an empty array");
	return json_strings(r, item, SIZE_MAX, &s->names, &n);
}

static int read_args(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_syscall *s = &((struct rule *)out)->syscall;
	void *args = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(*s->args), read_arg, &args, &s->n_args);

	if (!err)
		s->args = args;
	return err;
}

static const struct json_field rule_fields[] = {
	JSON_FIELD("names", read_names, .required = true),
	JSON_FIELD("action", read_action, .offset = offsetof(struct rule, syscall.action),
		   .required = true),
	JSON_FIELD("errnoRet", read_errno, .offset = offsetof(struct rule, error)),
	JSON_FIELD("args", read_args),
	{0},
};

static int read_rule(const struct json_reader *r, const cJSON *item, void *out)
{
	struct rule rule = {.error = NONE};
	int err = json_object(r, item, rule_fields, &rule);

	if (!err)
		err = finish_action(r, item, rule.error, &rule.syscall.action);
	*(struct oci_syscall *)out = rule.syscall;
	return err;
}

/* --- the whole ----------------------------------------------------------------------------- */

struct filter {
	struct oci_seccomp seccomp;
	int64_t error;
};

static int read_syscalls(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_seccomp *s = &((struct filter *)out)->seccomp;
	void *list = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(*s->syscalls), read_rule, &list,
			    &s->n_syscalls);

	if (!err)
		s->syscalls = list;
	return err;
}

static int read_architecture(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {
		"SCMP_ARCH_X86",      "SCMP_ARCH_X86_64",      "SCMP_ARCH_X32",
		"SCMP_ARCH_ARM",      "SCMP_ARCH_AARCH64",     "SCMP_ARCH_MIPS",
		"SCMP_ARCH_MIPS64",   "SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL",
		"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
		"SCMP_ARCH_PPC64",    "SCMP_ARCH_PPC64LE",     "SCMP_ARCH_S390",
		"SCMP_ARCH_S390X",    "SCMP_ARCH_PARISC",      "SCMP_ARCH_PARISC64",
		"SCMP_ARCH_RISCV64",  "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
		"SCMP_ARCH_SH",	      "SCMP_ARCH_SHEB",	       NULL,
	};
	size_t i = 0;
	int err = read_word(r, item, words, &i);

	if (!err)
		*(const char **)out = words[i] + strlen("SCMP_ARCH_");
	return err;
}

static int read_architectures(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_seccomp *s = &((struct filter *)out)->seccomp;
	void *list = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(char *), read_architecture, &list,
			    &s->n_architectures);

	if (!err)
		s->architectures = list;
	return err;
}

static int read_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
					    "SECCOMP_FILTER_FLAG_SPEC_ALLOW", NULL};
	static const unsigned bits[] = {SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG,
					SECCOMP_FILTER_FLAG_SPEC_ALLOW};
	struct oci_seccomp *s = &((struct filter *)out)->seccomp;
	size_t i = 0;
	int err;

	if (!cJSON_IsArray(item))
		return json_expected(r, item, "an array");
	s->flags = 0;
	for (const cJSON *e = item->child; e; e = e->next) {
		err = read_word(r, e, words, &i);
		if (err)
			return err;
		s->flags |= bits[i];
	}
	return 0;
}

static const struct json_field seccomp_fields[] = {
	JSON_FIELD("defaultAction", read_action,
		   .offset = offsetof(struct filter, seccomp.default_action), .required = true),
	JSON_FIELD("defaultErrnoRet", read_errno, .offset = offsetof(struct filter, error)),
	JSON_FIELD("architectures", read_architectures),
	JSON_FIELD("flags", read_flags),
	JSON_FIELD("listenerPath", oci_unsupported),
	JSON_FIELD("listenerMetadata", oci_unsupported),
	JSON_FIELD("syscalls", read_syscalls),
	{0},
};

static bool permits(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* The filter is in force when the program is executed. */
static bool permits_execve(const struct oci_seccomp *s)
{
	for (size_t i = 0; i < s->n_syscalls; i++)
		for (const char **name = s->syscalls[i].names; *name; name++)
			if (permits(s->syscalls[i].action) && !strcmp(*name, "execve"))
				return true;
	return permits(s->default_action);
}

int oci_read_seccomp(const struct json_reader *r, const cJSON *item, void *out)
{
	/* The flag that other runtimes take if none is given */
	struct filter filter = {.error = NONE, .seccomp.flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW};
	struct oci_config *c = out;
	int err = json_object(r, item, seccomp_fields, &filter);

	if (!err)
		err = finish_action(r, item, filter.error, &filter.seccomp.default_action);
	if (!err && !permits_execve(&filter.seccomp))
		err = json_fault(
			r, item,
			"does not allow execve, so the container's program could not be started");
	if (err)
		return err;
	c->seccomp = arena_alloc(r->arena, 1, sizeof(*c->seccomp));
	if (!c->seccomp)
		return json_enomem(r);
	*c->seccomp = filter.seccomp;
	return 0;
}
