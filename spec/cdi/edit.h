/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that edit config.json share. */
#ifndef COLDINIT_SPEC_CDI_EDIT_H
#define COLDINIT_SPEC_CDI_EDIT_H

#include "spec/cdi/spec.h"
#include "spec/oci_document.h"

/**
 * struct cdi_injection - one config.json being edited
 * @root: the copy that is edited
 * @blocks: @n containerEdits, in the order in which they count
 * @hooks: how many were appended to each list
 * @index: scratch of one pass: what the list that is being edited has
 * @uid, @gid, @user_namespace: what the config says once and every edit of a pass needs
 */
struct cdi_injection {
	struct json_reader r;
	cJSON *root;
	const struct cdi_edits **blocks;
	size_t n, hooks[OCI_HOOK_POINTS];
	struct cdi_host *host;
	struct cdi_index index;
	struct cdi_number uid, gid;
	bool user_namespace;
};

/* --- helpers: 0 or -errno with the reader's fault set, but for cdi_set_… ------------------- */

/** cdi_get() - go from @at to its member, an array or an object, which is made if need be */
int cdi_get(struct cdi_injection *in, cJSON **at, const char *key, bool array) must_check
	nonnull(1, 2, 3);

/** cdi_append_object() - an empty object at the end of an array */
int cdi_append_object(struct cdi_injection *in, cJSON *array, cJSON **out) must_check
	nonnull(1, 2, 3);

/** cdi_set_text() - set a member unless the text is empty. Return: 0 or -ENOMEM, as those below. */
int cdi_set_text(cJSON *object, const char *key, const char *value) must_check nonnull(1, 2, 3);

/** cdi_set_number() - set a member if the number is given */
int cdi_set_number(cJSON *object, const char *key, struct cdi_number number) must_check
	nonnull(1, 2);

/** cdi_set_true() - set a member if it is true */
int cdi_set_true(cJSON *object, const char *key, bool value) must_check nonnull(1, 2);

/** cdi_set_texts() - set a member unless the list is empty */
int cdi_set_texts(cJSON *object, const char *key, const struct cdi_texts *t) must_check
	nonnull(1, 2, 3);

/** cdi_append_text() - a string at the end of an array */
int cdi_append_text(cJSON *array, const char *text) must_check nonnull(1, 2);

/** cdi_index_item() - put a list's item into the index under a text */
int cdi_index_item(struct cdi_injection *in, const char *key, size_t len, cJSON *item) must_check
	nonnull(1, 2, 4);

/** cdi_index_list() - put a list of objects into the index, each under its member @key */
int cdi_index_list(struct cdi_injection *in, const cJSON *list, const char *key) must_check
	nonnull(1, 2, 3);

/** cdi_replace_first() - @item, at the list's end already, takes the place of the first @key */
int cdi_replace_first(struct cdi_injection *in, cJSON *list, const char *key,
		      cJSON *item) must_check nonnull(1, 2, 3, 4);

/* --- passes, in their order: 0 or -errno with the reader's fault set ----------------------- */

/** cdi_inject_env() - process.env: a variable is replaced where it stands last, or appended */
int cdi_inject_env(struct cdi_injection *in) must_check nonnull(1);

/** cdi_inject_nodes() - linux.devices and their rules in linux.resources.devices */
int cdi_inject_nodes(struct cdi_injection *in) must_check nonnull(1);

/** cdi_inject_net_devices() - linux.netDevices by the host's name; the last one counts */
int cdi_inject_net_devices(struct cdi_injection *in) must_check nonnull(1);

/** cdi_inject_mounts() - mounts; if there are any, all are sorted by how deep they go */
int cdi_inject_mounts(struct cdi_injection *in) must_check nonnull(1);

/** cdi_inject_hooks() - hooks, appended */
int cdi_inject_hooks(struct cdi_injection *in) must_check nonnull(1);

/** cdi_inject_rdt() - linux.intelRdt: the last one counts */
int cdi_inject_rdt(struct cdi_injection *in) must_check nonnull(1);

/** cdi_inject_gids() - process.user.additionalGids, each once and never 0 */
int cdi_inject_gids(struct cdi_injection *in) must_check nonnull(1);

#endif
