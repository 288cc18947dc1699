// SPDX-License-Identifier: Apache-2.0
/*
 * linux.sysctl (OCI runtime spec, config-linux.md, "Sysctl"). Only parameters that belong to one of
 * the container's namespaces are accepted.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

/*
 * Names below /proc/sys and the flag of their namespace, 0 for the guest's network namespace. A
 * name that ends in '/' is for all names below it.
 */
static const struct {
	const char *name;
	int flag;
} namespaced[] = {
	{"kernel/msgmax", CLONE_NEWIPC},
	{"kernel/msgmnb", CLONE_NEWIPC},
	{"kernel/msgmni", CLONE_NEWIPC},
	{"kernel/sem", CLONE_NEWIPC},
	{"kernel/shmall", CLONE_NEWIPC},
	{"kernel/shmmax", CLONE_NEWIPC},
	{"kernel/shmmni", CLONE_NEWIPC},
	{"kernel/shm_rmid_forced", CLONE_NEWIPC},
	{"fs/mqueue/", CLONE_NEWIPC},
	{"kernel/domainname", CLONE_NEWUTS},
	{"net/", 0},
};

/* The first of '.' and '/' is the separator, the other is part of a name (sysctl(8)). */
static void oci_sysctl_to_path(char *path)
{
	bool dots = path[strcspn(path, "./")] == '.';

	for (; dots && *path; path++)
		*path = (char)(*path == '.' ? '/' : *path == '/' ? '.' : *path);
}

/* Is each part of the path a name, neither empty nor "." nor ".."? */
static bool oci_sysctl_is_plain(const char *path)
{
	for (;; path++) {
		size_t len = strcspn(path, "/");

		if (!len || (len <= 2 && strspn(path, ".") >= len))
			return false;
		path += len;
		if (!*path)
			return true;
	}
}

static int oci_sysctl_namespace(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaced); i++) {
		const char *name = namespaced[i].name;

		if (str_ends(name, "/") ? str_starts(path, name) : !strcmp(path, name))
			return namespaced[i].flag;
	}
	return -ENOENT;
}

static int oci_sysctl_read_one(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	struct oci_sysctl *s = &c->sysctls[c->n_sysctls++];
	char *path = arena_strdup(r->arena, item->string);
	int err = json_read_string(r, item, &s->value);

	if (err)
		return err;
	if (!path)
		return json_fault_oom(r);
	oci_sysctl_to_path(path);
	s->path = path;
	if (!strcmp(path, "kernel/hostname"))
		return json_fault(r, item, "set /hostname instead");
	s->namespace = oci_sysctl_is_plain(path) ? oci_sysctl_namespace(path) : -ENOENT;
	if (s->namespace < 0)
		return json_fault(
			r, item,
			"not a parameter of the container's namespaces, which are net.*, fs.mqueue.*, kernel.domainname and kernel's msgmax, msgmnb, msgmni, sem, shmall, shmmax, shmmni, shm_rmid_forced");
	return 0;
}

int oci_sysctl_read(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;

	c->sysctls =
		arena_alloc(r->arena, (size_t)cJSON_GetArraySize(item) + 1, sizeof(*c->sysctls));
	if (!c->sysctls)
		return json_fault_oom(r);
	return json_read_each(r, item, false, oci_sysctl_read_one, c);
}

int oci_sysctl_check(const struct oci_config *c, struct fault *fault)
{
	for (size_t i = 0; i < c->n_sysctls; i++) {
		const struct oci_sysctl *s = &c->sysctls[i];

		if (s->namespace & ~c->namespaces)
			return fault_set(
				fault, -EINVAL,
				"/linux/sysctl: %s needs a namespace of type %s in linux.namespaces",
				s->path, s->namespace == CLONE_NEWIPC ? "ipc" : "uts");
	}
	return 0;
}
