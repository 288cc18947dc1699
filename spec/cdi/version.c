// SPDX-License-Identifier: Apache-2.0
/*
 * Which version of CDI has what (SPEC.md, "Released versions"; the Go library's
 * MinimumRequiredVersion()): a file must not use what its cdiVersion does not have.
 */
#include <errno.h>
#include <string.h>

#include "spec/cdi/spec.h"

enum version {
	V0_3_0,
	V0_4_0,
	V0_5_0,
	V0_6_0,
	V0_7_0,
	V0_8_0,
	V1_0_0,
	V1_1_0
};

static const char *const versions[] = {"0.3.0", "0.4.0", "0.5.0", "0.6.0",
				       "0.7.0", "0.8.0", "1.0.0", "1.1.0"};

static enum version cdi_version_of_edits(const struct cdi_edits *e)
{
	enum version need = V0_3_0;

	if (e->n_net_devices || (e->rdt && (e->rdt->schemata.items || e->rdt->monitoring)))
		return V1_1_0;
	if (e->rdt || e->n_gids)
		return V0_7_0;
	for (size_t i = 0; i < e->n_mounts; i++)
		if (*e->mounts[i].type)
			need = V0_4_0;
	for (size_t i = 0; i < e->n_nodes; i++)
		if (*e->nodes[i].host_path)
			need = V0_5_0;
	return need;
}

static enum version cdi_version_of_file(const struct cdi_file *file, bool annotations)
{
	enum version need = cdi_version_of_edits(&file->edits), n;

	if (need < V0_6_0 && (annotations || strchr(strchr(file->kind, '/'), '.')))
		need = V0_6_0;
	for (size_t i = 0; i < file->n_devices; i++) {
		n = cdi_version_of_edits(&file->devices[i].edits);
		if (n < V0_5_0 && *file->devices[i].name >= '0' && *file->devices[i].name <= '9')
			n = V0_5_0;
		if (n > need)
			need = n;
	}
	return need;
}

int cdi_version_check(const struct json_reader *r, const char *version, const struct cdi_file *file,
		      bool annotations)
{
	enum version need = cdi_version_of_file(file, annotations);

	version += *version == 'v';
	if (!strcmp(version, "0.1.0") || !strcmp(version, "0.2.0"))
		return json_fault(r, r->root,
				  "cdiVersion %s: the spec version must be at least v%s", version,
				  versions[need]);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (strcmp(version, versions[i]) != 0)
			continue;
		if (i < need)
			return json_fault(
				r, r->root,
				"cdiVersion %s: for the content of this file the spec version must be at least v%s",
				version, versions[need]);
		return 0;
	}
	return json_fault(r, r->root,
			  "unknown cdiVersion \"%.32s\", the newest known version is %s", version,
			  versions[V1_1_0]);
}
