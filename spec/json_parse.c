// SPDX-License-Identifier: Apache-2.0
/*
 * A parser for RFC 8259 that makes cJSON's trees, in one pass.
 *
 * A function for each production of the grammar moves the cursor behind it and fills its item, or
 * refuses the text. json_parse_value() and json_parse_container() call each other; s->depth bounds that.
 * cJSON's own parser accepts more, and keeps numbers as double.
 */
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/json.h"

/*
 * struct scan - a text and the cursor in it
 * @pos: offset of the next byte
 * @values: how many values were seen
 * @depth: arrays and objects that are open
 */
struct scan {
	const char *text;
	size_t len, pos, values;
	unsigned depth;
	struct fault *fault;
};

/* The byte at the cursor, -1 at the end. */
static int json_parse_peek(const struct scan *s)
{
	return s->pos < s->len ? (unsigned char)s->text[s->pos] : -1;
}

/* Refuse the text at the cursor. Lines and columns, in characters, count from 1. */
static int json_parse_refuse(const struct scan *s, const char *reason)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < s->pos; i++) {
		if (s->text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)s->text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	return fault_set(s->fault, -EINVAL, "line %zu, column %zu: %s", line, column, reason);
}

/* Refuse the text and quote the byte at the cursor. @what is a short literal, so it fits. */
static int json_parse_expected(const struct scan *s, const char *what)
{
	int c = json_parse_peek(s), err;
	char reason[128];

	if (c < 0)
		err = str_printf(reason, sizeof(reason), "expected %s, found the end of the text",
				 what);
	else if (c > 0x20 && c < 0x7f)
		err = str_printf(reason, sizeof(reason), "expected %s, found '%c'", what, c);
	else
		err = str_printf(reason, sizeof(reason), "expected %s, found the byte 0x%02x%s",
				 what, c, s->pos < 2 ? ": is the file UTF-8 text?" : "");
	return json_parse_refuse(s, err ? what : reason);
}

static void json_parse_skip_blanks(struct scan *s)
{
	for (int c = json_parse_peek(s); c == ' ' || c == '\t' || c == '\n' || c == '\r';
	     c = json_parse_peek(s))
		s->pos++;
}

static bool json_parse_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int json_parse_skip_digits(struct scan *s)
{
	if (!json_parse_is_digit(json_parse_peek(s)))
		return json_parse_expected(s, "a digit");
	while (json_parse_is_digit(json_parse_peek(s)))
		s->pos++;
	return 0;
}

/* RFC 8259, section 6 */
static int json_parse_number(struct scan *s)
{
	int err;

	if (json_parse_peek(s) == '-')
		s->pos++;
	if (json_parse_peek(s) == '0') {
		s->pos++;
		if (json_parse_is_digit(json_parse_peek(s)))
			return json_parse_refuse(s, "a number must not begin with 0");
	} else {
		err = json_parse_skip_digits(s);
		if (err)
			return err;
	}
	if (json_parse_peek(s) == '.') {
		s->pos++;
		err = json_parse_skip_digits(s);
		if (err)
			return err;
	}
	if (json_parse_peek(s) != 'e' && json_parse_peek(s) != 'E')
		return 0;
	s->pos++;
	if (json_parse_peek(s) == '+' || json_parse_peek(s) == '-')
		s->pos++;
	return json_parse_skip_digits(s);
}

/* The four digits after \u. Return: the code unit or -EINVAL. */
static int json_parse_code_unit(struct scan *s)
{
	uint64_t unit;

	if (s->len - s->pos < 4 || str_number(s->text + s->pos, 4, 16, 0xffff, &unit))
		return json_parse_refuse(s, "expected four hexadecimal digits after \\u");
	if (!unit)
		return json_parse_refuse(s, "\\u0000 is not allowed in a string");
	s->pos += 4;
	return (int)unit;
}

