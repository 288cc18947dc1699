/* SPDX-License-Identifier: Apache-2.0 */
/* Readers that the files behind spec/manifest.h share. Each is a json_read_fn. */
#ifndef COLDINIT_SPEC_MANIFEST_READ_H
#define COLDINIT_SPEC_MANIFEST_READ_H

#include "spec/json_read.h"

/**
 * manifest_read_name() - read 1 to 128 letters, digits, '_', '.' and '-', neither "." nor ".."
 * @out: const char *
 *
 * Such a name may become a file name: of a cgroup or of a module.
 */
json_read_fn manifest_read_name;

/**
 * manifest_read_path() - read an absolute path without ".."
 * @out: const char *
 */
json_read_fn manifest_read_path;

/**
 * manifest_read_nothing() - read a list that this build does not support and that must be empty
 * @out: not used
 */
json_read_fn manifest_read_nothing;

/**
 * manifest_read_enum() - read a value of an enumeration: protobuf's encoders write its name or
 * number
 * @r: the reader; its fault gets the error
 * @item: the value
 * @words: the names of the values 0, 1, …, with NULL at the end
 *
 * Return: the number, or -EINVAL.
 */
int manifest_read_enum(const struct json_reader *r, const cJSON *item,
		       const char *const *words) must_check nonnull(1, 2, 3);

/**
 * manifest_device_list() - read "devices"
 * @out: struct manifest
 */
json_read_fn manifest_device_list;

/**
 * manifest_storage_read() - read an element of "storages"
 * @out: struct storage
 */
json_read_fn manifest_storage_read;

/**
 * manifest_service_list() - read "services"
 * @out: struct manifest
 */
json_read_fn manifest_service_list;

#ifdef CONFIG_NET

/**
 * manifest_net_interfaces() - read "interfaces"
 * @out: struct network
 */
json_read_fn manifest_net_interfaces;

/**
 * manifest_net_routes() - read "routes"
 * @out: struct network
 */
json_read_fn manifest_net_routes;

/**
 * manifest_net_neighbors() - read "arp_neighbors"
 * @out: struct network
 */
json_read_fn manifest_net_neighbors;

/**
 * manifest_net_dns() - read "dns"
 * @out: struct network
 */
json_read_fn manifest_net_dns;

#else
#define manifest_net_interfaces manifest_read_nothing
#define manifest_net_routes	manifest_read_nothing
#define manifest_net_neighbors	manifest_read_nothing
#define manifest_net_dns	manifest_read_nothing
#endif

#endif
