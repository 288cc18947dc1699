// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/options/options.h"
#include "init/lib/str.h"
#include "init/end/shell.h"

/* COMMAND_LINE_SIZE of the architecture, its end included. */
#ifdef __s390x__
#define LINE_LIMIT 4096
#else
#define LINE_LIMIT 2048
#endif

#define LIST_MAX      256
#define TIMEOUT_MAX_S (24 * 3600)

/* A list may stand more than once; a flag may do without a value, which is "on" then. */
enum parameter_kind {
	SINGLE,
	LIST,
	FLAG
};

struct parameter {
	const char *name;
	enum parameter_kind kind;
	int (*take)(struct options *o, const char *value, struct fault *f);
};

void options_default(struct options *out)
{
	*out = (struct options){.log = LOG_LEVEL_INFO, .timeout_s = 3, .cdi_timeout_s = 100};
}

/* One of a few words: its place in @words, or -EINVAL with @f naming them all. */
static int take_word(const char *value, const char *const *words, const char *list, struct fault *f)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(value, words[i]))
			return i;
	return fault_set(f, -EINVAL, "\"%s\" is none of %s", value, list);
}

static int take_manifest(struct options *o, const char *value, struct fault *f)
{
	(void)f;
	o->manifest = value;
	return 0;
}

static int take_bundle(struct options *o, const char *value, struct fault *f)
{
	(void)f;
	o->bundle = value;
	return 0;
}

static int take_sha256(struct options *o, const char *value, struct fault *f)
{
	if (strlen(value) != 64 || strspn(value, "0123456789abcdefABCDEF") != 64)
		return fault_set(f, -EINVAL, "64 hexadecimal digits expected, found \"%s\"", value);
	o->sha256 = value;
	return 0;
}

static int take_device(struct options *o, const char *value, struct fault *f)
{
	(void)f;
	o->devices[o->n_devices++] = value;
	return 0;
}

static int take_report(struct options *o, const char *value, struct fault *f)
{
	(void)f;
	o->reports[o->n_reports++] = value;
	return 0;
}

static int take_log(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = {"err", "warn", "info", "debug", NULL};
	static const enum log_level levels[] = {LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
						LOG_LEVEL_DEBUG};
	int i = take_word(value, words, "err, warn, info, debug", f);

	if (i < 0)
		return i;
	o->log = levels[i];
	return 0;
}

static int take_seconds(const char *value, unsigned *out, struct fault *f)
{
	uint64_t s;

	if (str_number(value, strlen(value), 10, TIMEOUT_MAX_S, &s))
		return fault_set(f, -EINVAL, "seconds from 0 to %d expected, found \"%s\"",
				 TIMEOUT_MAX_S, value);
	*out = (unsigned)s;
	return 0;
}

static int take_timeout(struct options *o, const char *value, struct fault *f)
{
	return take_seconds(value, &o->timeout_s, f);
}

static int take_on_failure(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = {"poweroff", "reboot", "halt", "panic", "shell", NULL};
	int i = take_word(value, words, "poweroff, reboot, halt, panic, shell", f);

	if (i < 0)
		return i;
	if (i == ON_FAILURE_SHELL && !SHELL_BUILT)
		return fault_set(f, -ENOTSUP, "this build of coldinit cannot run a shell");
	o->on_failure = (enum on_failure)i;
	return 0;
}

#ifdef CONFIG_NET
static int take_ip(struct options *o, const char *value, struct fault *f)
{
	(void)f;
	o->ip = value;
	return 0;
}
#endif

#ifdef CONFIG_CDI

static int take_cdi_timeout(struct options *o, const char *value, struct fault *f)
{
	return take_seconds(value, &o->cdi_timeout_s, f);
}

static int take_visible_cdi_devices(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = {"off", "on", NULL};
	int i = take_word(value, words, "off, on", f);

	if (i < 0)
		return i;
	o->visible_cdi_devices = i == 1;
	return 0;
}

