/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON (RFC 8259) around cJSON, for documents from outside.
 *
 * cJSON by itself takes control characters and numbers such as 01, cuts strings at \u0000, keeps
 * numbers as double and lets keys stand twice. Here a recogniser sees every byte first, each number
 * keeps its own text (the item is a cJSON_Raw), and an object has each key once.
 */
#ifndef COLDINIT_SPEC_JSON_H
#define COLDINIT_SPEC_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "init/lib/arena.h"
#include "init/lib/fault.h"

/** JSON_DEPTH_MAX - how deep arrays and objects may nest: stack that a document can take */
#define JSON_DEPTH_MAX 32

/** JSON_VALUES_MAX - how many values a document may have: memory that it can take */
#define JSON_VALUES_MAX (1 << 18)

/* --- text ---------------------------------------------------------------------------------- */

/**
 * json_check() - is the text one JSON value as of RFC 8259?
 *
 * Pure. Refuses also what is legal and yet no text for a C program: \u0000, half surrogate pairs,
 * more than JSON_DEPTH_MAX levels or JSON_VALUES_MAX values. Return: 0, or -EINVAL with @fault
 * "line L, column C: reason".
 */
int json_check(const char *text, size_t len, struct fault *fault) must_check nonnull(1, 3);

/**
 * json_parse() - the text as a tree; numbers are cJSON_Raw
 *
 * Return: 0 or -errno with @fault set (json_check()'s, or a key that stands twice); @out is
 * untouched on failure. Give it back with cJSON_Delete() or cleanup(json_free_ptr).
 */
int json_parse(const char *text, size_t len, cJSON **out, struct fault *fault) must_check
	nonnull(1, 3, 4);

/** json_free_ptr() - for cleanup(): cJSON_Delete() */
void json_free_ptr(cJSON **item) nonnull(1);

/** json_int64() - the value of a number that is an integer. Return: 0, -EINVAL or -ERANGE. */
int json_int64(const cJSON *item, int64_t *out) must_check nonnull(1, 2);

/** json_set_number() - set a member of an object. Return: 0 or -ENOMEM. */
int json_set_number(cJSON *object, const char *key, int64_t value) must_check nonnull(1, 2);

/** json_set_string() - set a member of an object. Return: 0 or -ENOMEM. */
int json_set_string(cJSON *object, const char *key, const char *value) must_check nonnull(1, 2, 3);

/* --- reading into structures --------------------------------------------------------------- */

/**
 * struct json_reader - a document that is being read
 * @root: its top, for JSON pointers (RFC 6901) in faults
 * @arena: where strings and lists are put
 * @fault: where faults are put
 * @lenient: null, and unknown keys that ask for nothing, count as absent
 * @nulls: a known key with the value null counts as absent
 */
struct json_reader {
	const cJSON *root;
	struct arena *arena;
	struct fault *fault;
	bool lenient, nulls;
};

/** json_read_fn - read @item into @out. Return: 0 or -errno with the reader's fault set. */
typedef int json_read_fn(const struct json_reader *r, const cJSON *item, void *out);

/**
 * struct json_field - a key that an object may have
 * @name: how it is written
 * @read: reads the value into the structure's byte @offset
 * @required: its absence is a fault
 * @protojson: it may also be written as protobuf's JSON does, vm_path as vmPath
 *
 * A table of fields ends with an empty one and has at most 64.
 */
struct json_field {
	const char *name;
	json_read_fn *read;
	unsigned short offset;
	bool required, protojson;
};

/** JSON_FIELD() - a row of such a table: name and reader, then .offset and the like if any */
#define JSON_FIELD(field_name, fn, ...)                     \
	{                                                   \
		.name = field_name, .read = fn, __VA_ARGS__ \
	}

/** json_fault() - a fault at @item: "/json/pointer: reason". Return: -EINVAL. */
int json_fault(const struct json_reader *r, const cJSON *item, const char *fmt, ...)
	nonnull(1, 2, 3) printf_like(3, 4);

/** json_expected() - the fault "expected @what, found …", with both facts. Return: -EINVAL. */
int json_expected(const struct json_reader *r, const cJSON *item, const char *what)
	nonnull(1, 2, 3);

/** json_enomem() - the fault for memory that is out. Return: -ENOMEM. */
int json_enomem(const struct json_reader *r) nonnull(1);

/** json_is_number() - is it a number (cJSON_Raw)? */
bool json_is_number(const cJSON *item);

/** json_asks_nothing() - null, false, "", 0, [] or an object of such? Encoders write these. */
bool json_asks_nothing(const cJSON *item) nonnull(1);

/**
 * json_object() - read an object's members into @out as the table says
 *
 * An unknown key is a fault that names the nearest known one, as are two spellings of one key and
 * a required key that is missing. Return: 0 or -errno.
 */
int json_object(const struct json_reader *r, const cJSON *item, const struct json_field *fields,
		void *out) must_check nonnull(1, 2, 3);

/**
 * json_list() - read an array of at most @max elements of @size bytes
 * @list: gets the elements, zeroed before they are read, with a zeroed one behind the last
 * @n: gets their number
 */
int json_list(const struct json_reader *r, const cJSON *item, size_t max, size_t size,
	      json_read_fn *read, void **list, size_t *n) must_check nonnull(1, 2, 5, 6, 7);

/** json_strings() - read an array of strings; @list ends with NULL */
int json_strings(const struct json_reader *r, const cJSON *item, size_t max, const char ***list,
		 size_t *n) must_check nonnull(1, 2, 4, 5);

/** json_string() - json_read_fn for a string, into a const char * */
json_read_fn json_string;

/** json_path() - json_read_fn for an absolute path, into a const char * */
json_read_fn json_path;

/** json_bool() - json_read_fn for true or false, into a bool */
json_read_fn json_bool;

/** json_uint32() - json_read_fn for an integer from 0 to UINT32_MAX, into a uint32_t */
json_read_fn json_uint32;

/** json_integer() - an integer within bounds */
int json_integer(const struct json_reader *r, const cJSON *item, int64_t min, int64_t max,
		 int64_t *out) must_check nonnull(1, 2, 5);

/** json_choice() - one word of a NULL-terminated list. Return: its index or -EINVAL. */
int json_choice(const struct json_reader *r, const cJSON *item, const char *const *words) must_check
	nonnull(1, 2, 3);

#endif
