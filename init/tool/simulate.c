// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/vfio.h"
#include "init/lib/child.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/tool/simulate.h"
#include "init/lib/tree.h"

#define VFIO_MAJOR     244
#define VFIO_DEV_MAJOR 243U
#define PATH_SIZE      160
#define TYPE1	       "sys/module/vfio_iommu_type1/parameters"

/* --- files --------------------------------------------------------------------------------- */

/* Open a directory, which is made if it does not exist. */
static int simulate_dir(int root, const char *dir)
{
	int err = tree_mkdir(root, dir);

	return err ? err : root_open(root, O_PATH | O_DIRECTORY, 0, "%s", dir);
}

static int simulate_file(int root, const char *dir, const char *name, const char *text)
{
	int at cleanup(fd_close) = simulate_dir(root, dir);

	if (at < 0)
		return at;
	int fd cleanup(fd_close) = root_open(at, O_WRONLY | O_CREAT | O_TRUNC, 0600, "%s", name);
	return fd < 0 ? fd : fd_write(fd, text);
}

static int simulate_link(int root, const char *dir, const char *name, const char *target)
{
	int at cleanup(fd_close) = simulate_dir(root, dir);

	if (at < 0)
		return at;
	return symlinkat(target, at, name) && errno != EEXIST ? -errno : 0;
}

/* A link in the directory of a PCI function. */
static int simulate_function_link(int root, const char *function, const char *name,
				  const char *target)
{
	char dir[PATH_SIZE];
	int err = str_printf(dir, sizeof(dir), PCI_DEVICES "/%s", function);

	return err ? err : simulate_link(root, dir, name, target);
}

/* --- IOMMU groups -------------------------------------------------------------------------- */

/* The number after the greatest one among the names of a directory. */
static int simulate_see_number(const char *name, void *arg)
{
	uint64_t n, *next = arg;

	if (!str_number(name, strlen(name), 10, INT32_MAX, &n) && n >= *next)
		*next = n + 1;
	return 0;
}

static int simulate_see_vfio_dev(const char *name, void *arg)
{
	if (str_starts(name, "noiommu-"))
		name += strlen("noiommu-");
	return str_starts(name, "vfio") ? simulate_see_number(name + strlen("vfio"), arg) : 0;
}

static int simulate_new_group(int root, const char *function, const char *group)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	int err;

	err = str_printf(target, sizeof(target), "/" VFIO_IOMMU_GROUPS "/%s", group);
	if (!err)
		err = simulate_function_link(root, function, "iommu_group", target);
	if (!err)
		err = str_printf(path, sizeof(path), VFIO_IOMMU_GROUPS "/%s/devices", group);
	if (!err)
		err = str_printf(target, sizeof(target), "/" PCI_DEVICES "/%s", function);
	return err ? err : simulate_link(root, path, function, target);
}

/* The functions of one slot are in one group, unless they have ACS. */
static int simulate_slot_group(int root, const char *function, char group[24])
{
	struct pci_address at;
	int err = pci_address_parse(function, strlen(function), &at);

	for (at.function = 0; !err && at.function < 8; at.function++) {
		err = root_link_name(root, group, 24, PCI_DEVICES "/%s/iommu_group",
				     pci_address_text(&at).s);
		if (err != -ENOENT)
			return err;
		err = 0;
	}
	return err ? err : -ENOENT;
}

/* An IOMMU that makes groups when a driver binds: neither Intel's nor AMD's. */
static int simulate_see_iommu(const char *name, void *arg)
{
	if (str_starts(name, "dmar") || str_starts(name, "ivhd"))
		return 0;
	return str_copy(arg, 64, name) ? 0 : 1;
}

/* Return: 1, 0, or -errno. */
static int simulate_is_noiommu(int root)
{
	char value[4];
	ssize_t n = root_read(root, value, sizeof(value),
			      "sys/module/vfio/parameters/enable_unsafe_noiommu_mode");

	if (n < 0)
		return n == -ENOENT ? 0 : (int)n;
	return !strcmp(value, "Y");
}

/* Before a driver is bound: make sure that the function has a group. Return: -EINVAL if it cannot.
 */
