// SPDX-License-Identifier: Apache-2.0
/* The value of the kernel's ip=: any bytes without a NUL. */
#include <sys/socket.h>

#include "init/options/ip_word.h"
#include "init/lib/ifname.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = fuzz_text(data, size);
	struct arena a = {0};
	struct fault f = {0};
	struct ip_word w;

	if (ip_word_parse(&a, word, &w, &f) == 0) {
		if (w.address.length > 32 || (*w.device && !ifname_is_valid(w.device)))
			abort();
		if (strlen(w.hostname) > 64 || strpbrk(w.hostname, "/\n "))
			abort();
		if (w.address.address.family && w.address.address.family != AF_INET)
			abort();
	} else if (!*f.text) {
		abort();
	}
	arena_free(&a);
	free(word);
	return 0;
}
