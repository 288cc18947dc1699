// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/guest/modules_dep.h"

static const char text[] =
	"kernel/virt/lib/irqbypass.ko.xz:\n"
	"kernel/drivers/vfio/vfio.ko.xz:\n"
	"kernel/drivers/vfio/pci/vfio-pci-core.ko.xz: kernel/drivers/vfio/vfio.ko.xz kernel/virt/lib/irqbypass.ko.xz\n"
	"kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/pci/vfio-pci-core.ko.xz kernel/drivers/vfio/vfio.ko.xz kernel/virt/lib/irqbypass.ko.xz\n"
	"kernel/fs/overlay_fs.ko:\n"
	"top.ko: x.ko\n"
	"top.ko: y.ko";

static void assert_path(struct module_path path, const char *expected)
{
	char copy[128];

	assert_in_range(path.len, 0, sizeof(copy) - 1);
	snprintf(copy, sizeof(copy), "%.*s", path.len, path.text);
	assert_string_equal(copy, expected);
}

static void modules_are_found_by_name(void **state)
{
	static const struct {
		const char *name, *file;
	} rows[] = {
		{"vfio", "kernel/drivers/vfio/vfio.ko.xz"},
		{"vfio-pci", "kernel/drivers/vfio/pci/vfio-pci.ko.xz"},
		{"vfio_pci", "kernel/drivers/vfio/pci/vfio-pci.ko.xz"},
		{"vfio_pci-core", "kernel/drivers/vfio/pci/vfio-pci-core.ko.xz"},
		{"overlay-fs", "kernel/fs/overlay_fs.ko"},
		{"top", "top.ko"}, /* no directory, and the first of two */
		{"pci", NULL},
		{"vfio-pc", NULL},
		{"vfio-pci-core2", NULL},
		{"pci/vfio", NULL}, /* a name is no path */
		{"vfio.ko", NULL},
		{"x", NULL}, /* a dependency only */
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct modules_dep dep;
		bool found = modules_dep_find(text, rows[i].name, &dep);

		if (found != !!rows[i].file)
			fail_msg("%s: %d", rows[i].name, found);
		if (found)
			assert_path(dep.file, rows[i].file);
	}
}

static void the_last_dependency_comes_first(void **state)
{
	static const char *const order[] = {"kernel/virt/lib/irqbypass.ko.xz",
					    "kernel/drivers/vfio/vfio.ko.xz",
					    "kernel/drivers/vfio/pci/vfio-pci-core.ko.xz"};
	struct module_path path;
	struct modules_dep dep;

	assert_true(modules_dep_find(text, "vfio-pci", &dep));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		assert_true(modules_dep_pop(&dep, &path));
		assert_path(path, order[i]);
	}
	assert_false(modules_dep_pop(&dep, &path));
	assert_path(path, order[ARRAY_SIZE(order) - 1]);
	assert_false(modules_dep_pop(&dep, &path));
	assert_true(modules_dep_find(text, "vfio", &dep));
	assert_false(modules_dep_pop(&dep, &path));
}

/* A text that depmod does not write gives no path that is not in it. */
static void damaged_texts_have_fewer_modules(void **state)
{
	static const struct {
		const char *text;
		bool found;
		const char *first;
	} rows[] = {
		{"", false, NULL},
		{"\n\n", false, NULL},
		{"a.ko", false, NULL},
		{"a.ko\nb.ko:\n", false, NULL},
		{"b.ko\na.ko: c.ko\n", true, "c.ko"}, /* a line without a colon */
		{"a.ko:c.ko", true, "c.ko"},
		{"a.ko:   d.ko   c.ko   \n", true, "c.ko"},
		{"a.ko:    \nb.ko: c.ko\n", true, NULL},
		{":a.ko\n", false, NULL},
		{"dir/:\n", false, NULL},
		{"a.k: x\n", false, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct module_path path;
		struct modules_dep dep;
		bool found = modules_dep_find(rows[i].text, "a", &dep);

		if (found != rows[i].found)
			fail_msg("\"%s\": %d", rows[i].text, found);
		if (!found)
			continue;
		assert_int_equal(modules_dep_pop(&dep, &path), !!rows[i].first);
		if (rows[i].first)
			assert_path(path, rows[i].first);
	}
}

static void files_have_the_kernels_names(void **state)
{
	static const struct {
		const char *path, *name;
		int err;
		bool compressed;
	} rows[] = {
		{"kernel/pci/vfio-pci-core.ko.xz", "vfio_pci_core", 0, true},
		{"kernel/dmi-sysfs.ko", "dmi_sysfs", 0, false},
		{"ext4.ko.zst", "ext4", 0, true},
		{"kernel/x.ko/readme", NULL, -EINVAL, false},
		{"a_name_of_sixteen.ko", NULL, -ENAMETOOLONG, false},
		{"", NULL, -EINVAL, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct module_path path = {rows[i].path, (int)strlen(rows[i].path)};
		char name[16];

		assert_int_equal(modules_dep_name(path, name, sizeof(name)), rows[i].err);
		if (rows[i].name)
			assert_string_equal(name, rows[i].name);
		assert_int_equal(modules_dep_is_compressed(path), rows[i].compressed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_found_by_name),
		cmocka_unit_test(the_last_dependency_comes_first),
		cmocka_unit_test(damaged_texts_have_fewer_modules),
		cmocka_unit_test(files_have_the_kernels_names),
	};

	return RUN_TESTS(tests);
}
