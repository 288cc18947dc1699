// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "init/options/options.h"

/* COMMAND_LINE_SIZE of the architecture, which includes the NUL. */
#ifdef __s390x__
#define LINE_LIMIT 4096
#else
#define LINE_LIMIT 2048
#endif

#ifdef CONFIG_SHELL
#define SHELL_BUILT true
#else
#define SHELL_BUILT false
#endif

#define LIST_MAX      256
#define TIMEOUT_MAX_S (24 * 3600)

/* A list may be given more than once, the others may not. A flag without a value is "on". */
enum parameter_kind {
	SINGLE,
	LIST,
	FLAG
};

/*
 * @take: checks the value and sets a member of @o; NULL: the value is a string at @offset in it
 */
struct parameter {
	const char *name;
	enum parameter_kind kind;
	unsigned offset;
	int (*take)(struct options *o, const char *value, struct fault *fault);
};

void options_default(struct options *out)
{
	*out = (struct options){.log = LOG_LEVEL_INFO, .timeout_s = 3, .cdi_timeout_s = 100};
}

/* Look a value up. Return: its index in @words, or -EINVAL. */
static int options_take_word(const char *value, const char *const *words, struct fault *fault)
{
	int i = str_index(value, words);

	if (i >= 0)
		return i;
	fault_set(fault, -EINVAL, "\"%s\" is not one of %s", value, *words);
	while (*++words)
		fault_add(fault, ", %s", *words);
	return -EINVAL;
}

static int options_take_sha256(struct options *o, const char *value, struct fault *fault)
{
	if (strlen(value) != 64 || strspn(value, "0123456789abcdefABCDEF") != 64)
		return fault_set(fault, -EINVAL, "64 hexadecimal digits expected, found \"%s\"",
				 value);
	o->sha256 = value;
	return 0;
}

static int options_take_device(struct options *o, const char *value, struct fault *fault)
{
	(void)fault;
	o->devices[o->n_devices++] = value;
	return 0;
}

static int options_take_report(struct options *o, const char *value, struct fault *fault)
{
	if (o->n_reports == OPTIONS_REPORTS_MAX)
		return fault_set(fault, -E2BIG, "more than %d reports", OPTIONS_REPORTS_MAX);
	o->reports[o->n_reports++] = value;
	return 0;
}

static int options_take_log(struct options *o, const char *value, struct fault *fault)
{
	static const char *const words[] = {"err", "warn", "info", "debug", NULL};
	static const enum log_level levels[] = {LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
						LOG_LEVEL_DEBUG};
	int i = options_take_word(value, words, fault);

	if (i < 0)
		return i;
	o->log = levels[i];
	return 0;
}

static int options_take_seconds(const char *value, unsigned *out, struct fault *fault)
{
	uint64_t s;

	if (str_number(value, strlen(value), 10, TIMEOUT_MAX_S, &s))
		return fault_set(fault, -EINVAL, "seconds from 0 to %d expected, found \"%s\"",
				 TIMEOUT_MAX_S, value);
	*out = (unsigned)s;
	return 0;
}

static int options_take_timeout(struct options *o, const char *value, struct fault *fault)
{
	return options_take_seconds(value, &o->timeout_s, fault);
}

static int options_take_on_failure(struct options *o, const char *value, struct fault *fault)
{
	static const char *const words[] = {"poweroff", "reboot", "halt", "panic", "shell", NULL};
	int i = options_take_word(value, words, fault);

	if (i < 0)
		return i;
	if (i == ON_FAILURE_SHELL && !SHELL_BUILT)
		return fault_set(fault, -ENOTSUP, "this build of coldinit cannot run a shell");
	o->on_failure = (enum on_failure)i;
	return 0;
}

#ifdef CONFIG_CDI

static int options_take_cdi_timeout(struct options *o, const char *value, struct fault *fault)
{
	return options_take_seconds(value, &o->cdi_timeout_s, fault);
}

static int options_take_visible_cdi_devices(struct options *o, const char *value,
					    struct fault *fault)
{
	static const char *const words[] = {"off", "on", NULL};
	int i = options_take_word(value, words, fault);

	if (i < 0)
		return i;
	o->visible_cdi_devices = i == 1;
	return 0;
}

static int options_take_cdi_numbers(struct options *o, const char *value, struct fault *fault)
{
	static const char *const words[] = {"live", "declared", NULL};
	int i = options_take_word(value, words, fault);

	if (i < 0)
		return i;
	o->cdi_declared_numbers = i == 1;
	return 0;
}

#else

static int options_refuse_cdi(struct options *o, const char *value, struct fault *fault)
{
	(void)o, (void)value;
	return fault_set(fault, -ENOTSUP, "this build of coldinit does not read CDI specs");
}

#define options_take_cdi_timeout	 options_refuse_cdi
#define options_take_visible_cdi_devices options_refuse_cdi
#define options_take_cdi_numbers	 options_refuse_cdi

#endif

