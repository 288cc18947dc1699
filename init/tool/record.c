// SPDX-License-Identifier: Apache-2.0
/*
 * Recording of a /sys: the devices that a handler may look up, with the attributes that identify
 * them. The kernel keeps the names of these attributes stable
 * (Documentation/admin-guide/sysfs-rules.rst, Documentation/ABI/testing/sysfs-bus-pci).
 */
#define pr_fmt(fmt) "record: " fmt

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/tool/nodes.h"
#include "init/tool/recording.h"
#include "init/tool/tool.h"

/* More levels than any bus has. Links are not followed, so there is no loop. */
#define DEPTH_MAX 32

/* The attributes and the links that are recorded. */
static const char file_names[] =
	"allow_unsafe_interrupts boot_vga class cutype dev device devtype driver_override enable_unsafe_noiommu_mode "
	"modalias online partition scan vendor";
static const char link_names[] = "device driver iommu iommu_group physfn subsystem";

/* Directories in which the name of a directory is recorded even if nothing in it is. */
static const char name_dirs[] = "block css0 net pci_bus scsi_host vfio-dev ap devices";

/* Directories that identify no device. */
static const char skipped_dirs[] =
	"drm graphics holders i2c-0 input integrity mq msi_irqs power queue queues slaves sound statistics trace tty wakeup";

/* Devices with these prefixes are recorded, with all that is below them. */
static const char *const device_prefixes[] = {"pci", "virtio", "ndbus", "iommu", NULL};

/*
 * struct walk - the walk through one directory
 * @dir_name: last component of @path
 * @inside: the directory is in a device that is recorded
 * @depth: below the start of the walk
 */
struct walk {
	int root;
	struct recording *rec;
	char path[RECORDING_PATH];
	const char *dir_name;
	bool inside;
	unsigned depth;
};

static bool record_starts_with_one_of(const char *name, const char *const *prefixes)
{
	while (*prefixes && !str_starts(name, *prefixes))
		prefixes++;
	return *prefixes != NULL;
}

/* The file type of a path, 0 if it has disappeared: devices can be unplugged meanwhile. */
static mode_t record_type_of(int root, const char *path)
{
	struct stat st;

	return root_lstat(root, &st, "%s", path) ? 0 : st.st_mode & S_IFMT;
}

static int record_add_link(const struct walk *w, const char *path)
{
	char target[RECORDING_VALUE];
	ssize_t n;
	int fd cleanup(fd_close) = root_open(w->root, O_PATH | O_NOFOLLOW, 0, "%s", path);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	n = fd_readlink(fd, "", target, sizeof(target));
	if (n < 0)
		return (int)n;
	/* Such as loop0: these are never plugged in. */
	if (strstr(target, "/virtual/block/"))
		return 0;
	return recording_add(w->rec, ENTRY_LINK, path, target);
}

/* A file that can only be written is recorded as empty. */
static int record_add_file(const struct walk *w, const char *path)
{
	char text[RECORDING_VALUE];
	ssize_t n = root_read(w->root, text, sizeof(text), "%s", path);

	if (n == -ENOENT)
		return 0;
	if (n < 0 || strlen(text) != (size_t)n)
		text[0] = '\0';
	return recording_add(w->rec, ENTRY_FILE, path, text);
}

static bool record_is_attribute(const struct walk *w, const char *name)
{
	/* The hardware address of a network interface; other devices have other addresses. */
	if (!strcmp(name, "address"))
		return strstr(w->path, "/net/");
	return str_has_word(file_names, name);
}

static int record_walk_dir(const struct walk *above, const char *name, bool inside);

