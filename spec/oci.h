/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's config.json (OCI runtime spec, config.md and config-linux.md): read it, patch it
 * for the devices that were found, and turn it into plain structures for init/container/.
 */
#ifndef COLDINIT_SPEC_OCI_H
#define COLDINIT_SPEC_OCI_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/manifest.h"
#include "spec/oci_process.h"

/** OCI_CONFIG_MAX - the largest config.json, in bytes */
#define OCI_CONFIG_MAX (4 << 20)

/** struct oci_document - a config.json in memory, opaque outside spec/ */
struct oci_document;

/**
 * oci_read() - parse a config.json
 * @text: any bytes, need not end with a NUL
 * @len: bytes of @text
 * @out: gets the document, which the caller gives to oci_free(); untouched on failure
 * @fault: gets line, column and reason on failure
 *
 * Return: 0, -EFBIG above OCI_CONFIG_MAX bytes, -EINVAL or -ENOMEM.
 */
int oci_read(const char *text, size_t len, struct oci_document **out,
	     struct fault *fault) must_check nonnull(1, 3, 4);

/**
 * oci_free() - free a document
 * @doc: may be NULL
 */
void oci_free(struct oci_document *doc);

/**
 * oci_free_ptr() - oci_free() for cleanup()
 * @doc: a document or NULL; NULL afterwards
 */
void oci_free_ptr(struct oci_document **doc) nonnull(1);

/**
 * oci_is_whole() - does a document have the keys without which oci_config() refuses it?
 * @doc: the document
 *
 * The patches make what they need, and would hide that it was missing.
 * Return: true if it has.
 */
bool oci_is_whole(const struct oci_document *doc) must_check nonnull(1);

/**
 * oci_print() - the document as JSON text
 * @doc: the document
 *
 * Return: a malloc()ed text, NULL when memory is out.
 */
char *oci_print(const struct oci_document *doc) must_check nonnull(1);

/**
 * struct oci_devices - what the container gets
 * @devices: the devices of the manifest and the command line
 * @results: what was found for each of @devices; results that are not ready are left out
 * @n: how many devices and results there are
 * @nodes: more nodes of the guest that the container gets, whether config.json lists them or not
 * @n_nodes: how many there are
 */
struct oci_devices {
	const struct device *devices;
	const struct device_result *results;
	size_t n;
	const struct device_node *nodes;
	size_t n_nodes;
};

/**
 * oci_patch() - update the document for the devices that were found
 * @doc: half changed on failure: only oci_config(), for its faults, and oci_free() may follow
 * @all: the devices
 * @policy: the manifest's policy
 * @fault: gets the reason on failure
 *
 * Follows the Kata agent's add_devices(), see spec/oci_patch.c. Return: 0; -ENOENT if a device's
 * container_path is not in linux.devices; -EINVAL if two devices conflict, the document is
 * malformed or, by policy, a PCI address is not mapped; -ENOMEM.
 */
