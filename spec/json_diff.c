// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/root.h"
#include "spec/json.h"
#include "spec/json_diff.h"

/*
 * struct diff - the patch so far
 * @path: JSON pointer (RFC 6901) of the values that are compared, malloc()ed
 */
struct diff {
	cJSON *patch;
	char *path;
	size_t len, room;
};

/* Add "/" and a key, escaped, to the path. Return: the length before, or -ENOMEM. */
static ssize_t path_push(struct diff *d, const char *key)
{
	size_t before = d->len, room = before + 2 * strlen(key) + 2;
	char *s = d->path;

	if (room > d->room) {
		s = realloc(d->path, room * 2);
		if (!s)
			return -ENOMEM;
		d->path = s;
		d->room = room * 2;
	}
	s += before;
	*s++ = '/';
	for (; *key; key++) {
		if (*key == '~' || *key == '/') {
			*s++ = '~';
			*s++ = *key == '~' ? '0' : '1';
		} else {
			*s++ = *key;
		}
	}
	*s = '\0';
	d->len = (size_t)(s - d->path);
	return (ssize_t)before;
}

static void path_pop(struct diff *d, ssize_t before)
{
	d->len = (size_t)before;
	d->path[d->len] = '\0';
}

/* Add one operation; @value: NULL for "remove". */
static int add_op(struct diff *d, const char *op, const cJSON *value)
{
	cJSON *row = cJSON_CreateObject(), *copy;

	if (!row || !cJSON_AddItemToArray(d->patch, row)) {
		cJSON_Delete(row);
		return -ENOMEM;
	}
	if (!cJSON_AddStringToObject(row, "op", op) ||
	    !cJSON_AddStringToObject(row, "path", d->path))
		return -ENOMEM;
	if (!value)
		return 0;
	copy = cJSON_Duplicate(value, true);
	if (!copy)
		return -ENOMEM;
	if (cJSON_AddItemToObject(row, "value", copy))
		return 0;
	cJSON_Delete(copy);
	return -ENOMEM;
}

static int add_op_at(struct diff *d, const char *key, const char *op, const cJSON *value)
{
	ssize_t before = path_push(d, key);
	int err;

	if (before < 0)
		return (int)before;
	err = add_op(d, op, value);
	path_pop(d, before);
	return err;
}

/* The member of @object with this key. @hint is where it is if the order has not changed. */
static const cJSON *member(const cJSON *object, const cJSON *hint, const char *key)
{
	if (hint && !strcmp(hint->string, key))
		return hint;
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static size_t count(const cJSON *c)
{
	size_t n = 0;

	for (c = c->child; c; c = c->next)
		n++;
	return n;
}

static bool same(const cJSON *a, const cJSON *b)
{
	const cJSON *x, *y = b->child;

	if ((a->type & 0xff) != (b->type & 0xff))
		return false;
	if (cJSON_IsString(a) || json_is_number(a))
		return !strcmp(a->valuestring, b->valuestring);
	if (count(a) != count(b))
		return false;
	for (x = a->child; x; x = x->next, y = y->next) {
		const cJSON *other = cJSON_IsObject(a) ? member(b, y, x->string) : y;

		if (!other || !same(x, other))
			return false;
	}
	return true;
}

static int diff_values(struct diff *d, const cJSON *from, const cJSON *to);

static int diff_at(struct diff *d, const char *key, const cJSON *from, const cJSON *to)
{
	ssize_t before = path_push(d, key);
	int err;

	if (before < 0)
		return (int)before;
	err = diff_values(d, from, to);
	path_pop(d, before);
	return err;
}

static int diff_objects(struct diff *d, const cJSON *from, const cJSON *to)
{
	const cJSON *hint = to->child;
	int err = 0;

	for (const cJSON *c = from->child; c && !err; c = c->next) {
		const cJSON *other = member(to, hint, c->string);

		err = other ? diff_at(d, c->string, c, other)
			    : add_op_at(d, c->string, "remove", NULL);
		hint = other && other == hint ? hint->next : hint;
	}
	hint = from->child;
	for (const cJSON *c = to->child; c && !err; c = c->next) {
		const cJSON *other = member(from, hint, c->string);

		hint = other && other == hint ? hint->next : hint;
		if (!other)
			err = add_op_at(d, c->string, "add", c);
	}
	return err;
}

/*
 * struct span - what is left of two arrays between their equal ends
 * @from, @to: the first elements, of which there are @n_from and @n_to
 * @at: index of both
 */
struct span {
	const cJSON *from, *to;
	size_t n_from, n_to, at;
};

static struct span between_equal_ends(const cJSON *from, const cJSON *to)
{
	struct span s = {from->child, to->child, count(from), count(to), 0};
	const cJSON *x, *y;

	while (s.n_from && s.n_to && same(s.from, s.to)) {
		s.from = s.from->next;
		s.to = s.to->next;
		s.n_from--;
		s.n_to--;
		s.at++;
	}
	if (!s.n_from || !s.n_to)
		return s;
	/* The first element's prev is the last. */
	x = from->child->prev;
	y = to->child->prev;
	while (s.n_from && s.n_to && same(x, y)) {
		x = x->prev;
		y = y->prev;
		s.n_from--;
		s.n_to--;
	}
	return s;
}

static int diff_arrays(struct diff *d, const cJSON *from, const cJSON *to)
{
	struct span s = between_equal_ends(from, to);
	char index[24];
	int err = 0;

	for (; s.n_from && s.n_to && !err; s.n_from--, s.n_to--, s.at++) {
		snprintf(index, sizeof(index), "%zu", s.at);
		err = diff_at(d, index, s.from, s.to);
		s.from = s.from->next;
		s.to = s.to->next;
	}
	snprintf(index, sizeof(index), "%zu", s.at);
	for (; s.n_from && !err; s.n_from--)
		err = add_op_at(d, index, "remove", NULL);
	for (; s.n_to && !err; s.n_to--, s.at++) {
		snprintf(index, sizeof(index), "%zu", s.at);
		err = add_op_at(d, index, "add", s.to);
		s.to = s.to->next;
	}
	return err;
}

static int diff_values(struct diff *d, const cJSON *from, const cJSON *to)
{
	if (cJSON_IsObject(from) && cJSON_IsObject(to))
		return diff_objects(d, from, to);
	if (cJSON_IsArray(from) && cJSON_IsArray(to))
		return diff_arrays(d, from, to);
	return same(from, to) ? 0 : add_op(d, "replace", to);
}

int json_diff(const char *from, const char *to, char **patch, struct fault *fault)
{
	cJSON *a cleanup(json_free_ptr) = NULL;
	cJSON *b cleanup(json_free_ptr) = NULL;
	cJSON *rows cleanup(json_free_ptr) = cJSON_CreateArray();
	char *path cleanup(free_ptr) = calloc(1, 1);
	struct diff d = {.patch = rows, .path = path, .room = 1};
	char *text = NULL;
	int err;

	err = json_parse(from, strlen(from), &a, fault);
	if (!err)
		err = json_parse(to, strlen(to), &b, fault);
	if (err)
		return err;
	err = rows && path ? diff_values(&d, a, b) : -ENOMEM;
	path = d.path;
	if (!err)
		text = cJSON_Print(rows);
	if (!text)
		return fault_oom(fault);
	*patch = text;
	return 0;
}
