/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request: what the VMM wants, from the kernel command line and the manifest. After
 * request_read_manifest() it does not change any more: later steps get it as const.
 */
#ifndef COLDINIT_REQUEST_H
#define COLDINIT_REQUEST_H

#include "init/options/ip_word.h"
#include "init/options/options.h"
#include "spec/manifest.h"

/** BUNDLE_DIR - where the bundle is mounted unless the manifest names another directory */
#define BUNDLE_DIR "/run/coldinit/bundle"

/** REQUEST_NO_DEVICE - index of the device of a storage that is on none */
#define REQUEST_NO_DEVICE SIZE_MAX

/**
 * struct request - all that was requested
 * @options: the kernel command line's parameters
 * @ip: the kernel's ip= parameter, if @options has one
 * @manifest: the manifest; ip= is merged into its network, a bundle on a disk into its storages
 * @bundle: the bundle: a SOURCE, or an absolute path of the guest
 * @devices: all devices that the boot waits for: the manifest's, those of coldinit.device=, one for
 *	each interface, one for each storage on a disk
 * @n_devices: number of @devices
 * @n_listed: number of @devices without those of storages: the verdict lists these, and config.json
 *	is patched for them
 * @interface_device: for each interface of the manifest its index in @devices
 * @storage_device: for each storage of the manifest its index in @devices, or REQUEST_NO_DEVICE
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
 * @out: after options_default(); gets options and ip. On failure it has what was read before the
 *	error, so that on_failure and the reports apply to this failure too
 * @fault: set on failure
 *
 * Return: 0, or -errno of options_parse(), report_check() and ip_word_parse().
 */
int request_read_options(struct arena *arena, const char *line, struct request *out,
			 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * request_read_manifest() - read the manifest and complete the request
 * @arena: memory for what @out points to
 * @text: the manifest; not trusted; NULL if there is none
 * @len: of @text, in bytes
 * @out: after request_read_options()
 * @fault: set on failure
 *
 * Return: 0, -EBADMSG if the SHA-256 is not coldinit.sha256=, -ENOENT if that is given without a
 * manifest, -EEXIST for two devices with one id, or -errno of manifest_parse(),
 * device_word_parse() and storage_disk_bundle().
 */
int request_read_manifest(struct arena *arena, const char *text, size_t len, struct request *out,
			  struct fault *fault) must_check nonnull(1, 4, 5);

#ifdef CONFIG_NET

/**
 * request_check_ip() - can the guest get the address of ip=?
 * @request: after request_read_options()
 * @root: descriptor of "/"
 * @fault: set on failure
 *
 * coldinit has no DHCP client, but the kernel may have one (IP_PNP).
 * Return: 0, or -ENOTSUP if ip= needs DHCP and the kernel has none.
 */
int request_check_ip(const struct request *request, int root, struct fault *fault) must_check
	nonnull(1, 3);

/* Private to init/request/. */

/**
 * request_read_ip() - read the value of ip=
 * @arena: memory for what @request->ip points to
 * @request: after request_read_options() has read the options; gets ip
 * @fault: set on failure
 *
 * Return: 0, or -errno of ip_word_parse().
 */
int request_read_ip(struct arena *arena, struct request *request, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * request_merge_ip() - add ip= to the manifest's network
 * @arena: memory for the longer lists
 * @request: has ip and the manifest
 *
 * The manifest's host name and name servers take precedence. Return: 0 or -ENOMEM.
 */
int request_merge_ip(struct arena *arena, struct request *request) must_check nonnull(1, 2);

/**
 * request_add_interfaces() - add a device for each interface that is not yet among the devices
 * @arena: memory for interface_device
 * @request: has devices, with room for one more for each interface
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
