/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CDI, the Container Device Interface (SPEC.md of tags.cncf.io/container-device-interface, version
 * 1.1.0): config.json requests devices by name, and spec files say what a container needs for each
 * device. Where the Go library and the text of SPEC.md differ, this follows the library. Comments
 * say where it differs from the library on purpose.
 */
#ifndef COLDINIT_SPEC_CDI_H
#define COLDINIT_SPEC_CDI_H

#include <sys/stat.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/oci.h"

/** CDI_SPEC_MAX - the largest spec file, in bytes */
#define CDI_SPEC_MAX (4 << 20)

/** CDI_NAMES_MAX - the most devices that a container may request */
#define CDI_NAMES_MAX 65536

/** CDI_NAMES_SIZE_MAX - the most bytes of all their names: VISIBLE_CDI_DEVICES repeats the kind */
#define CDI_NAMES_SIZE_MAX (8 << 20)

/** enum cdi_priority - where a device is defined; of two definitions the higher one is used */
enum cdi_priority {
	CDI_OFFERED, /* coldinit's own, see cdi_offer() */
	CDI_STATIC,  /* CDI_STATIC_DIR */
	CDI_DYNAMIC, /* CDI_DYNAMIC_DIR */
	CDI_PRIORITIES
};

#define CDI_STATIC_DIR	"/etc/cdi"
#define CDI_DYNAMIC_DIR "/var/run/cdi"
#define CDI_RUN_DIR	"/run/cdi" /* the same on most systems; read too if it is another one */

/* --- names (SPEC.md, "CDI JSON Specification") ---------------------------------------------- */

/**
 * cdi_name_check() - is it a qualified name "vendor/class=device"?
 * @name: the name
 *
 * Return: true if it is.
 */
bool cdi_name_check(const char *name) must_check nonnull(1);

/**
 * cdi_name_check_kind() - is it a kind "vendor/class"?
 * @kind: the kind, need not end with a NUL
 * @len: bytes of @kind
 *
 * Return: true if it is.
 */
bool cdi_name_check_kind(const char *kind, size_t len) must_check nonnull(1);

/**
 * cdi_name_check_device() - is it the name of a device within its kind?
 * @name: the name
 *
 * Return: true if it is.
 */
bool cdi_name_check_device(const char *name) must_check nonnull(1);

/* --- requested devices --------------------------------------------------------------------- */

/**
 * struct cdi_request - the devices that a config.json requests
 * @names: qualified names, in the order in which they are injected
 * @n: how many there are
 * @by: for each name, what requests it; NULL if that is not known
 */
struct cdi_request {
	const char **names;
	size_t n;
	const char **by;
};

/**
 * cdi_request_read() - read the devices that a config.json requests
 * @a: arena of the names
 * @doc: the document
 * @visible: VISIBLE_CDI_DEVICES in its environment is a request too
 * @out: gets the request; untouched on failure
 * @fault: gets a JSON pointer and the reason on failure
 *
 * Annotations are read in the byte order of their keys (Go's map has no order). One invalid name
 * makes the whole request invalid. Return: 0, -EINVAL or -ENOMEM.
 */
int cdi_request_read(struct arena *a, const struct oci_document *doc, bool visible,
		     struct cdi_request *out, struct fault *fault) must_check nonnull(1, 2, 4, 5);

/* --- defined devices ----------------------------------------------------------------------- */

/** struct cdi_cache - spec files and their devices, opaque outside spec/ */
struct cdi_cache;

/**
 * cdi_cache_open() - make an empty cache
 *
 * Return: a cache that the caller gives to cdi_cache_close(), NULL when memory is out.
 */
struct cdi_cache *cdi_cache_open(void) must_check;

/**
 * cdi_cache_close() - free a cache and all that it has read
 * @cache: may be NULL
 */
void cdi_cache_close(struct cdi_cache *cache);

/**
 * cdi_cache_close_ptr() - cdi_cache_close() for cleanup()
 * @cache: a cache or NULL; NULL afterwards
 */
void cdi_cache_close_ptr(struct cdi_cache **cache) nonnull(1);

