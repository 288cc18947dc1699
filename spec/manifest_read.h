/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read the manifest share. */
#ifndef COLDINIT_SPEC_MANIFEST_READ_H
#define COLDINIT_SPEC_MANIFEST_READ_H

#include "spec/json.h"

/** manifest_read_path() - json_read_fn for an absolute path without "..", into a const char * */
json_read_fn manifest_read_path;

/** manifest_read_nothing() - json_read_fn for a list that this build cannot serve: it is empty */
json_read_fn manifest_read_nothing;

/** manifest_read_storages() - json_read_fn for the list of storages, into a struct manifest */
#ifdef CONFIG_STORAGES
json_read_fn manifest_read_storages;
#else
#define manifest_read_storages manifest_read_nothing
#endif

/** manifest_interfaces(), … - json_read_fn for the lists, into a struct network */
#ifdef CONFIG_NET
json_read_fn manifest_interfaces, manifest_routes, manifest_neighbors, manifest_dns;
#else
#define manifest_interfaces manifest_read_nothing
#define manifest_routes	    manifest_read_nothing
#define manifest_neighbors  manifest_read_nothing
#define manifest_dns	    manifest_read_nothing
#endif

#endif
