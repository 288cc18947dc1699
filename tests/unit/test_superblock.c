// SPDX-License-Identifier: Apache-2.0
/* What the beginning of a disk says: its file system and the size that it has. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/storage/superblock.h"

static struct superblock block;

static void put(size_t at, const char *bytes, size_t n)
{
	memcpy(block.bytes + at, bytes, n);
}

static void sizes_are_found(void **state)
{
	uint64_t size = 7;

	memset(&block, 0, sizeof(block));
	assert_null(superblock_parse(&block, &size));
	assert_int_equal(size, 7);

	/* ext4: 0x2_00000100 blocks of 1 KiB << 2 */
	put(1024 + 0x38, "\x53\xef", 2);
	put(1024 + 4, "\x00\x01\x00\x00", 4);
	put(1024 + 0x150, "\x02", 1);
	put(1024 + 0x18, "\x02", 1);
	assert_string_equal(superblock_parse(&block, &size), "ext4");
	assert_int_equal(size, 0x200000100 * 4096);

	memset(&block, 0, sizeof(block));
	put(1024, "\xe2\xe1\xf5\xe0", 4);
	put(1024 + 12, "\x09", 1);
	put(1024 + 36, "\x10\x00\x00\x80\xff\xff", 6); /* another field follows */
	assert_string_equal(superblock_parse(&block, &size), "erofs");
	assert_int_equal(size, 0x80000010ULL * 512);

	memset(&block, 0, sizeof(block));
	put(0, "hsqs", 4);
	put(40, "\x01\x02\x03\x04\x05", 5);
	assert_string_equal(superblock_parse(&block, &size), "squashfs");
	assert_int_equal(size, 0x504030201);
}

static void damage_has_no_size(void **state)
{
	uint64_t size;

	memset(&block, 0xff, sizeof(block));
	put(1024 + 0x38, "\x53\xef", 2);
	assert_string_equal(superblock_parse(&block, &size), "ext4");
	assert_int_equal(size, 0);
	put(1024 + 0x18, "\x02\x00\x00\x00", 4); /* too many blocks for 63 bits */
	assert_string_equal(superblock_parse(&block, &size), "ext4");
	assert_int_equal(size, 0);
	memset(&block, 0xff, sizeof(block));
	put(0, "XFSB", 4);
	assert_string_equal(superblock_parse(&block, &size), "xfs");
	assert_int_equal(size, 0);
}

static void a_disk_is_read(void **state)
{
	char path[64], text[sizeof(block) + 9];
	int root = temp_root(path);
	uint64_t room = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_file(root, "disk", text);
	put_file(root, "small", "text");
	assert_int_equal(superblock_read(root, "/disk", &block, &room), 0);
	assert_int_equal(room, sizeof(block) + 8);
	assert_int_equal(superblock_read(root, "/small", &block, &room), -ENODATA);
	assert_int_equal(superblock_read(root, "/absent", &block, &room), -ENOENT);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_found),
		cmocka_unit_test(damage_has_no_size),
		cmocka_unit_test(a_disk_is_read),
	};

	return RUN_TESTS(tests);
}
