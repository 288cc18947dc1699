/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a JSON tree to plain structures: a table of struct json_field says which keys an object may
 * have, how each value is read and where it goes. See spec/json_read.c.
 */
#ifndef COLDINIT_SPEC_JSON_READ_H
#define COLDINIT_SPEC_JSON_READ_H

#include "init/lib/arena.h"
#include "init/lib/compiler.h"
#include "spec/json.h"

/**
 * struct json_reader - a document that is being read
 * @root: top of the tree, for the JSON pointers (RFC 6901) in faults
 * @arena: strings and lists are allocated from it
 * @fault: gets every fault
 * @notes: read on after a fault, so that @fault has all of them; NULL: the first fault ends the
 * walk
 * @nulls: skip null members with a known key
 */
struct json_reader {
	const cJSON *root;
	struct arena *arena;
	struct fault *fault;
	struct json_notes *notes;
	bool nulls;
};

/**
 * struct json_notes - what a reader that reads on has found; zero-initialise before use
 * @faults: how many faults there were; @fault of the reader has the first JSON_FAULTS_MAX
 * @warnings: how many warnings there were; the first JSON_WARNINGS_MAX are logged
 * @lenient: config.json: skip null members, and warn of unknown keys; else these are faults
 */
struct json_notes {
	unsigned faults, warnings;
	bool lenient;
};

/** JSON_FAULTS_MAX - how many faults of one document are reported */
#define JSON_FAULTS_MAX 8

/** JSON_WARNINGS_MAX - how many warnings of one document are logged */
#define JSON_WARNINGS_MAX 24

/* --- faults -------------------------------------------------------------------------------- */

/**
 * json_fault() - set the reader's fault to "/json/pointer: reason", or append it with @r->notes
 * @r: the reader
 * @item: the item at fault, in the tree below @r->root
 * @fmt: printf format of the reason
 *
 * Return: -EINVAL.
 */
int json_fault(const struct json_reader *r, const cJSON *item, const char *fmt, ...)
	nonnull(1, 2, 3) printf_like(3, 4);

/**
 * json_fault_expected() - set the reader's fault to "expected @what, found …", with both facts
 * @r: the reader
 * @item: the item at fault, in the tree below @r->root
 * @what: what the value should have been
 *
 * Return: -EINVAL.
 */
int json_fault_expected(const struct json_reader *r, const cJSON *item, const char *what)
	nonnull(1, 2, 3);

/**
 * json_warn() - log "/json/pointer: text", at most JSON_WARNINGS_MAX times for a document
 * @r: the reader; nothing is logged without its notes
 * @item: the item that the warning is about, in the tree below @r->root
 * @fmt: printf format of the text
 */
void json_warn(const struct json_reader *r, const cJSON *item, const char *fmt, ...)
	nonnull(1, 2, 3) printf_like(3, 4);

/**
 * json_notes_end() - end a walk that has read on: report how many faults and warnings were left out
 * @r: the reader, with notes
 */
void json_notes_end(const struct json_reader *r) nonnull(1);

/**
 * json_fault_oom() - set the reader's fault to "out of memory"
 * @r: the reader
 *
 * Return: -ENOMEM.
 */
int json_fault_oom(const struct json_reader *r) nonnull(1);

/* --- objects and lists --------------------------------------------------------------------- */

/**
 * json_read_fn - read a value into a member
 * @r: the reader
 * @item: the value
 * @out: the member; its type is the function's own
 *
 * Return: 0, or -EINVAL, -ENOMEM or another negative errno with the reader's fault set.
 */
typedef int json_read_fn(const struct json_reader *r, const cJSON *item, void *out);

/**
 * struct json_field - a key that an object may have
 * @name: the key
 * @read: reads the value, or each element if the value is a list
 * @offset: of the member in the structure, in bytes
 * @count: of a list: offset of the size_t that gets the number of elements, 0 for none
 * @size: of a list: bytes of an element; 0: the value is not a list
 * @max: of a list: the most elements, 0 for no limit
 * @required: the object must have the key
 * @protojson: the key may also be written as in protobuf's JSON: vm_path as vmPath
 *
 * A table of fields has at most 64.
 */
struct json_field {
	const char *name;
	json_read_fn *read;
	unsigned offset : 16, count : 16;
	unsigned size : 12, max : 18, required : 1, protojson : 1;
};

