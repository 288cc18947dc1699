// SPDX-License-Identifier: Apache-2.0
/*
 * The CDI devices that a config.json requests. The first line of the input is an annotation, the
 * rest the value of VISIBLE_CDI_DEVICES. An input that begins with '{' is a whole config.json.
 */

#include <cjson/cJSON.h>

#include "spec/cdi/cdi.h"
#include "tests/fuzz/fuzz.h"

/* Return: a config.json with both texts, or the text itself; malloc()ed. */
static char *make_config(const char *text)
{
	const char *newline = strchrnul(text, '\n');
	cJSON *root = cJSON_CreateObject();
	cJSON *annotations = cJSON_AddObjectToObject(root, "annotations");
	cJSON *env = cJSON_AddArrayToObject(cJSON_AddObjectToObject(root, "process"), "env");
	char *value = strndup(text, (size_t)(newline - text));
	char *variable = malloc(strlen(newline) + 32);
	char *json;

	memcpy(variable, "VISIBLE_CDI_DEVICES=", 21);
	if (*newline)
		memcpy(variable + 20, newline + 1, strlen(newline));
	if (*text == '{') {
		json = strdup(text);
	} else {
		cJSON_AddStringToObject(annotations, "cdi.k8s.io/a", value);
		cJSON_AddItemToArray(env, cJSON_CreateString(variable));
		json = cJSON_PrintUnformatted(root);
	}
	free(value);
	free(variable);
	cJSON_Delete(root);
	return json;
}

static void check(const struct oci_document *doc)
{
	struct cdi_request q = {0};
	struct arena a = {0};
	struct fault f = {0};

	if (cdi_request_read(&a, doc, true, &q, &f)) {
		if (!*f.text || q.names || q.n)
			abort();
	} else {
		for (size_t i = 0; i < q.n; i++)
			if (!cdi_name_check(q.names[i]))
				abort();
	}
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *json = make_config(text);
	struct oci_document *doc = NULL;
	struct fault f;

	if (oci_read(json, strlen(json), &doc, &f) == 0)
		check(doc);
	oci_free(doc);
	free(json);
	free(text);
	return 0;
}
