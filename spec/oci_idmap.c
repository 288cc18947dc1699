// SPDX-License-Identifier: Apache-2.0
/*
 * User namespaces and ID-mapped mounts (OCI runtime spec, config-linux.md, "User namespace
 * mappings", and config.md, "Mounts").
 *
 * The container's files are made before it enters its user namespace (init/container/userns.c), so
 * all user and group IDs of config.json that are written to files become the guest's here. Those
 * of the process are set in the namespace, where they are the container's.
 */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

/* The kernel's UID_GID_MAP_MAX_EXTENTS */
#define RANGES_MAX 340

/* --- reading ------------------------------------------------------------------------------- */

#define RANGE(field) .offset = offsetof(struct oci_id_range, field), .required = true

static const struct json_field range_fields[] = {
	JSON_FIELD("containerID", json_read_uint32, RANGE(container)),
	JSON_FIELD("hostID", json_read_uint32, RANGE(host)),
	JSON_FIELD("size", json_read_uint32, RANGE(size)),
};

static int oci_idmap_range(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, range_fields, out);
}

int oci_idmap_read(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_id_map *map = out;

	return json_read_list(r, item, RANGES_MAX, sizeof(*map->ranges), oci_idmap_range,
			      &map->ranges, &map->n);
}

/* --- the guest's numbers ------------------------------------------------------------------- */

bool oci_idmap_host(const struct oci_id_map *map, uint32_t id, uint32_t *host)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct oci_id_range *range = &map->ranges[i];

		if (id < range->container || id - range->container >= range->size)
			continue;
		*host = range->host + (id - range->container);
		return true;
	}
	return false;
}

static int oci_idmap_fault(struct fault *fault, const char *what, const char *key, uint32_t id)
{
	return fault_set(fault, -EINVAL, "%s: %s %u is not in the mappings of the user namespace",
			 what, key, id);
}

static int oci_idmap_replace(const struct oci_id_map *map, uint32_t *id, const char *what,
			     const char *key, struct fault *fault)
{
	return oci_idmap_host(map, *id, id) ? 0 : oci_idmap_fault(fault, what, key, *id);
}

/* Replace the number of the mount options "uid=" and "gid=", as tmpfs and devpts have them. */
static int oci_idmap_option(struct arena *a, const struct oci_id_maps *maps, const char **option,
			    const char *what, struct fault *fault)
{
	bool user = str_starts(*option, "uid=");
	const char *digits = *option + strlen("uid=");
	uint64_t id;
	uint32_t host;

	/* The kernel has the error for what is no number. */
	if ((!user && !str_starts(*option, "gid=")) ||
	    str_number(digits, strlen(digits), 10, UINT32_MAX, &id))
		return 0;
	if (!oci_idmap_host(user ? &maps->uids : &maps->gids, (uint32_t)id, &host))
		return oci_idmap_fault(fault, what, user ? "uid" : "gid", (uint32_t)id);
	*option = arena_printf(a, "%.3s=%u", *option, host);
	return *option ? 0 : fault_oom(fault);
}

static int oci_idmap_options(struct arena *a, const struct oci_config *c, struct fault *fault)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		for (size_t k = 0; k < c->mounts[i].n_options; k++) {
			int err = oci_idmap_option(a, &c->maps, &c->mounts[i].options[k],
						   c->mounts[i].destination, fault);

			if (err)
				return err;
		}
	return 0;
}

static int oci_idmap_devices(struct oci_config *c, struct fault *fault)
{
	int err = 0;

	for (size_t i = 0; i < c->n_devices && !err; i++) {
		struct oci_device *d = &c->devices[i];

		err = oci_idmap_replace(&c->maps.uids, &d->uid, d->path, "uid", fault);
		if (!err)
			err = oci_idmap_replace(&c->maps.gids, &d->gid, d->path, "gid", fault);
	}
	return err;
}

/* A namespace without mappings: that of the host, which has them, is not in the guest. */
static int oci_idmap_default(struct arena *a, struct oci_id_map *map, struct fault *fault)
{
	if (map->n)
		return 0;
	map->ranges = arena_alloc(a, 1, sizeof(*map->ranges));
	if (!map->ranges)
		return fault_oom(fault);
	map->ranges[0].size = UINT32_MAX;
	map->n = 1;
	return 0;
}

static int oci_idmap_namespace(struct arena *a, struct oci_config *c, struct fault *fault)
{
	int err = oci_idmap_default(a, &c->maps.uids, fault);

	if (!err)
		err = oci_idmap_default(a, &c->maps.gids, fault);
	if (!err)
		err = oci_idmap_options(a, c, fault);
	if (!err)
		err = oci_idmap_devices(c, fault);
	if (err)
		return err;
	c->host_uid = c->process.uid;
	err = oci_idmap_replace(&c->maps.uids, &c->host_uid, "/process/user", "uid", fault);
	/* Files of a root that the namespace does not have stay the guest's. */
	if (!oci_idmap_host(&c->maps.uids, 0, &c->root_uid) ||
	    !oci_idmap_host(&c->maps.gids, 0, &c->root_gid))
		c->root_uid = c->root_gid = 0;
	return err;
}

