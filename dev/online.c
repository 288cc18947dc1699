// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "hotplug: " fmt

#include <errno.h>
#include <string.h>

#include "dev/online.h"
#include "dev/sysfs.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* What is brought online: the entries "@name<N>" of the directory @dir. */
static const struct online_kind {
	const char *dir, *name;
} online_kinds[] = {
	{"sys/devices/system/memory", "memory"},
	{"sys/devices/system/cpu", "cpu"},
};

static bool online_is_numbered(const char *s, const char *name)
{
	size_t n = strlen(name);
	uint64_t number;

	return str_starts(s, name) && !str_number(s + n, strlen(s + n), 10, UINT32_MAX, &number);
}

static void online_switch(const struct dev_env *env, const struct online_kind *kind,
			  const char *name)
{
	char path[64];
	int err;

	err = str_printf(path, sizeof(path), "%s/%s/online", kind->dir, name);
	if (!err)
		err = env->ops->write(env->root, path, "1");
	/* Without this file it is always online. */
	if (err && err != -ENOENT)
		pr_warn("cannot write 1 to /%s: %s", path, strerror(-err));
	else
		pr_dbg("%s is online", name);
}

void online_uevent(const struct dev_env *env, const struct uevent *ev)
{
	const char *tail;

	if (strcmp(ev->action, "add") != 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(online_kinds); i++) {
		tail = sysfs_below(ev->devpath, online_kinds[i].dir);
		if (tail && online_is_numbered(tail + 1, online_kinds[i].name))
			online_switch(env, &online_kinds[i], tail + 1);
	}
}

/* struct online_scan - a walk through one kind, after messages were lost */
struct online_scan {
	const struct dev_env *env;
	const struct online_kind *kind;
};

static int online_see(const char *name, void *arg)
{
	struct online_scan *s = arg;
	char value[8] = "";
	ssize_t n;

	if (!online_is_numbered(name, s->kind->name))
		return 0;
	n = root_read(s->env->root, value, sizeof(value), "%s/%s/online", s->kind->dir, name);
	if (n < 0 && n != -ENOENT)
		pr_warn("cannot read /%s/%s/online: %s", s->kind->dir, name, strerror((int)-n));
	if (!strcmp(value, "0"))
		online_switch(s->env, s->kind, name);
	return 0;
}

void online_rescan(const struct dev_env *env)
{
	for (size_t i = 0; i < ARRAY_SIZE(online_kinds); i++) {
		struct online_scan scan = {env, &online_kinds[i]};
		int err = root_each(env->root, online_see, &scan, "%s", online_kinds[i].dir);

		if (err && err != -ENOENT)
			pr_warn("cannot list /%s: %s", online_kinds[i].dir, strerror(-err));
	}
}