static int simulate_group(int root, const char *function)
{
	char iommu[64] = "", target[PATH_SIZE], path[PATH_SIZE], group[24];
	uint64_t next = 0;
	int err = root_exists(root, PCI_DEVICES "/%s/iommu_group", function);

	if (err)
		return err < 0 ? err : 0;
	err = root_each(root, simulate_see_iommu, iommu, "sys/class/iommu");
	if (!err || err == -ENOENT)
		err = simulate_is_noiommu(root);
	if (err <= 0)
		return err ? err : -EINVAL;
	err = iommu[0] ? simulate_slot_group(root, function, group) : -ENOENT;
	if (err) {
		if (err == -ENOENT)
			err = root_each(root, simulate_see_number, &next, VFIO_IOMMU_GROUPS);
		if (err && err != -ENOENT)
			return err;
		snprintf(group, sizeof(group), "%u", (unsigned)next);
	}
	err = simulate_new_group(root, function, group);
	if (err)
		return err;
	if (!iommu[0]) {
		err = str_printf(path, sizeof(path), VFIO_IOMMU_GROUPS "/%s", group);
		return err ? err : simulate_file(root, path, "name", "vfio-noiommu\n");
	}
	err = str_printf(target, sizeof(target), "/sys/class/iommu/%s", iommu);
	return err ? err : simulate_function_link(root, function, "iommu", target);
}

/* --- VFIO ---------------------------------------------------------------------------------- */

/* struct simulate_numbers - the numbers of the groups that have a node */
struct simulate_numbers {
	int root;
	uint64_t major, next_minor;
};

static int simulate_see_node(const char *name, void *arg)
{
	struct simulate_numbers *n = arg;
	uint64_t major, minor;
	char text[32], *colon;

	ssize_t len = root_read(n->root, text, sizeof(text), VFIO_DEVICES "/%s/dev", name);

	if (len < 0)
		return len == -ENOENT ? 0 : (int)len;
	colon = strchr(text, ':');
	if (!colon || str_number(text, (size_t)(colon - text), 10, UINT32_MAX, &major) ||
	    str_number(colon + 1, strlen(colon + 1), 10, INT32_MAX, &minor))
		return 0;
	n->major = major;
	if (minor >= n->next_minor)
		n->next_minor = minor + 1;
	return 0;
}

/* Read a function's group, and the prefix of the names of its nodes. */
static int simulate_read_group(int root, const char *function, char group[24], const char **prefix)
{
	char kind[16] = "";
	ssize_t n;
	int err;

	*prefix = "";
	err = root_link_name(root, group, 24, PCI_DEVICES "/%s/iommu_group", function);
	if (err)
		return err;
	n = root_read(root, kind, sizeof(kind), VFIO_IOMMU_GROUPS "/%s/name", group);
	if (n < 0 && n != -ENOENT)
		return (int)n;
	*prefix = strcmp(kind, "vfio-noiommu") ? "" : "noiommu-";
	return 0;
}

/*
 * The function's VFIO device, on kernels with IOMMUFD: it has a node, unless there is no IOMMU. A
 * kernel can have IOMMUFD without these nodes, which the tree does not show.
 */
static int simulate_vfio_dev(int root, const char *function)
{
	char dir[PATH_SIZE], group[24], name[32], numbers[32];
	const char *prefix;
	uint64_t next = 0;
	int err = root_exists(root, "sys/class/misc/iommu");

	if (err <= 0)
		return err;
	err = root_exists(root, PCI_DEVICES "/%s/vfio-dev", function);
	if (err)
		return err < 0 ? err : 0;
	err = root_each(root, simulate_see_vfio_dev, &next, "sys/class/vfio-dev");
	if (!err || err == -ENOENT)
		err = simulate_read_group(root, function, group, &prefix);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%svfio%u", prefix, (unsigned)next);
	snprintf(numbers, sizeof(numbers), "%u:%u\n", VFIO_DEV_MAJOR, (unsigned)next);
	err = str_printf(dir, sizeof(dir), PCI_DEVICES "/%s/vfio-dev/%s", function, name);
	if (!err)
		err = *prefix ? tree_mkdir(root, dir) : simulate_file(root, dir, "dev", numbers);
	if (!err)
		err = str_printf(dir, sizeof(dir), "sys/class/vfio-dev/%s", name);
	return err ? err : tree_mkdir(root, dir);
}

/* The group's node, which vfio makes for the first function of the group. */
static int simulate_vfio_node(int root, const char *function)
{
	struct simulate_numbers numbers = {.root = root, .major = VFIO_MAJOR};
	char group[24], name[40], dir[PATH_SIZE], text[32];
	const char *prefix;
	int err;

	err = simulate_read_group(root, function, group, &prefix);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s%s", prefix, group);
	snprintf(dir, sizeof(dir), VFIO_DEVICES "/%s", name);
	err = root_exists(root, "%s", dir);
	if (err)
		return err < 0 ? err : 0;
	err = root_each(root, simulate_see_node, &numbers, VFIO_DEVICES);
	if (err && err != -ENOENT)
		return err;
	snprintf(text, sizeof(text), "%u:%u\n", (unsigned)numbers.major,
		 (unsigned)numbers.next_minor);
	err = simulate_file(root, dir, "dev", text);
	if (err)
		return err;
	snprintf(dir, sizeof(dir), "../../devices/virtual/vfio/%s", name);
	return simulate_link(root, VFIO_CLASS, name, dir);
}

