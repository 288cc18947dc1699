/* SPDX-License-Identifier: Apache-2.0 */
/* coldinit.sha256=: a measured command line determines the manifest. */
#ifndef COLDINIT_SOURCE_DIGEST_H
#define COLDINIT_SOURCE_DIGEST_H

#include <errno.h>

#include "init/lib/fault.h"

#ifdef CONFIG_SHA256

/** DIGEST_TEXT - room for a SHA-256 in hexadecimal digits, with its end */
#define DIGEST_TEXT 65

/**
 * digest_text() - the SHA-256 of a text (FIPS 180-4)
 * @data: the text
 * @len: its length in bytes
 * @text: gets the digest
 */
void digest_text(const char *data, size_t len, char text[DIGEST_TEXT]) nonnull(1, 3);

/**
 * digest_check() - compare the SHA-256 of a text (FIPS 180-4)
 * @data: the text
 * @len: its length in bytes
 * @hex: the expected digest, 64 hexadecimal digits of any case
 * @fault: set on failure, with both digests
 *
 * Return: 0, or -EBADMSG if it has another one.
 */
int digest_check(const char *data, size_t len, const char *hex, struct fault *fault) must_check
	nonnull(1, 3, 4);

#else

static inline int must_check digest_check(const char *data, size_t len, const char *hex,
					  struct fault *fault)
{
	(void)data, (void)len, (void)hex;
	return fault_set(fault, -ENOTSUP, "this build of coldinit cannot check coldinit.sha256=");
}

#endif

#endif