/* --- mounts -------------------------------------------------------------------------------- */

/*
 * One range of a mount's option, "0-1000-10": first the ID of the files, then that of the guest, or
 * with "@" in front that of the container. Return: the text behind it, NULL for another text.
 */
static const char *oci_idmap_parse_range(const char *s, const struct oci_id_map *container,
					 struct oci_id_range *out)
{
	uint32_t *const numbers[] = {&out->container, &out->host, &out->size};
	bool relative = *s == '@';

	s += relative;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		size_t len;
		uint64_t v;

		if (i && *s++ != '-')
			return NULL;
		len = strspn(s, "0123456789");
		if (str_number(s, len, 10, UINT32_MAX, &v))
			return NULL;
		*numbers[i] = (uint32_t)v;
		s += len;
	}
	return relative && !oci_idmap_host(container, out->host, &out->host) ? NULL : s;
}

/* Ranges with '#' between them. Return: the text behind them, NULL for another text or no memory. */
static const char *oci_idmap_parse_map(struct arena *a, const char *s,
				       const struct oci_id_map *container, struct oci_id_map *out)
{
	struct oci_id_range *ranges;
	size_t n = 1;

	for (const char *p = s; *p && *p != ';'; p++)
		n += *p == '#';
	ranges = n <= RANGES_MAX ? arena_alloc(a, n, sizeof(*ranges)) : NULL;
	out->ranges = ranges;
	out->n = 0;
	while (ranges && s) {
		s = oci_idmap_parse_range(s, container, &ranges[out->n++]);
		if (!s || *s != '#')
			return s;
		s++;
	}
	return NULL;
}

/* crun's form of mappings, in the options "idmap=" and "ridmap=": "uids=0-1000-10;gids=0-1000-10" */
static int oci_idmap_parse(struct arena *a, const char *s, const struct oci_id_maps *container,
			   struct oci_id_maps *out)
{
	while (s && *s) {
		if (str_starts(s, "uids="))
			s = oci_idmap_parse_map(a, s + 5, &container->uids, &out->uids);
		else if (str_starts(s, "gids="))
			s = oci_idmap_parse_map(a, s + 5, &container->gids, &out->gids);
		else
			return -EINVAL;
		if (s && *s && *s++ != ';')
			return -EINVAL;
	}
	return s ? 0 : -EINVAL;
}

/* Return: 1 if the option requests mappings, 0 for another one, -EINVAL. */
static int oci_idmap_wanted(struct arena *a, const struct oci_config *c, const char **option,
			    struct oci_id_maps *out)
{
	const char *name = **option == 'r' ? "ridmap" : "idmap";
	const char *value = *option + strlen(name);
	int err;

	if (!str_starts(*option, name) || (*value && *value != '='))
		return 0;
	err = *value ? oci_idmap_parse(a, value + 1, &c->maps, out) : 0;
	*option = name;
	return err ? err : 1;
}

/* The mappings of a mount are its own, those of its options, or the container's. */
static int oci_idmap_mount(struct arena *a, const struct oci_config *c, size_t i,
			   struct fault *fault)
{
	struct oci_mount *m = &c->mounts[i];
	struct oci_id_maps given = {0};
	bool wanted = m->maps.uids.n || m->maps.gids.n, own = wanted;

	for (size_t k = 0; k < m->n_options; k++) {
		const char *option = m->options[k];
		int is = oci_idmap_wanted(a, c, &m->options[k], &given);

		if (is < 0)
			return fault_set(
				fault, -EINVAL,
				"/mounts/%zu: expected mappings such as \"idmap=uids=0-1000-10;gids=0-1000-10\", found \"%.100s\"",
				i, option);
		wanted |= is;
	}
	if (!wanted)
		return 0;
	if (!own)
		m->maps = given.uids.n || given.gids.n ? given : c->maps;
	if (!m->maps.uids.n || !m->maps.gids.n)
		return fault_set(
			fault, -EINVAL,
			"/mounts/%zu: an ID-mapped mount needs uidMappings and gidMappings, its own or those of a user namespace",
			i);
	return 0;
}

int oci_idmap_finish(struct arena *a, struct oci_config *c, struct fault *fault)
{
	int err = 0;

	c->host_uid = c->process.uid;
	if (c->namespaces & CLONE_NEWUSER)
		err = oci_idmap_namespace(a, c, fault);
	else if (c->maps.uids.n || c->maps.gids.n)
		pr_warn("/linux/uidMappings and gidMappings are ignored: linux.namespaces has no user namespace");
	for (size_t i = 0; i < c->n_mounts && !err; i++)
		err = oci_idmap_mount(a, c, i, fault);
	if (!(c->namespaces & CLONE_NEWUSER))
		c->maps = (struct oci_id_maps){0};
	return err;
}
