/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind spec/cdi/cdi.h share: a spec file as plain structures. */
#ifndef COLDINIT_SPEC_CDI_SPEC_H
#define COLDINIT_SPEC_CDI_SPEC_H

#include "spec/cdi/cdi.h"
#include "spec/cdi/index.h"
#include "spec/json_read.h"

/**
 * CDI_PLAIN - a flag beside cJSON's own in the type of a string: it is a YAML scalar without quotes
 *
 * What it means is for the field to say: 0666 is a number of fileMode and a text of env.
 */
#define CDI_PLAIN (1 << 10)

/** struct cdi_texts - @n strings; @items is NULL only if there was no list at all */
struct cdi_texts {
	const char **items;
	size_t n;
};

/** struct cdi_number - a number that may not be there */
struct cdi_number {
	bool given;
	uint32_t value;
};

/** struct cdi_node - an entry of deviceNodes; @type "" if not given */
struct cdi_node {
	const char *path, *host_path, *type, *permissions;
	int64_t major, minor;
	struct cdi_number mode, uid, gid;
};

struct cdi_net_device {
	const char *host, *name;
};

struct cdi_mount {
	const char *host_path, *container_path, *type;
	struct cdi_texts options;
};

/** struct cdi_hook - @point is the name of its list in config.json */
struct cdi_hook {
	const char *point, *path;
	struct cdi_texts args, env;
	bool has_timeout;
	int64_t timeout;
};

struct cdi_rdt {
	const char *closid, *l3_cache, *mem_bw;
	struct cdi_texts schemata;
	bool monitoring, cmt, mbm;
};

/** struct cdi_edits - a containerEdits object; lists are n_… long, @rdt may be NULL */
struct cdi_edits {
	struct cdi_texts env;
	struct cdi_node *nodes;
	struct cdi_net_device *net_devices;
	struct cdi_mount *mounts;
	struct cdi_hook *hooks;
	uint32_t *gids;
	size_t n_nodes, n_net_devices, n_mounts, n_hooks, n_gids;
	struct cdi_rdt *rdt;
};

struct cdi_device {
	const char *name;
	struct cdi_edits edits;
	struct cdi_file *file;
};

/**
 * struct cdi_file - a spec file
 * @error: why it or one of its devices cannot be used, NULL if there is nothing
 * @kind: NULL if the file is not used
 * @injection: the last one that has used its edits, see struct cdi_cache
 */
struct cdi_file {
	struct cdi_file *next;
	const char *path, *error, *kind;
	enum cdi_priority priority;
	struct cdi_edits edits;
	struct cdi_device *devices;
	size_t n_devices;
	unsigned injection;
};

/** struct cdi_named - who claims a qualified name; one that stands twice at a priority is gone */
struct cdi_named {
	struct cdi_device *at[CDI_PRIORITIES];
	bool conflict;
};

/**
 * struct cdi_cache
 * @files, @end: list of files, and where the next one is linked
 * @names: struct cdi_named by qualified name
 * @kinds: a struct cdi_file by kind
 * @injections: counts them
 */
struct cdi_cache {
	struct arena arena;
	struct cdi_file *files, **end;
	struct cdi_index names, kinds;
	unsigned injections;
};

/** cdi_int64() - json_read_fn for an integer, into an int64_t */
json_read_fn cdi_int64;

/** cdi_uint32() - json_read_fn for an integer from 0 to UINT32_MAX, into a uint32_t */
json_read_fn cdi_uint32;

/** cdi_number() - the same, into a struct cdi_number */
json_read_fn cdi_number;

/** cdi_bool() - json_read_fn for true or false, into a bool */
json_read_fn cdi_bool;

/**
 * cdi_read() - take the tree of a spec file apart, and check it
 *
 * Fills @out's kind, edits and devices. Return: 0 or -errno with the reader's fault set.
 */
int cdi_read(const struct json_reader *r, const cJSON *tree, struct cdi_file *out) must_check
	nonnull(1, 2, 3);

/** cdi_edits_empty() - is there nothing to do? */
bool cdi_edits_empty(const struct cdi_edits *edits) nonnull(1);

/** cdi_version_check() - may a file of this cdiVersion have this content? Return: as cdi_read(). */
int cdi_version_check(const struct json_reader *r, const char *version, const struct cdi_file *file,
		      bool annotations) must_check nonnull(1, 2, 3);

/** cdi_add() - add a file with its devices to the cache. Return: 0 or -ENOMEM. */
int cdi_add(struct cdi_cache *cache, struct cdi_file *file) must_check nonnull(1, 2);

/**
 * cdi_find() - the devices of a request
 * @out: gets one for each name
 *
 * Return: 0, -ENODEV or -EAGAIN, see cdi_inject(), with @fault set.
 */
int cdi_find(struct cdi_cache *cache, const struct cdi_request *request, struct cdi_device **out,
	     struct fault *fault) must_check nonnull(1, 2, 3, 4);

/** struct cdi_live - a node as it goes into config.json */
struct cdi_live {
	const char *type;
	int64_t major, minor;
	struct cdi_number mode;
};

/** cdi_fill() - complete an entry of deviceNodes from the node. Return: 0 or -errno with @fault. */
int cdi_fill(struct cdi_host *host, const struct cdi_node *node, struct cdi_live *out,
	     struct fault *fault) must_check nonnull(1, 2, 3, 4);

#ifdef CONFIG_CDI_YAML
/**
 * yaml_parse() - the first document of a YAML text as a tree
 *
 * Scalars without quotes are strings with CDI_PLAIN set, or null. What has no place in a spec file
 * is refused: anchors, aliases, merge keys, tags, NULs, keys that stand twice, more than
 * JSON_DEPTH_MAX levels or JSON_VALUES_MAX values. Return: 0, -ENODATA without a document, else
 * -errno, with @fault "line L: reason"; @out is untouched on failure.
 */
int yaml_parse(const char *text, size_t len, cJSON **out, struct fault *fault) must_check
	nonnull(1, 3, 4);
#endif

#endif
