// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "spec/oci_document.h"

int oci_read(const char *text, size_t len, struct oci_document **out, struct fault *fault)
{
	struct json_reader r = {.fault = fault};
	struct oci_document *doc cleanup(oci_free_ptr) = NULL;
	int err;

	if (len > OCI_CONFIG_MAX)
		return fault_set(fault, -EFBIG, "%zu bytes, at most %d are accepted", len,
				 OCI_CONFIG_MAX);
	doc = calloc(1, sizeof(*doc));
	if (!doc)
		return json_enomem(&r);
	err = json_parse(text, len, &doc->root, fault);
	if (err)
		return err;
	r.root = doc->root;
	if (!cJSON_IsObject(doc->root))
		return json_expected(&r, doc->root, "an object");
	*out = doc;
	doc = NULL;
	return 0;
}

void oci_free(struct oci_document *doc)
{
	if (!doc)
		return;
	cJSON_Delete(doc->root);
	free(doc);
}

void oci_free_ptr(struct oci_document **doc)
{
	oci_free(*doc);
	*doc = NULL;
}

char *oci_print(const struct oci_document *doc)
{
	return cJSON_Print(doc->root);
}
