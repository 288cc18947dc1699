// SPDX-License-Identifier: Apache-2.0
/*
 * A network interface; the result is its name. "id" is the PCI path or the CCW id of its device, or
 * its hardware address. With a path "vm_path" is the hardware address of the interface that is used
 * if nothing is at the path. Without an id "vm_path" is the name that the kernel gives it, or "*"
 * for the only interface that has a device.
 */
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/ccw.h"
#include "dev/drive_bus.h"
#include "dev/expect.h"
#include "dev/function.h"
#include "dev/netif.h"
#include "dev/sysfs.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/*
 * struct net - a claim's priv
 * @by: which one of the other members says what the interface is
 * @match: also for BY_FUNCTION and BY_CCW, if @match.by_address
 */
struct net {
	enum {
		BY_FUNCTION,
		BY_CCW,
		BY_INTERFACE
	} by;
	struct ccw_id ccw;
	struct function function;
	struct netif_match match;
};

/* No spelling of a PCI path has two dots and neither slash nor colon. */
static bool net_is_ccw(const char *id)
{
	const char *dot = strchr(id, '.');

	return dot && strchr(dot + 1, '.') && !strpbrk(id, "/:");
}

static int net_prepare(struct claim *c, const struct dev_env *env)
{
	struct net *n = arena_alloc(env->arena, 1, sizeof(*n));
	const char *id = c->device->id;

	if (!n)
		return fault_oom(c->fault);
	c->priv = n;
	if (!netif_match_parse(id, c->device->vm_path, &n->match)) {
		n->by = BY_INTERFACE;
		return expect_no_ids(c->device, c->fault);
	}
	n->by = net_is_ccw(id) ? BY_CCW : BY_FUNCTION;
	n->match.by_address = !hw_address_parse(c->device->vm_path, &n->match.address);
	if (n->by == BY_FUNCTION)
		return function_parse(&n->function, c);
	return ccw_parse(id, &n->ccw) ? ccw_refuse(c) : expect_no_ids(c->device, c->fault);
}

/* Find the device's directory. Return: 0, -EAGAIN after claim_wait(), -errno. */
static int net_find_device(struct claim *c, const struct dev_env *env, char dir[SYSFS_DIR_MAX])
{
	struct net *n = c->priv;
	struct ccw_text name;
	char link[48];
	int err;

	if (n->by == BY_FUNCTION) {
		err = function_find(&n->function, c, env);
		if (!err)
			memcpy(dir, n->function.place.dir, SYSFS_DIR_MAX);
		return err;
	}
	err = ccw_check(c, env);
	if (err)
		return err;
	name = ccw_text(&n->ccw);
	snprintf(link, sizeof(link), CCW_DEVICES "/%s", name.s);
	err = sysfs_target(env->root, link, dir);
	if (err == -ENOENT)
		return claim_wait(c, NULL, NULL, NULL, "CCW device %s", name.s);
	return err ? fault_strerror(c->fault, err, "cannot read the link /%s", link) : 0;
}

/* Is it an interface of the device? Not if it is behind another function: the device is a bridge.
 */
static bool net_is_own(const char *tail)
{
	struct pci_address other;

	return tail && pci_address_parse(tail + 1, strcspn(tail + 1, "/"), &other) != 0;
}

/* struct net_search - a walk through all interfaces; @name: the first one of the device, by name */
struct net_search {
	int root;
	const char *dir;
	char name[sizeof(((struct device_result *)0)->ifname)];
};

static int net_see_interface(const char *name, void *arg)
{
	char link[SYSFS_NAME_MAX], target[SYSFS_DIR_MAX];
	struct net_search *search = arg;
	int err = str_printf(link, sizeof(link), NETIF_CLASS "/%s", name);

	if (!err)
		err = sysfs_target(search->root, link, target);
	/* "bonding_masters" is no link, another interface was removed in the meantime. */
	if (err)
		return err == -ENOENT || err == -EINVAL ? 0 : err;
	if (!net_is_own(sysfs_below(target + strlen("sys"), search->dir)))
		return 0;
	if (!search->name[0] || strcmp(name, search->name) < 0)
		return str_copy(search->name, sizeof(search->name), name);
	return 0;
}

