/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind spec/oci.h share. */
#ifndef COLDINIT_SPEC_OCI_DOCUMENT_H
#define COLDINIT_SPEC_OCI_DOCUMENT_H

#include "spec/json.h"
#include "spec/oci.h"

/**
 * struct oci_document - a config.json
 * @cdi_hooks: how many hooks, the last ones of each list, CDI devices have added
 */
struct oci_document {
	cJSON *root;
	size_t cdi_hooks[OCI_HOOK_POINTS];
};

/**
 * struct pci_table - host to guest addresses of all devices
 * @pairs: @n of them, in the order of the host's address
 */
struct pci_table {
	struct pci_mapping *pairs;
	size_t n;
};

/**
 * pci_collect() - all devices' addresses in one table: a later device must not hide an earlier
 * one's
 *
 * Return: 0, or -errno with the reader's fault set: a host's address that two guest's would take.
 */
int pci_collect(const struct json_reader *r, const struct oci_devices *all,
		struct pci_table *out) must_check nonnull(1, 2, 3);

/**
 * oci_patch_env() - give PCIDEVICE_ variables the guest's addresses
 * @process: the copy that is being patched
 * @table: all addresses that have a mapping
 * @unmapped_fails: an address without mapping is a fault instead of a warning
 *
 * Return: 0 or -errno with the reader's fault set.
 */
int oci_patch_env(const struct json_reader *r, cJSON *process, const struct pci_table *table,
		  bool unmapped_fails) must_check nonnull(1, 2, 3);

/**
 * oci_member() - a member that must be an object or an array; made if it is missing or null
 *
 * Return: 0 or -errno with the reader's fault set; @out is untouched on failure.
 */
int oci_member(const struct json_reader *r, cJSON *parent, const char *key, bool array,
	       cJSON **out) must_check nonnull(1, 2, 3, 5);

/** oci_read_process() - json_read_fn for "process", into a struct oci_process */
json_read_fn oci_read_process;

/** oci_read_linux() - json_read_fn for "linux", into a struct oci_config */
json_read_fn oci_read_linux;

/* json_read_fn for members of linux.resources, into a struct oci_config */
json_read_fn oci_read_memory, oci_read_cpu, oci_read_pids, oci_read_block_io, oci_read_hugepages,
	oci_read_unified;

/** oci_read_seccomp() - json_read_fn for "seccomp", into a struct oci_config */
json_read_fn oci_read_seccomp;

/** oci_read_sysctl() - json_read_fn for "sysctl", into a struct oci_config */
json_read_fn oci_read_sysctl;

/** oci_check_sysctl() - has the config the namespaces that they need? Return: 0 or -EINVAL. */
int oci_check_sysctl(const struct oci_config *c, struct fault *fault) must_check nonnull(1, 2);

/** oci_read_hooks() - json_read_fn for "hooks", into a struct oci_config */
json_read_fn oci_read_hooks;

/** oci_hooks_of_cdi() - mark the last hooks of each list as what CDI devices have added */
void oci_hooks_of_cdi(struct oci_config *c, const size_t added[OCI_HOOK_POINTS]) nonnull(1, 2);

/** oci_refuse() - the fault for what this build cannot do. Return: -EINVAL. */
int oci_refuse(const struct json_reader *r, const cJSON *item) nonnull(1, 2);

/** oci_unsupported() - json_read_fn for what this build cannot do: refused unless it is empty */
json_read_fn oci_unsupported;

/**
 * oci_default() - for an object that is refused unless it says what holds for every process
 * @word: the default of its member that is a word; the others' is nothing
 *
 * Return: 0 or -EINVAL with the reader's fault set.
 */
int oci_default(const struct json_reader *r, const cJSON *item, const char *word) must_check
	nonnull(1, 2, 3);

/** oci_ignored() - json_read_fn for what means nothing in a guest: accepted, logged once */
json_read_fn oci_ignored;

#endif
