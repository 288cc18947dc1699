// SPDX-License-Identifier: Apache-2.0
/* Kata's Storage objects. What their words mean is init/'s business; here is their form. */
#include <string.h>

#include "spec/manifest.h"
#include "spec/manifest_read.h"

#define STORAGES_MAX	    256
#define STORAGE_OPTIONS_MAX 256

static int read_options(const struct json_reader *r, const cJSON *item, void *out)
{
	struct storage *s = out;

	return json_strings(r, item, STORAGE_OPTIONS_MAX, &s->options, &s->n_options);
}

/* Other containers of the sandbox may use it; there are none. */
static int read_shared(const struct json_reader *r, const cJSON *item, void *out)
{
	bool shared;

	(void)out;
	return json_bool(r, item, &shared);
}

#ifdef CONFIG_STORAGE_GROUP

static int read_group_id(const struct json_reader *r, const cJSON *item, void *out)
{
	struct storage *s = out;

	s->has_group = true;
	return json_uint32(r, item, &s->group);
}

/* protojson writes an enumeration's names. */
static int read_group_policy(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"Always", "OnRootMismatch", NULL};
	struct storage *s = out;
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	s->group_on_mismatch = i == 1;
	return 0;
}

static const struct json_field group_fields[] = {
	JSON_FIELD("group_id", read_group_id, .protojson = true),
	JSON_FIELD("group_change_policy", read_group_policy, .protojson = true),
	{0},
};

static int read_group(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, group_fields, out);
}

#else

static int read_group(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_asks_nothing(item) && !cJSON_IsNull(item)
		       ? 0
		       : json_fault(r, item, "not supported by this build of coldinit");
}

#endif

#define STORAGE(field) .offset = offsetof(struct storage, field)

static const struct json_field storage_fields[] = {
	JSON_FIELD("driver", json_string, STORAGE(driver)),
	JSON_FIELD("driver_options", manifest_read_nothing, .protojson = true),
	JSON_FIELD("source", json_string, STORAGE(source)),
	JSON_FIELD("fstype", json_string, STORAGE(fstype)),
	JSON_FIELD("options", read_options),
	JSON_FIELD("mount_point", manifest_read_path, STORAGE(mount_point), .required = true,
		   .protojson = true),
	JSON_FIELD("fs_group", read_group, .protojson = true),
	JSON_FIELD("shared", read_shared),
	{0},
};

static int read_storage(const struct json_reader *r, const cJSON *item, void *out)
{
	*(struct storage *)out = (struct storage){.driver = "", .source = "", .fstype = ""};
	return json_object(r, item, storage_fields, out);
}

int manifest_read_storages(const struct json_reader *r, const cJSON *item, void *out)
{
	struct manifest *m = out;
	void *storages = NULL;
	int err = json_list(r, item, STORAGES_MAX, sizeof(struct storage), read_storage, &storages,
			    &m->n_storages);

	if (!err)
		m->storages = storages;
	return err;
}
