/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request: what the VMM wants, from the kernel command line and the manifest together. The boot
 * fills it in while it reads them; after request_read_manifest() it does not change any more.
 */
#ifndef COLDINIT_REQUEST_H
#define COLDINIT_REQUEST_H

#include "init/options/ip_word.h"
#include "init/options/options.h"
#include "spec/manifest.h"

/** BUNDLE_DIR - where the bundle is mounted unless the manifest names another directory */
#define BUNDLE_DIR "/run/coldinit/bundle"

/** REQUEST_NO_DEVICE - a storage that is on no device */
#define REQUEST_NO_DEVICE SIZE_MAX

/**
 * struct request - all that was requested
 * @options: the kernel command line's parameters
 * @ip: the kernel's ip= parameter, if @options has one
 * @manifest: the manifest; ip= is merged into its network, a bundle on a disk into its storages
 * @bundle: the bundle: a SOURCE, or an absolute path of the guest
 * @devices: @n_devices devices that the boot waits for: the manifest's, those of coldinit.device=,
 *	one for each interface, one for each storage on a disk
 * @n_listed: the first of @devices, which the verdict and the container's config hear of
 * @interface_device: for each of the manifest's interfaces its index in @devices
 * @storage_device: for each of the manifest's storages its index in @devices, or REQUEST_NO_DEVICE
 */
struct request {
	struct options options;
	struct ip_word ip;
	struct manifest manifest;
	const char *bundle;
	struct device *devices;
	size_t n_devices, n_listed;
	size_t *interface_device, *storage_device;
};

/**
 * request_read_options() - read the kernel command line
 * @arena: memory for what @out points to
 * @line: the text of /proc/cmdline
 * @out: zeroed; gets options and ip. On failure it has what was understood before, so that
 *	on_failure and the reports count for that failure too
 * @fault: set on failure
 *
 * Return: 0, -EINVAL or another error of options_parse(), report_check() and ip_word_parse().
 */
int request_read_options(struct arena *arena, const char *line, struct request *out,
			 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * request_read_manifest() - read the manifest and complete the request
 * @arena: memory for what @out points to
 * @text: @len bytes from outside, NULL if there is no manifest
 * @out: with its options read
 * @fault: set on failure
 *
 * Return: 0, -EBADMSG for another SHA-256 than coldinit.sha256=, -ENOENT if that is given without
 * a manifest, -EEXIST for two devices of one id, or an error of manifest_parse() and
 * device_word_parse().
 */
int request_read_manifest(struct arena *arena, const char *text, size_t len, struct request *out,
			  struct fault *fault) must_check nonnull(1, 4, 5);

#ifdef CONFIG_NET

/**
 * request_check_ip() - an address that ip= leaves to a server needs a kernel that asks that server
 * @request: with its options read
 * @root: descriptor of "/"
 * @fault: set on failure
 *
 * Return: 0, or -ENOTSUP: coldinit does no DHCP.
 */
int request_check_ip(const struct request *request, int root, struct fault *fault) must_check
	nonnull(1, 3);

/* Private to init/request/: the parts of the functions above. */

/**
 * request_read_ip() - read the value of ip=
 * @arena: memory for what @request->ip points to
 * @request: with its options read
 * @fault: set on failure
 *
 * Return: 0, or an error of ip_word_parse().
 */
int request_read_ip(struct arena *arena, struct request *request, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * request_merge_ip() - add ip= to the manifest's network
 * @arena: memory for the longer lists
 * @request: with its manifest read
 *
 * Where both name a host name or name servers, the manifest's are used. Return: 0 or -ENOMEM.
 */
int request_merge_ip(struct arena *arena, struct request *request) must_check nonnull(1, 2);

/**
 * request_add_interfaces() - add a device for each interface that no device of the manifest is
 * @arena: memory for interface_device
 * @request: its devices have room for one more for each interface
 *
 * Return: 0 or -ENOMEM.
 */
int request_add_interfaces(struct arena *arena, struct request *request) must_check nonnull(1, 2);

#else

static inline int must_check request_check_ip(const struct request *request, int root,
					      struct fault *fault)
{
	(void)request, (void)root, (void)fault;
	return 0;
}

static inline int must_check request_read_ip(struct arena *arena, struct request *request,
					     struct fault *fault)
{
	(void)arena, (void)request, (void)fault;
	return 0;
}

static inline int must_check request_merge_ip(struct arena *arena, struct request *request)
{
	(void)arena, (void)request;
	return 0;
}

static inline int must_check request_add_interfaces(struct arena *arena, struct request *request)
{
	(void)arena, (void)request;
	return 0;
}

#endif

#endif
