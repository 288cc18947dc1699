/* SPDX-License-Identifier: Apache-2.0 */
/* The difference of two JSON documents, as a JSON Patch (RFC 6902). */
#ifndef COLDINIT_SPEC_JSON_DIFF_H
#define COLDINIT_SPEC_JSON_DIFF_H

#include "init/lib/fault.h"

/**
 * json_diff() - make the patch that turns one document into another
 * @from: JSON text of the first document
 * @to: JSON text of the second document
 * @patch: gets a malloc()ed text, an array of "add", "remove" and "replace"; untouched on failure
 * @fault: gets the reason on failure
 *
 * Pure. Numbers are equal when their texts are; the order of keys does not count. Equal elements at
 * both ends of two arrays are skipped, the others are compared index by index (RFC 6902).
 * Return: 0, -EINVAL or -ENOMEM.
 */
int json_diff(const char *from, const char *to, char **patch, struct fault *fault) must_check
	nonnull(1, 2, 3, 4);

#endif
