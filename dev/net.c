// SPDX-License-Identifier: Apache-2.0
/* A network interface: id is the PCI path or the CCW id of its device, the result its name. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/ccw.h"
#include "dev/expect.h"
#include "dev/function.h"
#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define CLASS "sys/class/net"

/* struct net - the device is @ccw on the channel subsystem if @on_ccw, else @function on PCI */
struct net {
	bool on_ccw;
	struct ccw_id ccw;
	struct function function;
};

/* No spelling of a PCI path has two dots and neither slash nor colon. */
static bool is_ccw(const char *id)
{
	const char *dot = strchr(id, '.');

	return dot && strchr(dot + 1, '.') && !strpbrk(id, "/:");
}

static int net_prepare(struct claim *c, const struct dev_env *env)
{
	struct net *n = arena_alloc(env->arena, 1, sizeof(*n));

	if (!n)
		return fault_set(c->fault, -ENOMEM, "no memory for a network interface");
	c->priv = n;
	n->on_ccw = is_ccw(c->device->id);
	if (!n->on_ccw)
		return function_parse(&n->function, c);
	return ccw_parse(c->device->id, &n->ccw) ? ccw_refuse(c)
						 : expect_no_ids(c->device, c->fault);
}

/* The device's directory. Return: 0, -EAGAIN after claim_wait(), -errno. */
static int find_device(struct claim *c, const struct dev_env *env, char dir[SYSFS_DIR_MAX])
{
	struct net *n = c->priv;
	struct ccw_text name;
	char link[48];
	int ret;

	if (!n->on_ccw) {
		ret = function_find(&n->function, c, env);
		if (!ret)
			memcpy(dir, n->function.place.dir, SYSFS_DIR_MAX);
		return ret;
	}
	ret = ccw_check(c, env);
	if (ret)
		return ret;
	name = ccw_text(&n->ccw);
	snprintf(link, sizeof(link), "sys/bus/ccw/devices/%s", name.s);
	ret = sysfs_target(env->root, link, dir);
	if (ret == -ENOENT)
		return claim_wait(c, NULL, NULL, NULL, "CCW device %s", name.s);
	return ret ? fault_set(c->fault, ret, "cannot read the link /%s: %m", link) : 0;
}

/* Is an interface the device's own? One behind another function is not: the device is a bridge. */
static bool is_own(const char *tail)
{
	struct pci_address other;

	return tail && pci_address_parse(tail + 1, strcspn(tail + 1, "/"), &other) != 0;
}

/* struct interfaces - a walk through all; @name: the first own one by name */
struct interfaces {
	int root;
	const char *dir;
	char name[sizeof(((struct device_result *)0)->ifname)];
};

static int see_interface(const char *name, void *arg)
{
	char link[SYSFS_NAME_MAX], target[SYSFS_DIR_MAX];
	struct interfaces *i = arg;

	if (str_printf(link, sizeof(link), CLASS "/%s", name) ||
	    sysfs_target(i->root, link, target) ||
	    !is_own(sysfs_below(target + strlen("sys"), i->dir)))
		return 0;
	if (!i->name[0] || strcmp(name, i->name) < 0)
		return str_copy(i->name, sizeof(i->name), name);
	return 0;
}

static int net_advance(struct claim *c, const struct dev_env *env)
{
	struct interfaces interfaces = {.root = env->root};
	const struct net *n = c->priv;
	char dir[SYSFS_DIR_MAX];
	int ret;

	ret = find_device(c, env, dir);
	if (ret)
		return ret;
	interfaces.dir = dir;
	ret = root_each(env->root, see_interface, &interfaces, CLASS);
	if (ret && ret != -ENOENT)
		return fault_set(c->fault, ret, "cannot list /" CLASS ": %m");
	if (!interfaces.name[0])
		return claim_wait(c, NULL, NULL, NULL, "the network interface of %.100s",
				  c->device->id);
	memcpy(c->result->ifname, interfaces.name, sizeof(c->result->ifname));
	if (!n->on_ccw)
		return function_give(&n->function, c, env);
	snprintf(c->result->guest, sizeof(c->result->guest), "%s", ccw_text(&n->ccw).s);
	return claim_driver(c, env, dir, c->device->id);
}

/* The interface comes last, after the device and its driver. */
static bool net_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct net *n = c->priv;
	const char *dir = n->function.place.dir;

	if (strcmp(ev->subsystem, "net") || strcmp(ev->action, "add") || !ev->interface[0])
		return false;
	if (n->on_ccw)
		return ccw_below(ev->devpath, &n->ccw);
	return !dir[0] || is_own(sysfs_below(ev->devpath, dir));
}

static void net_explain(struct claim *c, const struct dev_env *env)
{
	struct net *n = c->priv;

	if (n->on_ccw)
		ccw_explain(c, env);
	else
		function_explain(&n->function, c, env, "a network interface",
				 "is it a network card, and its module loaded?");
}

static enum asked net_asks(struct claim *c, const struct dev_env *env, const struct pci_address *at)
{
	struct net *n = c->priv;

	return n->on_ccw ? ASKED_NOTHING : function_asks(&n->function, env, at);
}

const struct handler handler_net = {
	.types = (const char *const[]){"net", NULL},
	.modules = (const char *const[]){"virtio_pci", "virtio_net", NULL},
	.prepare = net_prepare,
	.advance = net_advance,
	.concerns = net_concerns,
	.explain = net_explain,
	.asks = net_asks,
};
