/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind spec/cdi/cdi.h share: a spec file as plain structures (SPEC.md). */
#ifndef COLDINIT_SPEC_CDI_SPEC_H
#define COLDINIT_SPEC_CDI_SPEC_H

#include "spec/cdi/cdi.h"
#include "spec/cdi/index.h"
#include "spec/json_read.h"

/**
 * CDI_PLAIN - a flag in the type of a cJSON string: it is a YAML scalar without quotes
 *
 * The field decides what it means: 0666 is a number in fileMode and a text in env.
 */
#define CDI_PLAIN (1 << 10)

/**
 * struct cdi_texts - a list of strings
 * @items: the strings, NULL only if there was no list
 * @n: how many there are
 */
struct cdi_texts {
	const char **items;
	size_t n;
};

/**
 * struct cdi_number - an optional number
 * @given: it was given
 * @value: the number
 */
struct cdi_number {
	bool given;
	uint32_t value;
};

/**
 * struct cdi_node - an entry of deviceNodes
 * @path: path in the container
 * @host_path: path in the guest, "" if not given
 * @type: "b", "c", "u", "p", or "" if not given
 * @permissions: letters of "rwm", "none", or "" if not given
 * @major: major number, 0 if not given
 * @minor: minor number, 0 if not given
 * @mode: permission bits
 * @uid: owner in the container
 * @gid: group in the container
 */
struct cdi_node {
	const char *path, *host_path, *type, *permissions;
	int64_t major, minor;
	struct cdi_number mode, uid, gid;
};

/**
 * struct cdi_net_device - an entry of netDevices
 * @host: name of the interface in the guest
 * @name: name of the interface in the container
 */
struct cdi_net_device {
	const char *host, *name;
};

/**
 * struct cdi_mount - an entry of mounts
 * @host_path: what is mounted
 * @container_path: mount point in the container
 * @type: file system, "" if not given
 * @options: mount options
 */
struct cdi_mount {
	const char *host_path, *container_path, *type;
	struct cdi_texts options;
};

/**
 * struct cdi_hook - an entry of hooks
 * @point: name of its list in config.json
 * @path: the program
 * @args: its arguments
 * @env: its environment
 * @has_timeout: @timeout was given
 * @timeout: seconds
 */
struct cdi_hook {
	const char *point, *path;
	struct cdi_texts args, env;
	bool has_timeout;
	int64_t timeout;
};

/**
 * struct cdi_rdt - intelRdt
 * @closid: closID, "" if not given
 * @l3_cache: l3CacheSchema, "" if not given
 * @mem_bw: memBwSchema, "" if not given
 * @schemata: schemata
 * @monitoring: enableMonitoring
 * @cmt: enableCMT
 * @mbm: enableMBM
 */
struct cdi_rdt {
	const char *closid, *l3_cache, *mem_bw;
	struct cdi_texts schemata;
	bool monitoring, cmt, mbm;
};

/**
 * struct cdi_edits - a containerEdits object
 * @env: variables "NAME=VALUE"
 * @nodes: deviceNodes
 * @net_devices: netDevices
 * @mounts: mounts
 * @hooks: hooks
 * @gids: additionalGids
 * @n_nodes: how many nodes there are
 * @n_net_devices: how many net_devices there are
 * @n_mounts: how many mounts there are
 * @n_hooks: how many hooks there are
 * @n_gids: how many gids there are
 * @n_rdt: 1 with an intelRdt, else 0
 * @rdt: intelRdt, NULL if not given
 */
struct cdi_edits {
	struct cdi_texts env;
	struct cdi_node *nodes;
	struct cdi_net_device *net_devices;
	struct cdi_mount *mounts;
	struct cdi_hook *hooks;
	uint32_t *gids;
	size_t n_nodes, n_net_devices, n_mounts, n_hooks, n_gids, n_rdt;
	struct cdi_rdt *rdt;
};

/**
 * struct cdi_device - an entry of devices
 * @name: name within its kind
 * @edits: its edits
 * @file: the file that defines it
 */
struct cdi_device {
	const char *name;
	struct cdi_edits edits;
	struct cdi_file *file;
};

/**
 * struct cdi_file - a spec file
 * @next: the next file, NULL for the last
 * @path: its name
 * @error: why the file or one of its devices cannot be used, NULL for no error
 * @kind: "vendor/class", NULL if the file is not used
 * @priority: of its directory
 * @edits: edits for each of its devices
 * @devices: its devices
 * @n_devices: how many there are
 * @injection: number of the last injection that has used @edits, see struct cdi_cache
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

/**
 * struct cdi_named - the definitions of a qualified name
 * @at: for each priority the device, NULL for none
 * @conflict: one priority has two of them, so that the name cannot be used
 */