/**
 * cdi_cache_load() - read a spec file, strictly
 * @cache: gets the file
 * @text: any bytes, with a NUL behind them
 * @len: bytes of @text
 * @path: name of the file; decides by ".yaml" at its end which parser reads it
 * @priority: of the file's directory
 *
 * An invalid file is recorded with its error. It defines no device; other files are not affected.
 * Return: 0 or -ENOMEM.
 */
int cdi_cache_load(struct cdi_cache *cache, const char *text, size_t len, const char *path,
		   enum cdi_priority priority) must_check nonnull(1, 2, 4);

/**
 * cdi_cache_reject() - record why a file or directory cannot be read
 * @cache: gets the record
 * @path: name of the file or directory; copied
 * @why: the error; copied
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_cache_reject(struct cdi_cache *cache, const char *path, const char *why) must_check
	nonnull(1, 2, 3);

/**
 * cdi_cache_warn() - log each file that cannot be used, and why
 * @cache: the cache
 */
void cdi_cache_warn(const struct cdi_cache *cache) nonnull(1);

/**
 * cdi_cache_is_complete() - could all directories and files be read?
 * @cache: the cache
 *
 * Return: false after an I/O error or the like; a file that is not valid does not count.
 */
bool cdi_cache_is_complete(const struct cdi_cache *cache) must_check nonnull(1);

/**
 * cdi_scan() - read the spec files of the directories
 * @cache: gets the files
 * @root: descriptor of the root directory that they are looked up in
 *
 * Reads "*.json" and "*.yaml" sorted by name, without subdirectories. A directory that cannot be
 * read is recorded, and the other one is read (Go stops without an error). Return: 0 or -ENOMEM.
 */
int cdi_scan(struct cdi_cache *cache, int root) must_check nonnull(1);

/**
 * cdi_offer() - define CDI devices for those of the manifest
 * @cache: gets the definitions
 * @devices: the devices
 * @results: what was found for each of @devices; those without a node are left out
 * @n: how many devices and results there are
 *
 * A device gets the name coldinit.io/device=<id>, and the name in its "cdi". An id that is not
 * cdi_name_check_device() ("08/00") makes no name. The edits are the device's node, its extra
 * nodes, and /dev/vfio/vfio for a VFIO group. A spec file that defines the same name is used
 * instead: it may have more than the node. Return: 0 or -ENOMEM.
 */
int cdi_offer(struct cdi_cache *cache, const struct device *devices,
	      const struct device_result *results, size_t n) must_check nonnull(1);

/* --- injection ----------------------------------------------------------------------------- */

/**
 * struct cdi_host - where device nodes are looked up
 * @root: descriptor of the root directory
 * @lstat: reads what lstat(2) would say of a node below @root; NULL for root_lstat(). Return: 0,
 *	-ENOENT or another negative errno
 * @declared_numbers: use a spec file's numbers even if the node has others, as Go does
 * @missing: after -ENOENT of cdi_inject(): path of the node that is missing
 * @unsure: after another failure of cdi_inject(): a node could not be looked up for another reason
 *	than that it is missing
 */
struct cdi_host {
	int root;
	int (*lstat)(int root, const char *path, struct stat *st);
	bool declared_numbers;
	const char *missing;
	bool unsure;
};

/**
 * cdi_inject() - edit a config.json for all requested devices, or not at all
 * @cache: the defined devices
 * @request: the requested devices
 * @host: where device nodes are looked up
 * @doc: the document; untouched on failure
 * @fault: gets the reason on failure
 *
 * Follows InjectDevices() of the Go library, see spec/cdi/inject.c. Return: 0 or
 *	-ENODEV if a requested device is not defined, or twice with one priority, while its kind is,
 *	-EAGAIN if none of the missing devices has a kind that is defined,
 *	-ENOENT if a device node is missing, see @host,
 *	-E2BIG if the edits are too large,
 *	-EINVAL, -ENOMEM or another error of looking up a node.
 */
int cdi_inject(struct cdi_cache *cache, const struct cdi_request *request, struct cdi_host *host,
	       struct oci_document *doc, struct fault *fault) must_check nonnull(1, 2, 3, 4, 5);

#endif
