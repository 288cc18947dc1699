/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the VMM requests: the manifest (configs/manifest.schema.json) and the coldinit.device= words
 * of the command line (README).
 */
#ifndef COLDINIT_SPEC_MANIFEST_H
#define COLDINIT_SPEC_MANIFEST_H

#include <errno.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "init/lib/network.h"

/** STOP_TIMEOUT_S - default of container.stop_timeout_s, as container engines have it */
#define STOP_TIMEOUT_S 10

/** MANIFEST_MAX - the largest manifest, in bytes */
#define MANIFEST_MAX (1 << 20)

/**
 * struct kernel_module - a module to load: Kata's message KernelModule
 * @name: its name
 * @parameters: strings "name=value"
 * @n_parameters: how many there are
 * @from: directory of the guest that has lib/modules, NULL for the initramfs
 */
struct kernel_module {
	const char *name, *from;
	const char **parameters;
	size_t n_parameters;
};

/**
 * struct storage - a file system to mount before the container starts: Kata's message Storage
 * @driver: Kata's name of the kind of storage, "" if not given
 * @source: what is mounted, "" if not given
 * @fstype: its type, "" if not given
 * @mount_point: absolute path in the guest
 * @options: mount options
 * @n_options: how many there are
 * @has_group: fs_group has a group_id
 * @root_hash: dm-verity's root hash in hexadecimal digits, NULL without dm-verity
 * @hash_source: the disk that has the hashes, as @source; NULL for the same disk
 * @hash_offset: where the hashes begin on it, in bytes; 0: behind the file system, or at the
 *	beginning of @hash_source
 * @panic_on_corruption: a damaged block makes the kernel panic
 * @group: the group that gets all files
 * @group_on_mismatch: change the files only if the top directory has another group
 */
struct storage {
	const char *driver, *source, *fstype, *mount_point;
	const char **options;
	size_t n_options;
	const char *root_hash, *hash_source;
	uint64_t hash_offset;
	bool has_group, group_on_mismatch, panic_on_corruption;
	uint32_t group;
};

/** SERVICE_TIMEOUT_MS - default of a service's timeout_ms */
#define SERVICE_TIMEOUT_MS 30000

/** SERVICE_ENV_MAX - how many variables the environment of a service may have */
#define SERVICE_ENV_MAX 256

/** enum service_exit - what to do when a daemon ends while the container runs */
enum service_exit {
	SERVICE_WARN,
	SERVICE_RESTART,
	SERVICE_FAIL,
};

/**
 * struct service - a program of the guest that runs beside the container
 * @name: its name
 * @args: the program's absolute path and its arguments, NULL-terminated
 * @n_args: how many there are
 * @env: variables "NAME=value", NULL-terminated; NULL for none
 * @n_env: how many there are
 * @after: names of the services that must be ready before it starts
 * @n_after: how many there are
 * @root: directory that is its root; NULL for the initramfs
 * @ready_path: it is ready when this path exists; NULL for another condition
 * @ready_socket: it is ready when this Unix socket takes connections
 * @ready_output: it is ready when it has printed a line that contains this text
 * @uid: its user
 * @gid: its group
 * @timeout_ms: how long its start may take, 0 for SERVICE_TIMEOUT_MS
 * @daemon: it runs until it is stopped; else it is a oneshot, which must end with status 0
 * @required: without it the container does not start
 * @has_on_exit: on_exit is given
 * @on_exit: what to do when it ends while the container runs
 */
struct service {
	const char *name;
	const char **args, **env, **after;
	size_t n_args, n_env, n_after;
	const char *root, *ready_path, *ready_socket, *ready_output;
	uint32_t uid, gid, timeout_ms;
	bool daemon, required, has_on_exit;
	enum service_exit on_exit;
};

/** enum unclaimed - what to do with a device node of the host that nobody claims */
enum unclaimed {
	UNCLAIMED_DROP,
	UNCLAIMED_KEEP,
	UNCLAIMED_FAIL,
};

/**
 * struct policy - what to do where there is a choice
 * @unmapped_pci_fails: on_unmapped_pci is "fail"
 * @allow_unsafe_interrupts: unsafe_interrupts is "allow"
 * @lock_modules: load no module once the devices are ready
 * @reserve_mib: memory that the container cannot use, in MiB
 * @unclaimed_devices: entries of linux.devices that neither a device nor a CDI edit has made
 * @lsm_required: lsm is "require": a profile or label that the guest does not know is an error
 */