static int record_walk_entry(const char *name, void *arg)
{
	const struct walk *w = arg;
	bool file = w->inside && record_is_attribute(w, name);
	bool link = w->inside && str_has_word(link_names, name);
	char path[RECORDING_PATH];
	mode_t type;
	int err;

	err = str_printf(path, sizeof(path), "%s/%s", w->path, name);
	if (err)
		return err;
	type = record_type_of(w->root, path);
	if (S_ISREG(type))
		return file ? record_add_file(w, path) : 0;
	if (S_ISLNK(type))
		return link ? record_add_link(w, path) : 0;
	/* The services of a PCIe port are on a separate bus (PCI/pciebus-howto.rst). */
	if (!S_ISDIR(type) || str_has_word(skipped_dirs, name) || strstr(name, ":pcie"))
		return 0;
	return record_walk_dir(w, name,
			       w->inside || record_starts_with_one_of(name, device_prefixes));
}

/* Record what is below @above's directory @name. */
static int record_walk_dir(const struct walk *above, const char *name, bool inside)
{
	struct walk w = {
		.root = above->root,
		.rec = above->rec,
		.dir_name = name,
		.inside = inside,
		.depth = above->depth + 1,
	};
	size_t before = w.rec->n;
	int err;

	if (w.depth > DEPTH_MAX)
		return -ELOOP;
	err = str_printf(w.path, sizeof(w.path), "%s/%s", above->path, name);
	if (err)
		return err;
	err = root_each(w.root, record_walk_entry, &w, "%s", w.path);
	if (err && err != -ENOENT)
		return err;
	if (!inside || w.rec->n > before || !str_has_word(name_dirs, above->dir_name))
		return 0;
	return recording_add(w.rec, ENTRY_DIR, w.path, "");
}

static int record_see_link(const char *name, void *arg)
{
	const struct walk *w = arg;
	char path[RECORDING_PATH];
	int err = str_printf(path, sizeof(path), "%s/%s", w->path, name);

	if (err || !S_ISLNK(record_type_of(w->root, path)))
		return err;
	return record_add_link(w, path);
}

static int record_see_name(const char *name, void *arg)
{
	const struct walk *w = arg;
	char path[RECORDING_PATH];
	int err = str_printf(path, sizeof(path), "%s/%s", w->path, name);

	if (err || !S_ISDIR(record_type_of(w->root, path)))
		return err;
	return recording_add(w->rec, ENTRY_DIR, path, "");
}

static int record_see_group(const char *name, void *arg)
{
	const struct walk *groups = arg;
	struct walk w = *groups;
	char path[RECORDING_PATH], text[32];
	int err = str_printf(w.path, sizeof(w.path), "%s/%s/devices", groups->path, name);

	if (!err)
		err = root_each(w.root, record_see_link, &w, "%s", w.path);
	if (!err)
		err = str_printf(path, sizeof(path), "%s/%s/name", groups->path, name);
	/* Only the groups that VFIO makes have a name (vfio-noiommu). */
	if (err || root_read(w.root, text, sizeof(text), "%s", path) <= 0)
		return err == -ENOENT ? 0 : err;
	return recording_add(w.rec, ENTRY_FILE, path, text);
}

/* Devices of class misc that are recorded. */
static const char misc_names[] = "iommu rdma_cm vfio z90crypt";

static int record_see_misc(const char *name, void *arg)
{
	return str_has_word(misc_names, name) ? record_walk_dir(arg, name, true) : 0;
}

static int record_see_misc_link(const char *name, void *arg)
{
	return str_has_word(misc_names, name) ? record_see_link(name, arg) : 0;
}

static int record_see_class(const char *name, void *arg)
{
	static const char names[] =
		"block infiniband_mad infiniband_verbs iommu net pci_bus scsi_host vfio vfio-dev";
	const struct walk *classes = arg;
	struct walk w = *classes;
	int err;

	if (!str_has_word(names, name) && strcmp(name, "misc") != 0)
		return 0;
	err = str_printf(w.path, sizeof(w.path), "%s/%s", classes->path, name);
	if (err)
		return err;
	return root_each(w.root, strcmp(name, "misc") ? record_see_link : record_see_misc_link, &w,
			 "%s", w.path);
}

