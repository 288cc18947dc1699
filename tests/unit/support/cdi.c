// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/cdi.h"
#include "tests/unit/test.h"

void cdi_put(struct cdi_cache *cache, const char *path, const char *text)
{
	bool dynamic = !strncmp(path, CDI_DYNAMIC_DIR, strlen(CDI_DYNAMIC_DIR));
	char *copy = quoted(text);

	assert_int_equal(
		cdi_cache_load(cache, copy, strlen(copy), path, dynamic ? CDI_DYNAMIC : CDI_STATIC),
		0);
	free(copy);
}

void cdi_put_file(int root, const char *path, const char *text)
{
	char *copy = quoted(text);

	put_file(root, path, copy);
	free(copy);
}

const char *cdi_error(const struct cdi_cache *cache, const char *path)
{
	for (const struct cdi_file *f = cache->files; f; f = f->next)
		if (f->error && !strcmp(f->path, path))
			return f->error;
	return NULL;
}

int cdi_ask(struct cdi_cache *cache, const char *names, int root, bool declared,
	    struct oci_document *doc, struct fault *fault)
{
	struct cdi_host host = {.root = root, .declared_numbers = declared};
	char *copy = strdup(names), *rest = NULL;
	const char *list[64];
	struct cdi_request request = {.names = list};
	int err;

	for (char *s = strtok_r(copy, ",", &rest); s; s = strtok_r(NULL, ",", &rest))
		list[request.n++] = s;
	err = cdi_inject(cache, &request, &host, doc, fault);
	free(copy);
	return err;
}

void cdi_expect(struct cdi_cache *cache, const char *name, int root, const char *from, int err)
{
	struct oci_document *doc = document("{}");
	char text[128] = "{}";
	struct fault f = {0};

	if (from)
		snprintf(text, sizeof(text), "{\"process\":{\"env\":[\"FROM=%s\"]}}", from);
	assert_int_equal(cdi_ask(cache, name, root, false, doc, &f), from ? 0 : err);
	assert_document(doc, text);
	oci_free(doc);
}
