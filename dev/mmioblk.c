// SPDX-License-Identifier: Apache-2.0
/* A virtio-blk disk on MMIO: "vm_path" is its node, by the name that the kernel gives it. */
#include "dev/disk.h"

static const struct handler mmioblk_handler = {
	.types = (const char *const[]){"mmioblk", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = disk_named_prepare,
	.advance = disk_named_advance,
	.concerns = disk_named_added,
	.explain = disk_named_explain,
};

HANDLER_REGISTER(mmioblk_handler);
