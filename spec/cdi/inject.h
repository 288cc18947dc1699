/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that edit config.json share, see spec/cdi/inject.c. */
#ifndef COLDINIT_SPEC_CDI_INJECT_H
#define COLDINIT_SPEC_CDI_INJECT_H

#include "spec/cdi/spec.h"
#include "spec/oci_document.h"

/**
 * struct cdi_injection - a config.json that is being edited
 * @r: the reader of the copy, for memory and faults
 * @root: the copy of the tree
 * @blocks: containerEdits, in the order in which they are applied
 * @owners: for each block the device that it is for
 * @n: how many there are
 * @hooks: for each point, how many hooks were appended
 * @host: where device nodes are looked up
 * @list: of the current pass: the array or object that is edited
 * @rules: of the nodes' pass: linux.resources.devices
 * @index: of the current pass: the items of @list by the text that makes them equal
 * @uid: of the nodes' pass: owner of nodes without an owner
 * @gid: of the nodes' pass: group of nodes without a group
 * @user_namespace: of the mounts' pass: the container has a user namespace
 */
struct cdi_injection {
	struct json_reader r;
	cJSON *root;
	const struct cdi_edits **blocks;
	const struct cdi_device **owners;
	size_t n, hooks[OCI_HOOK_POINTS];
	struct cdi_host *host;
	cJSON *list, *rules;
	struct cdi_index index;
	struct cdi_number uid, gid;
	bool user_namespace;
};

/**
 * struct cdi_pass - how one kind of edit is applied
 * @count: offset in struct cdi_edits of the size_t that counts these edits
 * @begin: finds the place in config.json before the first edit; NULL for nothing to do
 * @put: applies edit number @i of a block
 * @end: finishes after the last edit, not called without any; NULL for nothing to do
 * @of_device: faults of @put are about the device, which they name
 *
 * Functions return 0 or a negative errno with the reader's fault set.
 */
struct cdi_pass {
	size_t count;
	int (*begin)(struct cdi_injection *in);
	int (*put)(struct cdi_injection *in, const struct cdi_edits *e, size_t i);
	int (*end)(struct cdi_injection *in);
	bool of_device;
};

extern const struct cdi_pass cdi_process_env, cdi_linux_nodes, cdi_linux_net_devices, cdi_mounts,
	cdi_process_hooks, cdi_linux_rdt, cdi_process_gids;

/* --- the tree ------------------------------------------------------------------------------ */

/** CDI_PATH() - keys for cdi_tree_get() */
#define CDI_PATH(...)             \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/**
 * cdi_tree_get() - the member that a path leads to, made with all above it if missing or null
 * @in: the injection
 * @path: keys from the root, NULL-terminated
 * @array: the member is an array, else an object, as all above it are
 * @out: gets the member, which belongs to the tree
 *
 * Return: 0, -EINVAL if something else is there, or -ENOMEM, with the reader's fault set.
 */
int cdi_tree_get(struct cdi_injection *in, const char *const *path, bool array,
		 cJSON **out) must_check nonnull(1, 2, 4);

/**
 * cdi_tree_append_object() - append an empty object
 * @in: the injection
 * @array: the array
 * @out: gets the object, which belongs to @array; untouched on failure
 *
 * Return: 0, or -ENOMEM with the reader's fault set.
 */
int cdi_tree_append_object(struct cdi_injection *in, cJSON *array, cJSON **out) must_check
	nonnull(1, 2, 3);

/**
 * cdi_tree_set_text() - set a member unless the text is empty
 * @object: the object
 * @key: the key
 * @value: the text
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_tree_set_text(cJSON *object, const char *key, const char *value) must_check
	nonnull(1, 2, 3);

/**
 * cdi_tree_set_number() - set a member if the number is given
 * @object: the object
 * @key: the key
 * @number: the number
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_tree_set_number(cJSON *object, const char *key, struct cdi_number number) must_check
	nonnull(1, 2);

/**
 * cdi_tree_set_true() - set a member to true if the value is true
 * @object: the object, which does not have the key
 * @key: the key
 * @value: the value
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_tree_set_true(cJSON *object, const char *key, bool value) must_check nonnull(1, 2);

/**
 * cdi_tree_set_texts() - set a member unless the list is empty
 * @object: the object, which does not have the key
 * @key: the key
 * @texts: the list
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_tree_set_texts(cJSON *object, const char *key, const struct cdi_texts *texts) must_check
	nonnull(1, 2, 3);

/* --- the index ----------------------------------------------------------------------------- */

/**
 * cdi_tree_index() - add an item of the list to the index
 * @in: the injection
 * @key: the text that makes items equal, need not end with a NUL
 * @len: bytes of @key
 * @item: the item
 *
 * Return: 0, or -ENOMEM with the reader's fault set.
 */
int cdi_tree_index(struct cdi_injection *in, const char *key, size_t len, cJSON *item) must_check
	nonnull(1, 2, 4);

/**
 * cdi_tree_index_list() - add each object of the list to the index, by one of its members
 * @in: the injection
 * @key: the member, a string; objects without it are not added, for none can be equal to them
 *
 * Return: 0, or -ENOMEM with the reader's fault set.
 */
int cdi_tree_index_list(struct cdi_injection *in, const char *key) must_check nonnull(1, 2);

/**
 * cdi_tree_replace() - remove the items of the list that are equal to a new one
 * @in: the injection
 * @key: the text that makes items equal
 * @item: the new item, which is at the end of the list; added to the index
 * @all: remove all of them, else the first one
 *
 * Return: 0, or -ENOMEM with the reader's fault set.
 */
int cdi_tree_replace(struct cdi_injection *in, const char *key, cJSON *item, bool all) must_check
	nonnull(1, 2, 3);

#endif
