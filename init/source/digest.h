/* SPDX-License-Identifier: Apache-2.0 */
/* coldinit.sha256=: a measured command line pins the manifest. */
#ifndef COLDINIT_SOURCE_DIGEST_H
#define COLDINIT_SOURCE_DIGEST_H

#include <errno.h>

#include "init/lib/fault.h"

#ifdef CONFIG_SHA256

/**
 * digest_check() - do the bytes have this SHA-256 (FIPS 180-4)?
 * @hex: 64 hexadecimal digits
 *
 * Return: 0, or -EBADMSG with @fault naming both.
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
