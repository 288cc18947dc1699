/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target for CDI spec files in both formats. A file is accepted, or there is an error. Each
 * device of an accepted file can be requested, twice. A failed injection changes nothing, and an
 * edited config.json can be read.
 */
#include "init/lib/log.h"
#include "spec/cdi/spec.h"
#include "tests/fuzz/fuzz.h"

static const char config[] =
	"{\"ociVersion\":\"1.1.0\",\"process\":{\"cwd\":\"/\",\"env\":[\"A=1\",\"B=2\"],\"user\":"
	"{\"uid\":1,\"additionalGids\":[5]}},\"mounts\":[{\"destination\":\"/a/b\"},"
	"{\"destination\":\"/\"}],\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"devices\":[{\"path\":\"/dev/a\"}]}}";

static void inject(struct cdi_cache *c, const struct cdi_file *file)
{
	const size_t n = file->n_devices < 64 ? file->n_devices : 64;
	struct oci_document *doc = NULL, *again = NULL;
	struct cdi_host host = {.root = -1};
	const char *names[128];
	struct cdi_request request = {.names = names, .n = 2 * n};
	struct arena a = {0};
	char *before, *after;
	struct fault f = {0};

	for (size_t i = 0; i < 2 * n; i++) {
		names[i] = arena_printf(&a, "%s=%s", file->kind, file->devices[i % n].name);
		if (!names[i] || !cdi_name_check(names[i]))
			abort();
	}
	if (oci_read(config, strlen(config), &doc, &f))
		abort();
	before = fuzz_need(oci_print(doc));
	if (cdi_inject(c, &request, &host, doc, &f)) {
		after = fuzz_need(oci_print(doc));
		if (!*f.text || strcmp(before, after) != 0)
			abort();
	} else {
		after = fuzz_need(oci_print(doc));
		if (strlen(after) <= OCI_CONFIG_MAX && oci_read(after, strlen(after), &again, &f))
			abort();
	}
	oci_free(again);
	oci_free(doc);
	free(before);
	free(after);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cdi_cache *c = cdi_cache_open();
	char *text = fuzz_need(malloc(size + 1));

	log_set_level(LOG_LEVEL_ERR);
	memcpy(text, data, size);
	text[size] = '\0';
	if (!c || cdi_cache_load(c, text, size, FUZZ_CDI_PATH, CDI_STATIC) || !c->files ||
	    !c->files->path)
		abort();
	if (c->files->error ? !*c->files->error : !c->files->n_devices)
		abort();
	if (!c->files->error)
		inject(c, c->files);
	cdi_cache_close(c);
	free(text);
	return 0;
}
