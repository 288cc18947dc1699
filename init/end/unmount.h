/* SPDX-License-Identifier: Apache-2.0 */
/* File systems at the end of the guest. */
#ifndef COLDINIT_END_UNMOUNT_H
#define COLDINIT_END_UNMOUNT_H

/**
 * unmount_all() - unmount everything that is not PID 1's own, last mounted first
 *
 * Each file system is made read-only before, so that a journal is closed whoever still holds it.
 */
void unmount_all(void);

#endif
