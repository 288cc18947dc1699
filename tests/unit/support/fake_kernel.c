// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/tool/simulate.h"
#include "tests/unit/support/fake_kernel.h"
#include "tests/unit/test.h"

#define FIRST_PID     1000
#define DRIVERS_PROBE "sys/bus/pci/drivers_probe"

struct fake_kernel k;
struct fault fault;
struct device_result r[96];
const char *gpu_option = "0000:65:00.0=02/00";
const char *audio_option = "0000:65:00.1=02/00.1";
const char *none_option = "0000:66:00.0=03/00";

static struct fake_kernel *fake; /* struct dev_ops have no argument for it */

#define CHECK(x)                                                                             \
	do {                                                                                 \
		if (!(x)) {                                                                  \
			fprintf(stderr, "fake kernel: %s:%d: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                             \
		}                                                                            \
	} while (0)

#define PATH_FROM(path, fmt)                                               \
	char path[PATH_MAX];                                               \
	do {                                                               \
		va_list ap_;                                               \
		va_start(ap_, fmt);                                        \
		CHECK(vsnprintf(path, sizeof(path), fmt, ap_) < PATH_MAX); \
		va_end(ap_);                                               \
	} while (0)

void fake_file(struct fake_kernel *kernel, const char *content, const char *fmt, ...)
{
	PATH_FROM(path, fmt);
	put_file(kernel->env.root, path, content);
}

void fake_dir(struct fake_kernel *kernel, const char *fmt, ...)
{
	PATH_FROM(path, fmt);
	put_dir(kernel->env.root, path);
}

void fake_link(struct fake_kernel *kernel, const char *target, const char *fmt, ...)
{
	struct stat st;

	PATH_FROM(path, fmt);
	if (fstatat(kernel->env.root, path, &st, AT_SYMLINK_NOFOLLOW))
		put_link(kernel->env.root, path, target);
}

void fake_remove(struct fake_kernel *kernel, const char *fmt, ...)
{
	PATH_FROM(path, fmt);
	CHECK(!unlinkat(kernel->env.root, path, 0) ||
	      !unlinkat(kernel->env.root, path, AT_REMOVEDIR));
}

void fake_driver(struct fake_kernel *kernel, const char *driver)
{
	fake_file(kernel, "", "sys/bus/pci/drivers/%s/unbind", driver);
}

void fake_function(struct fake_kernel *kernel, const char *parent, const char *address,
		   const char *ids, const char *class)
{
	char target[PATH_MAX];

	fake_file(kernel, "", "%s/%s/driver_override", parent, address);
	fake_file(kernel, class, "%s/%s/class", parent, address);
	snprintf(target, sizeof(target), "0x%.4s\n", ids);
	fake_file(kernel, target, "%s/%s/vendor", parent, address);
	snprintf(target, sizeof(target), "0x%s\n", ids + 5);
	fake_file(kernel, target, "%s/%s/device", parent, address);
	snprintf(target, sizeof(target), "../../../%s/%s", parent + strlen("sys/"), address);
	fake_link(kernel, target, "sys/bus/pci/devices/%s", address);
}

void fake_bridge(struct fake_kernel *kernel, const char *parent, const char *address,
		 const char *bus)
{
	fake_function(kernel, parent, address, "1b36:000c", "0x060400\n");
	fake_dir(kernel, "%s/%s/pci_bus/%s", parent, address, bus);
	fake_driver(kernel, "pcieport");
	fake_bind(kernel, address, "pcieport");
}

void fake_bind(struct fake_kernel *kernel, const char *address, const char *driver)
{
	char target[128];

	if (root_exists(kernel->env.root, "sys/bus/pci/devices/%s/driver", address))
		fake_remove(kernel, "sys/bus/pci/devices/%s/driver", address);
	if (!driver)
		return;
	fake_driver(kernel, driver);
	snprintf(target, sizeof(target), "/sys/bus/pci/drivers/%s", driver);
	fake_link(kernel, target, "sys/bus/pci/devices/%s/driver", address);
}

void fake_group(struct fake_kernel *kernel, const char *address, const char *group)
{
	char target[128];

	if (kernel->group_on_bind) {
		/* The simulation gives the group behind the last one, if there is such an IOMMU. */
		fake_dir(kernel, "sys/class/iommu/smmu3.0x0000000009050000");
		fake_dir(kernel, "sys/kernel/iommu_groups/%d", atoi(group) - 1);
		return;
	}
	snprintf(target, sizeof(target), "/sys/kernel/iommu_groups/%s", group);
	fake_link(kernel, target, "sys/bus/pci/devices/%s/iommu_group", address);
	snprintf(target, sizeof(target), "/sys/bus/pci/devices/%s", address);
	fake_link(kernel, target, "sys/kernel/iommu_groups/%s/devices/%s", group, address);
}

void fake_vfio_node(struct fake_kernel *kernel, const char *group)
{
	char numbers[32], target[64];

	snprintf(numbers, sizeof(numbers), "244:%s\n", group + strcspn(group, "0123456789"));
	fake_file(kernel, numbers, "sys/devices/virtual/vfio/%s/dev", group);
	snprintf(target, sizeof(target), "../../devices/virtual/vfio/%s", group);
	fake_link(kernel, target, "sys/class/vfio/%s", group);
}

void fake_disk(struct fake_kernel *kernel, const char *function_dir, const char *virtio,
	       const char *disk)
{
	fake_file(kernel, "254:0\n", "%s/%s/block/%s/dev", function_dir, virtio, disk);
	fake_file(kernel, "254:1\n", "%s/%s/block/%s/%s1/dev", function_dir, virtio, disk, disk);
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

/* A node that comes late: its directory is there, so that the simulation makes none. */
static void hold_back_node(const char *address)
{
	char group[32];

	if (!root_link_name(fake->env.root, group, sizeof(group),
			    "sys/bus/pci/devices/%s/iommu_group", address))
		fake_dir(fake, "sys/devices/virtual/vfio/%s", group);
}

static int probe(const char *address)
{
	if (fake->probe_error)
		return fake->probe_error;
	if (fake->refuse && !strcmp(fake->refuse, address))
		return 0;
	if (fake->rebind) {
		fake_bind(fake, address, fake->rebind);
		return 0;
	}
	if (fake->late_node)
		hold_back_node(address);
	return simulated_ops.write(fake->env.root, DRIVERS_PROBE, address);
}

/* What the kernel does with a write, except where a test wants a failure. */
static int change(const char *path, const char *text)
{
	int err;

	if (!root_exists(fake->env.root, "%s", path))
		return -ENOENT;
	if (!strcmp(path, DRIVERS_PROBE))
		return probe(text);
	err = simulated_ops.write(fake->env.root, path, text);
	if (!err && fake->written)
		fake->written(fake, path, text);
	return err;
}

/* The path of a file in the directory of a function, which is open. */
static void path_in(int dir, const char *name, char path[PATH_MAX])
{
	char at[PATH_MAX] = "";

	CHECK(readlink(fd_path(dir).s, at, sizeof(at) - 1) > 0);
	CHECK(!str_printf(path, PATH_MAX, "sys/bus/pci/devices%s/%s", strrchr(at, '/'), name));
}

static int fake_write(int root, const char *path, const char *text)
{
	char below_root[PATH_MAX];

	if (root != fake->env.root) {
		path_in(root, path, below_root);
		path = below_root;
	}
	record("%s=%s\n", path, text);
	CHECK(!str_ends(path, "/unbind")); /* PID 1 never unbinds itself */
	CHECK(!str_ends(path, "/scan"));   /* nor waits for a SCSI host */
	return change(path, text);
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
		fake->helper_error = change(path, text);
	return FIRST_PID + (pid_t)i;
}

void fake_helpers_end(struct fake_kernel *kernel, struct settle *s, uint64_t now)
{
	size_t n = kernel->helpers; /* one that ends may have another one started */

	for (size_t i = 0; i < n; i++) {
		int err = kernel->helper_error;

		if (!kernel->helper[i].running)
			continue;
		if (!kernel->helper[i].path[0])
			err = kernel->try_error;
		else if (!err && kernel->stuck)
			err = change(kernel->helper[i].path, kernel->helper[i].text);
		kernel->helper[i].running = false;
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

/* A helper process without a write. */
static pid_t fake_try_group(int root, const char *path)
{
	size_t i = fake->helpers++;

	CHECK(root == fake->env.root && i < ARRAY_SIZE(fake->helper));
	record("try %s\n", path);
	fake->helper[i].path[0] = '\0';
	fake->helper[i].running = true;
	return FIRST_PID + (pid_t)i;
}

const struct dev_ops fake_ops_trying = {
	.write = fake_write,
	.write_async = fake_write_async,
	.try_group = fake_try_group,
	.mknod = fake_mknod,
};

void fake_start(struct fake_kernel *kernel)
{
	*kernel = (struct fake_kernel){0};
	CHECK(!fake);
	fake = kernel;
	kernel->env = (struct dev_env){
		.root = temp_root(kernel->dir),
		.ops = &fake_ops,
		.arena = &kernel->arena,
		.timeout_ms = 3000,
	};
	fake_dir(kernel, "sys/devices/pci0000:00");
	fake_dir(kernel, "sys/bus/pci/devices");
	fake_file(kernel, "", DRIVERS_PROBE);
	fake_driver(kernel, "vfio-pci");
	fake_driver(kernel, "virtio-pci");
	/* The node of another group: the first one that the simulation makes is 244:3. */
	fake_file(kernel, "244:2\n", "sys/devices/virtual/vfio/2/dev");
}

void fake_stop(struct fake_kernel *kernel)
{
	arena_free(&kernel->arena);
	temp_root_remove(kernel->dir, kernel->env.root);
	fake = NULL;
}

int fake_setup(void **state)
{
	memset(&fault, 0, sizeof(fault));
	fake_start(&k);
	return 0;
}

int fake_teardown(void **state)
{
	fake_stop(&k);
	return 0;
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

int fake_settle(struct fake_kernel *kernel, const struct device *devices,
		struct device_result *results, size_t n, struct fault *error)
{
	struct settle *s;
	int err;

	err = settle_begin(&s, &kernel->env, devices, results, n, 0, error);
	if (err)
		return err;
	for (size_t rounds = 0; settle_pending(s); rounds++) {
		CHECK(rounds < n); /* each timeout ends the wait of at least one device */
		settle_expire(s, settle_deadline(s));
	}
	return settle_end(s, error);
}

int fake_log(void)
{
	int log = memfd_create("log", MFD_CLOEXEC);

	CHECK(log >= 0);
	log_to(log, false);
	return log;
}

void fake_log_end(int log, char *text, size_t size)
{
	ssize_t n = pread(log, text, size, 0);

	CHECK(n >= 0 && (size_t)n < size);
	text[n] = '\0';
	log_to(STDERR_FILENO, false);
	close(log);
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

void fake_gpu(struct fake_kernel *kernel)
{
	fake_bridge(kernel, "sys/devices/pci0000:00", "0000:00:02.0", "0000:01");
	fake_function(kernel, FAKE_RP, "0000:01:00.0", "10de:2330", "0x030200\n");
	fake_group(kernel, "0000:01:00.0", "3");
}

void fake_audio(struct fake_kernel *kernel, const char *driver)
{
	fake_function(kernel, FAKE_RP, "0000:01:00.1", "10de:22ba", "0x040300\n");
	fake_group(kernel, "0000:01:00.1", "3");
	fake_bind(kernel, "0000:01:00.1", driver);
}

int fake_settle_id(const char *type, const char *id)
{
	struct device d = fake_device(type, id, NULL, 0);

	return fake_settle(&k, &d, r, 1, &fault);
}

int fake_settle_option(const char *type, const char *option)
{
	struct device d = fake_device(type, "gpu0", &option, 1);

	return fake_settle(&k, &d, r, 1, &fault);
}

int fake_settle_gpu(enum companions policy)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);

	d.companions = policy;
	return fake_settle(&k, &d, r, 1, &fault);
}
