/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's config.json (OCI runtime spec): read it, patch it for the devices that were
 * found, and turn it into plain structures for init/container/.
 */
#ifndef COLDINIT_SPEC_OCI_H
#define COLDINIT_SPEC_OCI_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/manifest.h"

/** OCI_CONFIG_MAX - the largest config.json, in bytes */
#define OCI_CONFIG_MAX (4 << 20)

/** struct oci_document - a config.json in memory, opaque outside of spec/ */
struct oci_document;

/**
 * oci_read() - parse a config.json
 *
 * Return: 0 or -errno with @fault set (line, column and reason); @out is untouched on failure.
 */
int oci_read(const char *text, size_t len, struct oci_document **out,
	     struct fault *fault) must_check nonnull(1, 3, 4);

/** oci_free() - give the document back; NULL is allowed */
void oci_free(struct oci_document *doc);

/** oci_free_ptr() - for cleanup() */
void oci_free_ptr(struct oci_document **doc) nonnull(1);

/**
 * struct oci_devices - what the container gets
 * @devices, @results: @n of each; results that are not ready are left out
 * @nodes: @n_nodes of the guest that come along, whether the spec has them or not
 */
struct oci_devices {
	const struct device *devices;
	const struct device_result *results;
	size_t n;
	const struct device_node *nodes;
	size_t n_nodes;
};

/**
 * oci_patch() - update the spec for the devices that were found
 *
 * Works on a copy and swaps at the end: on failure @doc is as it was. Return: 0 or -errno with
 * @fault set.
 */
int oci_patch(struct oci_document *doc, const struct oci_devices *all, const struct policy *policy,
	      struct fault *fault) must_check nonnull(1, 2, 3, 4);

/** oci_print() - the document as JSON text. Return: malloc()ed, NULL when memory is out. */
char *oci_print(const struct oci_document *doc) must_check nonnull(1);

/* --- what init/container/ gets ------------------------------------------------------------- */

/** struct oci_rlimit - @resource is a RLIMIT_ constant */
struct oci_rlimit {
	int resource;
	struct rlimit limit;
};

/**
 * struct oci_process - the "process" object
 * @capabilities: bit masks, in the order of enum oci_capset
 * @oom_score_adj: for /proc/self/oom_score_adj, if @has_oom_score_adj
 * @has_umask: @umask was given
 * @apparmor_profile, @selinux_label: NULL if not given
 */
enum oci_capset {
	OCI_BOUNDING,
	OCI_EFFECTIVE,
	OCI_INHERITABLE,
	OCI_PERMITTED,
	OCI_AMBIENT,
	OCI_CAPSETS
};

struct oci_process {
	const char **args, **env; /* both NULL-terminated */
	const char *cwd;
	uint32_t uid, gid, umask;
	uint32_t *additional_gids;
	size_t n_additional_gids;
	uint64_t capabilities[OCI_CAPSETS];
	struct oci_rlimit *rlimits;
	size_t n_rlimits;
	int oom_score_adj;
	bool has_oom_score_adj, has_umask, has_capabilities, no_new_privileges;
	bool terminal;
	const char *apparmor_profile, *selinux_label;
	uint16_t console_height, console_width; /* 0 if not given */
};

/**
 * struct oci_mount - @options as written; @source may be ""
 * @optional: coldinit's own, left out where the place for it cannot be made
 */
struct oci_mount {
	const char *destination, *type, *source;
	const char **options;
	size_t n_options;
	bool optional;
};

/** struct oci_device - an entry of linux.devices: @type 'b', 'c' ('u' becomes 'c') or 'p' */
struct oci_device {
	const char *path;
	char type;
	uint32_t major, minor, mode, uid, gid;
};

/** OCI_ANY - a wildcard number of a cgroup rule */
#define OCI_ANY (-1)

/** struct oci_device_rule - an entry of linux.resources.devices: @type 'a', 'b' or 'c' */
struct oci_device_rule {
	bool allow;
	char type;
	int64_t major, minor; /* OCI_ANY: all */
	bool read, write, mknod;
};

