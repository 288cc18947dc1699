/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CDI, the Container Device Interface (SPEC.md of tags.cncf.io/container-device-interface, version
 * 1.1.0): config.json asks for devices by name, spec files say what a container needs for each of
 * them. Where its Go library and the text differ, the library counts. What is done otherwise on
 * purpose is said where it is done.
 */
#ifndef COLDINIT_SPEC_CDI_H
#define COLDINIT_SPEC_CDI_H

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/oci.h"

/** CDI_SPEC_MAX - the largest spec file, in bytes */
#define CDI_SPEC_MAX (4 << 20)

/** CDI_NAMES_MAX - the most devices that a container may ask for */
#define CDI_NAMES_MAX 65536

/** CDI_NAMES_SIZE_MAX - bytes of all their names: one kind can stand for many devices */
#define CDI_NAMES_SIZE_MAX (8 << 20)

/** enum cdi_priority - where a spec is from; of two with one device the higher one counts */
enum cdi_priority {
	CDI_OFFERED, /* coldinit's own, see cdi_offer() */
	CDI_STATIC,  /* CDI_STATIC_DIR */
	CDI_DYNAMIC, /* CDI_DYNAMIC_DIR */
	CDI_PRIORITIES
};

#define CDI_STATIC_DIR	"/etc/cdi"
#define CDI_DYNAMIC_DIR "/var/run/cdi"

/* --- what is asked for --------------------------------------------------------------------- */

/** struct cdi_request - @n qualified names, in the order in which they are injected */
struct cdi_request {
	const char **names;
	size_t n;
};

/** cdi_name_check() - is it "vendor/class=device"? */
bool cdi_name_check(const char *name) must_check nonnull(1);

/** cdi_kind_check() - is it "vendor/class"? @len bytes of @kind */
bool cdi_kind_check(const char *kind, size_t len) must_check nonnull(1);

/** cdi_device_check() - is it the name of a device within its kind? */
bool cdi_device_check(const char *name) must_check nonnull(1);

/**
 * cdi_requested() - the devices that a config.json asks for
 * @visible: its VISIBLE_CDI_DEVICES counts too
 *
 * Annotations are taken in the byte order of their keys (Go's map has none). One name that is none
 * fails the whole request. Return: 0 or -errno with @fault set; @out is untouched on failure.
 */
int cdi_requested(struct arena *a, const struct oci_document *doc, bool visible,
		  struct cdi_request *out, struct fault *fault) must_check nonnull(1, 2, 4, 5);

/* --- what there is ------------------------------------------------------------------------- */

/** struct cdi_cache - spec files and their devices, opaque outside of spec/ */
struct cdi_cache;

/** cdi_open() - an empty cache. Return: NULL when memory is out. */
struct cdi_cache *cdi_open(void) must_check;

/** cdi_close() - give it back; NULL is allowed */
void cdi_close(struct cdi_cache *cache);

/** cdi_close_ptr() - for cleanup() */
void cdi_close_ptr(struct cdi_cache **cache) nonnull(1);

/**
 * cdi_load() - read one spec file, strictly
 * @text: @len bytes from outside: any bytes at all
 * @path: its name, which ends in ".json" or ".yaml"
 *
 * A bad file is recorded and its devices do not exist; the other files still count. Return: 0, or
 * -ENOMEM when memory is out.
 */
int cdi_load(struct cdi_cache *cache, const char *text, size_t len, const char *path,
	     enum cdi_priority priority) must_check nonnull(1, 2, 4);

/** cdi_reject() - record why a file or directory cannot be read. Return: 0 or -ENOMEM. */
int cdi_reject(struct cdi_cache *cache, const char *path, const char *why) must_check
	nonnull(1, 2, 3);

/**
 * cdi_scan() - read both directories of spec files
 * @root: what stands for "/"
 *
 * Not recursive, sorted by name, ".json" and ".yaml" only. A directory that cannot be read is
 * recorded and the other one still read (Go silently stops). Return: 0 or -ENOMEM.
 */
int cdi_scan(struct cdi_cache *cache, int root) must_check nonnull(1);

/**
 * cdi_offer() - make CDI devices of those that the manifest had set up
 * @devices, @results: @n of each; only those with a node can be offered
 *
 * Each is called coldinit.io/device=<id>, and what its "cdi" says. An id that is no name of a CDI
 * device ("08/00") gives it no name: nobody could ask for one that is made up. Its edits are its
 * node, and for VFIO /dev/vfio/vfio. A spec file with the same name counts instead: it may bring
 * more than the node. Return: 0 or -ENOMEM.
 */
int cdi_offer(struct cdi_cache *cache, const struct device *devices,
	      const struct device_result *results, size_t n) must_check nonnull(1);

/** cdi_warn() - log each file that could not be used, and why */
void cdi_warn(const struct cdi_cache *cache) nonnull(1);

/* --- bringing both together ---------------------------------------------------------------- */

/**
 * struct cdi_host - where device nodes are looked up
 * @root: what stands for "/"
 * @declared_numbers: take the numbers of the spec file where the node has others (as Go does)
 * @missing: after -ENOENT: the node that is not there
 */
struct cdi_host {
	int root;
	bool declared_numbers;
	const char *missing;
};

/**
 * cdi_inject() - edit a config.json for all devices that are asked for, or for none
 *
 * Works on a copy and swaps at the end. Return: 0 or -errno with @fault set:
 *	-ENODEV a device is missing from a kind that there is (or stands twice at one priority),
 *	-EAGAIN a whole kind is missing,
 *	-ENOENT a device node is missing, see @host,
 *	else another error.
 */
int cdi_inject(struct cdi_cache *cache, const struct cdi_request *request, struct cdi_host *host,
	       struct oci_document *doc, struct fault *fault) must_check nonnull(1, 2, 3, 4, 5);

#endif