/* An interface that is found by its name or address: its device does not matter. */
static int net_advance_interface(struct claim *c, const struct dev_env *env)
{
	const struct net *n = c->priv;
	char name[SYSFS_NAME_MAX], what[96];
	int err = netif_find(env->root, &n->match, name, c->fault);

	if (err == -ENOENT) {
		err = drive_bus_claim(c, env, DRIVE_NETWORK);
		err = err < 0 ? err : netif_find(env->root, &n->match, name, c->fault);
	}
	netif_match_text(&n->match, what, sizeof(what));
	if (err == -ENOENT)
		return claim_wait(c, NULL, NULL, NULL, "%s", what);
	return err ? err : str_copy(c->result->ifname, sizeof(c->result->ifname), name);
}

/*
 * Before it is an error that nothing is at the path: an interface with the requested address, which
 * has its driver by then.
 */
static int net_instead(struct claim *c, const struct dev_env *env, int err)
{
	const struct net *n = c->priv;
	char name[SYSFS_NAME_MAX];
	int found;

	if (err != -EAGAIN || !n->match.by_address)
		return err;
	found = drive_bus_claim(c, env, DRIVE_NETWORK);
	if (found < 0)
		return found;
	found = c->last ? netif_find(env->root, &n->match, name, c->fault) : -ENOENT;
	if (found)
		return found == -ENOENT ? err : found;
	pr_warn("nothing is at %.100s: %s is used, as it has the hardware address %s",
		c->device->id, name, hw_address_text(&n->match.address).s);
	return str_copy(c->result->ifname, sizeof(c->result->ifname), name);
}

static int net_search(const struct dev_env *env, struct net_search *search, struct fault *fault)
{
	int err = root_each(env->root, net_see_interface, search, NETIF_CLASS);

	return err && err != -ENOENT ? fault_strerror(fault, err, "cannot list /" NETIF_CLASS) : 0;
}

static int net_advance(struct claim *c, const struct dev_env *env)
{
	struct net_search search = {.root = env->root};
	struct net *n = c->priv;
	char dir[SYSFS_DIR_MAX];
	int err;

	if (n->by == BY_INTERFACE)
		return net_advance_interface(c, env);
	err = net_find_device(c, env, dir);
	if (err)
		return net_instead(c, env, err);
	search.dir = dir;
	err = net_search(env, &search, c->fault);
	if (!err && !search.name[0]) {
		err = drive_claim(c, env, dir);
		err = err > 0 ? net_search(env, &search, c->fault) : err;
	}
	if (err)
		return err;
	if (!search.name[0])
		return claim_wait(c, NULL, NULL, NULL, "the network interface of %.100s",
				  c->device->id);
	memcpy(c->result->ifname, search.name, sizeof(c->result->ifname));
	if (n->by == BY_FUNCTION)
		return function_give(&n->function, c, env);
	snprintf(c->result->guest, sizeof(c->result->guest), "%s", ccw_text(&n->ccw).s);
	return claim_driver(c, env, dir, c->device->id);
}

/* The interface comes last, after the device and its driver, so other uevents do not matter. */
static bool net_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct net *n = c->priv;
	const char *dir = n->function.place.dir;

	if (strcmp(ev->subsystem, "net") || strcmp(ev->action, "add") || !ev->interface[0])
		return false;
	if (n->by == BY_INTERFACE)
		return true;
	if (n->by == BY_CCW)
		return ccw_below(ev->devpath, &n->ccw);
	return !dir[0] || net_is_own(sysfs_below(ev->devpath, dir));
}

static void net_explain(struct claim *c, const struct dev_env *env)
{
	struct net *n = c->priv;

	if (n->by == BY_INTERFACE) {
		netif_explain(env->root, c->fault);
		drive_bus_explain(env, DRIVE_NETWORK, c->fault);
	} else if (n->by == BY_CCW)
		ccw_explain(c, env);
	else
		function_explain(&n->function, c, env, "a network interface",
				 "is it a network card, and its module loaded?");
	if (n->by != BY_INTERFACE && n->match.by_address) {
		fault_add(c->fault, "; no interface has the hardware address %s",
			  hw_address_text(&n->match.address).s);
		netif_add(env->root, c->fault);
	}
}

static bool net_has(struct claim *c, const struct dev_env *env, const struct pci_address *at)
{
	struct net *n = c->priv;

	return n->by == BY_FUNCTION && function_is_at(&n->function, env, at);
}

static const struct handler net_handler = {
	.types = (const char *const[]){"net", NULL},
	.modules = (const char *const[]){NULL},
	.prepare = net_prepare,
	.advance = net_advance,
	.concerns = net_concerns,
	.explain = net_explain,
	.use = CLAIM_USE_KERNEL,
	.has = net_has,
};

HANDLER_REGISTER(net_handler);
