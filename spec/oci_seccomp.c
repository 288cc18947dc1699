// SPDX-License-Identifier: Apache-2.0
/* linux.seccomp (OCI runtime spec, config-linux.md, "Seccomp") */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <strings.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

/* The kernel's MAX_ERRNO, and the number of arguments of a system call */
#define ERRNO_MAX 4095
#define ARGS_MAX  6

/* --- actions ------------------------------------------------------------------------------- */

static const char *const action_words[] = {
	"SCMP_ACT_ALLOW",
	"SCMP_ACT_ERRNO",
	"SCMP_ACT_KILL",
	"SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_LOG",
	"SCMP_ACT_KILL_THREAD",
	"SCMP_ACT_TRACE",
	"SCMP_ACT_TRAP",
#ifdef CONFIG_SECCOMP_NOTIFY
	"SCMP_ACT_NOTIFY",
#endif
	NULL,
};

static const uint32_t actions[] = {
	SECCOMP_RET_ALLOW,	  SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_THREAD,
	SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_LOG,   SECCOMP_RET_KILL_THREAD,
	SECCOMP_RET_TRACE,	  SECCOMP_RET_TRAP,  SECCOMP_RET_USER_NOTIF,
};

static int oci_seccomp_action(const struct json_reader *r, const cJSON *item, void *out)
{
	int i = json_read_choice(r, item, action_words);

	if (i < 0)
		return i;
	*(uint32_t *)out = actions[i];
	return 0;
}

static int oci_seccomp_errno(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_integer(r, item, 0, ERRNO_MAX, out);
}

#define NONE (-1)

/* Put the error number, NONE if not given, into the action. */
static int oci_seccomp_finish_action(const struct json_reader *r, const cJSON *item, int64_t number,
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

static int oci_seccomp_operator(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {
		"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",	    "SCMP_CMP_EQ",
		"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL,
	};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(enum oci_compare *)out = OCI_CMP_NE + (unsigned)i;
	return 0;
}

static int oci_seccomp_index(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, ARGS_MAX - 1, out);
}

#define ARG(field) .offset = offsetof(struct oci_syscall_arg, field)

static const struct json_field arg_fields[] = {
	JSON_FIELD("index", oci_seccomp_index, ARG(index), .required = true),
	JSON_FIELD("value", json_read_uint64, ARG(value), .required = true),
	JSON_FIELD("valueTwo", json_read_uint64, ARG(value_two)),
	JSON_FIELD("op", oci_seccomp_operator, ARG(compare), .required = true),
};

static int oci_seccomp_arg(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, arg_fields, out);
}

/*
 * struct rule - an element of syscalls
 * @syscall: the rule
 * @error: errnoRet, NONE if not given
 */
struct rule {
	struct oci_syscall syscall;
	int64_t error;
};

static const struct json_field rule_fields[] = {
	JSON_FIELD("names", json_read_string, .offset = offsetof(struct rule, syscall.names),
		   .size = sizeof(char *), .required = true),
	JSON_FIELD("action", oci_seccomp_action, .offset = offsetof(struct rule, syscall.action),
		   .required = true),
	JSON_FIELD("errnoRet", oci_seccomp_errno, .offset = offsetof(struct rule, error)),
	JSON_FIELD("args", oci_seccomp_arg, .offset = offsetof(struct rule, syscall.args),
		   .count = offsetof(struct rule, syscall.n_args),
		   .size = sizeof(struct oci_syscall_arg)),
};

static int oci_seccomp_rule(const struct json_reader *r, const cJSON *item, void *out)
{
	struct rule rule = {.error = NONE};
	int err = json_read_object(r, item, rule_fields, &rule);

	if (!err)
		err = oci_seccomp_finish_action(r, item, rule.error, &rule.syscall.action);
	*(struct oci_syscall *)out = rule.syscall;
	return err;
}

/* --- the object ---------------------------------------------------------------------------- */

/*
 * struct filter - linux.seccomp
 * @seccomp: all but the default's error number
 * @error: defaultErrnoRet, NONE if not given
 */
struct filter {
	struct oci_seccomp seccomp;
	int64_t error;
};

/* crun takes libseccomp's names, such as "x86_64", too. */
static int oci_seccomp_architecture(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const names[] = {
		"X86",	   "X86_64",	  "X32",    "ARM",	"AARCH64",     "MIPS",
		"MIPS64",  "MIPS64N32",	  "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC",
		"PPC64",   "PPC64LE",	  "S390",   "S390X",	"PARISC",      "PARISC64",
		"RISCV64", "LOONGARCH64", "M68K",   "SH",	"SHEB",
	};
	const char *s = json_text(item);

	s += str_starts(s, "SCMP_ARCH_") ? strlen("SCMP_ARCH_") : 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(s, names[i]) != 0)
			continue;
		*(const char **)out = names[i];
		return 0;
	}
	return json_fault_expected(r, item, "an architecture such as \"SCMP_ARCH_X86_64\"");
}