#define TEXT(member) .offset = offsetof(struct options, member)

static const struct parameter options_known[] = {
	{"coldinit.manifest", SINGLE, TEXT(manifest)},
	{"coldinit.sha256", SINGLE, .take = options_take_sha256},
	{"coldinit.device", LIST, .take = options_take_device},
	{"coldinit.bundle", SINGLE, TEXT(bundle)},
	{"coldinit.log", SINGLE, .take = options_take_log},
	{"coldinit.timeout", SINGLE, .take = options_take_timeout},
	{"coldinit.cdi_timeout", SINGLE, .take = options_take_cdi_timeout},
	{"coldinit.visible_cdi_devices", FLAG, .take = options_take_visible_cdi_devices},
	{"coldinit.cdi_numbers", SINGLE, .take = options_take_cdi_numbers},
	{"coldinit.on_failure", SINGLE, .take = options_take_on_failure},
	{"coldinit.report", LIST, .take = options_take_report},
#ifdef CONFIG_NET
	{"ip", SINGLE, TEXT(ip)},
#endif
};

static int options_unknown(const char *name, struct fault *fault)
{
	const char *names[ARRAY_SIZE(options_known) + 1] = {0}, *near;

	for (size_t i = 0; i < ARRAY_SIZE(options_known); i++)
		names[i] = options_known[i].name;
	near = str_nearest(name, names);
	fault_set(fault, -EINVAL, "unknown parameter %s on the kernel command line", name);
	if (near)
		fault_add(fault, "; did you mean %s?", near);
	return -EINVAL;
}

/*
 * Cut off the next word of the line as the kernel's next_arg() does: at a blank outside of double
 * quotes. Quotes around the whole word or around the value are dropped. Works in place.
 */
static char *options_next_word(char **line, char **value)
{
	char *s = *line + strspn(*line, " \t\n\v\f\r"), *word, *end;
	bool quoted = false;

	if (!*s)
		return NULL;
	if (*s == '"') {
		s++;
		quoted = true;
	}
	word = s;
	*value = NULL;
	for (end = s; *end && (quoted || !strchr(" \t\n\v\f\r", *end)); end++) {
		if (*end == '"')
			quoted = !quoted;
		else if (*end == '=' && !*value)
			*value = end + 1;
	}
	*line = *end ? end + 1 : end;
	*end = '\0';
	if (end > word && end[-1] == '"' && (word > s - 1 || !*value))
		end[-1] = '\0';
	if (*value) {
		(*value)[-1] = '\0';
		if (**value == '"')
			++*value;
	}
	return word;
}

static int options_set(struct options *o, const struct parameter *p, const char *value,
		       struct fault *fault)
{
	int err;

	if (!p->take) {
		*(const char **)((char *)o + p->offset) = value;
		return 0;
	}
	err = p->take(o, value, fault);
	return err ? fault_prefix(fault, err, "%s", p->name) : 0;
}

/* Take one parameter; bit n of @seen is set once the n-th known one has been taken. */
static int options_take(struct options *o, unsigned *seen, const char *name, const char *value,
			struct fault *fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(options_known); i++) {
		const struct parameter *p = &options_known[i];

		if (strcmp(name, p->name))
			continue;
		if (p->kind != LIST && *seen & 1U << i)
			return fault_set(fault, -EINVAL,
					 "%s= is given twice on the kernel command line", name);
		*seen |= 1U << i;
		if (!value && p->kind == FLAG)
			value = "on";
		if (!value || !*value)
			return fault_set(fault, -EINVAL, "%s needs a value: %s=...", name, name);
		if (o->n_devices >= LIST_MAX)
			return fault_set(fault, -E2BIG, "more than %d times %s=", LIST_MAX, name);
		return options_set(o, p, value, fault);
	}
	return options_unknown(name, fault);
}

/* ip=, which is a parameter of the kernel; an empty one requests nothing. */
static bool options_is_ip(const char *word, const char *value)
{
#ifdef CONFIG_NET
	return !strcmp(word, "ip") && value && *value;
#else
	(void)word, (void)value;
	return false;
#endif
}

int options_parse(struct arena *a, const char *line, struct options *out, struct fault *fault)
{
	char *rest = arena_strdup(a, line), *word, *value;
	struct fault later;
	unsigned seen = 0;
	int err = 0;

	out->devices = arena_alloc(a, LIST_MAX, sizeof(*out->devices));
	out->reports = arena_alloc(a, OPTIONS_REPORTS_MAX, sizeof(*out->reports));
	if (!rest || !out->devices || !out->reports)
		return fault_oom(fault);
	out->full = strlen(line) >= LINE_LIMIT - 1;
	/* The first error counts, but a later word may choose where the verdict is written. */
	while ((word = options_next_word(&rest, &value)))
		if (str_starts(word, "coldinit.") || options_is_ip(word, value)) {
			int e = options_take(out, &seen, word, value, err ? &later : fault);

			err = err ? err : e;
		}
	return err;
}