/** enum oci_missing - what it means that the kernel has no such file, or not its controller */
enum oci_missing {
	OCI_MISSING_FAILS,
	OCI_MISSING_IGNORED, /* there is nothing that the limit could be for */
	OCI_MISSING_NEXT,    /* the next limit is for this case, and only for it */
};

/**
 * struct oci_limit - what a file of the container's cgroup gets
 * @field: where it stands, below linux.resources
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
	OCI_CMP_MASKED_EQ /* value is the mask, value_two what is left then */
};

struct oci_syscall_arg {
	uint32_t index;
	uint64_t value, value_two;
	enum oci_compare compare;
};

/**
 * struct oci_syscall - an entry of linux.seccomp.syscalls
 * @names: NULL-terminated
 * @action: SECCOMP_RET_ value, with the error number in its lower half
 */
struct oci_syscall {
	const char **names;
	uint32_t action;
	struct oci_syscall_arg *args;
	size_t n_args;
};

/**
 * struct oci_seccomp - linux.seccomp
 * @architectures: as written, without SCMP_ARCH_
 * @flags: SECCOMP_FILTER_FLAG_ bits
 */
struct oci_seccomp {
	uint32_t default_action;
	unsigned flags;
	const char **architectures;
	struct oci_syscall *syscalls;
	size_t n_architectures, n_syscalls;
};

/**
 * struct oci_sysctl - an entry of linux.sysctl
 * @path: below /proc/sys
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
 * @args, @env: NULL-terminated; @args has at least its name
 * @timeout_s: 0 if not given
 * @from_cdi: a CDI device has added it
 */
struct oci_hook {
	const char *path;
	const char **args, **env;
	uint32_t timeout_s;
	bool from_cdi;
};

/** struct oci_hook_list - the @n hooks of one point, in their order */
struct oci_hook_list {
	struct oci_hook *hooks;
	size_t n;
};

/**
 * struct oci_config - all that is honoured of a config.json; lists are n_… long
 * @state: what hooks are told of the document, for oci_state(); NULL without hooks
 * @id, @bundle: the container's id and the bundle's path, for oci_state(); the caller of
 *	oci_config() fills them in
 */
struct oci_config {
	struct oci_process process;
	const char *root_path; /* as written: relative to the bundle or absolute */
	bool root_readonly;
	unsigned root_propagation;	   /* MS_… flags for "/", 0 if not given */
	const char *hostname, *domainname; /* "" if not given */
	struct oci_mount *mounts;
	size_t n_mounts;
	int namespaces; /* CLONE_NEW… flags to create */
	struct oci_device *devices;
	size_t n_devices;
	struct oci_device_rule *rules;
	size_t n_rules;
	struct oci_limit *limits, *unified; /* in their order, unified last */
	const char **masked_paths, **readonly_paths;
	size_t n_masked_paths, n_readonly_paths;
	struct oci_seccomp *seccomp; /* NULL if there is none */
	struct oci_sysctl *sysctls;
	size_t n_sysctls;
	struct oci_hook_list hooks[OCI_HOOK_POINTS];
	const char *state, *id, *bundle;
};

/**
 * oci_config() - the document as plain structures
 *
 * What the spec asks for and this build does not do is refused by the field's name, what means
 * nothing in a guest is accepted and logged once. A mount namespace is always among
 * @out's namespaces. Return: 0 or -errno with @fault set;
 * @out is untouched on failure.
 */
int oci_config(struct arena *a, const struct oci_document *doc, struct oci_config *out,
	       struct fault *fault) must_check nonnull(1, 2, 3, 4);

/** oci_hook_point() - the name of a point in config.json */
const char *oci_hook_point(enum oci_hook_point point) must_check;

/**
 * oci_state() - the container's state as hooks get it (runtime.md, "State")
 * @status: "creating", "created", "running" or "stopped"
 * @pid: of the container's first process, 0 if there is none any more
 *
 * Return: malloc()ed JSON text, NULL when memory is out.
 */
char *oci_state(const struct oci_config *c, const char *status, pid_t pid) must_check nonnull(1, 2);

#endif