int oci_patch(struct oci_document *doc, const struct oci_devices *all, const struct policy *policy,
	      struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * oci_unclaimed_mark() - mark the host's device nodes that no device claims, and their rules
 * @doc: before oci_patch()
 * @all: the devices
 * @fault: set on failure
 *
 * Return: 0 or -ENOMEM.
 */
int oci_unclaimed_mark(struct oci_document *doc, const struct oci_devices *all,
		       struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * struct oci_nodes - where the guest's device nodes are looked up
 * @root: descriptor of the root directory
 * @lstat: reads what lstat(2) would say of a node below @root; NULL for root_lstat(). Return: 0,
 *	-ENOENT or another negative errno
 */
struct oci_nodes {
	int root;
	int (*lstat)(int root, const char *path, struct stat *st);
};

/**
 * oci_unclaimed_settle() - give marked nodes the guest's numbers, or leave them out
 * @doc: after oci_patch() and CDI
 * @nodes: the guest's nodes
 * @policy: the manifest's policy
 * @fault: set on failure
 *
 * See spec/oci_unclaimed.c. Return: 0, -EINVAL if by policy a node that the guest does not have is
 * an error, -ENOMEM, or the error of looking one up.
 */
int oci_unclaimed_settle(struct oci_document *doc, const struct oci_nodes *nodes,
			 enum unclaimed policy, struct fault *fault) must_check nonnull(1, 2, 4);

/* --- what init/container/ gets ------------------------------------------------------------- */

/**
 * struct oci_id_range - an entry of uidMappings or gidMappings
 * @container: the first ID in the container; of a mount: in its file system
 * @host: the first ID in the guest; of a mount: in the mount
 * @size: how many IDs there are
 */
struct oci_id_range {
	uint32_t container, host, size;
};

/**
 * struct oci_id_map - uidMappings or gidMappings
 * @ranges: the entries
 * @n: how many there are
 */
struct oci_id_map {
	struct oci_id_range *ranges;
	size_t n;
};

/** struct oci_id_maps - both mappings, of users and of groups (user_namespaces(7)) */
struct oci_id_maps {
	struct oci_id_map uids, gids;
};

/**
 * struct oci_mount - an entry of mounts (config.md, "Mounts")
 * @destination: absolute path in the container
 * @type: file system, "" if not given
 * @source: what is mounted, "" if not given
 * @options: mount options as in the config
 * @n_options: how many there are
 * @maps: its IDs are mapped by these if they are not empty
 * @optional: coldinit's own mount, left out where its mount point cannot be made
 * @missing: the source is a file of the host that coldinit's own file replaces
 */
struct oci_mount {
	const char *destination, *type, *source;
	const char **options;
	size_t n_options;
	struct oci_id_maps maps;
	bool optional, missing;
};

/**
 * struct oci_device - an entry of linux.devices (config-linux.md, "Devices")
 * @path: absolute path in the container
 * @type: 'b', 'c' or 'p'; the config's "u" is 'c'
 * @major: major number, 0 for 'p'
 * @minor: minor number, 0 for 'p'
 * @mode: permission bits
 * @uid: owner, in the guest
 * @gid: group, in the guest as @uid
 */
struct oci_device {
	const char *path;
	char type;
	uint32_t major, minor, mode, uid, gid;
};

/** OCI_ANY - the number of a device rule that matches all numbers */
#define OCI_ANY (-1)

/**
 * struct oci_device_rule - an entry of linux.resources.devices (config-linux.md, "Allowed Device
 *	list")
 * @allow: the rule allows, else it denies
 * @type: 'a' for all types, 'b' or 'c'
 * @major: major number or OCI_ANY
 * @minor: minor number or OCI_ANY
 * @read: the rule is for reading
 * @write: the rule is for writing
 * @mknod: the rule is for making nodes
 */
struct oci_device_rule {
	bool allow;
	char type;
	int64_t major, minor;
	bool read, write, mknod;
};

/** enum oci_missing - what to do if the cgroup has no such file */
enum oci_missing {
	OCI_MISSING_FAILS,   /* the limit cannot be set: an error */
	OCI_MISSING_IGNORED, /* the guest has nothing to limit */
	OCI_MISSING_NEXT,    /* use the next limit, which is for this case only */
};

/**
 * struct oci_limit - what to write into a file of the container's cgroup
 * @next: the next limit, NULL for the last
 * @field: the config's key below linux.resources, for errors
 * @file: name of the file
 * @value: the text to write
 * @missing: what to do if the cgroup has no such file
 */
struct oci_limit {
	struct oci_limit *next;
	const char *field, *file, *value;
	enum oci_missing missing;
};

/** enum oci_compare - operators of linux.seccomp, in libseccomp's order */
enum oci_compare {
	OCI_CMP_NE = 1,
	OCI_CMP_LT,
	OCI_CMP_LE,
	OCI_CMP_EQ,
	OCI_CMP_GE,
	OCI_CMP_GT,
	OCI_CMP_MASKED_EQ /* value is the mask, value_two the masked value */
};

/**
 * struct oci_syscall_arg - a condition on an argument of a system call
 * @index: of the argument, 0 to 5
 * @value: the value to compare with, or the mask of OCI_CMP_MASKED_EQ
 * @value_two: the value of OCI_CMP_MASKED_EQ
 * @compare: the operator
 */
struct oci_syscall_arg {
	uint32_t index;
	uint64_t value, value_two;
	enum oci_compare compare;
};

/**
 * struct oci_syscall - an entry of linux.seccomp.syscalls
 * @names: names of system calls, NULL-terminated, at least one
 * @action: SECCOMP_RET_ value, with the error number in its lower half
 * @args: conditions, all of which must hold
 * @n_args: how many there are
 */
struct oci_syscall {
	const char **names;
	uint32_t action;
	struct oci_syscall_arg *args;
	size_t n_args;
};

/**
 * struct oci_seccomp - linux.seccomp (config-linux.md, "Seccomp")
 * @default_action: SECCOMP_RET_ value for system calls without a rule
 * @flags: SECCOMP_FILTER_FLAG_ bits
 * @listener: path of the socket that gets the filter, NULL if not given
 * @metadata: for it, NULL if not given
 * @architectures: names as in the config, without SCMP_ARCH_
 * @syscalls: the rules
 * @n_architectures: how many architectures there are
 * @n_syscalls: how many rules there are
 */
struct oci_seccomp {
	uint32_t default_action;
	unsigned flags;
	const char *listener, *metadata;
	const char **architectures;
	struct oci_syscall *syscalls;
	size_t n_architectures, n_syscalls;
};

/**
 * struct oci_sysctl - an entry of linux.sysctl (config-linux.md, "Sysctl")
 * @path: below /proc/sys
 * @value: the text to write
 * @namespace: CLONE_NEW… flag of the namespace that it belongs to, 0 for the guest's network
 */
struct oci_sysctl {
	const char *path, *value;
	int namespace;
};

/** enum oci_hook_point - when a hook runs, in the order of a container's life */
enum oci_hook_point {
	OCI_PRESTART,
	OCI_CREATE_RUNTIME,
	OCI_CREATE_CONTAINER,
	OCI_START_CONTAINER,
	OCI_POSTSTART,
	OCI_POSTSTOP,
	OCI_HOOK_POINTS
};

/**
 * struct oci_hook - a program to run at a point of the container's life
 * @path: absolute path of the program
 * @args: NULL-terminated, at least the program's name
 * @env: NULL-terminated, may be empty
 * @timeout_s: seconds until it is killed, 0 if not given
 * @from_cdi: a CDI device has added it
 */
struct oci_hook {
	const char *path;
	const char **args, **env;
	uint32_t timeout_s;
	bool from_cdi;
};

/**
 * struct oci_hook_list - the hooks of one point, in their order
 * @hooks: the hooks
 * @n: how many there are
 */
struct oci_hook_list {
	struct oci_hook *hooks;
	size_t n;
};

/**
 * struct oci_time_offset - an entry of linux.timeOffsets
 * @secs: seconds to add to the clock
 * @nanosecs: nanoseconds to add
 */
struct oci_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

/**
 * struct oci_net_device - an entry of linux.netDevices
 * @guest: name of the interface
 * @name: the name that it gets
 */
struct oci_net_device {
	const char *guest, *name;
};

/**
 * struct oci_config - the parts of a config.json that are honoured
 * @process: the program
 * @root_path: root.path as in the config: absolute, or relative to the bundle
 * @root_readonly: root.readonly
 * @root_propagation: MS_… flags for "/", 0 if not given
 * @hostname: "" if not given
 * @domainname: "" if not given
 * @mounts: the mounts, in their order
 * @n_mounts: how many there are
 * @namespaces: CLONE_NEW… flags of the namespaces to create
 * @maps: IDs of the user namespace; both are empty without CLONE_NEWUSER in @namespaces
 * @root_uid: the guest's number of the container's user 0
 * @root_gid: the guest's number of the container's group 0
 * @host_uid: the guest's number of process.user.uid
 * @monotonic: added to the clocks of this kind if @namespaces has CLONE_NEWTIME
 * @boottime: see @monotonic
 * @net_devices: interfaces to rename and set up
 * @n_net_devices: how many there are
 * @devices: the device nodes to make
 * @n_devices: how many there are
 * @rules: the device rules, in their order
 * @n_rules: how many there are
 * @limits: limits of the container's cgroup, in the order in which they must be set
 * @unified: limits from linux.resources.unified, to be set after @limits
 * @masked_paths: absolute paths to hide
 * @readonly_paths: absolute paths to make read-only
 * @n_masked_paths: how many there are
 * @n_readonly_paths: how many there are
 * @seccomp: NULL if there is none
 * @sysctls: kernel parameters to set
 * @n_sysctls: how many there are
 * @hooks: for each point its hooks
 * @personality: for personality(2), 0 if not given
 * @memory_policy: mode and flags for set_mempolicy(2), 0 if not given
 * @memory_nodes: its nodes, OCI_MASK_BITS bits, NULL if not given
 * @stop_signal: number that the annotation org.opencontainers.image.stopSignal has, 0 without it
 * @state: the document's part of the state that hooks get, for oci_hooks_state(); NULL without
 *	hooks
 * @id: the container's id, for oci_hooks_state(); the caller of oci_config() sets it
 * @bundle: the bundle's path, for oci_hooks_state(); the caller of oci_config() sets it
 * @bundle_dir: descriptor of the bundle, in which relative sources of bind mounts are looked up;
 *	the caller of oci_config() sets it
 * @memory_max: the largest number of bytes that the container may use, 0 for no limit; the caller
 *	of oci_config() sets it
 */
struct oci_config {
	struct oci_process process;
	const char *root_path;
	bool root_readonly;
	unsigned root_propagation;
	const char *hostname, *domainname;
	struct oci_mount *mounts;
	size_t n_mounts;
	int namespaces;
	struct oci_id_maps maps;
	uint32_t root_uid, root_gid, host_uid;
	struct oci_time_offset monotonic, boottime;
	struct oci_net_device *net_devices;
	size_t n_net_devices;
	struct oci_device *devices;
	size_t n_devices;
	struct oci_device_rule *rules;
	size_t n_rules;
	struct oci_limit *limits, *unified;
	const char **masked_paths, **readonly_paths;
	size_t n_masked_paths, n_readonly_paths;
	struct oci_seccomp *seccomp;
	struct oci_sysctl *sysctls;
	size_t n_sysctls;
	struct oci_hook_list hooks[OCI_HOOK_POINTS];
	unsigned personality, memory_policy;
	const unsigned long *memory_nodes;
	const char *state, *id, *bundle;
	int stop_signal, bundle_dir;
	uint64_t memory_max;
};

/**
 * oci_config() - read the document into plain structures
 * @a: arena of all strings and lists
 * @doc: the document
 * @out: gets the config; untouched on failure
 * @fault: gets a JSON pointer and the reason on failure
 *
 * A key that this build does not support is refused by its name unless it is empty. Unknown keys,
 * and keys that have no meaning in a guest, are accepted with a warning. @fault has all faults, up
 * to JSON_FAULTS_MAX. @out's namespaces always have CLONE_NEWNS.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int oci_config(struct arena *a, const struct oci_document *doc, struct oci_config *out,
	       struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * oci_hooks_point() - the name of a point in config.json
 * @point: the point
 *
 * Return: a constant string (config.md, "POSIX-platform Hooks").
 */
const char *oci_hooks_point(enum oci_hook_point point) must_check;

/**
 * oci_hooks_state() - the container's state as hooks get it (runtime.md, "State")
 * @c: the config, with @id and @bundle set
 * @status: "creating", "created", "running" or "stopped"
 * @pid: of the container's first process, 0 if there is none any more
 *
 * Return: a malloc()ed JSON text, NULL when memory is out.
 */
char *oci_hooks_state(const struct oci_config *c, const char *status, pid_t pid) must_check
	nonnull(1, 2);

/**
 * oci_hooks_process_state() - the state that a seccomp listener gets (config-linux.md, "The
 *	Container Process State")
 * @c: the config, with @id and @bundle set and a listener
 * @pid: of the container's first process
 *
 * Return: a malloc()ed JSON text, NULL when memory is out.
 */
char *oci_hooks_process_state(const struct oci_config *c, pid_t pid) must_check nonnull(1);

#endif
