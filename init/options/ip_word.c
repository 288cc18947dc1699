// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/str.h"
#include "init/options/ip_word.h"
#include "init/lib/ifname.h"

/* The fields in their order. */
enum field {
	CLIENT,
	SERVER,
	GATEWAY,
	NETMASK,
	HOSTNAME,
	DEVICE,
	AUTOCONF,
	DNS0,
	DNS1,
	NTP0,
	FIELDS
};

static const char *const names[FIELDS] = {
	"client address",
	"server address",
	"gateway address",
	"netmask",
	"host name",
	"device",
	"autoconf",
	"name server's address",
	"name server's address",
	"time server's address",
};

#define IP_FORM "ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off"

/* The kernel's words for a protocol that gets the address, and for none. */
static bool ip_word_is_dynamic(const char *s)
{
	return str_has_word("on any dhcp bootp rarp both", s);
}

static bool ip_word_is_static(const char *s)
{
	return !*s || str_has_word("off none static", s);
}

static int ip_word_bad_field(enum field at, const char *text, const char *expected,
			     struct fault *fault)
{
	fault_set(fault, 0, "the %s is \"%.100s\", expected %s; the form is %s", names[at], text,
		  expected, IP_FORM);
	return fault_facts(fault, -EINVAL, expected, text);
}

/* The kernel's ip= has IPv4 addresses only; 0.0.0.0 is none. */
static int ip_word_read_ipv4(const char *const *fields, enum field at, struct ip_address *out,
			     struct fault *fault)
{
	static const uint8_t none[4];
	struct ip_address a;

	if (!*fields[at])
		return 0;
	if (ip_parse(fields[at], &a) || a.family != AF_INET)
		return ip_word_bad_field(at, fields[at],
					 "an IPv4 address (IPv6 is for the manifest's interfaces)",
					 fault);
	if (memcmp(a.bytes, none, sizeof(none)) != 0)
		*out = a;
	return 0;
}

/* The prefix length of an address's class (RFC 791), as in the kernel. */
static uint8_t ip_word_class_length(const struct ip_address *a)
{
	return a->bytes[0] < 128 ? 8 : a->bytes[0] < 192 ? 16 : 24;
}

static int ip_word_read_netmask(const char *const *fields, struct ip_prefix *p, struct fault *fault)
{
	struct ip_address mask = {0};
	uint32_t bits;
	int err = ip_word_read_ipv4(fields, NETMASK, &mask, fault);

	if (err)
		return err;
	if (!mask.family) {
		p->length = ip_word_class_length(&p->address);
		return 0;
	}
	bits = (uint32_t)mask.bytes[0] << 24 | (uint32_t)mask.bytes[1] << 16 |
	       (uint32_t)mask.bytes[2] << 8 | mask.bytes[3];
	if (~bits & (~bits + 1))
		return ip_word_bad_field(NETMASK, fields[NETMASK],
					 "a netmask such as 255.255.255.0", fault);
	p->length = (uint8_t)(bits ? 32 - __builtin_ctz(bits) : 0);
	return 0;
}

static int ip_word_read_name(const char *const *fields, enum field at, const char **out,
			     struct fault *fault)
{
	const char *s = fields[at];
	size_t n = strlen(s);

	if (at == DEVICE && *s && !ifname_is_valid(s))
		return ip_word_bad_field(at, s, "an interface name", fault);
	if (at == HOSTNAME &&
	    (n > 64 ||
	     strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != n))
		return ip_word_bad_field(at, s, "a host name of at most 64 characters", fault);
	*out = s;
	return 0;
}

static int ip_word_read_fields(const char *const *fields, struct ip_word *w, struct fault *fault)
{
	int err = ip_word_read_ipv4(fields, CLIENT, &w->address.address, fault);

	if (!err)
		err = ip_word_read_ipv4(fields, GATEWAY, &w->gateway, fault);
	if (!err)
		err = ip_word_read_ipv4(fields, DNS0, &w->dns[0], fault);
	if (!err)
		err = ip_word_read_ipv4(fields, DNS1, &w->dns[1], fault);
	if (!err)
		err = ip_word_read_name(fields, HOSTNAME, &w->hostname, fault);
	if (!err)
		err = ip_word_read_name(fields, DEVICE, &w->device, fault);
	if (!err && w->address.address.family)
		err = ip_word_read_netmask(fields, &w->address, fault);
	if (err)
		return err;
	w->dynamic = ip_word_is_dynamic(fields[AUTOCONF]);
	if (!w->dynamic && !ip_word_is_static(fields[AUTOCONF]))
		return ip_word_bad_field(AUTOCONF, fields[AUTOCONF], "off, none or static", fault);
	if (!w->dynamic && !w->address.address.family)
		return fault_set(fault, -EINVAL, "there is no client address; the form is %s",
				 IP_FORM);
	return 0;
}

int ip_word_parse(struct arena *a, const char *value, struct ip_word *out, struct fault *fault)
{
	struct ip_word w = {.hostname = "", .device = ""};
	char *rest = arena_strdup(a, value);
	const char *fields[FIELDS];
	int err = 0;

	if (!rest)
		return fault_oom(fault);
	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = rest ? strsep(&rest, ":") : "";
	if (rest)
		return fault_set(fault, -EINVAL, "more than %d fields; the form is %s", FIELDS,
				 IP_FORM);
	/* A single word: AUTOCONF, else CLIENT. */
	if (ip_word_is_dynamic(value))
		w.dynamic = true;
	else if (!ip_word_is_static(value))
		err = ip_word_read_fields(fields, &w, fault);
	if (!err)
		*out = w;
	return err;
}
