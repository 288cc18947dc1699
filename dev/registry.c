// SPDX-License-Identifier: Apache-2.0
/* The device handlers that this build has; dev/handler.h declares them. */
#include <stdio.h>
#include <string.h>

#include "dev/handler.h"

static const struct handler *const handlers[] = {
#ifdef CONFIG_DEV_BLK
	&handler_blk,
#endif
#ifdef CONFIG_DEV_MMIOBLK
	&handler_mmioblk,
#endif
#ifdef CONFIG_DEV_BLK_CCW
	&handler_blk_ccw,
#endif
#ifdef CONFIG_DEV_SCSI
	&handler_scsi,
#endif
#ifdef CONFIG_DEV_NVDIMM
	&handler_nvdimm,
#endif
#ifdef CONFIG_DEV_VFIO
	&handler_vfio_pci,
	&handler_vfio_pci_gk,
#endif
#ifdef CONFIG_DEV_VFIO_AP
	&handler_vfio_ap,
#endif
#ifdef CONFIG_DEV_NET
	&handler_net,
#endif
	NULL,
};

const struct handler *handler_find(const char *type)
{
	for (size_t i = 0; handlers[i]; i++)
		for (const char *const *t = handlers[i]->types; *t; t++)
			if (!strcmp(*t, type))
				return handlers[i];
	return NULL;
}

const char *handler_types(void)
{
	static char list[128];
	size_t n = 0;

	for (size_t i = 0; handlers[i]; i++)
		for (const char *const *t = handlers[i]->types; *t && n < sizeof(list); t++)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "",
					      *t);
	return list;
}
