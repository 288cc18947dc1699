// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "devices: " fmt

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dev/expect.h"
#include "dev/handler.h"
#include "dev/sysfs.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

int claim_wait(struct claim *c, const char *subsystem, const char *action, const char *name,
	       const char *fmt, ...)
{
	char text[sizeof(c->waiting_for)];
	va_list ap;

	c->wake = (struct claim_wake){.subsystem = subsystem, .action = action};
	if (name)
		snprintf(c->wake.name, sizeof(c->wake.name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (strcmp(text, c->waiting_for) != 0) {
		memcpy(c->waiting_for, text, sizeof(text));
		pr_info("%.64s: waiting for %s", c->label, text);
	}
	return -EAGAIN;
}

void claim_again(struct claim *c, uint32_t ms)
{
	c->again_ms = ms;
}

bool claim_woken(const struct claim *c, const struct uevent *ev)
{
	const struct claim_wake *w = &c->wake;
	const char *name;

	if (!w->subsystem || strcmp(ev->subsystem, w->subsystem) || strcmp(ev->action, w->action))
		return false;
	name = strrchr(ev->devpath, '/');
	return !w->name[0] || (name && !strcmp(name + 1, w->name));
}

int claim_make_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
		    const char *name, struct device_node *out)
{
	struct device_node node = {.type = type};
	int err;

	err = sysfs_numbers(env->root, dir, &node.major, &node.minor);
	if (err == -ENOENT)
		return -ENOENT;
	if (err == -EINVAL)
		return fault_set(c->fault, err, "/%s/dev does not contain MAJOR:MINOR", dir);
	if (err)
		return fault_strerror(c->fault, err, "cannot read /%s/dev", dir);
	if (str_printf(node.path, sizeof(node.path), "/dev/%s", name))
		return fault_set(c->fault, -ENAMETOOLONG,
				 "the name of the node, %.100s, is too long", name);
	err = env->ops->mknod(env->root, node.path + 1, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600,
			      node.major, node.minor);
	if (err)
		return fault_set(c->fault, err, "cannot make the node %s (%c %u:%u): %s", node.path,
				 type, node.major, node.minor,
				 err == -EEXIST ? "something else has its name" : strerror(-err));
	*out = node;
	return 0;
}

void claim_give_node(struct claim *c, const struct device_node *node)
{
	struct device_result *r = c->result;

	memcpy(r->node, node->path, sizeof(r->node));
	r->node_type = node->type;
	r->major = node->major;
	r->minor = node->minor;
	r->node_listed = true;
}

int claim_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
	       const char *name)
{
	struct device_node node = {0};
	int err;

	err = claim_make_node(c, env, type, dir, name, &node);
	if (!err)
		claim_give_node(c, &node);
	return err;
}

int claim_driver(struct claim *c, const struct dev_env *env, const char *dir, const char *at)
{
	char *driver = c->result->driver;
	int err = root_link_name(env->root, driver, SYSFS_DRIVER_MAX, "%s/driver", dir);

	err = sysfs_driver(err, at, driver, c->fault);
	return err ? err : expect_driver(c->device, at, driver, c->fault);
}

enum claim_use claim_other_use(const struct claim *c, const struct dev_env *env,
			       const struct pci_address *at, enum claim_use use,
			       const struct claim **other)
{
	for (size_t i = 0; i < c->n_all; i++) {
		struct claim *o = &c->all[i];

		if (o == c || o->state == CLAIM_FAILED || o->handler->use <= use ||
		    !o->handler->has(o, env, at))
			continue;
		use = o->handler->use;
		*other = o;
	}
	return use;
}
