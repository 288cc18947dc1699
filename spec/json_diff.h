/* SPDX-License-Identifier: Apache-2.0 */
/* What changes between two JSON documents, as a JSON Patch (RFC 6902). */
#ifndef COLDINIT_SPEC_JSON_DIFF_H
#define COLDINIT_SPEC_JSON_DIFF_H

#include "init/lib/fault.h"

/**
 * json_diff() - the patch that turns one document into the other
 * @from, @to: JSON texts
 * @patch: gets a malloc()ed text, an array of "add", "remove" and "replace"
 *
 * Pure. Numbers differ when their texts do; the order of keys does not count. Elements of arrays
 * are told apart by their place, after those at both ends that are equal. Return: 0 or -errno with
 * @fault set.
 */
int json_diff(const char *from, const char *to, char **patch, struct fault *fault) must_check
	nonnull(1, 2, 3, 4);

#endif
