// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/cmdline.h"
#include "init/lib/str.h"

/* COMMAND_LINE_SIZE of the architecture, its end included. */
#ifdef __s390x__
#define LINE_LIMIT 4096
#else
#define LINE_LIMIT 2048
#endif

#define LIST_MAX      256
#define TIMEOUT_MAX_S (24 * 3600)

struct parameter {
	const char *name;
	bool list;
	int (*take)(struct options *o, const char *value, struct fault *f);
};

void options_default(struct options *out)
{
	*out = (struct options){.log = LOG_LEVEL_INFO, .timeout_s = 3};
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

static int take_timeout(struct options *o, const char *value, struct fault *f)
{
	uint64_t s;

	if (str_number(value, strlen(value), 10, TIMEOUT_MAX_S, &s))
		return fault_set(f, -EINVAL, "seconds from 0 to %d expected, found \"%s\"",
				 TIMEOUT_MAX_S, value);
	o->timeout_s = (unsigned)s;
	return 0;
}

static int take_on_failure(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = {"poweroff", "reboot", "halt", "panic", "shell", NULL};
	int i = take_word(value, words, "poweroff, reboot, halt, panic, shell", f);

	if (i < 0)
		return i;
	o->on_failure = (enum on_failure)i;
	return 0;
}

static int refuse_cdi(struct options *o, const char *value, struct fault *f)
{
	(void)o, (void)value;
	return fault_set(f, -ENOTSUP, "this build of coldinit does not read CDI specs");
}

static const struct parameter parameters[] = {
	{"coldinit.manifest", false, take_manifest},
	{"coldinit.sha256", false, take_sha256},
	{"coldinit.device", true, take_device},
	{"coldinit.bundle", false, take_bundle},
	{"coldinit.log", false, take_log},
	{"coldinit.timeout", false, take_timeout},
	{"coldinit.cdi_timeout", false, refuse_cdi},
	{"coldinit.visible_cdi_devices", false, refuse_cdi},
	{"coldinit.on_failure", false, take_on_failure},
	{"coldinit.report", true, take_report},
};

static int unknown(const char *name, struct fault *f)
{
	const char *names[ARRAY_SIZE(parameters) + 1] = {0}, *near;

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		names[i] = parameters[i].name;
	near = str_nearest(name, names);
	if (near)
		return fault_set(
			f, -EINVAL,
			"unknown parameter %s on the kernel command line; did you mean %s?", name,
			near);
	return fault_set(f, -EINVAL, "unknown parameter %s on the kernel command line", name);
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
		if (!p->list && *seen & 1U << i)
			return fault_set(f, -EINVAL, "%s= stands twice on the kernel command line",
					 name);
		*seen |= 1U << i;
		if (!value || !*value)
			return fault_set(f, -EINVAL, "%s needs a value: %s=...", name, name);
		if (o->n_devices >= LIST_MAX || o->n_reports >= LIST_MAX)
			return fault_set(f, -E2BIG, "more than %d times %s=", LIST_MAX, name);
		err = p->take(o, value, f);
		return err ? fault_prefix(f, err, "%s", name) : 0;
	}
	return unknown(name, f);
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
		return fault_set(f, -ENOMEM, "out of memory");
	out->full = strlen(line) >= LINE_LIMIT - 1;
	/* The first error counts, but what comes behind it may say where the verdict goes. */
	while ((word = next_word(&rest, &value)))
		if (str_starts(word, "coldinit.")) {
			int e = take(out, &seen, word, value, err ? &later : f);

			err = err ? err : e;
		}
	return err;
}
