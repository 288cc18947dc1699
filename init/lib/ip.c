// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/ip.h"
#include "init/lib/str.h"

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
