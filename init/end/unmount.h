/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounting at the end of the guest. */
#ifndef COLDINIT_END_UNMOUNT_H
#define COLDINIT_END_UNMOUNT_H

/**
 * unmount_all() - unmount all that init/guest/mounts.c has not mounted, the newest mount first
 *
 * Each file system is remounted read-only before, so that its journal is closed even if it is still
 * in use. Errors are ignored: the guest ends in any case.
 */
void unmount_all(void);

#endif
