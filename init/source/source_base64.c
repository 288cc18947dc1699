// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"

ssize_t source_base64(int root, const char *text, size_t max, char **data, struct fault *fault)
{
	size_t len = strlen(text), size = len / 4 * 3 + len % 4 * 3 / 4;
	char *buf cleanup(memory_free) = NULL;
	ssize_t n;

	(void)root;
	if (size > max)
		return fault_set(fault, -EFBIG, "base64: text for more than %zu bytes", max);
	buf = malloc(size + 1);
	if (!buf)
		return fault_oom(fault);
	n = str_base64(text, len, buf, size);
	if (n < 0)
		return fault_set(fault, (int)n,
				 "base64: %zu characters that are not base64 (RFC 4648)", len);
	buf[n] = '\0';
	*data = buf;
	buf = NULL;
	return n;
}
