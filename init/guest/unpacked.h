/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the kernel has unpacked the initramfs whole. */
#ifndef COLDINIT_GUEST_UNPACKED_H
#define COLDINIT_GUEST_UNPACKED_H

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/**
 * unpacked_check() - refuse an initramfs of which a part is missing
 * @initrd: descriptor of the initramfs' root
 * @fault: set on failure
 *
 * Return: 0, also if the kernel has no log; -EIO if it was not unpacked whole; -ENOMEM, or another
 * negative errno of syslog(2).
 */
int unpacked_check(int initrd, struct fault *fault) must_check nonnull(2);

/**
 * unpacked_failure() - find the kernel's message about an initramfs that it did not unpack whole
 * @log: text of the kernel's log, as syslog(2) gives it
 * @len: gets the length of the reason, in bytes
 *
 * Pure. Return: the reason, inside @log; NULL if there is no such message.
 */
const char *unpacked_failure(const char *log, int *len) must_check nonnull(1, 2);

#endif
