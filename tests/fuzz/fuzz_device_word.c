// SPDX-License-Identifier: Apache-2.0
/* The value of coldinit.device=: any bytes without a NUL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spec/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = malloc(size + 1);
	struct arena a = {0};
	struct fault f = {0};
	struct device d;

	memcpy(word, data, size);
	word[size] = '\0';
	if (device_word_parse(&a, word, &d, &f) == 0) {
		if (!*d.type || (!*d.id && !*d.vm_path && !d.n_options))
			abort();
		if ((*d.container_path && *d.container_path != '/') || d.timeout_ms > 3600000)
			abort();
	} else if (!*f.text) {
		abort();
	}
	arena_free(&a);
	free(word);
	return 0;
}