static int oci_seccomp_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
					    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
					    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL};
	static const unsigned bits[] = {SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG,
					SECCOMP_FILTER_FLAG_SPEC_ALLOW,
					SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV};
	struct oci_seccomp *s = &((struct filter *)out)->seccomp;
	int i;

	if (!cJSON_IsArray(item) && !json_is_empty(item))
		return json_fault_expected(r, item, "an array");
	s->flags = 0;
	for (const cJSON *e = item->child; e; e = e->next) {
		i = json_read_choice(r, e, words);
		if (i < 0)
			return i;
		s->flags |= bits[i];
	}
	return 0;
}

#define FILTER_LIST(field_name, member, fn)                                           \
	JSON_FIELD(field_name, fn, .offset = offsetof(struct filter, seccomp.member), \
		   .count = offsetof(struct filter, seccomp.n_##member),              \
		   .size = sizeof(*((struct oci_seccomp *)NULL)->member))

static const struct json_field seccomp_fields[] = {
	JSON_FIELD("defaultAction", oci_seccomp_action,
		   .offset = offsetof(struct filter, seccomp.default_action), .required = true),
	JSON_FIELD("defaultErrnoRet", oci_seccomp_errno, .offset = offsetof(struct filter, error)),
	FILTER_LIST("architectures", architectures, oci_seccomp_architecture),
	JSON_FIELD("flags", oci_seccomp_flags),
#ifdef CONFIG_SECCOMP_NOTIFY
	JSON_FIELD("listenerPath", json_read_path,
		   .offset = offsetof(struct filter, seccomp.listener)),
	JSON_FIELD("listenerMetadata", json_read_string,
		   .offset = offsetof(struct filter, seccomp.metadata)),
#else
	JSON_FIELD("listenerPath", oci_config_unsupported),
	JSON_FIELD("listenerMetadata", oci_config_unsupported),
#endif
	FILTER_LIST("syscalls", syscalls, oci_seccomp_rule),
};

static bool oci_seccomp_permits(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* The filter is already installed when the container's program is executed. */
static bool oci_seccomp_permits_execve(const struct oci_seccomp *s)
{
	for (size_t i = 0; i < s->n_syscalls; i++)
		for (const char **name = s->syscalls[i].names; *name; name++)
			if (oci_seccomp_permits(s->syscalls[i].action) && !strcmp(*name, "execve"))
				return true;
	return oci_seccomp_permits(s->default_action);
}

#ifdef CONFIG_SECCOMP_NOTIFY

/* Nobody could answer for the system call with which the listener gets the filter. */
static int oci_seccomp_check_listener(const struct json_reader *r, const cJSON *item,
				      const struct oci_seccomp *s)
{
	bool notify = s->default_action == SECCOMP_RET_USER_NOTIF;

	if (notify)
		return json_fault(r, item, "SCMP_ACT_NOTIFY cannot be the default action");
	for (size_t i = 0; i < s->n_syscalls; i++) {
		if (s->syscalls[i].action != SECCOMP_RET_USER_NOTIF)
			continue;
		notify = true;
		for (const char **name = s->syscalls[i].names; *name; name++)
			if (!strcmp(*name, "sendmsg"))
				return json_fault(r, item, "SCMP_ACT_NOTIFY cannot be for sendmsg");
	}
	if (notify && !s->listener)
		return json_fault(r, item, "SCMP_ACT_NOTIFY needs listenerPath");
	return 0;
}

#endif

int oci_seccomp_read(const struct json_reader *r, const cJSON *item, void *out)
{
	/* The flag that runc and crun set if none is given */
	struct filter filter = {.error = NONE, .seccomp.flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW};
	struct oci_config *c = out;
	int err = json_read_object(r, item, seccomp_fields, &filter);

	if (!err)
		err = oci_seccomp_finish_action(r, item, filter.error,
						&filter.seccomp.default_action);
	if (!err && !oci_seccomp_permits_execve(&filter.seccomp))
		err = json_fault(
			r, item,
			"does not allow execve, so the container's program could not be started");
#ifdef CONFIG_SECCOMP_NOTIFY
	if (!err)
		err = oci_seccomp_check_listener(r, item, &filter.seccomp);
	if (!err && filter.seccomp.listener && !c->state)
		err = oci_hooks_keep_state(r, c);
#endif
	if (err)
		return err;
	c->seccomp = arena_alloc(r->arena, 1, sizeof(*c->seccomp));
	if (!c->seccomp)
		return json_fault_oom(r);
	*c->seccomp = filter.seccomp;
	return 0;
}
