/* SPDX-License-Identifier: Apache-2.0 */
/* A text for a receiver outside of the guest, which may be slow or not there. */
#ifndef COLDINIT_REPORT_SEND_H
#define COLDINIT_REPORT_SEND_H

#include "init/lib/compiler.h"

/** SEND_MS - milliseconds that a receiver may take until it is ready for more */
#define SEND_MS 2000

/**
 * send_text() - write all of a text
 * @fd: descriptor to write to, best with O_NONBLOCK; stays the caller's
 * @text: the text
 *
 * Return: 0, -ETIMEDOUT if the receiver is not ready for SEND_MS, -ENOTCONN if nothing is connected
 * to the other end, or a negative errno of write(2).
 */
int send_text(int fd, const char *text) must_check nonnull(2);

#endif