static int json_parse_escape(struct scan *s)
{
	int c, unit;

	s->pos++;
	c = json_parse_peek(s);
	if (c <= 0 || !strchr("\"\\/bfnrtu", c))
		return json_parse_expected(s, "an escape such as \\n or \\u000a");
	s->pos++;
	if (c != 'u')
		return 0;
	unit = json_parse_code_unit(s);
	if (unit < 0)
		return unit;
	if (unit < 0xd800 || unit > 0xdfff)
		return 0;
	if (unit < 0xdc00 && s->len - s->pos >= 2 && !memcmp(s->text + s->pos, "\\u", 2)) {
		s->pos += 2;
		unit = json_parse_code_unit(s);
		if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
			return unit < 0 ? unit : 0;
	}
	return json_parse_refuse(s, "unpaired surrogate");
}

/* A character that is not ASCII, RFC 3629 */
static int json_parse_multibyte(struct scan *s)
{
	size_t n = str_utf8_sequence(s->text + s->pos, s->len - s->pos);

	s->pos += n;
	return n ? 0 : json_parse_refuse(s, "invalid UTF-8");
}

static bool json_parse_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Move the cursor to the '"' that ends a string. @plain: gets whether it has no escape */
static int json_parse_skip_string(struct scan *s, bool *plain)
{
	int c, err = 0;

	*plain = true;
	while (!err) {
		size_t at = s->pos;

		while (at < s->len && json_parse_is_plain((unsigned char)s->text[at]))
			at++;
		s->pos = at;
		c = json_parse_peek(s);
		if (c == '"')
			break;
		if (c < 0)
			return json_parse_expected(s, "a '\"' that ends the string");
		if (c < 0x20)
			return json_parse_expected(s, "an escape for a control character");
		*plain &= c != '\\';
		if (c == '\\')
			err = json_parse_escape(s);
		else if (c >= 0x80)
			err = json_parse_multibyte(s);
		else
			s->pos++;
	}
	return err;
}

/* Write a code point as UTF-8 (RFC 3629, section 3). Return: the end of it. */
static char *json_parse_put(char *to, unsigned long point)
{
	size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	*to = (char)(n == 1 ? point : (0xf00UL >> n & 0xf0) | (point >> 6 * (n - 1)));
	for (size_t i = 1; i < n; i++)
		to[i] = (char)(0x80 | ((point >> 6 * (n - 1 - i)) & 0x3f));
	return to + n;
}

/* The code point of "uXXXX" at the cursor, or of the surrogate pair that begins there. */
static unsigned long json_parse_code_point(struct scan *s)
{
	unsigned long unit, low;

	s->pos++;
	unit = (unsigned long)json_parse_code_unit(s);
	if (unit < 0xd800 || unit > 0xdfff)
		return unit;
	s->pos += strlen("\\u");
	low = (unsigned long)json_parse_code_unit(s);
	return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}

/* Copy a string that json_parse_skip_string() has accepted, without its escapes. @s: a copy */
static void json_parse_unescape(struct scan s, size_t end, char *to)
{
	static const char escapes[] = "bfnrt", meanings[] = "\b\f\n\r\t";

	while (s.pos < end) {
		char c = s.text[s.pos];
		const char *escape;

		if (c != '\\') {
			*to++ = c;
			s.pos++;
			continue;
		}
		c = s.text[++s.pos];
		if (c == 'u') {
			to = json_parse_put(to, json_parse_code_point(&s));
			continue;
		}
		escape = strchr(escapes, c);
		*to++ = escape ? meanings[escape - escapes] : c;
		s.pos++;
	}
	*to = '\0';
}

/* Return: a copy of @len bytes as a string of cJSON's, NULL without memory. */
static char *json_parse_copy(const char *text, size_t len)
{
	char *copy = cJSON_malloc(len + 1);

	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

/* RFC 8259, section 7. @out: gets the string */
static int json_parse_string(struct scan *s, char **out)
{
	struct scan begin;
	bool plain;
	int err;

	s->pos++;
	begin = *s;
	err = json_parse_skip_string(s, &plain);
	if (err)
		return err;
	/* No escape is shorter than what it means. */
	*out = json_parse_copy(s->text + begin.pos, s->pos - begin.pos);
	if (!*out)
		return fault_oom(s->fault);
	if (!plain)
		json_parse_unescape(begin, s->pos, *out);
	s->pos++;
	return 0;
}

static int json_parse_literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
		return json_parse_expected(s, "a value");
	s->pos += n;
	return 0;
}

