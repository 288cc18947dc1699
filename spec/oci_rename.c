// SPDX-License-Identifier: Apache-2.0
/* What the paths of nodes become, for all texts that name them. */
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

static int oci_rename_compare(const void *from, const void *rename)
{
	return strcmp(from, ((const struct oci_rename *)rename)->from);
}

/* The one node of the guest that a host's InfiniBand node can be: uverbs7 is uverbs0 here. */
static const char *oci_rename_infiniband(const struct oci_renames *nodes, const char *path)
{
	size_t len = strcspn(path, "0123456789");
	const char *found = NULL;

	if (!str_starts(path, "/dev/infiniband/") || !path[len])
		return NULL;
	for (size_t i = 0; i < nodes->n_guest; i++) {
		const char *guest = nodes->guest[i].path;

		if (strncmp(guest, path, len) != 0 || strcspn(guest, "0123456789") != len)
			continue;
		if (found)
			return NULL;
		found = guest;
	}
	return found;
}

const char *oci_rename_find(const struct oci_renames *nodes, const char *text)
{
	const struct oci_rename *hit =
		bsearch(text, nodes->list, nodes->n, sizeof(*hit), oci_rename_compare);

	return hit ? hit->to : oci_rename_infiniband(nodes, text);
}
