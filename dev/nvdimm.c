// SPDX-License-Identifier: Apache-2.0
/*
 * Persistent memory as a disk, of ACPI's NFIT or virtio-pmem: "vm_path" is its node, such as
 * /dev/pmem0.
 */
#include "dev/disk.h"

static const struct handler nvdimm_handler = {
	.types = (const char *const[]){"nvdimm", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = disk_named_prepare,
	.advance = disk_named_advance,
	.concerns = disk_named_added,
	.explain = disk_named_explain,
};

HANDLER_REGISTER(nvdimm_handler);