/** JSON_FIELD() - a row of such a table: name and reader, then .offset and the like if any */
#define JSON_FIELD(field_name, fn, ...)                     \
	{                                                   \
		.name = field_name, .read = fn, __VA_ARGS__ \
	}

/**
 * JSON_LIST() - the row of a list: @member of @type points to the elements, n_@member counts them
 *
 * @fn reads one element. The list is json_read_list()'s.
 */
#define JSON_LIST(field_name, type, member, fn, ...)                                             \
	JSON_FIELD(field_name, fn, .offset = offsetof(type, member),                             \
		   .count = offsetof(type, n_##member), .size = sizeof(*((type *)NULL)->member), \
		   __VA_ARGS__)

/**
 * json_read_fields() - read the members of an object
 * @r: the reader
 * @item: the value, which must be an object
 * @fields: the keys that it may have
 * @n: number of @fields
 * @out: the structure that the offsets of @fields are in
 *
 * Return: 0; -EINVAL for an unknown key (unless lenient), two spellings of one key or a missing
 * required key; else what a json_read_fn returned.
 */
int json_read_fields(const struct json_reader *r, const cJSON *item,
		     const struct json_field *fields, size_t n, void *out) must_check
	nonnull(1, 2, 3);

/** json_read_object() - json_read_fields() for a table, whose length the compiler knows */
#define json_read_object(r, item, table, out) \
	json_read_fields(r, item, table, ARRAY_SIZE(table), out)

/**
 * json_read_list() - read the elements of an array
 * @r: the reader
 * @item: the value, which must be an array
 * @max: the most elements
 * @size: bytes of an element
 * @read: reads each element, which is zeroed before
 * @list: pointer to the pointer that gets the elements, in the reader's arena, with a zeroed one
 *	behind the last; untouched on failure
 * @n: gets the number of elements; untouched on failure
 *
 * Return: 0, -EINVAL, -ENOMEM or what @read returned.
 */
int json_read_list(const struct json_reader *r, const cJSON *item, size_t max, size_t size,
		   json_read_fn *read, void *list, size_t *n) must_check nonnull(1, 2, 5, 6, 7);

/**
 * json_read_each() - read the elements of an array, or the members of an object, one after another
 * @r: the reader
 * @item: the value, which must be an array or an object
 * @array: it must be an array
 * @read: reads each, with the same @out
 * @out: last argument of @read
 *
 * Return: 0, -EINVAL, -ENOMEM or what @read returned.
 */
int json_read_each(const struct json_reader *r, const cJSON *item, bool array, json_read_fn *read,
		   void *out) must_check nonnull(1, 2, 4);

/* --- single values ------------------------------------------------------------------------- */

/**
 * json_read_string() - json_read_fn for a string
 * @out: const char *, gets a copy in the reader's arena
 */
json_read_fn json_read_string;

/**
 * json_read_path() - json_read_fn for an absolute path
 * @out: const char *, gets a copy in the reader's arena
 */
json_read_fn json_read_path;

/**
 * json_read_bool() - json_read_fn for true or false
 * @out: bool
 */
json_read_fn json_read_bool;

/**
 * json_read_uint32() - json_read_fn for an integer from 0 to UINT32_MAX
 * @out: uint32_t
 */
json_read_fn json_read_uint32;

/**
 * json_read_uint64() - json_read_fn for an integer from 0 to UINT64_MAX
 * @out: uint64_t or another unsigned type of 64 bits
 */
json_read_fn json_read_uint64;

/**
 * json_read_integer() - read an integer within bounds
 * @r: the reader
 * @item: the value
 * @min: the smallest value
 * @max: the largest value
 * @out: gets the value; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int json_read_integer(const struct json_reader *r, const cJSON *item, int64_t min, int64_t max,
		      int64_t *out) must_check nonnull(1, 2, 5);

/**
 * json_read_range() - read an integer of 32 bits within bounds
 * @r: the reader
 * @item: the value
 * @min: the smallest value
 * @max: the largest value
 * @out: gets the value; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int json_read_range(const struct json_reader *r, const cJSON *item, uint32_t min, uint32_t max,
		    uint32_t *out) must_check nonnull(1, 2, 5);

/**
 * json_read_choice() - read one of several words
 * @r: the reader
 * @item: the value
 * @words: NULL-terminated
 *
 * Return: the index of the word or -EINVAL.
 */
int json_read_choice(const struct json_reader *r, const cJSON *item,
		     const char *const *words) must_check nonnull(1, 2, 3);

#endif
