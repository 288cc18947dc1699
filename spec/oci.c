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
		return fault_oom(fault);
	err = json_parse(text, len, &doc->root, fault);
	if (err)
		return err;
	r.root = doc->root;
	if (!cJSON_IsObject(doc->root))
		return json_fault_expected(&r, doc->root, "an object");
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

bool oci_is_whole(const struct oci_document *doc)
{
	static const char *const keys[] = {"ociVersion", "process", "root"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!cJSON_GetObjectItemCaseSensitive(doc->root, keys[i]))
			return false;
	return true;
}

char *oci_print(const struct oci_document *doc)
{
	return json_print(doc->root, true);
}

int oci_member(const struct json_reader *r, cJSON *parent, const char *key, bool array, cJSON **out)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(parent, key);
	bool other = item && !item->child && (array ? cJSON_IsObject(item) : cJSON_IsArray(item));

	/* Encoders write null, or an empty value of the other kind, for what is not set. */
	if (other || cJSON_IsNull(item)) {
		cJSON_DeleteItemFromObjectCaseSensitive(parent, key);
		item = NULL;
	}
	if (!item)
		item = array ? cJSON_AddArrayToObject(parent, key)
			     : cJSON_AddObjectToObject(parent, key);
	if (!item)
		return json_fault_oom(r);
	if (array ? !cJSON_IsArray(item) : !cJSON_IsObject(item))
		return json_fault_expected(r, item, array ? "an array" : "an object");
	*out = item;
	return 0;
}

int oci_append_rule(cJSON *rules, const char *type, int64_t major, int64_t minor,
		    const char *access)
{
	cJSON *rule = cJSON_CreateObject();

	if (json_append(rules, rule) || !cJSON_AddTrueToObject(rule, "allow") ||
	    json_set_string(rule, "type", type) || json_set_number(rule, "major", major) ||
	    json_set_number(rule, "minor", minor) || json_set_string(rule, "access", access))
		return -ENOMEM;
	return 0;
}
