// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "dev/disk.h"
#include "dev/drive_bus.h"
#include "dev/expect.h"
#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

int disk_in(struct claim *c, const struct dev_env *env, const char *dir, const char *at)
{
	char name[SYSFS_NAME_MAX], disk[SYSFS_DIR_MAX];
	int err;

	if (str_printf(disk, sizeof(disk), "%s/block", dir))
		return fault_set(c->fault, -ENAMETOOLONG, "%s is too deep in sysfs", at);
	err = sysfs_first(env->root, disk, "", name);
	if (err == -ENOENT)
		return claim_wait(c, NULL, NULL, NULL, "the disk of %s", at);
	if (err)
		return fault_strerror(c->fault, err, "cannot list /%s", disk);
	if (str_printf(disk, sizeof(disk), "%s/block/%s", dir, name))
		return fault_set(c->fault, -ENAMETOOLONG, "%s is too deep in sysfs", at);
	err = claim_node(c, env, 'b', disk, name);
	return err == -ENOENT ? claim_wait(c, NULL, NULL, NULL, "the number of disk %s", name)
			      : err;
}

int disk_of_virtio(struct claim *c, const struct dev_env *env, const char *dir, const char *at)
{
	char virtio[SYSFS_NAME_MAX], device[SYSFS_DIR_MAX];
	int err = sysfs_first(env->root, dir, "virtio", virtio);

	if (err && err != -ENOENT)
		return fault_strerror(c->fault, err, "cannot list /%s", dir);
	if (err)
		return claim_wait(c, NULL, NULL, NULL, "virtio on %s", at);
	if (str_printf(device, sizeof(device), "%s/%s", dir, virtio))
		return fault_set(c->fault, -ENAMETOOLONG, "%s is too deep in sysfs", at);
	return disk_in(c, env, device, at);
}

bool disk_added(const struct uevent *ev)
{
	return !strcmp(ev->subsystem, "block") && !strcmp(ev->action, "add");
}

bool disk_is_whole(const char *tail)
{
	if (!str_starts(tail, "/block/"))
		return false;
	tail += strlen("/block/");
	return tail[0] && !strchr(tail, '/');
}

bool disk_is_virtio(const char *tail)
{
	size_t digits;

	if (!str_starts(tail, "/virtio"))
		return false;
	tail += strlen("/virtio");
	digits = strspn(tail, "0123456789");
	return digits && disk_is_whole(tail + digits);
}

/* "vm_path" without "/dev/". */
static const char *disk_name(const struct claim *c)
{
	return c->device->vm_path + strlen("/dev/");
}

int disk_named_prepare(struct claim *c, const struct dev_env *env)
{
	const struct device *d = c->device;
	const char *name;

	(void)env;
	if (!str_starts(d->vm_path, "/dev/"))
		return fault_set(
			c->fault, -EINVAL,
			"a %.32s device needs its node, such as /dev/vda, as \"vm_path\", not \"%.100s\"",
			d->type, d->vm_path);
	name = disk_name(c);
	/* A path below /dev as devtmpfs has it: it neither leaves /dev nor has empty components. */
	if (!name[0] || name[0] == '/' || name[0] == '.' || strstr(name, "/.") ||
	    strstr(name, "//") || str_ends(name, "/") ||
	    strlen(d->vm_path) >= sizeof(c->result->node))
		return fault_set(c->fault, -EINVAL, "vm_path \"%.100s\" names no node", d->vm_path);
	return expect_no_ids(d, c->fault);
}

/* A node that exists under a name that sysfs does not have. */
static int disk_take_node(struct claim *c, const struct dev_env *env)
{
	struct device_node node = {0};
	struct stat st;
	int err;

	err = root_stat(env->root, &st, "%s", c->device->vm_path + 1);
	if (err == -ENOENT)
		return claim_wait(c, NULL, NULL, NULL, "disk %s", c->device->vm_path);
	if (err)
		return fault_strerror(c->fault, err, "cannot look at %s", c->device->vm_path);
	if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return fault_set(c->fault, -ENODEV, "%s is neither a block nor a character device",
				 c->device->vm_path);
	snprintf(node.path, sizeof(node.path), "%s", c->device->vm_path);
	node.type = S_ISBLK(st.st_mode) ? 'b' : 'c';
	node.major = major(st.st_rdev);
	node.minor = minor(st.st_rdev);
	claim_give_node(c, &node);
	c->result->node_listed = false;
	return 0;
}

int disk_named_advance(struct claim *c, const struct dev_env *env)
{
	char dir[sizeof("sys/class/block//device") + sizeof(c->result->node)];
	int err;

	snprintf(dir, sizeof(dir), "sys/class/block/%s", disk_name(c));
	err = claim_node(c, env, 'b', dir, disk_name(c));
	if (err == -ENOENT && !root_exists(env->root, "%s", c->device->vm_path + 1)) {
		err = drive_bus_claim(c, env, drive_bus_disk(disk_name(c)));
		err = err < 0 ? err : claim_node(c, env, 'b', dir, disk_name(c));
	}
	if (err == -ENOENT)
		return disk_take_node(c, env);
	if (err)
		return err;
	snprintf(dir, sizeof(dir), "sys/class/block/%s/device", disk_name(c));
	return claim_driver(c, env, dir, c->device->vm_path);
}

bool disk_named_added(const struct claim *c, const struct uevent *ev)
{
	const char *tail = strstr(ev->devpath, "/block/");

	return disk_added(ev) && tail && disk_is_whole(tail) &&
	       !strcmp(tail + strlen("/block/"), disk_name(c));
}

void disk_named_explain(struct claim *c, const struct dev_env *env)
{
	sysfs_explain(env->root, "sys/class/block", c->fault);
	drive_bus_explain(env, drive_bus_disk(disk_name(c)), c->fault);
}
