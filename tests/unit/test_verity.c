// SPDX-License-Identifier: Apache-2.0
/* The superblock of dm-verity. What the kernel does with it is in tests/boot/test_verity.py. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/storage/storage.h"
#include "init/storage/verity.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void put(unsigned char *at, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static void fill(unsigned char sb[VERITY_SUPERBLOCK], uint64_t blocks)
{
	memset(sb, 0, VERITY_SUPERBLOCK);
	memcpy(sb, "verity\0\0", 8);
	put(sb + 8, 4, 1);
	put(sb + 12, 4, 1);
	memcpy(sb + 32, "sha256", 6);
	put(sb + 64, 4, 4096);
	put(sb + 68, 4, 4096);
	put(sb + 72, 8, blocks);
	put(sb + 80, 2, 3);
	memcpy(sb + 88, "abc", 3);
}

static void a_tree_is_measured(void **state)
{
	/* 128 hashes of 32 bytes fit into a block. */
	static const struct {
		uint64_t blocks, n_hashes;
		unsigned levels;
	} rows[] = {
		{1, 0, 0},	 {2, 1, 1},	  {128, 1, 1},	      {129, 3, 2},
		{16384, 129, 2}, {16385, 132, 3}, {1ULL << 50, 0, 8},
	};
	unsigned char sb[VERITY_SUPERBLOCK];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verity v;
		struct fault f;

		fill(sb, rows[i].blocks);
		assert_int_equal(verity_parse(sb, 8192, 32, &v, &f), 0);
		assert_int_equal(v.levels, rows[i].levels);
		if (rows[i].levels < 8)
			assert_int_equal(v.n_hashes, rows[i].n_hashes);
		assert_int_equal(v.start, 3); /* the superblock fills a block */
		assert_string_equal(v.algorithm, "sha256");
		assert_memory_equal(v.salt, "abc", 3);
	}
}

static void a_damaged_superblock_is_refused(void **state)
{
	static const struct {
		unsigned at, size;
		uint64_t value;
		int err;
	} rows[] = {
		{0, 1, 'V', -ENODATA},	      {8, 4, 2, -EINVAL},	 {12, 4, 0, -EINVAL},
		{32, 6, 0, -EINVAL},	      {32, 1, ' ', -EINVAL},	 {64, 4, 0, -EINVAL},
		{64, 4, 4095, -EINVAL},	      {68, 4, 1 << 17, -EINVAL}, {72, 8, 0, -EINVAL},
		{72, 8, UINT64_MAX, -EINVAL}, {80, 2, 257, -EINVAL},
	};
	unsigned char sb[VERITY_SUPERBLOCK];
	struct verity v;
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fill(sb, 100);
		put(sb + rows[i].at, rows[i].size, rows[i].value);
		assert_int_equal(verity_parse(sb, 0, 32, &v, &f), rows[i].err);
	}
	fill(sb, 100);
	assert_int_equal(verity_parse(sb, UINT64_MAX - 4096, 32, &v, &f), -EINVAL);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *rw[] = {"rw"};
	struct storage s = {.driver = "blk",
			    .source = "05",
			    .fstype = "ext4",
			    .mount_point = "/run/x",
			    .root_hash = HASH};
	struct fault f;

	assert_int_equal(storage_check(&s, &f), 0);
	s.options = rw;
	s.n_options = 1;
	assert_int_equal(storage_check(&s, &f), -EINVAL);
	assert_string_equal(
		f.text,
		"storage /run/x: a disk with dm-verity is always read-only: remove the option \"rw\"");
	s = (struct storage){.driver = "virtio-fs",
			     .source = "tag",
			     .fstype = "virtiofs",
			     .mount_point = "/run/x",
			     .root_hash = HASH};
	assert_int_equal(storage_check(&s, &f), -EINVAL);
	assert_string_equal(f.text,
			    "storage /run/x: verity is for disks, not for driver virtio-fs");
}

static void the_hashes_may_be_on_another_disk(void **state)
{
	struct storage s = {.driver = "blk", .source = "05", .mount_point = "/run/x"};
	struct arena a = {0};
	struct device d;
	struct fault f;

	assert_int_equal(storage_hash_device(&a, &s, &d, &f), 0);
	s.hash_source = "06";
	assert_int_equal(storage_hash_device(&a, &s, &d, &f), 1);
	assert_string_equal(d.id, "06");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_measured),
		cmocka_unit_test(a_damaged_superblock_is_refused),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(the_hashes_may_be_on_another_disk),
	};

	return RUN_TESTS(tests);
}
