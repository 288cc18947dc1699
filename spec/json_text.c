// SPDX-License-Identifier: Apache-2.0
/* A recogniser for RFC 8259: it keeps nothing, it only says where a text stops being JSON. */
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/json.h"

struct scan {
	const char *text;
	size_t len, pos, values;
	unsigned depth;
	struct fault *fault;
};

/* The byte at the cursor, -1 at the end. */
static int peek(const struct scan *s)
{
	return s->pos < s->len ? (unsigned char)s->text[s->pos] : -1;
}

/* Refuse the text at the cursor. Lines and columns (in characters) count from 1. */
static int refuse(const struct scan *s, const char *reason)
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

/* Refuse with what was found; @what is one of the few literals below, so it fits. */
static int expected(const struct scan *s, const char *what)
{
	int c = peek(s), err;
	char reason[128];

	if (c < 0)
		err = str_printf(reason, sizeof(reason), "expected %s, found the end of the text",
				 what);
	else if (c > 0x20 && c < 0x7f)
		err = str_printf(reason, sizeof(reason), "expected %s, found '%c'", what, c);
	else
		err = str_printf(reason, sizeof(reason), "expected %s, found the byte 0x%02x", what,
				 c);
	return refuse(s, err ? what : reason);
}

static void skip_blanks(struct scan *s)
{
	for (int c = peek(s); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(s))
		s->pos++;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int skip_digits(struct scan *s)
{
	if (!is_digit(peek(s)))
		return expected(s, "a digit");
	while (is_digit(peek(s)))
		s->pos++;
	return 0;
}

/* RFC 8259, section 6 */
static int number(struct scan *s)
{
	int err;

	if (peek(s) == '-')
		s->pos++;
	if (peek(s) == '0') {
		s->pos++;
		if (is_digit(peek(s)))
			return refuse(s, "a number must not begin with 0");
	} else {
		err = skip_digits(s);
		if (err)
			return err;
	}
	if (peek(s) == '.') {
		s->pos++;
		err = skip_digits(s);
		if (err)
			return err;
	}
	if (peek(s) != 'e' && peek(s) != 'E')
		return 0;
	s->pos++;
	if (peek(s) == '+' || peek(s) == '-')
		s->pos++;
	return skip_digits(s);
}

/* The four digits behind \u. Return: the code unit or -EINVAL. */
static int code_unit(struct scan *s)
{
	uint64_t unit;

	if (s->len - s->pos < 4 || str_number(s->text + s->pos, 4, 16, 0xffff, &unit))
		return refuse(s, "expected four hexadecimal digits after \\u");
	if (!unit)
		return refuse(s, "\\u0000 cannot be part of a text");
	s->pos += 4;
	return (int)unit;
}

static int escape(struct scan *s)
{
	int c, unit;

	s->pos++;
	c = peek(s);
	if (c <= 0 || !strchr("\"\\/bfnrtu", c))
		return expected(s, "an escape such as \\n or \\u000a");
	s->pos++;
	if (c != 'u')
		return 0;
	unit = code_unit(s);
	if (unit < 0)
		return unit;
	if (unit < 0xd800 || unit > 0xdfff)
		return 0;
	if (unit < 0xdc00 && s->len - s->pos >= 2 && !memcmp(s->text + s->pos, "\\u", 2)) {
		s->pos += 2;
		unit = code_unit(s);
		if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
			return unit < 0 ? unit : 0;
	}
	return refuse(s, "half of a surrogate pair");
}

/* One character beyond ASCII */
static int multibyte(struct scan *s)
{
	for (size_t n = 2; n <= 4 && n <= s->len - s->pos; n++) {
		if (str_is_utf8(s->text + s->pos, n)) {
			s->pos += n;
			return 0;
		}
	}
	return refuse(s, "this is not UTF-8");
}

/* RFC 8259, section 7 */
static int string(struct scan *s)
{
	int c, err = 0;

	for (s->pos++; !err;) {
		c = peek(s);
		if (c == '"')
			break;
		if (c < 0)
			return expected(s, "a '\"' that ends the string");
		if (c < 0x20)
			return expected(s, "an escape for a control character");
		if (c == '\\')
			err = escape(s);
		else if (c >= 0x80)
			err = multibyte(s);
		else
			s->pos++;
	}
	if (!err)
		s->pos++;
	return err;
}

static int literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
		return expected(s, "a value");
	s->pos += n;
	return 0;
}

static int value(struct scan *s);

static int key(struct scan *s)
{
	int err;

	skip_blanks(s);
	if (peek(s) != '"')
		return expected(s, "a key in quotes");
	err = string(s);
	if (err)
		return err;
	skip_blanks(s);
	if (peek(s) != ':')
		return expected(s, "':' after the key");
	s->pos++;
	return 0;
}

/* An object (@end is '}') or an array (']'), the cursor on its first character. */
static int container(struct scan *s, char end)
{
	int err;

	if (++s->depth > JSON_DEPTH_MAX)
		return refuse(s, "arrays and objects nest too deep");
	s->pos++;
	skip_blanks(s);
	for (bool first = true; peek(s) != end; first = false) {
		if (!first) {
			if (peek(s) != ',')
				return expected(s, end == '}' ? "',' or '}'" : "',' or ']'");
			s->pos++;
		}
		err = end == '}' ? key(s) : 0;
		if (err)
			return err;
		err = value(s);
		if (err)
			return err;
		skip_blanks(s);
	}
	s->pos++;
	s->depth--;
	return 0;
}

static int value(struct scan *s)
{
	skip_blanks(s);
	if (++s->values > JSON_VALUES_MAX)
		return refuse(s, "too many values");
	switch (peek(s)) {
	case '{':
		return container(s, '}');
	case '[':
		return container(s, ']');
	case '"':
		return string(s);
	case 't':
		return literal(s, "true");
	case 'f':
		return literal(s, "false");
	case 'n':
		return literal(s, "null");
	case '-':
		return number(s);
	default:
		return is_digit(peek(s)) ? number(s) : expected(s, "a value");
	}
}

int json_check(const char *text, size_t len, struct fault *fault)
{
	struct scan s = {.text = text, .len = len, .fault = fault};
	int err = value(&s);

	if (err)
		return err;
	skip_blanks(&s);
	if (s.pos < s.len)
		return expected(&s, "nothing after the value");
	return 0;
}
