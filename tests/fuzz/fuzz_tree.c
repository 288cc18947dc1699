// SPDX-License-Identifier: Apache-2.0
/* A recorded tree: any bytes. The text of an accepted tree is parsed to the same tree. */
#include "init/tool/recording.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording first, second;
	struct arena arena = {0};
	struct fault fault;
	char *text, *again;

	if (!recording_parse(&arena, (const char *)data, size, &first, &fault)) {
		text = recording_text(&first);
		if (!text || recording_parse(&arena, text, strlen(text), &second, &fault))
			abort();
		again = recording_text(&second);
		if (!again || strcmp(text, again) != 0)
			abort();
		free(text);
		free(again);
	}
	arena_free(&arena);
	return 0;
}
