// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libmd/sha2.h>
#include <stdio.h>
#include <strings.h>

#include "init/source/digest.h"

int digest_check(const char *data, size_t len, const char *hex, struct fault *fault)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH + 1];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const unsigned char *)data, len);
	SHA256Final(digest, &ctx);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	if (!strcasecmp(text, hex))
		return 0;
	fault_set(
		fault, -EBADMSG,
		"the manifest is not the one that coldinit.sha256= names: expected SHA-256 %s, found %s",
		hex, text);
	return fault_facts(fault, -EBADMSG, hex, text);
}
