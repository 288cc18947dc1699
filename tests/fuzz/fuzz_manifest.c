// SPDX-License-Identifier: Apache-2.0
/* The manifest: any bytes. What is accepted keeps the promises that the parser's readers rely on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spec/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_device(const struct device *d)
{
	if (!*d->type || (!*d->id && !*d->vm_path && !d->n_options))
		abort();
	if (*d->container_path && *d->container_path != '/')
		abort();
	if (d->n_options > 256 || d->timeout_ms > 3600000)
		abort();
	for (size_t i = 0; i < d->n_options; i++)
		if (!d->options[i])
			abort();
	for (size_t i = 0; i < d->n_expect_ids; i++)
		if (strlen(d->expect_ids[i]) != 9)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct fault f = {0};
	struct manifest m;

	if (manifest_parse(&a, (const char *)data, size, &m, &f) == 0) {
		for (size_t i = 0; i < m.n_devices; i++)
			check_device(&m.devices[i]);
		for (size_t i = 0; i < m.n_storages; i++)
			if (m.storages[i].mount_point[0] != '/')
				abort();
		if (strchr(m.container_id, '/') || strlen(m.hostname) > 64)
			abort();
	} else if (!*f.text) {
		abort();
	}
	arena_free(&a);
	return 0;
}
