// SPDX-License-Identifier: Apache-2.0
/*
 * A recogniser for RFC 8259: it keeps nothing and only finds the place where a text is not JSON.
 *
 * A function for each production of the grammar moves the cursor behind it or refuses the text.
 * json_check_value() and json_check_container() call each other; s->depth bounds that.
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
static int json_check_peek(const struct scan *s)
{
	return s->pos < s->len ? (unsigned char)s->text[s->pos] : -1;
}

/* Refuse the text at the cursor. Lines and columns, in characters, count from 1. */
static int json_check_refuse(const struct scan *s, const char *reason)
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
static int json_check_expected(const struct scan *s, const char *what)
{
	int c = json_check_peek(s), err;
	char reason[128];

	if (c < 0)
		err = str_printf(reason, sizeof(reason), "expected %s, found the end of the text",
				 what);
	else if (c > 0x20 && c < 0x7f)
		err = str_printf(reason, sizeof(reason), "expected %s, found '%c'", what, c);
	else
		err = str_printf(reason, sizeof(reason), "expected %s, found the byte 0x%02x", what,
				 c);
	return json_check_refuse(s, err ? what : reason);
}

static void json_check_skip_blanks(struct scan *s)
{
	for (int c = json_check_peek(s); c == ' ' || c == '\t' || c == '\n' || c == '\r';
	     c = json_check_peek(s))
		s->pos++;
}

static bool json_check_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int json_check_skip_digits(struct scan *s)
{
	if (!json_check_is_digit(json_check_peek(s)))
		return json_check_expected(s, "a digit");
	while (json_check_is_digit(json_check_peek(s)))
		s->pos++;
	return 0;
}

/* RFC 8259, section 6 */
static int json_check_number(struct scan *s)
{
	int err;

	if (json_check_peek(s) == '-')
		s->pos++;
	if (json_check_peek(s) == '0') {
		s->pos++;
		if (json_check_is_digit(json_check_peek(s)))
			return json_check_refuse(s, "a number must not begin with 0");
	} else {
		err = json_check_skip_digits(s);
		if (err)
			return err;
	}
	if (json_check_peek(s) == '.') {
		s->pos++;
		err = json_check_skip_digits(s);
		if (err)
			return err;
	}
	if (json_check_peek(s) != 'e' && json_check_peek(s) != 'E')
		return 0;
	s->pos++;
	if (json_check_peek(s) == '+' || json_check_peek(s) == '-')
		s->pos++;
	return json_check_skip_digits(s);
}

/* The four digits after \u. Return: the code unit or -EINVAL. */
static int json_check_code_unit(struct scan *s)
{
	uint64_t unit;

	if (s->len - s->pos < 4 || str_number(s->text + s->pos, 4, 16, 0xffff, &unit))
		return json_check_refuse(s, "expected four hexadecimal digits after \\u");
	if (!unit)
		return json_check_refuse(s, "\\u0000 is not allowed in a string");
	s->pos += 4;
	return (int)unit;
}

static int json_check_escape(struct scan *s)
{
	int c, unit;

	s->pos++;
	c = json_check_peek(s);
	if (c <= 0 || !strchr("\"\\/bfnrtu", c))
		return json_check_expected(s, "an escape such as \\n or \\u000a");
	s->pos++;
	if (c != 'u')
		return 0;
	unit = json_check_code_unit(s);
	if (unit < 0)
		return unit;
	if (unit < 0xd800 || unit > 0xdfff)
		return 0;
	if (unit < 0xdc00 && s->len - s->pos >= 2 && !memcmp(s->text + s->pos, "\\u", 2)) {
		s->pos += 2;
		unit = json_check_code_unit(s);
		if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
			return unit < 0 ? unit : 0;
	}
	return json_check_refuse(s, "unpaired surrogate");
}

/* A character that is not ASCII, RFC 3629 */
static int json_check_multibyte(struct scan *s)
{
	for (size_t n = 2; n <= 4 && n <= s->len - s->pos; n++) {
		if (str_is_utf8(s->text + s->pos, n)) {
			s->pos += n;
			return 0;
		}
	}
	return json_check_refuse(s, "invalid UTF-8");
}

/* RFC 8259, section 7 */
static int json_check_string(struct scan *s)
{
	int c, err = 0;

	for (s->pos++; !err;) {
		c = json_check_peek(s);
		if (c == '"')
			break;
		if (c < 0)
			return json_check_expected(s, "a '\"' that ends the string");
		if (c < 0x20)
			return json_check_expected(s, "an escape for a control character");
		if (c == '\\')
			err = json_check_escape(s);
		else if (c >= 0x80)
			err = json_check_multibyte(s);
		else
			s->pos++;
	}
	if (!err)
		s->pos++;
	return err;
}

static int json_check_literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
		return json_check_expected(s, "a value");
	s->pos += n;
	return 0;
}

static int json_check_value(struct scan *s);

static int json_check_key(struct scan *s)
{
	int err;

	json_check_skip_blanks(s);
	if (json_check_peek(s) != '"')
		return json_check_expected(s, "a key in quotes");
	err = json_check_string(s);
	if (err)
		return err;
	json_check_skip_blanks(s);
	if (json_check_peek(s) != ':')
		return json_check_expected(s, "':' after the key");
	s->pos++;
	return 0;
}

/* An object (@end is '}') or an array (']'), the cursor on its first character. */
static int json_check_container(struct scan *s, char end)
{
	int err;

	if (++s->depth > JSON_DEPTH_MAX)
		return json_check_refuse(s, "arrays and objects are nested too deeply");
	s->pos++;
	json_check_skip_blanks(s);
	for (bool first = true; json_check_peek(s) != end; first = false) {
		if (!first) {
			if (json_check_peek(s) != ',')
				return json_check_expected(s, end == '}' ? "',' or '}'"
									 : "',' or ']'");
			s->pos++;
		}
		err = end == '}' ? json_check_key(s) : 0;
		if (err)
			return err;
		err = json_check_value(s);
		if (err)
			return err;
		json_check_skip_blanks(s);
	}
	s->pos++;
	s->depth--;
	return 0;
}

static int json_check_value(struct scan *s)
{
	json_check_skip_blanks(s);
	if (++s->values > JSON_VALUES_MAX)
		return json_check_refuse(s, "too many values");
	switch (json_check_peek(s)) {
	case '{':
		return json_check_container(s, '}');
	case '[':
		return json_check_container(s, ']');
	case '"':
		return json_check_string(s);
	case 't':
		return json_check_literal(s, "true");
	case 'f':
		return json_check_literal(s, "false");
	case 'n':
		return json_check_literal(s, "null");
	case '-':
		return json_check_number(s);
	default:
		return json_check_is_digit(json_check_peek(s)) ? json_check_number(s)
							       : json_check_expected(s, "a value");
	}
}

int json_check(const char *text, size_t len, struct fault *fault)
{
	struct scan s = {.text = text, .len = len, .fault = fault};
	int err = json_check_value(&s);

	if (err)
		return err;
	json_check_skip_blanks(&s);
	if (s.pos < s.len)
		return json_check_expected(&s, "nothing after the value");
	return 0;
}
