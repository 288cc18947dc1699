// SPDX-License-Identifier: Apache-2.0
/* The value of coldinit.device=: any bytes without a NUL. */
#include "spec/manifest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = fuzz_text(data, size);
	struct arena a = {0};
	struct fault f = {0};
	struct device d;

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
