// SPDX-License-Identifier: Apache-2.0
/* The order in which modules are loaded, and with which parameters: what the kernel hears. */
#include <errno.h>
#include <linux/module.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/guest/modules.h"
#include "tests/unit/test.h"

static int root;
static char path[64];
static struct modules m;
static char loaded[512]; /* "NAME(PARAMETERS) …" */
static const char *refused;
static int refused_errno;

/* In place of the kernel: a module is loaded when finit_module(2) has returned. */
static int kernel_load(int fd, const char *parameters)
{
	char link[64], file[256], *name, *end;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, file, sizeof(file) - 1);
	assert_true(n > 0);
	file[n] = '\0';
	name = strrchr(file, '/') + 1;
	end = strstr(name, ".ko");
	*end = '\0';
	if (refused && !strcmp(name, refused)) {
		errno = refused_errno;
		return -1;
	}
	n = (ssize_t)strlen(loaded);
	snprintf(loaded + n, sizeof(loaded) - (size_t)n, "%s%s%s%s%s", n ? " " : "", name,
		 *parameters ? "(" : "", parameters, *parameters ? ")" : "");
	snprintf(link, sizeof(link), "sys/module/%s/initstate", name);
	put_file(root, link, "live\n");
	return 0;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_finit_module)
		return kernel_load((int)arg[0], (const char *)arg[1]);
	return __real_syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

static const char dep[] = "k/ext4.ko: k/jbd2.ko k/mbcache.ko\n"
			  "k/jbd2.ko:\n"
			  "k/mbcache.ko:\n"
			  "k/crc32c_generic.ko:\n"
			  "k/crc32c_intel.ko:\n"
			  "k/vfio.ko:\n"
			  "k/vfio_pci.ko: k/vfio_pci_core.ko k/vfio.ko\n"
			  "k/vfio_pci_core.ko: k/vfio.ko\n"
			  "k/vfio_iommu_type1.ko: k/vfio.ko\n"
			  "k/left.ko:\n"
			  "k/right.ko:\n";

static const char alias[] = "alias fs-ext4 ext4\n"
			    "alias crc32c crc32c_generic\n"
			    "alias crypto-crc32c crc32c_generic\n"
			    "alias crc32c crc32c_intel\n"
			    "alias crypto-crc32c crc32c_intel\n"
			    "alias virtio:d00000002v* absent\n";

static const char softdep[] = "softdep ext4 pre: crc32c\n"
			      "softdep jbd2 pre: absent\n"
			      "softdep vfio post: vfio_iommu_type1 vfio_iommu_spapr_tce\n"
			      "softdep left pre: right\n"
			      "softdep right pre: left post: left\n";

static int setup(void **state)
{
	static const char *const names[] = {"ext4",	      "jbd2",	       "mbcache",
					    "crc32c_generic", "crc32c_intel",  "vfio",
					    "vfio_pci",	      "vfio_pci_core", "vfio_iommu_type1",
					    "left",	      "right"};
	char file[64];

	root = temp_root(path);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(file, sizeof(file), "m/k/%s.ko", names[i]);
		put_file(root, file, "");
	}
	put_file(root, "m/modules.alias", alias);
	put_file(root, "m/modules.softdep", softdep);
	m = (struct modules){
		.initrd = root, .root = root, .dir = "m", .dep = strdup(dep), .line = strdup("")};
	loaded[0] = '\0';
	refused = NULL;
	return 0;
}

static int teardown(void **state)
{
	modules_close(&m);
	temp_root_remove(path, root);
	return 0;
}

static void set_line(const char *line)
{
	free(m.line);
	m.line = strdup(line);
}

static void a_file_system_comes_with_its_checksums(void **state)
{
	struct fault f = {0};

	assert_int_equal(modules_want_fs(&m, "ext4", &f), 0);
	assert_string_equal(loaded, "mbcache jbd2 crc32c_generic crc32c_intel ext4");
	assert_int_equal(modules_want_fs(&m, "ext4", &f), 0);
	assert_int_equal(modules_want_fs(&m, "erofs", &f), 0);
	assert_string_equal(loaded, "mbcache jbd2 crc32c_generic crc32c_intel ext4");
}

