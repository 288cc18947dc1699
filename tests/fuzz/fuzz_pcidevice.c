// SPDX-License-Identifier: Apache-2.0
/*
 * The values of PCIDEVICE_<resource> and of its _INFO: the first line of the input, and the rest. A
 * list of mapped addresses is translated, and the reverse mappings translate it back. A failed
 * patch changes nothing.
 */

#include <cjson/cJSON.h>

#include "init/lib/log.h"
#include "spec/oci_document.h"
#include "tests/fuzz/fuzz.h"

#define VARIABLE "PCIDEVICE_x="
#define INFO	 "PCIDEVICE_x_INFO="

/* Two addresses that swap, and one that becomes the widest address */
static const struct pci_mapping there[] = {
	{{0, 0x65, 0, 0}, {0, 1, 0, 0}},
	{{0, 1, 0, 0}, {0, 0x65, 0, 0}},
	{{0, 2, 0x1f, 7}, {0xffffffff, 2, 0x1f, 7}},
};
static const struct pci_mapping back[] = {
	{{0, 1, 0, 0}, {0, 0x65, 0, 0}},
	{{0, 0x65, 0, 0}, {0, 1, 0, 0}},
	{{0xffffffff, 2, 0x1f, 7}, {0, 2, 0x1f, 7}},
};

static cJSON *variable(const char *name, const char *value, size_t len)
{
	char *text = fuzz_need(malloc(strlen(name) + len + 1));
	cJSON *item;

	memcpy(text, name, strlen(name));
	memcpy(text + strlen(name), value, len);
	text[strlen(name) + len] = '\0';
	item = fuzz_need(cJSON_CreateString(text));
	free(text);
	return item;
}

static struct oci_document *make(const char *text)
{
	const char *newline = strchrnul(text, '\n');
	cJSON *root = fuzz_need(cJSON_CreateObject());
	cJSON *process = fuzz_need(cJSON_AddObjectToObject(root, "process"));
	cJSON *env = fuzz_need(cJSON_AddArrayToObject(process, "env"));
	struct oci_document *doc = NULL;
	struct fault f;
	char *json;

	cJSON_AddItemToArray(env, variable(VARIABLE, text, (size_t)(newline - text)));
	if (*newline)
		cJSON_AddItemToArray(env, variable(INFO, newline + 1, strlen(newline + 1)));
	json = fuzz_need(cJSON_PrintUnformatted(root));
	cJSON_Delete(root);
	if (oci_read(json, strlen(json), &doc, &f))
		doc = NULL; /* the input is not UTF-8 */
	free(json);
	return doc;
}

static int patch(struct oci_document *doc, const struct pci_mapping *pairs, bool fails)
{
	static const struct device device = {.id = "gpu", .container_path = ""};
	const struct device_result result = {.ready = true, .pci = pairs, .n_pci = 3};
	const struct policy policy = {.unmapped_pci_fails = fails};
	char *before = fuzz_need(oci_print(doc)), *after;
	struct fault f = {0};
	const struct oci_devices all = {.devices = &device, .results = &result, .n = 1};
	int err = oci_patch(doc, &all, &policy, &f);

	after = fuzz_need(oci_print(doc));
	if (err && (!*f.text || strcmp(before, after) != 0))
		abort();
	free(before);
	free(after);
	return err;
}

static const char *value(const struct oci_document *doc)
{
	const cJSON *process = cJSON_GetObjectItemCaseSensitive(doc->root, "process");
	const cJSON *env = cJSON_GetObjectItemCaseSensitive(process, "env");
	const char *text = fuzz_need(cJSON_GetStringValue(env->child));

	if (strncmp(text, VARIABLE, strlen(VARIABLE)) != 0)
		abort();
	return text + strlen(VARIABLE);
}

/* Is each element a mapped address, as pci_address_text() writes it? */
static bool is_list(const char *s)
{
	static const char *const known[] = {"0000:65:00.0", "0000:01:00.0", "0000:02:1f.7"};
	size_t len, i;

	for (;; s += len + 1) {
		len = strcspn(s, ",");
		for (i = 0; i < 3; i++)
			if (len == strlen(known[i]) && !memcmp(s, known[i], len))
				break;
		if (i == 3)
			return false;
		if (!s[len])
			return true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *before;
	struct oci_document *doc = make(text);

	log_set_level(LOG_LEVEL_ERR);
	free(text);
	if (!doc)
		return 0;
	before = fuzz_need(strdup(value(doc)));
	if (patch(doc, there, true) == 0 && is_list(before)) {
		if (strcmp(before, value(doc)) == 0 || patch(doc, back, true) ||
		    strcmp(before, value(doc)) != 0)
			abort();
	}
	if (patch(doc, there, false))
		abort();
	free(before);
	oci_free(doc);
	return 0;
}
