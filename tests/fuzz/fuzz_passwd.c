// SPDX-License-Identifier: Apache-2.0
/* The /etc/passwd of an image: the first two bytes are the user, the rest is the file. */
#include "init/container/environment_private.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char home[64], *text;

	if (size < 2)
		return 0;
	text = fuzz_text(data + 2, size - 2);
	if (!environment_home(text, (uint32_t)(data[0] << 8 | data[1]), home, sizeof(home)))
		if (*home != '/' || strlen(home) >= sizeof(home) || strpbrk(home, ":\n"))
			abort();
	free(text);
	return 0;
}