struct cdi_named {
	struct cdi_device *at[CDI_PRIORITIES];
	bool conflict;
};

/**
 * struct cdi_cache - spec files and their devices
 * @arena: all memory of the files
 * @files: the files, in the order in which they were read
 * @end: where the next file is linked
 * @names: struct cdi_named by qualified name
 * @kinds: struct cdi_file by kind
 * @injections: how many injections there were
 * @incomplete: a directory or file could not be read
 */
struct cdi_cache {
	struct arena arena;
	struct cdi_file *files, **end;
	struct cdi_index names, kinds;
	unsigned injections;
	bool incomplete;
};

/* --- values: each is a json_read_fn that reads plain YAML scalars too ----------------------- */

/**
 * cdi_value_int64() - read an integer
 * @out: int64_t
 */
json_read_fn cdi_value_int64;

/**
 * cdi_value_uint32() - read an integer from 0 to UINT32_MAX
 * @out: uint32_t
 */
json_read_fn cdi_value_uint32;

/**
 * cdi_value_number() - read an optional integer from 0 to UINT32_MAX
 * @out: struct cdi_number
 */
json_read_fn cdi_value_number;

/**
 * cdi_value_bool() - read true or false
 * @out: bool
 */
json_read_fn cdi_value_bool;

/* --- files --------------------------------------------------------------------------------- */

/**
 * cdi_read() - read the tree of a spec file into structures, and check it
 * @r: the reader
 * @tree: the tree
 * @out: gets kind, edits and devices
 *
 * Return: 0, -EINVAL or -ENOMEM with the reader's fault set; @out's kind is NULL then.
 */
int cdi_read(const struct json_reader *r, const cJSON *tree, struct cdi_file *out) must_check
	nonnull(1, 2, 3);

/**
 * cdi_version_check() - check that a file's cdiVersion has all that the file uses
 * @r: the reader, for faults
 * @version: cdiVersion
 * @file: its kind, edits and devices
 * @annotations: the file or a device of it has annotations
 *
 * Return: 0, or -EINVAL with the reader's fault set.
 */
int cdi_version_check(const struct json_reader *r, const char *version, const struct cdi_file *file,
		      bool annotations) must_check nonnull(1, 2, 3);

/**
 * cdi_cache_add() - add a file with its devices
 * @cache: the cache
 * @file: the file, in the arena of @cache
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_cache_add(struct cdi_cache *cache, struct cdi_file *file) must_check nonnull(1, 2);

/**
 * cdi_cache_find() - find the devices of a request
 * @cache: the cache
 * @request: the request
 * @out: gets a device for each name
 * @fault: gets the missing names, and what is defined, on failure
 *
 * Return: 0, -ENODEV or -EAGAIN, see cdi_inject().
 */
int cdi_cache_find(struct cdi_cache *cache, const struct cdi_request *request,
		   struct cdi_device **out, struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * struct cdi_live - a device node as it goes into config.json
 * @type: "b", "c", "u" or "p"
 * @major: major number
 * @minor: minor number
 * @mode: permission bits
 */
struct cdi_live {
	const char *type;
	int64_t major, minor;
	struct cdi_number mode;
};

/**
 * cdi_node_fill() - complete an entry of deviceNodes from the guest's node
 * @host: where to look; its @missing is set on -ENOENT
 * @node: the entry
 * @out: gets the complete entry
 * @fault: gets the reason on failure
 *
 * Follows fillMissingInfo() of the Go library. Return: 0, -ENOENT without the node, -EINVAL if the
 * node has another type, or the error of opening it.
 */
int cdi_node_fill(struct cdi_host *host, const struct cdi_node *node, struct cdi_live *out,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#ifdef CONFIG_CDI_YAML
/**
 * cdi_yaml_parse() - read the first document of a YAML text as a tree
 * @text: any bytes, with a NUL behind them
 * @len: bytes of @text
 * @out: gets the tree, which the caller frees with cJSON_Delete(); untouched on failure
 * @fault: gets "line L: reason" on failure
 *
 * Scalars without quotes are null or strings with CDI_PLAIN. What a spec file does not need is
 * refused: anchors, aliases, merge keys, tags, NULs, duplicate keys, more than JSON_DEPTH_MAX
 * levels or JSON_VALUES_MAX values. Return: 0, -ENODATA without a document, -EINVAL or -ENOMEM.
 */
int cdi_yaml_parse(const char *text, size_t len, cJSON **out, struct fault *fault) must_check
	nonnull(1, 3, 4);
#endif

#endif
