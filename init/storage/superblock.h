/* SPDX-License-Identifier: Apache-2.0 */
/* What the superblock of a disk says: the file system and its size. */
#ifndef COLDINIT_STORAGE_SUPERBLOCK_H
#define COLDINIT_STORAGE_SUPERBLOCK_H

#include <stdint.h>

#include "init/lib/compiler.h"

/** struct superblock - the beginning of a disk */
struct superblock {
	unsigned char bytes[2048];
};

/**
 * superblock_read() - read the beginning of a disk
 * @root: descriptor of "/"
 * @node: path of the disk's device node
 * @block: gets it
 * @room: gets the size of the disk, in bytes
 *
 * Return: 0, -ENODATA if the disk is too small for any superblock, or a negative errno of
 * openat2(2), pread(2) or lseek(2).
 */
int superblock_read(int root, const char *node, struct superblock *block, uint64_t *room) must_check
	nonnull(2, 3, 4);

/**
 * superblock_parse() - find out what a disk holds
 * @block: the beginning of the disk
 * @size: gets the size that the file system has, in bytes; 0 if the superblock does not say it;
 *	untouched if nothing is found
 *
 * Pure. Return: the name of the file system, or another name for what the disk holds; NULL if
 * nothing is known.
 */
const char *superblock_parse(const struct superblock *block, uint64_t *size) must_check
	nonnull(1, 2);

#endif