static int take_cdi_numbers(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = {"live", "declared", NULL};
	int i = take_word(value, words, "live, declared", f);

	if (i < 0)
		return i;
	o->cdi_declared_numbers = i == 1;
	return 0;
}

#else

static int refuse_cdi(struct options *o, const char *value, struct fault *f)
{
	(void)o, (void)value;
	return fault_set(f, -ENOTSUP, "this build of coldinit does not read CDI specs");
}

#define take_cdi_timeout	 refuse_cdi
#define take_visible_cdi_devices refuse_cdi
#define take_cdi_numbers	 refuse_cdi

#endif

static const struct parameter parameters[] = {
	{"coldinit.manifest", SINGLE, take_manifest},
	{"coldinit.sha256", SINGLE, take_sha256},
	{"coldinit.device", LIST, take_device},
	{"coldinit.bundle", SINGLE, take_bundle},
	{"coldinit.log", SINGLE, take_log},
	{"coldinit.timeout", SINGLE, take_timeout},
	{"coldinit.cdi_timeout", SINGLE, take_cdi_timeout},
	{"coldinit.visible_cdi_devices", FLAG, take_visible_cdi_devices},
	{"coldinit.cdi_numbers", SINGLE, take_cdi_numbers},
	{"coldinit.on_failure", SINGLE, take_on_failure},
	{"coldinit.report", LIST, take_report},
#ifdef CONFIG_NET
	{"ip", SINGLE, take_ip},
#endif
};

static int unknown(const char *name, struct fault *f)
{
	const char *names[ARRAY_SIZE(parameters) + 1] = {0}, *near;

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		names[i] = parameters[i].name;
	near = str_nearest(name, names);
	fault_set(f, -EINVAL, "unknown parameter %s on the kernel command line", name);
	if (near)
		fault_add(f, "; did you mean %s?", near);
	return -EINVAL;
}

/*
 * The next word of the line, as the kernel's next_arg() cuts it: at blanks outside of double
 * quotes. Quotes around the whole word or around the value are dropped. Works in place.
 */
static char *next_word(char **line, char **value)
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

static int take(struct options *o, unsigned *seen, const char *name, const char *value,
		struct fault *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		const struct parameter *p = &parameters[i];
		int err;

		if (strcmp(name, p->name))
			continue;
		if (p->kind != LIST && *seen & 1U << i)
			return fault_set(f, -EINVAL, "%s= stands twice on the kernel command line",
					 name);
		*seen |= 1U << i;
		if (!value && p->kind == FLAG)
			value = "on";
		if (!value || !*value)
			return fault_set(f, -EINVAL, "%s needs a value: %s=...", name, name);
		if (o->n_devices >= LIST_MAX || o->n_reports >= LIST_MAX)
			return fault_set(f, -E2BIG, "more than %d times %s=", LIST_MAX, name);
		err = p->take(o, value, f);
		return err ? fault_prefix(f, err, "%s", name) : 0;
	}
	return unknown(name, f);
}

/* The kernel's own parameter, which asks for nothing when it is empty. */
static bool is_ip(const char *word, const char *value)
{
#ifdef CONFIG_NET
	return !strcmp(word, "ip") && value && *value;
#else
	(void)word, (void)value;
	return false;
#endif
}

int options_parse(struct arena *a, const char *line, struct options *out, struct fault *f)
{
	char *rest = arena_strdup(a, line), *word, *value;
	struct fault later;
	unsigned seen = 0;
	int err = 0;

	out->devices = arena_alloc(a, LIST_MAX, sizeof(*out->devices));
	out->reports = arena_alloc(a, LIST_MAX, sizeof(*out->reports));
	if (!rest || !out->devices || !out->reports)
		return fault_oom(f);
	out->full = strlen(line) >= LINE_LIMIT - 1;
	/* The first error counts, but what comes behind it may say where the verdict goes. */
	while ((word = next_word(&rest, &value)))
		if (str_starts(word, "coldinit.") || is_ip(word, value)) {
			int e = take(out, &seen, word, value, err ? &later : f);

			err = err ? err : e;
		}
	return err;
}
