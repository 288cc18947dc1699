/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOURCE words: where a manifest or a bundle comes from.
 *
 *	initrd:/path		in the initramfs, also in a second cpio appended by the VMM
 *	virtiofs:TAG/path	in a virtio-fs share
 *	base64:TEXT		the bytes themselves
 *	block:/dev/NAME[,fstype]	a disk, for bundles
 */
#ifndef COLDINIT_SOURCE_H
#define COLDINIT_SOURCE_H

#include <sys/types.h>

#include "init/lib/fault.h"

/** VIRTIOFS_TAG_MAX - bytes of a tag (VIRTIO 1.2, 5.11.4) with its end */
#define VIRTIOFS_TAG_MAX 37

enum source_kind {
	SOURCE_INITRD,
	SOURCE_VIRTIOFS,
	SOURCE_BASE64,
	SOURCE_BLOCK
};

/**
 * struct source - a SOURCE taken apart
 * @tag: of a virtio-fs share
 * @rest: the path (without leading slashes) or the text
 */
struct source {
	enum source_kind kind;
	char tag[VIRTIOFS_TAG_MAX];
	const char *rest;
};

/** source_parse() - take a SOURCE apart; @out points into @text. Return: 0 or -EINVAL with @fault.
 */
int source_parse(const char *text, struct source *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

#ifdef CONFIG_SOURCE_BASE64

/** source_base64() - what source_read() does for base64:TEXT */
ssize_t source_base64(const char *text, size_t max, char **data, struct fault *fault) must_check
	nonnull(1, 3, 4);

#else

static inline ssize_t must_check source_base64(const char *text, size_t max, char **data,
					       struct fault *fault)
{
	(void)text, (void)max, (void)data;
	return fault_set(fault, -ENOTSUP, "this build of coldinit does not read base64:");
}

#endif

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

#endif
