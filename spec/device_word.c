// SPDX-License-Identifier: Apache-2.0
/*
 * coldinit.device=: one device in one word of the command line. Its keys are those of the
 * manifest's devices that have a single value, and "option", which may be repeated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/manifest.h"
#include "spec/manifest_device.h"

enum word_key {
	KEY_ID,
	KEY_VM_PATH,
	KEY_CONTAINER_PATH,
	KEY_TIMEOUT,
	KEY_COMPANIONS,
	KEY_REQUIRED,
	KEY_OPTION
};

static const char *const word_keys[] = {
	[KEY_ID] = "id",
	[KEY_VM_PATH] = "vm_path",
	[KEY_CONTAINER_PATH] = "container_path",
	[KEY_TIMEOUT] = "timeout_ms",
	[KEY_COMPANIONS] = "companions",
	[KEY_REQUIRED] = "required",
	[KEY_OPTION] = "option",
	NULL,
};

static int device_word_bad_value(const char *key, const char *value, const char *expected,
				 struct fault *fault)
{
	fault_set(fault, -EINVAL, "%s=%.200s: expected %s", key, value, expected);
	return fault_facts(fault, -EINVAL, expected, value);
}

static int device_word_set(struct device *d, enum word_key key, const char *value,
			   struct fault *fault)
{
	uint64_t number;
	int i;

	switch (key) {
	case KEY_ID:
		d->id = value;
		return 0;
	case KEY_VM_PATH:
		d->vm_path = value;
		return 0;
	case KEY_CONTAINER_PATH:
		d->container_path = value;
		return 0;
	case KEY_TIMEOUT:
		if (str_number(value, strlen(value), 10, DEVICE_TIMEOUT_MAX, &number))
			return device_word_bad_value("timeout_ms", value,
						     "milliseconds from 0 to 3600000", fault);
		d->timeout_ms = (uint32_t)number;
		return 0;
	case KEY_COMPANIONS:
		i = str_index(value, manifest_companions);
		if (i < 0)
			return device_word_bad_value("companions", value, "bind, check or ignore",
						     fault);
		d->companions = (enum companions)i;
		return 0;
	case KEY_REQUIRED:
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return device_word_bad_value("required", value, "true or false", fault);
		d->required = !strcmp(value, "true");
		return 0;
	case KEY_OPTION:
		break;
	}
	if (d->n_options == DEVICE_OPTIONS_MAX)
		return fault_set(fault, -EINVAL, "more than %d options", DEVICE_OPTIONS_MAX);
	d->options[d->n_options++] = value;
	return 0;
}

/* Read one "key=value"; @pair is cut at the "=". */
static int device_word_read_pair(struct device *d, char *pair, unsigned *seen, struct fault *fault)
{
	char *value = strchr(pair, '=');
	const char *near;
	int key;

	if (!value)
		return fault_set(fault, -EINVAL, "\"%.200s\" is not key=value", pair);
	*value++ = '\0';
	key = str_index(pair, word_keys);
	if (key < 0) {
		near = str_nearest(pair, word_keys);
		return fault_set(fault, -EINVAL, "unknown key \"%.200s\"%s%s%s", pair,
				 near ? "; did you mean \"" : "", near ? near : "",
				 near ? "\"?" : "");
	}
	if (key != KEY_OPTION && *seen & 1U << key)
		return fault_set(fault, -EINVAL, "%s is given twice", pair);
	*seen |= 1U << key;
	return device_word_set(d, (enum word_key)key, value, fault);
}

/* Read the whole word; @text is cut at each ",". */
static int device_word_read(struct device *d, char *text, struct fault *fault)
{
	char *rest = text;
	unsigned seen = 0;
	int err;

	d->type = strsep(&rest, ",");
	if (strchr(d->type, '='))
		return fault_set(fault, -EINVAL,
				 "expected the device's type first, found \"%.200s\"", d->type);
	while (rest) {
		err = device_word_read_pair(d, strsep(&rest, ","), &seen, fault);
		if (err)
			return err;
	}
	return manifest_device_check(d, fault);
}

int device_word_parse(struct arena *a, const char *word, struct device *out, struct fault *fault)
{
	struct device d;
	char *text = arena_strdup(a, word);
	int err;

	manifest_device_defaults(&d);
	d.options = arena_alloc(a, DEVICE_OPTIONS_MAX, sizeof(*d.options));
	if (!text || !d.options)
		return fault_oom(fault);
	err = device_word_read(&d, text, fault);
	if (!err)
		*out = d;
	return err;
}
