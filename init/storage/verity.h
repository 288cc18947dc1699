/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images with dm-verity: a disk whose blocks are compared with a tree of hashes, of which the root
 * is known (the kernel's admin-guide/device-mapper/verity.rst).
 */
#ifndef COLDINIT_STORAGE_VERITY_H
#define COLDINIT_STORAGE_VERITY_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "init/guest/modules.h"
#include "init/lib/fault.h"
#include "spec/manifest.h"

/** VERITY_SUPERBLOCK - size of veritysetup's superblock in bytes */
#define VERITY_SUPERBLOCK 512

/**
 * struct verity - the tree of hashes, as its superblock describes it
 * @data_size: size of a block of data in bytes
 * @hash_size: size of a block of hashes in bytes
 * @blocks: number of blocks of data
 * @start: number of the tree's first block, in blocks of hashes from the beginning of the disk
 * @n_hashes: number of the tree's blocks
 * @levels: of the tree; 0: there is one block of data
 * @algorithm: the kernel's name of the hash
 * @salt_size: length of @salt in bytes
 * @salt: comes before each block that is hashed
 */
struct verity {
	uint32_t data_size, hash_size;
	uint64_t blocks, start, n_hashes;
	unsigned levels;
	char algorithm[33];
	unsigned salt_size;
	unsigned char salt[256];
};

#ifdef CONFIG_VERITY

/**
 * verity_parse() - read the superblock that veritysetup(8) writes
 * @sb: its bytes
 * @offset: its place on the disk, in bytes
 * @digest: length of the root hash in bytes
 * @out: gets the tree; untouched on failure
 * @fault: set on failure
 *
 * Pure. Return: 0, -ENODATA if it is no such superblock, or -EINVAL for a value that the kernel
 * does not take.
 */
int verity_parse(const unsigned char sb[VERITY_SUPERBLOCK], uint64_t offset, size_t digest,
		 struct verity *out, struct fault *fault) must_check nonnull(1, 4, 5);

/**
 * verity_modules() - load the modules for a storage with dm-verity
 * @s: the storage
 * @modules: the initramfs' modules
 * @fault: set on failure
 *
 * Return: 0, also for a storage without dm-verity, or -errno of modules_want().
 */
int verity_modules(const struct storage *s, struct modules *modules, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * verity_open() - make the device that has the verified blocks of a disk
 * @root: descriptor of "/"
 * @s: has the root hash
 * @data: node of the disk
 * @hashes: node of the disk with the hashes; NULL if they are on @data
 * @node: gets the node of the new device
 * @fault: set on failure; has both root hashes if they differ
 *
 * Return: 0, -EBADMSG for another root hash, -ENODATA without a superblock of dm-verity or if a
 * disk is too small, -EINVAL for one that the kernel does not take, or -errno of reading the disks
 * and of ioctl(2).
 */
int verity_open(int root, const struct storage *s, const char *data, const char *hashes,
		char node[32], struct fault *fault) must_check nonnull(2, 3, 5, 6);

/**
 * verity_is_damaged() - has the kernel found a damaged block?
 * @s: the storage, for which verity_open() has succeeded
 *
 * Return: true if it has.
 */
bool verity_is_damaged(const struct storage *s) must_check nonnull(1);

/** verity_warn() - warn of each storage in which the kernel has found a damaged block */
void verity_warn(void);

#else

static inline int must_check verity_modules(const struct storage *s, struct modules *modules,
					    struct fault *fault)
{
	(void)s, (void)modules, (void)fault;
	return 0;
}

static inline int must_check verity_open(int root, const struct storage *s, const char *data,
					 const char *hashes, char node[32], struct fault *fault)
{
	(void)root, (void)s, (void)data, (void)hashes, (void)node;
	return fault_set(fault, -ENOTSUP, "this build of coldinit has no dm-verity");
}

static inline bool must_check verity_is_damaged(const struct storage *s)
{
	(void)s;
	return false;
}

static inline void verity_warn(void)
{
}

#endif

#endif