static int json_parse_value(struct scan *s, cJSON *item);

/* @out: gets the key */
static int json_parse_key(struct scan *s, char **out)
{
	int err;

	json_parse_skip_blanks(s);
	if (json_parse_peek(s) != '"')
		return json_parse_expected(s, "a key in quotes");
	err = json_parse_string(s, out);
	if (err)
		return err;
	json_parse_skip_blanks(s);
	if (json_parse_peek(s) != ':')
		return json_parse_expected(s, "':' after the key");
	s->pos++;
	return 0;
}

/* A member of an object (@end is '}') or an element of an array (']') */
static int json_parse_member(struct scan *s, cJSON *container, char end)
{
	cJSON *item = cJSON_CreateNull();
	int err;

	if (!item || !cJSON_AddItemToArray(container, item))
		return fault_oom(s->fault);
	err = end == '}' ? json_parse_key(s, &item->string) : 0;
	return err ? err : json_parse_value(s, item);
}

/* An object or an array, the cursor on its first character. */
static int json_parse_container(struct scan *s, cJSON *item, char end)
{
	int err;

	item->type = end == '}' ? cJSON_Object : cJSON_Array;
	if (++s->depth > JSON_DEPTH_MAX)
		return json_parse_refuse(s, "arrays and objects are nested too deeply");
	s->pos++;
	json_parse_skip_blanks(s);
	while (json_parse_peek(s) != end) {
		if (item->child) {
			if (json_parse_peek(s) != ',')
				return json_parse_expected(s, end == '}' ? "',' or '}'"
									 : "',' or ']'");
			s->pos++;
		}
		err = json_parse_member(s, item, end);
		if (err)
			return err;
		json_parse_skip_blanks(s);
	}
	s->pos++;
	s->depth--;
	return 0;
}

/* A number keeps its text. */
static int json_parse_raw(struct scan *s, cJSON *item)
{
	size_t begin = s->pos;
	int err = json_parse_number(s);

	if (err)
		return err;
	item->type = cJSON_Raw;
	item->valuestring = json_parse_copy(s->text + begin, s->pos - begin);
	return item->valuestring ? 0 : fault_oom(s->fault);
}

/* @item: is null so far */
static int json_parse_value(struct scan *s, cJSON *item)
{
	json_parse_skip_blanks(s);
	if (++s->values > JSON_VALUES_MAX)
		return json_parse_refuse(s, "too many values");
	switch (json_parse_peek(s)) {
	case '{':
		return json_parse_container(s, item, '}');
	case '[':
		return json_parse_container(s, item, ']');
	case '"':
		item->type = cJSON_String;
		return json_parse_string(s, &item->valuestring);
	case 't':
		item->type = cJSON_True;
		return json_parse_literal(s, "true");
	case 'f':
		item->type = cJSON_False;
		return json_parse_literal(s, "false");
	case 'n':
		return json_parse_literal(s, "null");
	case '-':
		return json_parse_raw(s, item);
	default:
		return json_parse_is_digit(json_parse_peek(s)) ? json_parse_raw(s, item)
							       : json_parse_expected(s, "a value");
	}
}

size_t json_begin(const char *text, size_t len)
{
	return len > 2 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
}

int json_parse_text(const char *text, size_t len, cJSON **out, struct fault *fault)
{
	struct scan s = {.text = text, .len = len, .pos = json_begin(text, len), .fault = fault};
	cJSON *root cleanup(json_free_ptr) = cJSON_CreateNull();
	int err = root ? json_parse_value(&s, root) : fault_oom(fault);

	if (err)
		return err;
	json_parse_skip_blanks(&s);
	if (s.pos < s.len)
		return json_parse_expected(&s, "nothing after the value");
	*out = root;
	root = NULL;
	return 0;
}
