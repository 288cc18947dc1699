// SPDX-License-Identifier: Apache-2.0
/* Persistent memory of ACPI's NFIT as a disk: "vm_path" is its node, such as /dev/pmem0. */
#include "dev/disk.h"
#include "init/lib/str.h"

static bool nvdimm_concerns(const struct claim *c, const struct uevent *ev)
{
	return str_starts(ev->devpath, "/devices/LNXSYSTM") && disk_named_added(c, ev);
}

static const struct handler nvdimm_handler = {
	.types = (const char *const[]){"nvdimm", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = disk_named_prepare,
	.advance = disk_named_advance,
	.concerns = nvdimm_concerns,
	.explain = disk_named_explain,
};

HANDLER_REGISTER(nvdimm_handler);
