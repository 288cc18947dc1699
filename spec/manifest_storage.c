// SPDX-License-Identifier: Apache-2.0
/* Kata's Storage objects: their form. init/storage/ knows what the words mean. */
#include <string.h>

#include "spec/manifest.h"
#include "spec/manifest_read.h"

#define OPTIONS_MAX	256
#define HASH_OFFSET_MAX (1LL << 50)

/* Whether the sandbox's other containers may use it: there are none. */
static int manifest_storage_shared(const struct json_reader *r, const cJSON *item, void *out)
{
	bool shared;

	(void)out;
	return json_read_bool(r, item, &shared);
}

static int manifest_storage_driver_options(const struct json_reader *r, const cJSON *item,
					   void *out)
{
	(void)out;
	if (!cJSON_IsArray(item))
		return json_fault_expected(r, item, "an array");
	return item->child
		       ? json_fault(
				 r, item,
				 "coldinit does not encrypt, make or pull file systems: leave it empty")
		       : 0;
}

#ifdef CONFIG_STORAGE_GROUP

static int manifest_storage_group_id(const struct json_reader *r, const cJSON *item, void *out)
{
	struct storage *s = out;

	s->has_group = true;
	return json_read_uint32(r, item, &s->group);
}

static int manifest_storage_group_policy(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"Always", "OnRootMismatch", NULL};
	struct storage *s = out;
	int i = manifest_read_enum(r, item, words);

	if (i < 0)
		return i;
	s->group_on_mismatch = i == 1;
	return 0;
}

static const struct json_field group_fields[] = {
	JSON_FIELD("group_id", manifest_storage_group_id, .protojson = true),
	JSON_FIELD("group_change_policy", manifest_storage_group_policy, .protojson = true),
};

static int manifest_storage_group(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, group_fields, out);
}

#else

static int manifest_storage_group(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_is_empty(item) && !cJSON_IsNull(item)
		       ? 0
		       : json_fault(r, item, "not supported by this build of coldinit");
}

#endif

#define STORAGE(field) .offset = offsetof(struct storage, field)

#ifdef CONFIG_VERITY

bool manifest_root_hash_is_good(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	return !text[n] && n % 2 == 0 && n >= 32 && n <= 128;
}

static int manifest_storage_root_hash(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!manifest_root_hash_is_good(json_text(item)))
		return json_fault_expected(
			r, item, "a root hash of dm-verity: 32 to 128 hexadecimal digits");
	return json_read_string(r, item, out);
}

static int manifest_storage_hash_offset(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t offset;
	int err = json_read_integer(r, item, 0, HASH_OFFSET_MAX, &offset);

	if (!err && offset % 512)
		err = json_fault_expected(r, item, "a multiple of 512");
	if (!err)
		*(uint64_t *)out = (uint64_t)offset;
	return err;
}

static const struct json_field verity_fields[] = {
	JSON_FIELD("root_hash", manifest_storage_root_hash, STORAGE(root_hash), .required = true),
	JSON_FIELD("hash_source", json_read_string, STORAGE(hash_source)),
	JSON_FIELD("hash_offset", manifest_storage_hash_offset, STORAGE(hash_offset)),
	JSON_FIELD("panic_on_corruption", json_read_bool, STORAGE(panic_on_corruption)),
};

static int manifest_storage_verity(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, verity_fields, out);
}

#else

static int manifest_storage_verity(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_fault(r, item, "not supported by this build of coldinit");
}

#endif

static const struct json_field storage_fields[] = {
	JSON_FIELD("driver", json_read_string, STORAGE(driver)),
	JSON_FIELD("driver_options", manifest_storage_driver_options, .protojson = true),
	JSON_FIELD("source", json_read_string, STORAGE(source)),
	JSON_FIELD("fstype", json_read_string, STORAGE(fstype)),
	JSON_LIST("options", struct storage, options, json_read_string, .max = OPTIONS_MAX),
	JSON_FIELD("mount_point", manifest_read_path, STORAGE(mount_point), .required = true,
		   .protojson = true),
	JSON_FIELD("fs_group", manifest_storage_group, .protojson = true),
	JSON_FIELD("shared", manifest_storage_shared),
	JSON_FIELD("verity", manifest_storage_verity),
};

/*
 * One option may be a list with commas, as of mount(8) -o: Kata's runtime writes such ones. An empty
 * one says nothing.
 */
static int manifest_storage_split(const struct json_reader *r, struct storage *s)
{
	const char **options;
	bool split = false;
	size_t n = 0;
	char *rest;

	for (size_t i = 0; i < s->n_options; i++) {
		split = split || !*s->options[i] || strchr(s->options[i], ',');
		n++;
		for (const char *c = s->options[i]; *c; c++)
			n += *c == ',';
	}
	if (!split)
		return 0;
	options = arena_alloc(r->arena, n, sizeof(*options));
	n = 0;
	for (size_t i = 0; options && i < s->n_options; i++) {
		rest = arena_strdup(r->arena, s->options[i]);
		if (!rest)
			return json_fault_oom(r);
		while (rest) {
			options[n] = strsep(&rest, ",");
			n += *options[n] != '\0';
		}
	}
	if (!options)
		return json_fault_oom(r);
	s->options = options;
	s->n_options = n;
	return 0;
}

int manifest_storage_read(const struct json_reader *r, const cJSON *item, void *out)
{
	int err;

	*(struct storage *)out = (struct storage){.driver = "", .source = "", .fstype = ""};
	err = json_read_object(r, item, storage_fields, out);
	return err ? err : manifest_storage_split(r, out);
}
