// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/ip.h"
#include "init/lib/str.h"

#define NAME_SIZE 16 /* IFNAMSIZ */

int ip_parse(const char *s, struct ip_address *out)
{
	struct ip_address a = {.family = strchr(s, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(a.family, s, a.bytes) != 1)
		return -EINVAL;
	*out = a;
	return 0;
}

int ip_prefix_parse(const char *s, struct ip_prefix *out)
{
	size_t n = strcspn(s, "/");
	char text[IP_TEXT_MAX];
	struct ip_prefix p;
	uint64_t length;

	if (n >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, n);
	text[n] = '\0';
	if (ip_parse(text, &p.address))
		return -EINVAL;
	length = ip_bits(&p.address);
	if (s[n] && str_number(s + n + 1, strlen(s + n + 1), 10, length, &length))
		return -EINVAL;
	p.length = (uint8_t)length;
	*out = p;
	return 0;
}

uint8_t ip_bits(const struct ip_address *a)
{
	return (uint8_t)(8 * ip_size(a));
}

size_t ip_size(const struct ip_address *a)
{
	return a->family == AF_INET6 ? 16 : 4;
}

struct ip_text ip_text(const struct ip_address *a)
{
	struct ip_text text = {"none"};

	if (a->family)
		inet_ntop(a->family, a->bytes, text.s, sizeof(text.s));
	return text;
}

struct ip_text ip_prefix_text(const struct ip_prefix *p)
{
	struct ip_text text = ip_text(&p->address);
	size_t n = strlen(text.s);

	snprintf(text.s + n, sizeof(text.s) - n, "/%u", p->length);
	return text;
}

int hw_address_parse(const char *s, struct hw_address *out)
{
	struct hw_address a;
	uint64_t byte;

	if (strlen(s) != sizeof(struct hw_text) - 1)
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

bool hw_address_is_unicast(const struct hw_address *a)
{
	static const struct hw_address none;

	return !(a->bytes[0] & 1) && memcmp(a, &none, sizeof(none)) != 0;
}

struct hw_text hw_text(const struct hw_address *a)
{
	const uint8_t *b = a->bytes;
	struct hw_text text;

	snprintf(text.s, sizeof(text.s), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
		 b[4], b[5]);
	return text;
}

bool ifname_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= NAME_SIZE || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	/* '%' is the kernel's: "eth%d" asks for a number. */
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || strchr("/:%", *name))
			return false;
	return true;
}