/* --- drivers ------------------------------------------------------------------------------- */

static int simulate_bind(int root, const char *function, const char *driver)
{
	char target[PATH_SIZE];
	int err;

	/* vfio-pci takes endpoints only, and only with a group: its probe fails, the write does
	 * not. */
	err = strcmp(driver, "vfio-pci") ? 0 : simulate_group(root, function);
	if (err)
		return err == -EINVAL ? 0 : err;
	err = str_printf(target, sizeof(target), "/" PCI_DRIVERS "/%s", driver);
	if (!err)
		err = simulate_function_link(root, function, "driver", target);
	if (err || strcmp(driver, "vfio-pci") != 0)
		return err;
	err = simulate_vfio_dev(root, function);
	return err ? err : simulate_vfio_node(root, function);
}

static bool simulate_is_bridge(int root, const char *function)
{
	char class[16];

	return root_read(root, class, sizeof(class), PCI_DEVICES "/%s/class", function) > 0 &&
	       str_starts(class, "0x0604");
}

/* The tree does not say which driver binds without an override, so none does. */
static int simulate_probe(int root, const char *function)
{
	char driver[64];
	ssize_t n;
	int there = root_exists(root, PCI_DEVICES "/%s", function);

	if (there <= 0)
		return there ? there : -ENODEV;
	there = root_exists(root, PCI_DEVICES "/%s/driver", function);
	if (there)
		return there < 0 ? there : 0;
	n = root_read(root, driver, sizeof(driver), PCI_DEVICES "/%s/driver_override", function);
	if (n <= 0)
		return n == -ENOENT ? 0 : (int)n;
	there = root_exists(root, PCI_DRIVERS "/%s", driver);
	if (there > 0)
		there = !simulate_is_bridge(root, function);
	return there > 0 ? simulate_bind(root, function, driver) : there;
}

static int simulate_unbind(int root, const char *path, const char *function)
{
	char bound[64], name[64] = "";
	const char *driver = path + strlen(PCI_DRIVERS "/");
	int err;

	err = root_link_name(root, bound, sizeof(bound), PCI_DEVICES "/%s/driver", function);
	if (!err)
		err = str_printf(name, sizeof(name), "%.*s", (int)strcspn(driver, "/"), driver);
	if (err && err != -ENOENT)
		return err;
	if (err || strcmp(name, bound) != 0)
		return -ENODEV;
	int dir cleanup(fd_close) =
		root_open(root, O_PATH | O_DIRECTORY, 0, PCI_DEVICES "/%s", function);
	if (dir < 0)
		return dir;
	return unlinkat(dir, "driver", 0) ? -errno : 0;
}

/* --- the operations ------------------------------------------------------------------------ */

static int simulate_write(int root, const char *path, const char *text)
{
	if (!strcmp(path, PCI_DRIVERS_PROBE))
		return simulate_probe(root, text);
	if (str_starts(path, PCI_DRIVERS "/") && str_ends(path, "/unbind"))
		return simulate_unbind(root, path, text);
	/* A scan finds nothing new. */
	if (str_ends(path, "/scan") || str_ends(path, "/scans"))
		return 0;
	int fd cleanup(fd_close) = root_open(root, O_WRONLY | O_TRUNC, 0, "%s", path);
	return fd < 0 ? fd : fd_write(fd, text);
}

/* Each helper ends before the next one begins, so that the same input gives the same plan. */
static pid_t simulate_write_async(int root, const char *path, const char *text)
{
	siginfo_t info;
	pid_t pid = child_fork("coldinit-write", CHILD_HELPER);

	if (pid == 0)
		_exit(-simulate_write(root, path, text));
	if (pid < 0)
		return pid;
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		return -errno;
	return pid;
}

static int simulate_mknod(int root, const char *path, mode_t mode, uint32_t major, uint32_t minor)
{
	(void)root, (void)path, (void)mode, (void)major, (void)minor;
	return 0;
}

const struct dev_ops simulated_ops = {
	.write = simulate_write,
	.write_async = simulate_write_async,
	.mknod = simulate_mknod,
};

int simulate_unsafe_interrupts(int root)
{
	return simulate_file(root, TYPE1, "allow_unsafe_interrupts", "Y\n");
}

int simulate_module(int root, const char *name)
{
	int there;

	if (!strcmp(name, "vfio-pci"))
		return tree_mkdir(root, PCI_DRIVERS "/vfio-pci");
	if (strcmp(name, "vfio_iommu_type1") != 0)
		return 0;
	there = root_exists(root, TYPE1);
	if (there)
		return there < 0 ? there : 0;
	return simulate_file(root, TYPE1, "allow_unsafe_interrupts", "N\n");
}
