// SPDX-License-Identifier: Apache-2.0
/* Names of devices (CDI SPEC.md, "CDI JSON Specification"; the Go library's pkg/parser) */
#include <string.h>

#include "spec/cdi/cdi.h"

static bool cdi_name_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool cdi_name_is_alphanumeric(char c)
{
	return cdi_name_is_letter(c) || (c >= '0' && c <= '9');
}

/* Letters and digits, and characters of @inner between them */
static bool cdi_name_check_part(const char *s, size_t len, const char *inner)
{
	if (!len || !cdi_name_is_alphanumeric(s[0]) || !cdi_name_is_alphanumeric(s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!cdi_name_is_alphanumeric(s[i]) && (!s[i] || !strchr(inner, s[i])))
			return false;
	return true;
}

bool cdi_name_check_kind(const char *kind, size_t len)
{
	const char *slash = memchr(kind, '/', len), *class;
	size_t vendor_len, class_len;

	if (!slash)
		return false;
	class = slash + 1;
	vendor_len = (size_t)(slash - kind);
	class_len = len - vendor_len - 1;
	return cdi_name_check_part(kind, vendor_len, "_.-") &&
	       cdi_name_check_part(class, class_len, "_.-") && cdi_name_is_letter(*kind) &&
	       cdi_name_is_letter(*class);
}

bool cdi_name_check_device(const char *name)
{
	return cdi_name_check_part(name, strlen(name), "_.-:");
}

bool cdi_name_check(const char *name)
{
	const char *equals = strchr(name, '=');

	return equals && cdi_name_check_kind(name, (size_t)(equals - name)) &&
	       cdi_name_check_device(equals + 1);
}
