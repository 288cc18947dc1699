// SPDX-License-Identifier: Apache-2.0
/* The kernel command line, its SOURCE words and its report words: any bytes without a NUL. */
#include "init/options/options.h"
#include "init/report/report.h"
#include "init/source/source.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct arena a = {0};
	struct options o;
	struct source s;
	struct fault f;

	options_default(&o);
	if (options_parse(&a, line, &o, &f) == 0) {
		if (o.manifest && source_parse(o.manifest, &s, &f) == 0 && !s.rest)
			abort();
		for (size_t i = 0; i < o.n_reports; i++)
			if (report_check(o.reports[i], &f) > 0)
				abort();
	} else if (!*f.text) {
		abort();
	}
	arena_free(&a);
	free(line);
	return 0;
}
