// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libmd/sha2.h>
#include <stdio.h>
#include <strings.h>

#include "init/source/digest.h"

void digest_text(const char *data, size_t len, char text[DIGEST_TEXT])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const unsigned char *)data, len);
	SHA256Final(digest, &ctx);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

int digest_check(const char *data, size_t len, const char *hex, struct fault *fault)
{
	char text[DIGEST_TEXT];

	digest_text(data, len, text);
	if (!strcasecmp(text, hex))
		return 0;
	fault_set(
		fault, -EBADMSG,
		"the manifest is not the one that coldinit.sha256= names: expected SHA-256 %s, found %s",
		hex, text);
	return fault_facts(fault, -EBADMSG, hex, text);
}
