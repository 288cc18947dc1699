/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOURCE words: where a manifest or a bundle comes from.
 *
 *	initrd:/path		in the initramfs, also in a second cpio appended by the VMM
 *	virtiofs:TAG/path	in a virtio-fs share
 *	fw_cfg:NAME		a file that QEMU hands over, for manifests
 *	smbios			an OEM string, for manifests
 *	base64:TEXT		the bytes themselves, for manifests
 *	block:/dev/NAME[,fstype]	a disk, for bundles
 */
#ifndef COLDINIT_SOURCE_SOURCE_H
#define COLDINIT_SOURCE_SOURCE_H

#include <sys/types.h>

#include "init/lib/fault.h"
#include "init/source/virtiofs.h"

enum source_kind {
	SOURCE_INITRD,
	SOURCE_VIRTIOFS,
	SOURCE_BLOCK,
	SOURCE_FW_CFG,
	SOURCE_SMBIOS,
	SOURCE_BASE64,
};

/**
 * source_reader - what source_read() does for one kind of SOURCE, a file of its own each
 * @root: as in struct boot
 * @rest: of struct source
 * @max, @data: of source_read()
 *
 * Return: length or -errno with @fault set.
 */
typedef ssize_t source_reader(int root, const char *rest, size_t max, char **data,
			      struct fault *fault) must_check nonnull(2, 4, 5);

source_reader source_fw_cfg, source_smbios, source_base64;

/**
 * struct source - a SOURCE taken apart
 * @tag: of a virtio-fs share
 * @rest: the path (without leading slashes), the name or the text
 * @read: of those that are always one file, never a directory; else NULL
 */
struct source {
	enum source_kind kind;
	char tag[VIRTIOFS_TAG_MAX];
	const char *rest;
	source_reader *read;
};

/** source_parse() - take a SOURCE apart; @out points into @text. Return: 0 or -EINVAL with @fault.
 */
int source_parse(const char *text, struct source *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * source_read() - read the file that a SOURCE names, once, into memory
 * @initrd, @root: as in struct boot
 * @max: the most bytes that are accepted
 * @data: gets malloc()ed bytes, NUL-terminated
 *
 * Return: length or -errno with @fault set.
 */
ssize_t source_read(const char *text, int initrd, int root, size_t max, char **data,
		    struct fault *fault) must_check nonnull(1, 5, 6);

/**
 * smbios_oem_strings() - find OEM strings by what they begin with
 * @raw, @len: an SMBIOS structure of type 11 and its strings (DSP0134, 6.1.3 and 7.12), which is
 *	what /sys/firmware/dmi/entries/11-N/raw holds
 * @prefix: what they begin with
 * @value: gets what follows it in the first of them, with a NUL at its end, inside @raw; untouched
 *	if there is none
 *
 * Return: how many there are, or -EINVAL if the bytes are no such structure or end inside of it.
 */
int smbios_oem_strings(const char *raw, size_t len, const char *prefix,
		       const char **value) must_check nonnull(1, 3, 4);

#endif