static int record_see_bus(const char *name, void *arg)
{
	const struct walk *buses = arg;
	struct walk w = *buses;
	int err;

	if (!str_has_word("ap ccw nd pci scsi virtio", name))
		return 0;
	err = record_see_name(name, arg);
	if (!err)
		err = str_printf(w.path, sizeof(w.path), "%s/%s/devices", buses->path, name);
	if (!err)
		err = root_each(w.root, record_see_link, &w, "%s", w.path);
	if (!err)
		err = str_printf(w.path, sizeof(w.path), "%s/%s/drivers", buses->path, name);
	if (!err)
		err = root_each(w.root, record_see_name, &w, "%s", w.path);
	return err == -ENOENT ? 0 : err;
}

static int record_see_virtual(const char *name, void *arg)
{
	return str_has_word("ap iommu net vfio vfio-dev", name) ? record_walk_dir(arg, name, true)
								: 0;
}

static int record_see_top(const char *name, void *arg)
{
	if (record_starts_with_one_of(name, device_prefixes) || str_has_word("ap css0", name))
		return record_walk_dir(arg, name, true);
	return str_has_word("LNXSYSTM:00 platform", name) ? record_walk_dir(arg, name, false) : 0;
}

static int record_see_module(const char *name, void *arg)
{
	return str_has_word("iommufd vfio vfio_iommu_type1", name)
		       ? record_walk_dir(arg, name, true)
		       : 0;
}

static int record_see_file(const char *name, void *arg)
{
	const struct walk *w = arg;
	char path[RECORDING_PATH];
	int err = str_printf(path, sizeof(path), "%s/%s", w->path, name);

	return err ? err : record_add_file(w, path);
}

int recording_take(int root, struct recording *r, struct fault *fault)
{
	static const struct {
		const char *path;
		int (*see)(const char *name, void *arg);
	} parts[] = {
		{"sys/bus", record_see_bus},
		{"sys/class", record_see_class},
		{"sys/devices", record_see_top},
		{"sys/devices/system/cpu/cpu0/regs/identification", record_see_file}, /* arm64 */
		{"sys/devices/virtual", record_see_virtual},
		{"sys/devices/virtual/misc", record_see_misc},
		{"sys/kernel/iommu_groups", record_see_group},
		{"sys/module", record_see_module},
	};
	int err = root_look(root, fault, "sys/devices");

	if (err < 0)
		return err;
	if (!err)
		return fault_set(fault, -ENOENT, "there is no sys/devices in it");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct walk w = {.root = root, .rec = r};

		err = str_copy(w.path, sizeof(w.path), parts[i].path);
		w.dir_name = strrchr(parts[i].path, '/') + 1;
		if (!err)
			err = root_each(root, parts[i].see, &w, "%s", w.path);
		if (err && err != -ENOENT)
			return fault_set(fault, err, "cannot record /%s: %s", parts[i].path,
					 err == -E2BIG ? "too many entries" : strerror(-err));
	}
	err = nodes_take(root, r);
	if (err)
		return fault_set(fault, err, "cannot record /dev: %s",
				 err == -E2BIG ? "too many entries" : strerror(-err));
	return recording_sort(r, fault);
}

static enum tool_status record_call(int argc, char **argv, boot_runner *run)
{
	struct arena arena cleanup(arena_free) = {0};
	struct recording r = {.arena = &arena};
	char *text cleanup(memory_free) = NULL;
	const char *dir = NULL;
	const struct tool_option options[] = {{"--root", &dir, NULL}, {0}};
	struct fault fault;

	(void)run;
	if (tool_options(argc, argv, options) != TOOL_GOOD)
		return TOOL_USAGE;
	dir = dir ? dir : "/";
	int root cleanup(fd_close) = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		fault_set(&fault, -errno, "%m");
	if (root < 0 || recording_take(root, &r, &fault))
		return tool_fault(dir, &fault);
	text = recording_text(&r);
	if (!text) {
		fault_oom(&fault);
		return tool_fault(dir, &fault);
	}
	return tool_print(text);
}

static const struct tool_command record_command = {
	.name = "record",
	.usage = "coldinit record [--root DIR] > tree.txt\n"
		 "           record the parts of /sys and /dev that plan needs\n",
	.call = record_call,
};
TOOL_COMMAND(record_command);
