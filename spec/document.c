// SPDX-License-Identifier: Apache-2.0
/*
 * A file is recognised by the keys at its top. The first row whose key is there decides: first the
 * keys that only one kind has, then those that are a hint in a file that lacks its version.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/cdi.h"
#include "spec/cdi/spec.h"
#include "spec/document.h"

static const struct {
	const char *key;
	enum document_kind kind;
} keys[] = {
	{"ociVersion", DOCUMENT_CONFIG},
	{"cdiVersion", DOCUMENT_CDI},
	{"schemaVersion", DOCUMENT_IMAGE_MANIFEST},
	{"rootfs", DOCUMENT_IMAGE_CONFIG},
	{"architecture", DOCUMENT_IMAGE_CONFIG},
	{"process", DOCUMENT_CONFIG},
	{"root", DOCUMENT_CONFIG},
	{"linux", DOCUMENT_CONFIG},
	{"version", DOCUMENT_MANIFEST},
	{"manifests", DOCUMENT_IMAGE_MANIFEST},
	{"layers", DOCUMENT_IMAGE_MANIFEST},
	{"container", DOCUMENT_MANIFEST},
	{"storages", DOCUMENT_MANIFEST},
	{"policy", DOCUMENT_MANIFEST},
	{"interfaces", DOCUMENT_MANIFEST},
	{"kernel_modules", DOCUMENT_MANIFEST},
	{"kind", DOCUMENT_CDI},
	{"containerEdits", DOCUMENT_CDI},
	{"devices", DOCUMENT_MANIFEST},
	{"mounts", DOCUMENT_CONFIG},
	{"hooks", DOCUMENT_CONFIG},
};

static enum document_kind document_kind_of(const cJSON *tree)
{
	/* `docker save` has a list of images in its manifest.json. */
	if (cJSON_IsArray(tree) && cJSON_GetObjectItemCaseSensitive(tree->child, "Layers"))
		return DOCUMENT_IMAGE_MANIFEST;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (cJSON_GetObjectItemCaseSensitive(tree, keys[i].key))
			return keys[i].kind;
	return DOCUMENT_OTHER;
}

/* Only a text that does not begin as JSON does, with a comment or not, can be YAML here. */
static bool document_is_yaml(const char *text, size_t len)
{
	size_t i = json_begin(text, len);

	while (i < len && text[i] && strchr(" \t\r\n", text[i]))
		i++;
	return i < len && text[i] && !strchr("{[/", text[i]);
}

#if defined(CONFIG_CDI) && defined(CONFIG_CDI_YAML)

/* YAML may be a list or a mapping in brackets, too, which looks like JSON with errors. */
static bool document_is_cdi_yaml(const char *text, size_t len)
{
	cJSON *tree cleanup(json_free_ptr) = NULL;
	struct fault unused;

	return !cdi_yaml_parse(text, len, &tree, &unused) && document_kind_of(tree) == DOCUMENT_CDI;
}

static int document_parse(const char *text, size_t len, bool *yaml, cJSON **out,
			  struct fault *fault)
{
	int err = *yaml ? 0 : json_parse(text, len, out, fault);

	if (err == -EINVAL && document_is_cdi_yaml(text, len))
		*yaml = true;
	if (!*yaml)
		return err;
	err = cdi_yaml_parse(text, len, out, fault);
	return err == -ENODATA ? 0 : err;
}

#else

static int document_parse(const char *text, size_t len, bool *yaml, cJSON **out,
			  struct fault *fault)
{
	(void)yaml;
	return json_parse(text, len, out, fault);
}

#endif

int document_recognise(const char *text, size_t len, enum document_kind *out, struct fault *fault)
{
	cJSON *tree cleanup(json_free_ptr) = NULL;
	bool yaml = document_is_yaml(text, len);
	enum document_kind kind;
	int err = document_parse(text, len, &yaml, &tree, fault);

	if (err)
		return err;
	kind = document_kind_of(tree);
	if (yaml && (kind == DOCUMENT_MANIFEST || kind == DOCUMENT_CONFIG))
		return fault_set(fault, -EINVAL, "this is YAML; %s is JSON",
				 kind == DOCUMENT_CONFIG ? "a config.json" : "a manifest");
	*out = kind == DOCUMENT_CDI && yaml ? DOCUMENT_CDI_YAML : kind;
	return 0;
}

#ifdef CONFIG_CDI

int document_check_cdi(const char *text, size_t len, bool yaml, size_t *devices,
		       struct fault *fault)
{
	struct cdi_cache *cache cleanup(cdi_cache_close_ptr) = cdi_cache_open();

	if (!cache || cdi_cache_load(cache, text, len, yaml ? ".yaml" : ".json", CDI_STATIC))
		return fault_oom(fault);
	if (cache->files->error)
		return fault_set(fault, -EINVAL, "%s", cache->files->error);
	*devices = cache->files->n_devices;
	return 0;
}

#else

int document_check_cdi(const char *text, size_t len, bool yaml, size_t *devices,
		       struct fault *fault)
{
	(void)text, (void)len, (void)yaml, (void)devices;
	return fault_set(fault, -ENOTSUP, "this build of coldinit knows no CDI devices");
}

#endif
