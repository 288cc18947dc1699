/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind spec/oci.h share. */
#ifndef COLDINIT_SPEC_OCI_DOCUMENT_H
#define COLDINIT_SPEC_OCI_DOCUMENT_H

#include "spec/json_read.h"
#include "spec/oci.h"

/**
 * struct oci_document - a config.json
 * @root: the tree
 * @cdi_hooks: for each point, how many hooks at the end of its list CDI devices have added
 */
struct oci_document {
	cJSON *root;
	size_t cdi_hooks[OCI_HOOK_POINTS];
};

/* --- changing the tree --------------------------------------------------------------------- */

/** OCI_UNCLAIMED_MARK - key of the mark that oci_unclaimed_mark() sets */
#define OCI_UNCLAIMED_MARK "io.coldinit.host"

/**
 * oci_member() - a member that is an object or an array, made if it is missing or null
 * @r: the reader, for faults
 * @parent: the object
 * @key: the member's key
 * @array: the member is an array, else an object
 * @out: gets the member, which belongs to @parent; untouched on failure
 *
 * Return: 0, -EINVAL if it is something else, or -ENOMEM, with the reader's fault set.
 */
int oci_member(const struct json_reader *r, cJSON *parent, const char *key, bool array,
	       cJSON **out) must_check nonnull(1, 2, 3, 5);

/**
 * oci_append_rule() - append a rule that allows to linux.resources.devices
 * @rules: the array
 * @type: "b" or "c"
 * @major: major number
 * @minor: minor number
 * @access: letters of "rwm"
 *
 * Return: 0 or -ENOMEM.
 */
int oci_append_rule(cJSON *rules, const char *type, int64_t major, int64_t minor,
		    const char *access) must_check nonnull(1, 2, 5);

/**
 * struct pci_table - host and guest addresses of all functions
 * @pairs: sorted by the host's address
 * @n: how many there are
 */
struct pci_table {
	struct pci_mapping *pairs;
	size_t n;
};

/**
 * struct oci_rename - what the path of a node becomes
 * @from: its path in config.json
 * @to: its path in the container
 */
struct oci_rename {
	const char *from, *to;
};

/**
 * struct oci_renames - the paths of all nodes
 * @list: sorted by @from
 * @n: how many there are
 * @guest: further nodes of the guest, which have the same path in the container
 * @n_guest: how many there are
 */
struct oci_renames {
	const struct oci_rename *list;
	size_t n;
	const struct device_node *guest;
	size_t n_guest;
};

/**
 * oci_rename_find() - what the path of a node becomes
 * @nodes: the paths of all nodes
 * @text: a text, perhaps the path of a node
 *
 * Return: the new path, NULL if @text is not the path of a node that changes.
 */
const char *oci_rename_find(const struct oci_renames *nodes, const char *text) must_check
	nonnull(1, 2);

/**
 * oci_translate_collect() - put the addresses of all devices into one table
 * @r: the reader, for memory and faults
 * @all: the devices
 * @out: gets the table, in the reader's arena; untouched on failure
 *
 * Return: 0, -EINVAL if one address of the host has two of the guest, or -ENOMEM.
 */
int oci_translate_collect(const struct json_reader *r, const struct oci_devices *all,
			  struct pci_table *out) must_check nonnull(1, 2, 3);

/**
 * oci_translate_compare() - compare two mappings by the host's address, for qsort(3)
 * @a: a struct pci_mapping
 * @b: another one
 *
 * Return: less than, equal to or more than 0.
 */
int oci_translate_compare(const void *a, const void *b) must_check nonnull(1, 2);

/**
 * oci_translate_lookup() - find the guest's address
 * @table: mappings in the order of oci_translate_compare()
 * @host: the host's address
 *
 * Return: the guest's address, NULL if @host is not mapped.
 */
const struct pci_address *oci_translate_lookup(const struct pci_table *table,
					       const struct pci_address *host) must_check
	nonnull(1, 2);

/**
 * oci_translate_address() - parse an address, also without the domain 0 ("65:00.0")
 * @s: the text, not terminated
 * @len: its length; all of it must be the address
 * @out: gets the address; untouched on failure
 *
 * Return: is the text an address?
 */
bool oci_translate_address(const char *s, size_t len, struct pci_address *out) must_check
	nonnull(1, 3);

/**
 * oci_translate_text() - translate each address and each path of a node in a text
 * @a: arena of the new text
 * @s: the text
 * @table: mappings of addresses
 * @nodes: what the paths of nodes become
 *
 * Addresses and paths are translated where they are not a part of a longer word, in one pass:
 * translated text is not looked at again. An address needs its domain here.
 * Return: the translated text, NULL when memory is out.
 */
const char *oci_translate_text(struct arena *a, const char *s, const struct pci_table *table,
			       const struct oci_renames *nodes) must_check nonnull(1, 2, 3, 4);

/**
 * oci_env_patch() - give PCIDEVICE_ variables the guest's addresses
 * @r: the reader, for memory and faults
 * @process: the "process" object to change
 * @table: all addresses that are mapped
 * @nodes: what the paths of nodes become
 * @unmapped_fails: an address that is not mapped is a fault, else a warning
 *
 * Return: 0, -EINVAL or -ENOMEM with the reader's fault set.
 */
int oci_env_patch(const struct json_reader *r, cJSON *process, const struct pci_table *table,
		  const struct oci_renames *nodes, bool unmapped_fails) must_check
	nonnull(1, 2, 3, 4);

/* --- reading the tree: each is a json_read_fn ----------------------------------------------- */

/**
 * oci_process_read() - read "process"
 * @out: struct oci_process
 */
json_read_fn oci_process_read;

