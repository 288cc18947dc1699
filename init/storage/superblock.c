// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage/superblock.h"

/* A little-endian number of @size bytes; without @size it is 0. */
struct superblock_field {
	unsigned short offset, size;
};

/*
 * Where the superblock of a file system is, its magic number, and the size that it has (ext4:
 * ondisk/super.rst; erofs: struct erofs_super_block; squashfs: struct squashfs_super_block).
 * @count, @high: the size, in units of 1 << (@unit + value of @shift) bytes
 */
static const struct {
	const char *fstype;
	unsigned short offset, magic_size;
	const char *magic;
	struct superblock_field count, high, shift;
	unsigned unit;
} superblocks[] = {
	{"ext4",
	 1024 + 0x38,
	 2,
	 "\x53\xef",
	 {1024 + 4, 4},
	 {1024 + 0x150, 4},
	 {1024 + 0x18, 4},
	 10},
	{"erofs", 1024, 4, "\xe2\xe1\xf5\xe0", {1024 + 36, 4}, {0, 0}, {1024 + 12, 1}, 0},
	{"squashfs", 0, 4, "hsqs", {40, 8}, {0, 0}, {0, 0}, 0},
	{"xfs", 0, 4, "XFSB", {0, 0}, {0, 0}, {0, 0}, 0},
	{"a partition table", 510, 2, "\x55\xaa", {0, 0}, {0, 0}, {0, 0}, 0},
};

static uint64_t superblock_value(const struct superblock *block, struct superblock_field field)
{
	uint64_t value = 0;

	for (unsigned i = field.size; i-- > 0;)
		value = value << 8 | block->bytes[field.offset + i];
	return value;
}

const char *superblock_parse(const struct superblock *block, uint64_t *size)
{
	for (size_t i = 0; i < ARRAY_SIZE(superblocks); i++) {
		uint64_t count, shift;

		if (memcmp(block->bytes + superblocks[i].offset, superblocks[i].magic,
			   superblocks[i].magic_size) != 0)
			continue;
		count = superblock_value(block, superblocks[i].count) |
			superblock_value(block, superblocks[i].high) << 32;
		shift = superblocks[i].unit + superblock_value(block, superblocks[i].shift);
		*size = shift < 32 && count >> (63 - shift) == 0 ? count << shift : 0;
		return superblocks[i].fstype;
	}
	return NULL;
}

int superblock_read(int root, const char *node, struct superblock *block, uint64_t *room)
{
	int fd cleanup(fd_close) = root_open(root, O_RDONLY | O_NONBLOCK, 0, "%s", node);
	off_t end;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = pread(fd, block->bytes, sizeof(block->bytes), 0);
	if (n < 0)
		return -errno;
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return -errno;
	*room = (uint64_t)end;
	return n == sizeof(block->bytes) ? 0 : -ENODATA;
}
