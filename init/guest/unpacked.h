/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the kernel has unpacked the initramfs whole. */
#ifndef COLDINIT_GUEST_UNPACKED_H
#define COLDINIT_GUEST_UNPACKED_H

#include <stdbool.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/**
 * unpacked_check() - refuse an initramfs of which a part is missing
 * @root: descriptor of the root directory, with /proc
 * @initrd: descriptor of the initramfs' root
 * @fault: set on failure
 *
 * The archives' lengths show it (archives.h), or the kernel's log.
 * Return: 0, also if the kernel has no log; -EIO if it was not unpacked whole; a negative errno of
 * open(2) or read(2) of /proc/kmsg (proc(5)).
 */
int unpacked_check(int root, int initrd, struct fault *fault) must_check nonnull(3);

/**
 * unpacked_failure() - find the kernel's message about an initramfs that it did not unpack whole
 * @log: whole lines of the kernel's log, as /proc/kmsg gives them
 * @len: gets the length of the reason, in bytes
 * @done: gets whether the kernel has freed the archive in this text: the rest is about other things
 *
 * Pure. Return: the reason, inside @log; NULL if there is no such message.
 */
const char *unpacked_failure(const char *log, int *len, bool *done) must_check nonnull(1, 2, 3);

#endif
