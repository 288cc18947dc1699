// SPDX-License-Identifier: Apache-2.0
/* The lengths of the initramfs's archives beside the number of bytes that the kernel got. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/guest/archives.h"
#include "init/lib/root.h"

#define MARK "coldinit/archives/"

/* The kernel got @low and @high, the two halves of the number. */
static void put_given(int root, uint32_t low, uint32_t high)
{
	char data[4096] = {0};

	put_file(root, "sys/kernel/boot_params/data", "");
	memcpy(data + 0x21c, &low, sizeof(low));
	memcpy(data + 0xc4, &high, sizeof(high));
	int fd cleanup(fd_close) = root_open(root, O_WRONLY, 0, "sys/kernel/boot_params/data");
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
}

static void nothing_is_missing_if_the_lengths_are_what_the_kernel_got(void **state)
{
	static const struct {
		const char *first, *second;
		uint32_t low, high;
		bool whole;
	} rows[] = {
		{"0001000\n", "0337\n", 1337, 0, true},
		{"1337", NULL, 1337, 0, true},
		{"4294967297", "1", 2, 1, true},
		/* another archive is behind them, or one of them has no end */
		{"0001000\n", "0337\n", 1338, 0, false},
		{"0001000\n", NULL, 1337, 0, false},
		{"1", NULL, 1, 1, false},
		{NULL, NULL, 1, 0, false},
		{NULL, NULL, 0, 0, false},
		/* made by others */
		{"1337 bytes\n", NULL, 1337, 0, false},
		{"1337\n", "bytes\n", 1337, 0, false},
		{"-1\n", "1338\n", 1337, 0, false},
		{"999999999999999999999999999999\n", "1337\n", 1336, 0, false},
		{"18446744073709551615\n", "1338\n", 1337, 0, false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[64];
		int root = temp_root(path);

		if (rows[i].first)
			put_file(root, MARK "initramfs", rows[i].first);
		if (rows[i].second)
			put_file(root, MARK "bundle", rows[i].second);
		put_given(root, rows[i].low, rows[i].high);
		assert_int_equal(archives_are_whole(root, root), rows[i].whole);
		temp_root_remove(path, root);
	}
}

static void what_cannot_be_read_says_nothing(void **state)
{
	char path[64];
	int root = temp_root(path);

	put_file(root, MARK "initramfs", "1337\n");
	assert_false(archives_are_whole(root, root));
	put_file(root, "sys/kernel/boot_params/data", "short");
	assert_false(archives_are_whole(root, root));
	unlinkat(root, "sys/kernel/boot_params/data", 0);
	put_given(root, 1337, 0);
	assert_true(archives_are_whole(root, root));
	put_file(root, MARK "dir/file", "0\n");
	assert_false(archives_are_whole(root, root));
	assert_false(archives_are_whole(root, -1));
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_missing_if_the_lengths_are_what_the_kernel_got),
		cmocka_unit_test(what_cannot_be_read_says_nothing),
	};

	return RUN_TESTS(tests);
}