static void a_file_system_is_no_module_of_its_name(void **state)
{
	struct fault f = {0};

	assert_int_equal(modules_want_fs(&m, "vfio", &f), 0);
	assert_int_equal(modules_want_fs(&m, "ext4.subtype", &f), 0);
	assert_non_null(strstr(loaded, "ext4"));
	assert_null(strstr(loaded, "vfio"));
}

static void aliases_are_names(void **state)
{
	struct fault f = {0};

	refused = "crc32c_intel";
	refused_errno = ENODEV;
	assert_int_equal(modules_load(&m, "crypto_crc32c", &f), 0);
	assert_string_equal(loaded, "crc32c_generic");
	assert_int_equal(modules_load(&m, "virtio:d00000002v00001AF4", &f), -ENOENT);
	assert_int_equal(modules_load_alias(&m, "virtio:d00000002v00001AF4", &f), 0);
}

static void what_follows_a_module_is_loaded_after_it(void **state)
{
	struct fault f = {0};

	assert_int_equal(modules_load(&m, "vfio-pci", &f), 0);
	assert_string_equal(loaded, "vfio vfio_iommu_type1 vfio_pci_core vfio_pci");
}

static void a_soft_dependency_may_fail(void **state)
{
	struct fault f = {0};

	refused = "vfio_iommu_type1";
	refused_errno = EPERM;
	assert_int_equal(modules_load(&m, "vfio-pci", &f), 0);
	assert_string_equal(loaded, "vfio vfio_pci_core vfio_pci");
	refused = "vfio";
	assert_int_equal(modules_load(&m, "vfio_iommu_type1", &f), 0);
}

static void soft_dependencies_may_form_a_circle(void **state)
{
	struct fault f = {0};

	assert_int_equal(modules_load(&m, "left", &f), 0);
	assert_string_equal(loaded, "right left");
}

static void a_blacklisted_module_is_no_answer_to_an_alias(void **state)
{
	struct fault f = {0};

	set_line("modprobe.blacklist=crc32c-intel");
	m.blacklist = m.line;
	assert_int_equal(modules_want_fs(&m, "ext4", &f), 0);
	assert_string_equal(loaded, "mbcache jbd2 crc32c_generic ext4");
}

static void parameters_reach_dependencies(void **state)
{
	static const struct modules_option options[] = {{"vfio", "a=1"}, {"vfio-pci", "ids=1:2 x"}};
	struct fault f = {0};

	set_line("vfio_pci.ids=0:0 vfio_iommu_type1.allow_unsafe_interrupts=1");
	m.options = options;
	m.n_options = ARRAY_SIZE(options);
	assert_int_equal(modules_load(&m, "vfio-pci", &f), 0);
	assert_string_equal(loaded, "vfio(a=1) vfio_iommu_type1(allow_unsafe_interrupts=1) "
				    "vfio_pci_core vfio_pci(ids=0:0 ids=1:2 x)");
}

static void lists_that_cannot_be_read_are_errors(void **state)
{
	struct fault f = {0};

	assert_int_equal(unlinkat(root, "m/modules.softdep", 0), 0);
	put_link(root, "m/modules.softdep", "modules.softdep");
	assert_int_equal(modules_load(&m, "left", &f), -ELOOP);
	assert_string_equal(f.text,
			    "cannot read /m/modules.softdep: Too many levels of symbolic links");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_file_system_comes_with_its_checksums),
		TEST(a_file_system_is_no_module_of_its_name),
		TEST(aliases_are_names),
		TEST(what_follows_a_module_is_loaded_after_it),
		TEST(a_soft_dependency_may_fail),
		TEST(soft_dependencies_may_form_a_circle),
		TEST(a_blacklisted_module_is_no_answer_to_an_alias),
		TEST(parameters_reach_dependencies),
		TEST(lists_that_cannot_be_read_are_errors),
	};

	return RUN_TESTS(tests);
}
