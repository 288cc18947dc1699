// SPDX-License-Identifier: Apache-2.0
/* modules.alias and the kernel command line: a line with a modalias, then any bytes without a NUL.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/guest/modules_alias.h"
#include "init/guest/modules_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *modalias = malloc(size + 1), *text = modalias + size, name[MODULES_NAME_MAX], out[64];
	const char *at, *last;

	memcpy(modalias, data, size);
	modalias[size] = '\0';
	if (strchr(modalias, '\n')) {
		text = strchr(modalias, '\n');
		*text++ = '\0';
	}
	for (at = last = text; (at = modules_alias_next(at, modalias, name)); last = at)
		if (at <= last || strchr(name, '\n'))
			abort();
	if (!modules_words_parameters(text, modalias, out, sizeof(out)) &&
	    strlen(out) > strlen(text))
		abort();
	(void)modules_words_blacklisted(text, modalias);
	free(modalias);
	return 0;
}
