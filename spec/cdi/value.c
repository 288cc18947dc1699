// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers and truth values of a spec file. YAML scalars without quotes are texts (CDI_PLAIN), and
 * the field decides what a text means.
 */
#include <errno.h>
#include <string.h>

#include "spec/cdi/spec.h"

/* The digits of an integer, with "_" between them. Return: 0, -EINVAL or -ERANGE. */
static int cdi_value_digits(const char *s, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	unsigned digit;
	bool any = false;

	for (; *s; s++) {
		if (*s == '_')
			continue;
		digit = *s >= '0' && *s <= '9' ? (unsigned)(*s - '0')
			: (*s | 32) >= 'a'     ? (unsigned)((*s | 32) - 'a') + 10
					       : 99;
		if (digit >= base)
			return -EINVAL;
		if (v > (max - digit) / base)
			return -ERANGE;
		v = v * base + digit;
		any = true;
	}
	*out = v;
	return any ? 0 : -EINVAL;
}

/* YAML's integers: 438, 0666, 0o666, 0x1b6, 0b110110110, 4_38; base 60 is not supported. */
static int cdi_value_plain(const char *s, int64_t *out)
{
	bool minus = *s == '-';
	unsigned base = 10;
	uint64_t v;
	int err;

	s += *s == '-' || *s == '+';
	if (*s < '0' || *s > '9')
		return -EINVAL;
	if (s[0] == '0' && s[1]) {
		char c = (char)(s[1] | 32);

		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	err = cdi_value_digits(s, base, (uint64_t)INT64_MAX + minus, &v);
	if (err)
		return err;
	*out = minus ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

static bool cdi_value_is_plain(const cJSON *item)
{
	return item->type & CDI_PLAIN;
}

static int cdi_value_integer(const struct json_reader *r, const cJSON *item, int64_t min,
			     int64_t max, int64_t *out)
{
	int64_t v;

	if (json_is_number(item))
		return json_read_integer(r, item, min, max, out);
	if (!cdi_value_is_plain(item))
		return json_fault_expected(r, item, "an integer without quotes");
	if (cdi_value_plain(item->valuestring, &v))
		return json_fault_expected(r, item, "an integer");
	if (v < min || v > max)
		return json_fault_expected(r, item, "an integer in range");
	*out = v;
	return 0;
}

int cdi_value_int64(const struct json_reader *r, const cJSON *item, void *out)
{
	return cdi_value_integer(r, item, INT64_MIN, INT64_MAX, out);
}

int cdi_value_uint32(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = cdi_value_integer(r, item, 0, UINT32_MAX, &v);

	if (!err)
		*(uint32_t *)out = (uint32_t)v;
	return err;
}

int cdi_value_number(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_number *n = out;

	n->given = true;
	return cdi_value_uint32(r, item, &n->value);
}

/* Is it the word in small letters, capitalised or in capitals: yes, Yes or YES, but not yEs? */
static bool cdi_value_is_word(const char *s, const char *word)
{
	size_t n = strlen(word), big = 0;

	if (strlen(s) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((s[i] | 32) != word[i])
			return false;
		big += !(s[i] & 32);
	}
	return !big || big == n || (big == 1 && !(*s & 32));
}

int cdi_value_bool(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "n", "y"};

	if (!cdi_value_is_plain(item))
		return json_read_bool(r, item, out);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (cdi_value_is_word(item->valuestring, words[i])) {
			*(bool *)out = i % 2;
			return 0;
		}
	}
	return json_fault_expected(r, item, "true or false");
}
