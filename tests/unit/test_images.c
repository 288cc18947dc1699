// SPDX-License-Identifier: Apache-2.0
/* Which storages are driver images. What is loaded from them is in tests/boot/test_driver_images.py. */
#include "tests/unit/test.h"

#include <errno.h>

#include "init/devices/images.h"

static int check(const char *firmware, const char *from, struct fault *f)
{
	struct storage storages[] = {{.mount_point = "/run/a"}, {.mount_point = "/run/b/c"}};
	struct kernel_module module = {.name = "m", .from = from};
	const struct manifest m = {
		.firmware = firmware,
		.modules = &module,
		.n_modules = 1,
		.storages = storages,
		.n_storages = 2,
	};

	return images_check(&m, f);
}

static void a_path_is_below_a_mount_point(void **state)
{
	struct fault f;

	assert_int_equal(check(NULL, NULL, &f), 0);
	assert_int_equal(check("/run/a/lib/firmware", NULL, &f), 0);
	assert_int_equal(check("/run/a", "/run/b/c", &f), 0);
	assert_int_equal(check(NULL, "/run/b/c/d", &f), 0);
}

static void another_path_is_refused_by_its_key(void **state)
{
	struct fault f;

	assert_int_equal(check("/run/ab", NULL, &f), -EINVAL);
	assert_string_equal(
		f.text,
		"firmware: /run/ab has no drivers: it is not below the mount_point of a storage");
	assert_int_equal(check(NULL, "/run/b", &f), -EINVAL);
	assert_string_equal(
		f.text,
		"kernel module m: modules_from: /run/b has no drivers: it is not below the mount_point of a storage");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_below_a_mount_point),
		cmocka_unit_test(another_path_is_refused_by_its_key),
	};

	return RUN_TESTS(tests);
}
