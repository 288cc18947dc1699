// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/tool/nodes.h"
#include "init/tool/recording.h"

static const char *const kinds[] = {"dir", "file", "link", "node"};

int recording_add(struct recording *r, enum entry_kind kind, const char *path, const char *value)
{
	struct entry *e = r->entries;
	size_t room = r->room ? r->room * 2 : 256;

	if (r->n == RECORDING_ENTRIES)
		return -E2BIG;
	if (r->n == r->room) {
		e = arena_alloc(r->arena, room, sizeof(*e));
		if (!e)
			return -ENOMEM;
		if (r->n)
			memcpy(e, r->entries, r->n * sizeof(*e));
		r->entries = e;
		r->room = room;
	}
	e += r->n;
	e->kind = kind;
	e->path = arena_strdup(r->arena, path);
	e->value = arena_strdup(r->arena, value);
	if (!e->path || !e->value)
		return -ENOMEM;
	r->n++;
	return 0;
}

/* By path; the entries in a directory directly follow it. */
static int recording_compare(const void *a, const void *b)
{
	const unsigned char *s = (const void *)((const struct entry *)a)->path;
	const unsigned char *t = (const void *)((const struct entry *)b)->path;

	for (; *s && *s == *t; s++, t++)
		;
	return *s == *t ? 0 : !*s ? -1 : !*t ? 1 : *s == '/' ? -1 : *t == '/' ? 1 : *s - *t;
}

static bool recording_is_below(const char *path, const char *dir)
{
	return str_starts(path, dir) && path[strlen(dir)] == '/';
}

int recording_sort(struct recording *r, struct fault *fault)
{
	if (r->n > 1)
		qsort(r->entries, r->n, sizeof(*r->entries), recording_compare);
	for (size_t i = 1; i < r->n; i++) {
		const struct entry *above = &r->entries[i - 1], *e = &r->entries[i];

		if (!strcmp(above->path, e->path))
			return fault_set(fault, -EINVAL, "%.200s appears twice", e->path);
		if (above->kind != ENTRY_DIR && recording_is_below(e->path, above->path))
			return fault_set(fault, -EINVAL, "%.200s is below %.200s, which is a %s",
					 e->path, above->path, kinds[above->kind]);
	}
	return 0;
}

/* --- text to entries ----------------------------------------------------------------------- */

