/* SPDX-License-Identifier: Apache-2.0 */
/* The archives that the initramfs was unpacked from. */
#ifndef COLDINIT_GUEST_ARCHIVES_H
#define COLDINIT_GUEST_ARCHIVES_H

#include <stdbool.h>

#include "init/lib/compiler.h"

#ifdef CONFIG_ARCHIVES

/**
 * archives_are_whole() - add up the archives whose end was unpacked
 * @root: descriptor of the root directory, with /sys
 * @initrd: descriptor of the initramfs' root
 *
 * mkinitramfs and mkbundle end an archive with a file that has its length in bytes
 * (initramfs/endmark). The kernel unpacks archives in their order and stops at the first error: if
 * these lengths are as many bytes as the kernel got, nothing is missing.
 *
 * Return: true if nothing is missing. Otherwise it is not known: an archive has no such file or another
 * one, the kernel does not say how many bytes it got, or something cannot be read.
 */
bool archives_are_whole(int root, int initrd) must_check;

#else

static inline bool archives_are_whole(int root, int initrd)
{
	(void)root, (void)initrd;
	return false;
}

#endif

#endif
