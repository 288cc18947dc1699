// SPDX-License-Identifier: Apache-2.0
/* Files that QEMU hands over with -fw_cfg (the kernel's sysfs-firmware-qemu_fw_cfg). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"

/* Bytes of a name without its NUL (QEMU, docs/specs/fw_cfg). */
#define NAME_LEN_MAX 55

/* In sysfs a name is a path, which must not lead out of the directory of names. */
static bool fw_cfg_is_name(const char *name)
{
	size_t n;

	if (strlen(name) > NAME_LEN_MAX)
		return false;
	for (;; name += n + 1) {
		n = strcspn(name, "/");
		if (!n || !strncmp(name, "..", n))
			return false;
		if (!name[n])
			return true;
	}
}

/* The names that are listed in a message. */
struct fw_cfg_names {
	int dir;
	size_t n;
	struct fault *fault;
};

static int fw_cfg_add_name(const char *key, void *arg)
{
	struct fw_cfg_names *l = arg;
	char name[NAME_LEN_MAX + 1];

	if (root_read(l->dir, name, sizeof(name), "by_key/%s/name", key) > 0 &&
	    str_starts(name, "opt/"))
		fault_add(l->fault, "%s %s", l->n++ ? "," : "", name);
	return 0;
}

static int fw_cfg_no_such_name(int dir, const char *name, struct fault *fault)
{
	struct fw_cfg_names l = {.dir = dir, .fault = fault};

	fault_set(fault, -ENOENT, "QEMU has no fw_cfg file \"%s\"; below opt/ it has", name);
	if (root_each(dir, fw_cfg_add_name, &l, "by_key") || !l.n)
		fault_add(fault, " none");
	return -ENOENT;
}

/* Reading takes time that grows with the square of the size, so check the size first. */
static ssize_t fw_cfg_read(int dir, const char *name, size_t max, char **data)
{
	char text[24];
	uint64_t size;
	ssize_t n = root_read(dir, text, sizeof(text), "by_name/%s/size", name);
	int err = n < 0 ? (int)n : str_number(text, (size_t)n, 10, max, &size);

	if (err)
		return err == -ERANGE ? -EFBIG : err;
	n = root_read_all(dir, data, max, "by_name/%s/raw", name);
	if (n < 0 || (uint64_t)n == size)
		return n;
	memory_free(data);
	return -EIO;
}

ssize_t source_fw_cfg(int root, const char *name, size_t max, char **data, struct fault *fault)
{
	int dir cleanup(fd_close) =
		root_open(root, O_PATH | O_DIRECTORY, 0, "sys/firmware/qemu_fw_cfg");
	ssize_t n;
	int there;

	if (!fw_cfg_is_name(name))
		return fault_set(
			fault, -EINVAL,
			"fw_cfg:NAME with a name of 1 to %d bytes expected, such as opt/org.coldinit/manifest, found \"fw_cfg:%s\"",
			NAME_LEN_MAX, name);
	if (dir == -ENOENT)
		return fault_set(
			fault, dir,
			"fw_cfg: the guest kernel has no fw_cfg in sysfs (is the module qemu_fw_cfg in the initramfs?)");
	if (dir < 0)
		return fault_strerror(fault, dir, "fw_cfg: cannot open /sys/firmware/qemu_fw_cfg");
	there = root_look(root, fault, "sys/firmware/qemu_fw_cfg/by_name");
	if (there < 0)
		return there;
	if (!there)
		return fault_set(fault, -ENODEV,
				 "fw_cfg: the guest has no fw_cfg device (is the VMM QEMU?)");
	n = fw_cfg_read(dir, name, max, data);
	if (n == -ENOENT || n == -ENOTDIR)
		return fw_cfg_no_such_name(dir, name, fault);
	if (n == -EFBIG)
		return fault_set(fault, -EFBIG, "fw_cfg:%s: larger than the limit of %zu bytes",
				 name, max);
	return n < 0 ? fault_strerror(fault, (int)n, "cannot read fw_cfg:%s", name) : n;
}
