// SPDX-License-Identifier: Apache-2.0
/* A disk on virtio-blk, on PCI: id is the PCI path of its function. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/expect.h"
#include "dev/handler.h"
#include "dev/pci.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define VENDOR_VIRTIO 0x1af4

/* struct blk - @place is sure when @found */
struct blk {
	struct pci_path path;
	struct pci_place place;
	bool found;
};

static int blk_prepare(struct claim *c, const struct dev_env *env)
{
	struct blk *b = arena_alloc(env->arena, 1, sizeof(*b));

	if (!b)
		return fault_set(c->fault, -ENOMEM, "no memory for a disk");
	if (!c->device->id[0])
		return fault_set(c->fault, -EINVAL,
				 "a blk device needs its PCI path as \"id\", as 02/00");
	c->priv = b;
	return pci_path_parse(c->device->id, &b->path, c->fault);
}

/* Virtio-blk on PCI has virtio's vendor: what has another one will never be a disk of this type. */
static int check_vendor(struct claim *c, const struct dev_env *env, const struct blk *b)
{
	const char *at = b->place.name.s;
	struct pci_ids ids;
	int ret;

	ret = pci_read_ids(env->root, &b->place.address, &ids, c->fault);
	if (ret)
		return ret;
	if (ids.vendor == VENDOR_VIRTIO)
		return 0;
	fault_set(c->fault, 0, "%s is no virtio device, but %04x:%04x", at, ids.vendor, ids.device);
	fault_expected(c->fault, "a virtio block device (1af4:1001 or 1af4:1042) at %s", at);
	fault_found(c->fault, "%04x:%04x", ids.vendor, ids.device);
	return -ENODEV;
}

/* Find the function. Return: 0, -EAGAIN with @fault's text what is missing, -errno. */
static int locate(struct blk *b, const struct dev_env *env, struct fault *fault)
{
	int ret;

	if (b->found)
		return 0;
	ret = pci_locate(env->root, &b->path, &b->place, fault);
	b->found = !ret;
	return ret;
}

/* struct one_name - the first name of a directory that begins with @prefix */
struct one_name {
	const char *prefix;
	char name[64];
};

static int see_name(const char *name, void *arg)
{
	struct one_name *one = arg;

	return str_starts(name, one->prefix) && !str_copy(one->name, sizeof(one->name), name);
}

/* The disk below the function: virtio<N>/block/<name>. Return: 0, -EAGAIN, -errno. */
static int find_disk(struct claim *c, const struct dev_env *env, const struct blk *b,
		     struct one_name *disk, char dir[PCI_DIR_MAX])
{
	struct one_name virtio = {.prefix = "virtio"};
	const char *at = b->place.name.s;

	if (root_each(env->root, see_name, &virtio, "%s", b->place.dir) != 1)
		return claim_wait(c, NULL, NULL, NULL, "virtio on PCI function %s", at);
	if (root_each(env->root, see_name, disk, "%s/%s/block", b->place.dir, virtio.name) != 1)
		return claim_wait(c, NULL, NULL, NULL, "the disk of %s/%s", at, virtio.name);
	if (str_printf(dir, PCI_DIR_MAX, "%s/%s/block/%s", b->place.dir, virtio.name, disk->name))
		return fault_set(c->fault, -ENAMETOOLONG, "%s is too deep in sysfs", disk->name);
	return 0;
}

static int blk_advance(struct claim *c, const struct dev_env *env)
{
	struct one_name disk = {.prefix = ""};
	struct device_result *r = c->result;
	struct blk *b = c->priv;
	char dir[PCI_DIR_MAX];
	int ret;

	ret = locate(b, env, c->fault);
	if (ret == -EAGAIN)
		return claim_wait(c, NULL, NULL, NULL, "%.200s", c->fault->text);
	if (!ret)
		ret = check_vendor(c, env, b);
	if (!ret)
		ret = expect_ids(c->device, env->root, &b->place.address, c->fault);
	if (!ret)
		ret = find_disk(c, env, b, &disk, dir);
	if (ret)
		return ret;
	ret = claim_node(c, env, 'b', dir, disk.name);
	if (ret == -ENOENT)
		return claim_wait(c, NULL, NULL, NULL, "the number of disk %s", disk.name);
	if (ret)
		return ret;
	memcpy(r->guest, b->place.name.s, PCI_ADDRESS_LEN);
	ret = pci_driver(env->root, &b->place.address, r->driver, c->fault);
	if (ret)
		return ret;
	return expect_driver(c->device, &b->place.address, r->driver, c->fault);
}

/* "/virtio<N>/block/<name>", nothing behind: a partition has one component more. */
static bool is_whole_disk(const char *s)
{
	size_t digits;

	if (!str_starts(s, "/virtio"))
		return false;
	s += strlen("/virtio");
	digits = strspn(s, "0123456789");
	if (!digits || !str_starts(s + digits, "/block/"))
		return false;
	s += digits + strlen("/block/");
	return s[0] && !strchr(s, '/');
}

/* The disk comes last, after the function and its driver: it alone is worth waking up for. */
static bool blk_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct blk *b = c->priv;
	const char *dir = b->place.dir, *tail;
	size_t n;

	if (strcmp(ev->subsystem, "block") || strcmp(ev->action, "add"))
		return false;
	if (!dir[0]) {
		tail = strstr(ev->devpath, "/virtio");
		return tail && is_whole_disk(tail);
	}
	dir += strlen("sys");
	n = strlen(dir);
	return !strncmp(ev->devpath, dir, n) && is_whole_disk(ev->devpath + n);
}

static void blk_explain(struct claim *c, const struct dev_env *env)
{
	const struct blk *b = c->priv;
	const char *at = b->place.name.s;
	char driver[PCI_DRIVER_MAX];

	if (!b->found) {
		pci_explain(env->root, &b->path, c->fault);
		return;
	}
	if (pci_driver(env->root, &b->place.address, driver, c->fault) || !driver[0])
		memcpy(driver, "no driver", sizeof("no driver"));
	fault_set(c->fault, 0, "%s is there with %s; is it a disk, and virtio_blk loaded?", at,
		  driver);
	fault_expected(c->fault, "a virtio disk at %s", at);
	fault_found(c->fault, "%s with %s", at, driver);
}

static enum asked blk_asks(struct claim *c, const struct dev_env *env, const struct pci_address *at)
{
	struct blk *b = c->priv;
	struct fault ignored;

	return !locate(b, env, &ignored) && pci_address_equal(&b->place.address, at)
		       ? ASKED_KERNEL
		       : ASKED_NOTHING;
}

const struct handler handler_blk = {
	.types = (const char *const[]){"blk", NULL},
	.modules = (const char *const[]){"virtio_pci", "virtio_blk", NULL},
	.node = true,
	.prepare = blk_prepare,
	.advance = blk_advance,
	.concerns = blk_concerns,
	.explain = blk_explain,
	.asks = blk_asks,
};
