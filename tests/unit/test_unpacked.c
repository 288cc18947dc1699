// SPDX-License-Identifier: Apache-2.0
/* The kernel's messages about an initramfs that it did not unpack whole. */
#include "tests/unit/test.h"

#include "init/guest/unpacked.h"
#include "init/lib/compiler.h"

#define BEFORE "<6>[    0.5] Trying to unpack rootfs image as initramfs...\n"
#define AFTER  "\n<6>[    1.2] Freeing initrd memory: 120000K\n"

static const struct {
	const char *log, *why;
	bool done;
} rows[] = {
	{"", NULL, false},
	{BEFORE, NULL, false},
	{BEFORE AFTER, NULL, true},
	/* what is behind the end is about other things */
	{BEFORE AFTER "Initramfs unpacking failed: no\n", NULL, true},
	{"<6>[    0.2] Freeing SMP alternatives memory: 40K\n<0>[    0.9] Initramfs unpacking failed: x",
	 "x", false},
	{"<6>[\n[ ] [\n<\nInitramfs unpacking failed: x", "x", false},
	{BEFORE "<0>[    0.9] Initramfs unpacking failed: write error" AFTER, "write error", false},
	{BEFORE "<0>[    0.9][    T1] Initramfs unpacking failed: junk within compressed archive",
	 "junk within compressed archive", false},
	{"<0>Initramfs unpacking failed: read error\n", "read error", false},
	{"Initramfs unpacking failed: broken padding", "broken padding", false},
	{BEFORE
	 "<6>[    0.9] rootfs image is not initramfs (invalid magic at start of compressed archive); looks like an initrd" AFTER,
	 "invalid magic at start of compressed archive", false},
	/* what is in the kernel's command line */
	{"<5>[    0.0] Kernel command line: x=\"Initramfs unpacking failed: no\"\n", NULL, false},
	{"<5>[    0.0] Kernel command line: Initramfs unpacking failed: no\n<0>[    0.9] Initramfs unpacking failed: yes\n",
	 "yes", false},
};

static void the_kernels_reason_is_found(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int len = -1;
		bool done;
		const char *why = unpacked_failure(rows[i].log, &len, &done);

		assert_int_equal(done, rows[i].done);
		if (!rows[i].why) {
			assert_null(why);
			continue;
		}
		assert_non_null(why);
		assert_int_equal(len, strlen(rows[i].why));
		assert_memory_equal(why, rows[i].why, (size_t)len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_reason_is_found),
	};

	return RUN_TESTS(tests);
}