struct policy {
	bool unmapped_pci_fails;
	bool allow_unsafe_interrupts;
	bool lock_modules;
	uint32_t reserve_mib;
	enum unclaimed unclaimed_devices;
	bool lsm_required;
};

/**
 * struct manifest - the manifest
 * @sandbox_id: name of the sandbox
 * @hostname: the guest's host name
 * @network: interfaces, routes, neighbours and name servers
 * @firmware: directory of the guest that has drivers' files, NULL for none
 * @modules: kernel modules to load, in this order
 * @n_modules: how many there are
 * @storages: file systems to mount, in this order
 * @n_storages: how many there are
 * @devices: devices to set up
 * @n_devices: how many there are
 * @container_id: name of the container
 * @bundle: absolute path in the guest or a SOURCE
 * @stop_signal: number of the signal that asks the container to stop, 0 if not given
 * @stop_timeout_s: seconds after which a container that was asked to stop is killed
 * @cdi_generator: command that writes CDI spec files
 * @n_cdi_generator: how many words it has
 * @services: programs of the guest; names are unique, @after of them forms no circle
 * @n_services: how many there are
 * @policy: what to do where there is a choice
 *
 * Strings are never NULL, but "" if not given. Everything is in the arena of manifest_parse().
 */
struct manifest {
	const char *sandbox_id, *hostname;
	struct network network;
	const char *firmware;
	struct kernel_module *modules;
	size_t n_modules;
	struct storage *storages;
	size_t n_storages;
	struct device *devices;
	size_t n_devices;
	const char *container_id, *bundle;
	int stop_signal;
	uint32_t stop_timeout_s;
	const char **cdi_generator;
	size_t n_cdi_generator;
	struct service *services;
	size_t n_services;
	struct policy policy;
};

/**
 * manifest_defaults() - the manifest of a boot that has none
 * @out: gets the defaults
 */
void manifest_defaults(struct manifest *out) nonnull(1);

/**
 * manifest_parse() - read a manifest, strictly
 * @a: arena of all strings and lists
 * @text: any bytes, need not end with a NUL
 * @len: bytes of @text
 * @out: gets the manifest; untouched on failure
 * @fault: gets the reason on failure: line and column if @text is not JSON, else a JSON pointer
 *
 * Unknown keys, duplicate keys and wrong types are errors (configs/manifest.schema.json).
 * Return: 0, -EFBIG above MANIFEST_MAX bytes, -EINVAL or -ENOMEM.
 */
int manifest_parse(struct arena *a, const char *text, size_t len, struct manifest *out,
		   struct fault *fault) must_check nonnull(1, 2, 4, 5);

/**
 * manifest_path_is_safe() - is it an absolute path without ".."?
 * @path: the path
 *
 * Return: true if it is.
 */
bool manifest_path_is_safe(const char *path) must_check nonnull(1);

#ifdef CONFIG_VERITY

/**
 * manifest_root_hash_is_good() - can it be a root hash of dm-verity?
 * @text: the text
 *
 * Return: true for 32 to 128 hexadecimal digits, an even number of them.
 */
bool manifest_root_hash_is_good(const char *text) must_check nonnull(1);

#else

static inline bool must_check manifest_root_hash_is_good(const char *text)
{
	(void)text;
	return false;
}

#endif

#ifdef CONFIG_DEVICE_WORDS

/**
 * device_word_parse() - read a coldinit.device= value: TYPE[,key=value]…
 * @a: arena of all strings
 * @word: the value
 * @out: gets the device; untouched on failure
 * @fault: gets the reason on failure
 *
 * Return: 0, -EINVAL, -ENOMEM, or -ENOTSUP in a build without CONFIG_DEVICE_WORDS.
 */
int device_word_parse(struct arena *a, const char *word, struct device *out,
		      struct fault *fault) must_check nonnull(1, 2, 3, 4);

#else

static inline int must_check device_word_parse(struct arena *a, const char *word,
					       struct device *out, struct fault *fault)
{
	(void)a, (void)word, (void)out;
	return fault_set(fault, -ENOTSUP,
			 "this build of coldinit takes devices from the manifest only");
}

#endif

#endif
