/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOURCE words: where a manifest or a bundle comes from. source.c has the table of them; what a
 * caller wants to know about a word, it asks here.
 *
 *	initrd:/path		in the initramfs, also in a second cpio appended by the VMM
 *	virtiofs:TAG/path	in a virtio-fs share
 *	block:/dev/NAME[,fstype][,verity=HASH][,hash_offset=N]	a disk, for bundles
 *	fw_cfg:NAME		a file that QEMU hands over, for manifests
 *	smbios			an OEM string of the SMBIOS tables, for manifests
 *	base64:TEXT		the bytes themselves, for manifests
 */
#ifndef COLDINIT_SOURCE_SOURCE_H
#define COLDINIT_SOURCE_SOURCE_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/lib/fault.h"
#include "init/source/virtiofs.h"

/** enum source_kind - the kinds of SOURCE, also those that this build does not read */
enum source_kind {
	SOURCE_INITRD,
	SOURCE_VIRTIOFS,
	SOURCE_BLOCK,
	SOURCE_FW_CFG,
	SOURCE_SMBIOS,
	SOURCE_BASE64,
};

/**
 * source_reader - what source_read() does for one kind of SOURCE
 * @root: descriptor of the guest's "/"
 * @rest: of struct source
 * @max: how many bytes are accepted
 * @data: gets malloc()ed bytes, with a NUL behind the last; untouched on failure
 * @fault: set on failure
 *
 * Return: the number of bytes, -EFBIG if there are more than @max, -ENOENT, -EINVAL, -ENOMEM, or
 * another negative errno.
 */
typedef ssize_t source_reader(int root, const char *rest, size_t max, char **data,
			      struct fault *fault) must_check nonnull(2, 4, 5);

source_reader source_fw_cfg, source_smbios, source_base64;

/**
 * struct source_type - one kind of SOURCE
 * @prefix: what its words begin with; one without ':' at its end is the whole word
 * @form: how such a word is written, for messages
 * @kind: which one it is
 * @read: reads a manifest; NULL if source_read() does it itself or there is none to read
 * @modules: NULL-terminated kernel modules that it needs; NULL if it needs none
 * @bundle: it can be a bundle
 */
struct source_type {
	const char *prefix, *form;
	enum source_kind kind;
	source_reader *read;
	const char *const *modules;
	bool bundle;
};

/**
 * struct source - a SOURCE word taken apart
 * @type: of this build's table
 * @tag: of a virtio-fs share, else ""
 * @rest: the path (without leading slashes), the name or the text; in the word
 */
struct source {
	const struct source_type *type;
	char tag[VIRTIOFS_TAG_MAX];
	const char *rest;
};

/**
 * source_is_share() - is it in a virtio-fs share?
 * @s: parsed
 *
 * Return: false in a build that does not read shares.
 */
static inline bool must_check source_is_share(const struct source *s)
{
#ifdef CONFIG_SOURCE_VIRTIOFS
	return s->type->kind == SOURCE_VIRTIOFS;
#else
	(void)s;
	return false;
#endif
}

/**
 * source_find() - look a word up in the table, by what it begins with
 * @word: any text; may be NULL
 *
 * Return: its type, NULL if this build reads no such SOURCE. What is behind the prefix is not
 * checked.
 */
const struct source_type *source_find(const char *word);

/**
 * source_modules() - list the kernel modules that are loaded before a SOURCE is used
 * @word: a SOURCE; may be NULL or not one
 *
 * Return: a NULL-terminated list, perhaps empty, never NULL.
 */
const char *const *source_modules(const char *word);

/**
 * source_parse() - take a SOURCE apart
 * @word: any text
 * @out: gets the parts, which point into @word; untouched on failure
 * @fault: set on failure
 *
 * Return: 0, or -EINVAL if it is not a SOURCE that this build reads.
 */
int source_parse(const char *word, struct source *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * source_read() - read the file that a SOURCE names, once, into memory
 * @word: a SOURCE
 * @initrd: descriptor of the initramfs' root; -1 if there is none
 * @root: descriptor of the guest's "/"
 * @max: how many bytes are accepted
 * @data: gets malloc()ed bytes, with a NUL behind the last; untouched on failure
 * @fault: set on failure
 *
 * Return: the number of bytes, -EFBIG if there are more than @max, -EINVAL if it is not a SOURCE or
 * names no file, -ENOENT, -ENOMEM, or another negative errno.
 */
ssize_t source_read(const char *word, int initrd, int root, size_t max, char **data,
		    struct fault *fault) must_check nonnull(1, 5, 6);

/**
 * smbios_oem_strings() - find OEM strings by what they begin with
 * @raw: an SMBIOS structure of type 11 and its strings (DSP0134, 6.1.3 and 7.12), as in
 *	/sys/firmware/dmi/entries/11-N/raw
 * @len: its length in bytes
 * @prefix: what they begin with
 * @value: gets what follows the prefix in the first of them, NUL-terminated, inside @raw; untouched
 *	if there is none
 *
 * Return: how many there are, or -EINVAL if the bytes are no such structure or end inside of it.
 */
int smbios_oem_strings(const char *raw, size_t len, const char *prefix,
		       const char **value) must_check nonnull(1, 3, 4);

#endif
