/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON (RFC 8259) with cJSON's trees, for documents from outside.
 *
 * cJSON's own parser accepts control characters and numbers such as 01, cuts strings at \u0000,
 * keeps numbers as double and allows duplicate keys. Here each number keeps its own text (the item is
 * a cJSON_Raw), and an object has each key once.
 */
#ifndef COLDINIT_SPEC_JSON_H
#define COLDINIT_SPEC_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "init/lib/fault.h"

/** JSON_DEPTH_MAX - how deep arrays and objects may nest: it bounds the stack of a document */
#define JSON_DEPTH_MAX 32

/** JSON_VALUES_MAX - how many values a document may have: it bounds the memory of a document */
#define JSON_VALUES_MAX (1 << 18)

/* --- text to tree -------------------------------------------------------------------------- */

/**
 * json_begin() - find where a text begins: some editors write a byte order mark before it
 * @text: any bytes, YAML too
 * @len: bytes of @text
 *
 * Follows RFC 8259, section 8.1. Return: the bytes of the mark, 0 without one.
 */
size_t json_begin(const char *text, size_t len) must_check nonnull(1);

/**
 * json_parse_text() - parse a text into a tree whose numbers are cJSON_Raw
 * @text: any bytes, need not end with a NUL
 * @len: bytes of @text
 * @out: as of json_parse()
 * @fault: gets "line L, column C: reason" on failure
 *
 * Follows RFC 8259, and refuses three more things: what cannot be in a C string (\u0000), unpaired
 * surrogates, and more than JSON_DEPTH_MAX levels or JSON_VALUES_MAX values. An object may have a
 * key twice. Return: 0, -EINVAL or -ENOMEM.
 */
int json_parse_text(const char *text, size_t len, cJSON **out, struct fault *fault) must_check
	nonnull(1, 3, 4);

/**
 * json_parse() - json_parse_text() without duplicate keys
 * @text: any bytes, need not end with a NUL
 * @len: bytes of @text
 * @out: gets the tree, which the caller frees with cJSON_Delete() or cleanup(json_free_ptr);
 *	untouched on failure
 * @fault: gets json_parse_text()'s text, or the JSON pointer of a duplicate key
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int json_parse(const char *text, size_t len, cJSON **out, struct fault *fault) must_check
	nonnull(1, 3, 4);

/**
 * json_free_ptr() - cJSON_Delete() for cleanup()
 * @item: a tree or NULL; NULL afterwards
 */
void json_free_ptr(cJSON **item) nonnull(1);

/* --- looking at a tree --------------------------------------------------------------------- */

/**
 * json_is_number() - is the item a number of json_parse()?
 * @item: may be NULL
 *
 * Return: true if it is.
 */
bool json_is_number(const cJSON *item);

/**
 * json_is_empty() - is the item null, false, "", 0, [] or an object that has only such members?
 * @item: the value
 *
 * Encoders write these for what is not set. Return: true if it is.
 */
bool json_is_empty(const cJSON *item) nonnull(1);

/**
 * json_text() - the text of a string
 * @item: may be NULL
 *
 * Return: the item's own text, "" if the item is not a string.
 */
const char *json_text(const cJSON *item) must_check;

/**
 * json_int64() - the value of a number
 * @item: may be NULL
 * @out: gets the value; untouched on failure
 *
 * Return: 0, -EINVAL if the item is not an integer, -ERANGE if it does not fit.
 */
int json_int64(const cJSON *item, int64_t *out) must_check nonnull(2);

/**
 * json_compare_keys() - qsort(3) order of members of an object, by their keys
 * @a: pointer to a const cJSON *
 * @b: pointer to a const cJSON *
 *
 * Return: as strcmp(3).
 */
int json_compare_keys(const void *a, const void *b) must_check nonnull(1, 2);

/* --- changing a tree ----------------------------------------------------------------------- */

/**
 * json_set_number() - set a member of an object, in place if the object has it
 * @object: the object
 * @key: copied
 * @value: the number
 *
 * Return: 0 or -ENOMEM.
 */
int json_set_number(cJSON *object, const char *key, int64_t value) must_check nonnull(1, 2);

/**
 * json_set_string() - set a member of an object, in place if the object has it
 * @object: the object
 * @key: copied
 * @value: copied
 *
 * Return: 0 or -ENOMEM.
 */
int json_set_string(cJSON *object, const char *key, const char *value) must_check nonnull(1, 2, 3);

/**
 * json_append() - add an item at the end of an array
 * @array: the array; may be NULL, as cJSON's functions return it when memory is out
 * @item: belongs to @array afterwards and is freed on failure; may be NULL as well
 *
 * Return: 0 or -ENOMEM.
 */
int json_append(cJSON *array, cJSON *item) must_check;

/**
 * json_print() - a tree as JSON text
 * @item: the tree
 * @formatted: on several lines; else on one
 *
 * Return: the text, malloc()ed; NULL without memory.
 */
char *json_print(const cJSON *item, bool formatted) must_check nonnull(1);

#endif