static int recording_hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return: the byte of the \xHH at the start of @s, of @len bytes; -1 if there is none. */
static int recording_escaped(const char *s, size_t len)
{
	int high, low;

	if (len < 4 || s[1] != 'x')
		return -1;
	high = recording_hex_digit(s[2]);
	low = recording_hex_digit(s[3]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Undo the escapes of @len bytes. Return: NULL, or what is wrong. */
static const char *recording_unescape(const char *s, size_t len, char *out, size_t size)
{
	size_t n = 0;
	int c;

	while (len) {
		size_t step = *s == '\\' ? 4 : 1;

		c = *s == '\\' ? recording_escaped(s, len) : (unsigned char)*s;
		if (c <= 0)
			return "a backslash that does not begin \\xHH, or a NUL";
		if (step == 1 && (c < ' ' || c > '~'))
			return "a byte that must be written \\xHH";
		if (n + 1 == size)
			return "the path or value is too long";
		out[n++] = (char)c;
		s += step;
		len -= step;
	}
	out[n] = '\0';
	return NULL;
}

/* Is it below the directory @top, without "." and ".." in it? */
static bool recording_path_is_good(const char *path, const char *top)
{
	size_t len;

	if (!recording_is_below(path, top))
		return false;
	for (;; path += len + 1) {
		len = strcspn(path, "/");
		if (!len || len > NAME_MAX || (len <= 2 && !strncmp(path, "..", len)))
			return false;
		if (!path[len])
			return true;
	}
}

/* @value: NULL if there is none. Return: NULL, or what is wrong. */
static const char *recording_check(size_t kind, const char *path, const char *value)
{
	struct stat st;

	if (!recording_path_is_good(path, kind == ENTRY_NODE ? "dev" : "sys"))
		return kind == ENTRY_NODE
			       ? "the path of a node is not below dev/, or has \".\" or \"..\" in it"
			       : "the path is not below sys/, or has \".\" or \"..\" in it";
	if (kind == ENTRY_DIR && value)
		return "a directory has no value";
	if (kind == ENTRY_LINK && (!value || !*value))
		return "a link needs a target";
	if (kind == ENTRY_NODE && (!value || nodes_parse(value, &st)))
		return "a node is not \"c MAJOR:MINOR MODE\" or \"b MAJOR:MINOR MODE\"";
	return NULL;
}

/* One line of @len bytes. Return: NULL, or what is wrong. */
static const char *recording_parse_line(struct recording *r, const char *s, size_t len)
{
	char path[RECORDING_PATH] = "", value[RECORDING_VALUE] = "";
	const char *blank, *wrong, *end = s + len;
	size_t kind = 0;

	blank = memchr(s, ' ', len);
	while (kind < ARRAY_SIZE(kinds) && (!blank || (size_t)(blank - s) != strlen(kinds[kind]) ||
					    memcmp(s, kinds[kind], strlen(kinds[kind])) != 0))
		kind++;
	if (kind == ARRAY_SIZE(kinds))
		return "it begins with none of \"dir \", \"file \", \"link \", \"node \", \"#\"";
	s = blank + 1;
	blank = memchr(s, ' ', (size_t)(end - s));
	wrong = recording_unescape(s, (size_t)((blank ? blank : end) - s), path, sizeof(path));
	if (!wrong && blank)
		wrong = recording_unescape(blank + 1, (size_t)(end - blank - 1), value,
					   sizeof(value));
	if (wrong)
		return wrong;
	wrong = recording_check(kind, path, blank ? value : NULL);
	if (wrong)
		return wrong;
	switch (recording_add(r, (enum entry_kind)kind, path, value)) {
	case 0:
		return NULL;
	case -E2BIG:
		return "the tree has too many entries";
	default:
		return "out of memory";
	}
}

int recording_parse(struct arena *a, const char *text, size_t len, struct recording *out,
		    struct fault *fault)
{
	struct recording r = {.arena = a};
	const char *end = text + len, *newline, *wrong;
	int err;

	for (size_t line = 1; text < end; line++, text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		newline = newline ? newline : end;
		if (text == newline || *text == '#')
			continue;
		wrong = recording_parse_line(&r, text, (size_t)(newline - text));
		if (wrong)
			return fault_set(fault, -EINVAL, "line %zu: %s", line, wrong);
	}
	err = recording_sort(&r, fault);
	if (!err)
		*out = r;
	return err;
}

/* --- entries to text ----------------------------------------------------------------------- */

/* Write @s escaped. Return: its end. */
static char *recording_escape(char *out, const char *s, bool path)
{
	static const char digits[] = "0123456789abcdef";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c > ' ' && c <= '~' && c != '\\') {
			*out++ = (char)c;
		} else if (c == ' ' && !path) {
			*out++ = ' ';
		} else {
			*out++ = '\\';
			*out++ = 'x';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	return out;
}

char *recording_text(const struct recording *r)
{
	size_t size = 1;
	char *text, *s;

	for (size_t i = 0; i < r->n; i++)
		size += sizeof("link  \n") +
			4 * (strlen(r->entries[i].path) + strlen(r->entries[i].value));
	text = s = malloc(size);
	if (!text)
		return NULL;
	for (size_t i = 0; i < r->n; i++) {
		const struct entry *e = &r->entries[i];

		s = recording_escape(s, kinds[e->kind], false);
		*s++ = ' ';
		s = recording_escape(s, e->path, true);
		if (*e->value) {
			*s++ = ' ';
			s = recording_escape(s, e->value, false);
		}
		*s++ = '\n';
	}
	*s = '\0';
	return text;
}

/* --- entries to files ---------------------------------------------------------------------- */

static int recording_unpack_file(int dir, const struct entry *e)
{
	int fd cleanup(fd_close) =
		openat(dir, e->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len = strlen(e->value);

	if (fd < 0)
		return -errno;
	if (write(fd, e->value, len) != (ssize_t)len || write(fd, "\n", 1) != 1)
		return -EIO;
	return 0;
}

/* No entry is below a link (see recording_sort()), so no path leaves the directory. */
static int recording_unpack_entry(int dir, const struct entry *e)
{
	char parent[RECORDING_PATH];
	int err = str_copy(parent, sizeof(parent), e->path);

	if (err)
		return err;
	if (e->kind == ENTRY_DIR)
		return tree_mkdir(dir, parent);
	*strrchr(parent, '/') = '\0';
	err = tree_mkdir(dir, parent);
	if (err)
		return err;
	if (e->kind == ENTRY_LINK)
		return symlinkat(e->value, dir, e->path) ? -errno : 0;
	return recording_unpack_file(dir, e);
}

int recording_unpack(const struct recording *r, int dir, struct fault *fault)
{
	int err;

	for (size_t i = 0; i < r->n; i++) {
		err = recording_unpack_entry(dir, &r->entries[i]);
		if (err)
			return fault_strerror(fault, err, "cannot unpack %.200s",
					      r->entries[i].path);
	}
	return 0;
}
