// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "tests/unit/support/fake_kernel.h"

#define FIRST_PID 1000

static struct fake_kernel *fake; /* struct dev_ops have no argument for it */

#define CHECK(x)                                                                             \
	do {                                                                                 \
		if (!(x)) {                                                                  \
			fprintf(stderr, "fake kernel: %s:%d: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                             \
		}                                                                            \
	} while (0)

static void path_of(struct fake_kernel *k, char path[PATH_MAX], const char *fmt, va_list ap)
{
	int n = snprintf(path, PATH_MAX, "%s/", k->dir);

	CHECK(vsnprintf(path + n, (size_t)(PATH_MAX - n), fmt, ap) < PATH_MAX - n);
}

static void make_parents(char *path)
{
	for (char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		CHECK(!mkdir(path, 0755) || errno == EEXIST);
		*s = '/';
	}
}

#define PATH_FROM(k, path, fmt)             \
	char path[PATH_MAX];                \
	do {                                \
		va_list ap_;                \
		va_start(ap_, fmt);         \
		path_of(k, path, fmt, ap_); \
		va_end(ap_);                \
	} while (0)

void fake_file(struct fake_kernel *k, const char *content, const char *fmt, ...)
{
	FILE *f;

	PATH_FROM(k, path, fmt);
	make_parents(path);
	f = fopen(path, "we");
	CHECK(f && fputs(content, f) >= 0 && !fclose(f));
}

void fake_dir(struct fake_kernel *k, const char *fmt, ...)
{
	PATH_FROM(k, path, fmt);
	make_parents(path);
	CHECK(!mkdir(path, 0755) || errno == EEXIST);
}

void fake_link(struct fake_kernel *k, const char *target, const char *fmt, ...)
{
	PATH_FROM(k, path, fmt);
	make_parents(path);
	CHECK(!symlink(target, path) || errno == EEXIST);
}

void fake_remove(struct fake_kernel *k, const char *fmt, ...)
{
	PATH_FROM(k, path, fmt);
	CHECK(!remove(path));
}

void fake_driver(struct fake_kernel *k, const char *driver)
{
	fake_file(k, "", "sys/bus/pci/drivers/%s/unbind", driver);
}

void fake_function(struct fake_kernel *k, const char *parent, const char *address, const char *ids,
		   const char *class)
{
	char target[PATH_MAX];

	fake_file(k, "", "%s/%s/driver_override", parent, address);
	fake_file(k, class, "%s/%s/class", parent, address);
	snprintf(target, sizeof(target), "0x%.4s\n", ids);
	fake_file(k, target, "%s/%s/vendor", parent, address);
	snprintf(target, sizeof(target), "0x%s\n", ids + 5);
	fake_file(k, target, "%s/%s/device", parent, address);
	snprintf(target, sizeof(target), "../../../%s/%s", parent + strlen("sys/"), address);
	fake_link(k, target, "sys/bus/pci/devices/%s", address);
}

void fake_bridge(struct fake_kernel *k, const char *parent, const char *address, const char *bus)
{
	fake_function(k, parent, address, "1b36:000c", "0x060400\n");
	fake_dir(k, "%s/%s/pci_bus/%s", parent, address, bus);
	fake_driver(k, "pcieport");
	fake_bind(k, address, "pcieport");
}

void fake_bind(struct fake_kernel *k, const char *address, const char *driver)
{
	char target[128];

	if (root_exists(k->env.root, "sys/bus/pci/devices/%s/driver", address))
		fake_remove(k, "sys/bus/pci/devices/%s/driver", address);
	if (!driver)
		return;
	fake_driver(k, driver);
	snprintf(target, sizeof(target), "/sys/bus/pci/drivers/%s", driver);
	fake_link(k, target, "sys/bus/pci/devices/%s/driver", address);
}

void fake_group(struct fake_kernel *k, const char *address, const char *group)
{
	char target[128];

	snprintf(target, sizeof(target), "/sys/kernel/iommu_groups/%s", group);
	fake_link(k, target, "sys/bus/pci/devices/%s/%s", address,
		  k->group_on_bind ? "group_when_bound" : "iommu_group");
	snprintf(target, sizeof(target), "/sys/bus/pci/devices/%s", address);
	fake_link(k, target, "sys/kernel/iommu_groups/%s/devices/%s", group, address);
}

void fake_vfio_node(struct fake_kernel *k, const char *group)
{
	char numbers[32], target[64];

	snprintf(numbers, sizeof(numbers), "244:%s\n", group + strcspn(group, "0123456789"));
	fake_file(k, numbers, "sys/devices/virtual/vfio/%s/dev", group);
	snprintf(target, sizeof(target), "../../devices/virtual/vfio/%s", group);
	fake_link(k, target, "sys/class/vfio/%s", group);
}

void fake_disk(struct fake_kernel *k, const char *function_dir, const char *virtio,
	       const char *disk)
{
	fake_file(k, "254:0\n", "%s/%s/block/%s/dev", function_dir, virtio, disk);
	fake_file(k, "254:1\n", "%s/%s/block/%s/%s1/dev", function_dir, virtio, disk, disk);
}

static void record(const char *fmt, ...) printf_like(1, 2);
static void record(const char *fmt, ...)
{
	size_t n = strlen(fake->log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake->log + n, sizeof(fake->log) - n, fmt, ap);
	va_end(ap);
}

/* What vfio-pci's probe leaves behind. */
static void vfio_bound(const char *address)
{
	char group[32];

	fake_bind(fake, address, "vfio-pci");
	if (!root_link_name(fake->env.root, group, sizeof(group),
			    "sys/bus/pci/devices/%s/group_when_bound", address)) {
		fake->group_on_bind = false;
		fake_group(fake, address, group);
		fake->group_on_bind = true;
	}
	if (!fake->late_node && !root_link_name(fake->env.root, group, sizeof(group),
						"sys/bus/pci/devices/%s/iommu_group", address))
		fake_vfio_node(fake, group);
}

static int probe(const char *address)
{
	char override[64];

	if (!root_exists(fake->env.root, "sys/bus/pci/devices/%s", address))
		return -EINVAL;
	if (root_exists(fake->env.root, "sys/bus/pci/devices/%s/driver", address))
		return 0;
	if (fake->rebind)
		fake_bind(fake, address, fake->rebind);
	else if (!(fake->refuse && !strcmp(fake->refuse, address)) &&
		 root_read(fake->env.root, override, sizeof(override),
			   "sys/bus/pci/devices/%s/driver_override", address) > 0 &&
		 !strcmp(override, "vfio-pci") &&
		 root_exists(fake->env.root, "sys/bus/pci/drivers/vfio-pci"))
		vfio_bound(address);
	return 0;
}

static int unbind(const char *path, const char *address)
{
	char driver[64], bound[64];

	CHECK(sscanf(path, "sys/bus/pci/drivers/%63[^/]/unbind", driver) == 1);
	if (root_link_name(fake->env.root, bound, sizeof(bound), "sys/bus/pci/devices/%s/driver",
			   address) ||
	    strcmp(driver, bound))
		return -ENODEV;
	fake_bind(fake, address, NULL);
	return 0;
}

static int write_file(const char *path, const char *text)
{
	int ret = root_write(fake->env.root, text, "%s", path);

	if (!ret && fake->written)
		fake->written(fake, path, text);
	return ret;
}

static int helper_write(const char *path, const char *text)
{
	return str_ends(path, "/unbind") ? unbind(path, text) : write_file(path, text);
}

static int fake_write(int root, const char *path, const char *text)
{
	CHECK(root == fake->env.root);
	record("%s=%s\n", path, text);
	if (!strcmp(path, "sys/bus/pci/drivers_probe"))
		return probe(text);
	CHECK(!str_ends(path, "/unbind")); /* PID 1 never unbinds itself */
	CHECK(!str_ends(path, "/scan"));   /* nor waits for a SCSI host */
	return write_file(path, text);
}

static pid_t fake_write_async(int root, const char *path, const char *text)
{
	size_t i = fake->helpers++;

	CHECK(root == fake->env.root && i < ARRAY_SIZE(fake->helper));
	record("helper %s=%s\n", path, text);
	CHECK(!str_copy(fake->helper[i].path, sizeof(fake->helper[i].path), path));
	CHECK(!str_copy(fake->helper[i].text, sizeof(fake->helper[i].text), text));
	fake->helper[i].running = true;
	if (!fake->stuck && !fake->helper_error)
		CHECK(!helper_write(path, text));
	return FIRST_PID + (pid_t)i;
}

void fake_helpers_end(struct fake_kernel *k, struct settle *s, uint64_t now)
{
	size_t n = k->helpers; /* one that ends may have another one started */

	for (size_t i = 0; i < n; i++) {
		int err = k->helper_error;

		if (!k->helper[i].running)
			continue;
		if (!err && k->stuck)
			err = helper_write(k->helper[i].path, k->helper[i].text);
		k->helper[i].running = false;
		settle_child(s, FIRST_PID + (pid_t)i, -err << 8, now);
	}
}

static int fake_mknod(int root, const char *path, mode_t mode, uint32_t major, uint32_t minor)
{
	CHECK(root == fake->env.root);
	record("mknod %s %c %o %u:%u\n", path, S_ISBLK(mode) ? 'b' : 'c', mode & 0777U, major,
	       minor);
	return fake->mknod_error;
}

static const struct dev_ops fake_ops = {
	.write = fake_write,
	.write_async = fake_write_async,
	.mknod = fake_mknod,
};

void fake_start(struct fake_kernel *k)
{
	const char *tmp = getenv("TMPDIR");

	*k = (struct fake_kernel){0};
	CHECK(!fake);
	fake = k;
	CHECK(!str_printf(k->dir, sizeof(k->dir), "%.40s/coldinit.XXXXXX", tmp ? tmp : "/tmp"));
	CHECK(mkdtemp(k->dir));
	k->env = (struct dev_env){
		.root = open(k->dir, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.ops = &fake_ops,
		.arena = &k->arena,
		.timeout_ms = 3000,
	};
	CHECK(k->env.root >= 0);
	fake_dir(k, "sys/devices/pci0000:00");
	fake_dir(k, "sys/bus/pci/devices");
	fake_driver(k, "vfio-pci");
	fake_driver(k, "virtio-pci");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fake_stop(struct fake_kernel *k)
{
	arena_free(&k->arena);
	close(k->env.root);
	CHECK(!nftw(k->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS));
	fake = NULL;
}

void fake_event(struct settle *s, const char *action, const char *devpath, const char *subsystem,
		uint64_t now)
{
	struct uevent ev = {action, devpath, subsystem, "", "", "", "", 1};

	settle_uevent(s, &ev, now);
}

struct device fake_device(const char *type, const char *id, const char **options, size_t n)
{
	return (struct device){
		.id = id,
		.type = type,
		.vm_path = "",
		.container_path = "",
		.options = options,
		.n_options = n,
		.expect_driver = "",
		.required = true,
		.cdi = "",
	};
}

int fake_settle(struct fake_kernel *k, const struct device *devices, struct device_result *results,
		size_t n, struct fault *fault)
{
	struct settle *s;
	int ret;

	ret = settle_begin(&s, &k->env, devices, results, n, 0, fault);
	if (ret)
		return ret;
	for (size_t rounds = 0; settle_pending(s); rounds++) {
		CHECK(rounds < n); /* each deadline ends at least one device's wait */
		settle_expire(s, settle_deadline(s));
	}
	return settle_end(s, fault);
}

void fake_assert_type(const char *type, bool node, const char *modules)
{
	const struct handler *h = handler_find(type);
	char text[128] = "";
	size_t n = 0;

	CHECK(h);
	for (const char *const *m = h->modules; *m; m++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", *m);
	CHECK(h->node == node);
	CHECK(!strcmp(text, modules));
}

void fake_gpu(struct fake_kernel *k)
{
	fake_bridge(k, "sys/devices/pci0000:00", "0000:00:02.0", "0000:01");
	fake_function(k, FAKE_RP, "0000:01:00.0", "10de:2330", "0x030200\n");
	fake_group(k, "0000:01:00.0", "3");
}
