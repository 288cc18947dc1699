// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/hw_address.h"
#include "init/lib/str.h"

int hw_address_parse(const char *s, struct hw_address *out)
{
	struct hw_address a;
	uint64_t byte;

	if (strlen(s) != sizeof(struct hw_address_text) - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(a.bytes); i++, s += 3) {
		if (str_number(s, 2, 16, UINT8_MAX, &byte) ||
		    s[2] != (i + 1 < sizeof(a.bytes) ? ':' : '\0'))
			return -EINVAL;
		a.bytes[i] = (uint8_t)byte;
	}
	*out = a;
	return 0;
}

bool hw_address_is_unicast(const struct hw_address *address)
{
	static const struct hw_address none;

	return !(address->bytes[0] & 1) && memcmp(address, &none, sizeof(none)) != 0;
}

struct hw_address_text hw_address_text(const struct hw_address *address)
{
	const uint8_t *b = address->bytes;
	struct hw_address_text text;

	snprintf(text.s, sizeof(text.s), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
		 b[4], b[5]);
	return text;
}
