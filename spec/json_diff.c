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
 * @len: length of @path
 * @room: bytes that are allocated for @path
 */
struct diff {
	cJSON *patch;
	char *path;
	size_t len, room;
};

/* Append "/" and a key, escaped, to the path. Return: the length before, or -ENOMEM. */
static ssize_t json_diff_push(struct diff *d, const char *key)
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

static void json_diff_pop(struct diff *d, ssize_t before)
{
	d->len = (size_t)before;
	d->path[d->len] = '\0';
}

/* Append one operation to the patch; @value is NULL for "remove". */
static int json_diff_add(struct diff *d, const char *op, const cJSON *value)
{
	cJSON *row = cJSON_CreateObject(), *copy;

	if (json_append(d->patch, row))
		return -ENOMEM;
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

static int json_diff_add_at(struct diff *d, const char *key, const char *op, const cJSON *value)
{
	ssize_t before = json_diff_push(d, key);
	int err;

	if (before < 0)
		return (int)before;
	err = json_diff_add(d, op, value);
	json_diff_pop(d, before);
	return err;
}

/*
 * The member of @object with this key. @hint is the member that it is if both objects have the same
 * order: without the hint, comparing two large objects would take the square of their size.
 */
static const cJSON *json_diff_member(const cJSON *object, const cJSON *hint, const char *key)
{
	if (hint && !strcmp(hint->string, key))
		return hint;
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static size_t json_diff_count(const cJSON *c)
{
	size_t n = 0;

	for (c = c->child; c; c = c->next)
		n++;
	return n;
}

static bool json_diff_equal(const cJSON *a, const cJSON *b)
{
	const cJSON *x, *y = b->child;

	if ((a->type & 0xff) != (b->type & 0xff))
		return false;
	if (cJSON_IsString(a) || json_is_number(a))
		return !strcmp(a->valuestring, b->valuestring);
	if (json_diff_count(a) != json_diff_count(b))
		return false;
	for (x = a->child; x; x = x->next, y = y->next) {
		const cJSON *other = cJSON_IsObject(a) ? json_diff_member(b, y, x->string) : y;

		if (!other || !json_diff_equal(x, other))
			return false;
	}
	return true;
}

static int json_diff_values(struct diff *d, const cJSON *from, const cJSON *to);

static int json_diff_at(struct diff *d, const char *key, const cJSON *from, const cJSON *to)
{
	ssize_t before = json_diff_push(d, key);
	int err;

	if (before < 0)
		return (int)before;
	err = json_diff_values(d, from, to);
	json_diff_pop(d, before);
	return err;
}

static int json_diff_objects(struct diff *d, const cJSON *from, const cJSON *to)
{
	const cJSON *hint = to->child;
	int err = 0;

	for (const cJSON *c = from->child; c && !err; c = c->next) {
		const cJSON *other = json_diff_member(to, hint, c->string);

		err = other ? json_diff_at(d, c->string, c, other)
			    : json_diff_add_at(d, c->string, "remove", NULL);
		hint = other && other == hint ? hint->next : hint;
	}
	hint = from->child;
	for (const cJSON *c = to->child; c && !err; c = c->next) {
		const cJSON *other = json_diff_member(from, hint, c->string);

		hint = other && other == hint ? hint->next : hint;
		if (!other)
			err = json_diff_add_at(d, c->string, "add", c);
	}
	return err;
}

/*
 * struct span - the parts of two arrays between their equal ends
 * @from, @to: the first elements
 * @n_from, @n_to: how many elements there are
 * @at: index of @from and @to in their arrays
 */
struct span {
	const cJSON *from, *to;
	size_t n_from, n_to, at;
};

static struct span json_diff_trim(const cJSON *from, const cJSON *to)
{
	struct span s = {from->child, to->child, json_diff_count(from), json_diff_count(to), 0};
	const cJSON *x, *y;

	while (s.n_from && s.n_to && json_diff_equal(s.from, s.to)) {
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
	while (s.n_from && s.n_to && json_diff_equal(x, y)) {
		x = x->prev;
		y = y->prev;
		s.n_from--;
		s.n_to--;
	}
	return s;
}

static int json_diff_arrays(struct diff *d, const cJSON *from, const cJSON *to)
{
	struct span s = json_diff_trim(from, to);
	char index[24];
	int err = 0;

	for (; s.n_from && s.n_to && !err; s.n_from--, s.n_to--, s.at++) {
		snprintf(index, sizeof(index), "%zu", s.at);
		err = json_diff_at(d, index, s.from, s.to);
		s.from = s.from->next;
		s.to = s.to->next;
	}
	snprintf(index, sizeof(index), "%zu", s.at);
	for (; s.n_from && !err; s.n_from--)
		err = json_diff_add_at(d, index, "remove", NULL);
	for (; s.n_to && !err; s.n_to--, s.at++) {
		snprintf(index, sizeof(index), "%zu", s.at);
		err = json_diff_add_at(d, index, "add", s.to);
		s.to = s.to->next;
	}
	return err;
}

static int json_diff_values(struct diff *d, const cJSON *from, const cJSON *to)
{
	if (cJSON_IsObject(from) && cJSON_IsObject(to))
		return json_diff_objects(d, from, to);
	if (cJSON_IsArray(from) && cJSON_IsArray(to))
		return json_diff_arrays(d, from, to);
	return json_diff_equal(from, to) ? 0 : json_diff_add(d, "replace", to);
}

int json_diff(const char *from, const char *to, char **patch, struct fault *fault)
{
	cJSON *a cleanup(json_free_ptr) = NULL;
	cJSON *b cleanup(json_free_ptr) = NULL;
	cJSON *rows cleanup(json_free_ptr) = cJSON_CreateArray();
	char *path cleanup(memory_free) = calloc(1, 1);
	struct diff d = {.patch = rows, .path = path, .room = 1};
	char *text = NULL;
	int err;

	err = json_parse(from, strlen(from), &a, fault);
	if (!err)
		err = json_parse(to, strlen(to), &b, fault);
	if (err)
		return err;
	err = rows && path ? json_diff_values(&d, a, b) : -ENOMEM;
	path = d.path;
	if (!err)
		text = json_print(rows, true);
	if (!text)
		return fault_oom(fault);
	*patch = text;
	return 0;
}