/**
 * oci_linux_read() - read "linux"
 * @out: struct oci_config
 */
json_read_fn oci_linux_read;

/**
 * oci_resources_memory() - read linux.resources.memory
 * @out: struct oci_config
 */
json_read_fn oci_resources_memory;

/**
 * oci_resources_cpu() - read linux.resources.cpu
 * @out: struct oci_config
 */
json_read_fn oci_resources_cpu;

/**
 * oci_resources_pids() - read linux.resources.pids
 * @out: struct oci_config
 */
json_read_fn oci_resources_pids;

/**
 * oci_resources_block_io() - read linux.resources.blockIO
 * @out: struct oci_config
 */
json_read_fn oci_resources_block_io;

/**
 * oci_resources_hugepages() - read linux.resources.hugepageLimits
 * @out: struct oci_config
 */
json_read_fn oci_resources_hugepages;

/**
 * oci_resources_unified() - read linux.resources.unified
 * @out: struct oci_config
 */
json_read_fn oci_resources_unified;

/**
 * oci_idmap_read() - read uidMappings or gidMappings
 * @out: struct oci_id_map
 */
json_read_fn oci_idmap_read;

/**
 * oci_idmap_host() - find the guest's number of an ID of the container
 * @map: the mappings
 * @id: the ID in the container
 * @host: gets the number; untouched if there is none
 *
 * Return: true if the mappings have it.
 */
bool oci_idmap_host(const struct oci_id_map *map, uint32_t id, uint32_t *host) nonnull(1, 3);

/**
 * oci_idmap_finish() - replace the IDs of a config with a user namespace by the guest's
 * @a: arena of the config
 * @c: the whole config; also gets @root_uid, @root_gid, @host_uid, and @maps of mounts
 * @fault: gets the reason on failure
 *
 * Return: 0, -EINVAL for an ID that is not mapped, or a mount without mappings, or -ENOMEM.
 */
int oci_idmap_finish(struct arena *a, struct oci_config *c, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * oci_netdev_read() - read linux.netDevices
 * @out: struct oci_config
 */
json_read_fn oci_netdev_read;

/**
 * oci_sched_scheduler() - read process.scheduler
 * @out: struct oci_scheduler
 */
json_read_fn oci_sched_scheduler;

/**
 * oci_sched_io() - read process.ioPriority
 * @out: int
 */
json_read_fn oci_sched_io;

/**
 * oci_sched_affinity() - read process.execCPUAffinity
 * @out: pointer to unsigned long, which gets the mask of "final"
 */
json_read_fn oci_sched_affinity;

/**
 * oci_sched_personality() - read linux.personality
 * @out: unsigned
 */
json_read_fn oci_sched_personality;

/**
 * oci_sched_memory() - read linux.memoryPolicy
 * @out: struct oci_config
 */
json_read_fn oci_sched_memory;

/**
 * oci_seccomp_read() - read linux.seccomp
 * @out: struct oci_config
 */
json_read_fn oci_seccomp_read;

/**
 * oci_sysctl_read() - read linux.sysctl
 * @out: struct oci_config
 */
json_read_fn oci_sysctl_read;

/**
 * oci_sysctl_check() - check that the container has the namespaces of its sysctls
 * @c: the whole config
 * @fault: gets the reason on failure
 *
 * Return: 0 or -EINVAL.
 */
int oci_sysctl_check(const struct oci_config *c, struct fault *fault) must_check nonnull(1, 2);

/**
 * oci_hooks_read() - read "hooks"
 * @out: struct oci_config
 */
json_read_fn oci_hooks_read;

/**
 * oci_hooks_keep_state() - keep the parts of the document that the state has
 * @r: the reader
 * @c: gets @state
 *
 * The document is freed before hooks run.
 * Return: 0, or -ENOMEM with the reader's fault set.
 */
int oci_hooks_keep_state(const struct json_reader *r, struct oci_config *c) must_check
	nonnull(1, 2);

/**
 * oci_hooks_mark_cdi() - mark the hooks that CDI devices have added
 * @c: the config
 * @added: for each point, how many hooks at the end of its list
 */
void oci_hooks_mark_cdi(struct oci_config *c, const size_t added[OCI_HOOK_POINTS]) nonnull(1, 2);

/* --- what this build does not support, or a guest has no use for ---------------------------- */

/**
 * oci_config_refuse() - the fault for what this build does not support
 * @r: the reader
 * @item: the value
 *
 * Return: -EINVAL with the reader's fault set.
 */
int oci_config_refuse(const struct json_reader *r, const cJSON *item) nonnull(1, 2);

/**
 * oci_config_unsupported() - refuse a value unless it is json_is_empty()
 * @out: not used
 */
json_read_fn oci_config_unsupported;

/**
 * oci_config_default() - refuse an object unless it has the kernel's default
 * @r: the reader
 * @item: the value
 * @word: the default of the member that is a word; all other members must be json_is_empty()
 *
 * Return: 0, or -EINVAL with the reader's fault set.
 */
int oci_config_default(const struct json_reader *r, const cJSON *item, const char *word) must_check
	nonnull(1, 2, 3);

/**
 * oci_config_path() - read a path in the container; a relative one is meant from "/", with a warning
 * @out: gets the absolute path
 *
 * As older versions of the runtime spec have it for mounts (config.md, "Mounts").
 */
json_read_fn oci_config_path;

/**
 * oci_config_ignored() - accept a value that has no meaning in a guest, with a warning
 * @out: not used
 */
json_read_fn oci_config_ignored;

/**
 * oci_config_platform() - accept what is for another platform, with a warning
 * @out: not used
 */
json_read_fn oci_config_platform;

#endif
