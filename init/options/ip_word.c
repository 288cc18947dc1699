// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/options/ip_word.h"
#include "init/lib/str.h"
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

static bool is_one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

/* The kernel's words for "ask somebody", and for "do not". */
static bool is_dynamic(const char *s)
{
	return is_one_of(s,
			 (const char *const[]){"on", "any", "dhcp", "bootp", "rarp", "both", NULL});
}

static bool is_static(const char *s)
{
	return is_one_of(s, (const char *const[]){"", "off", "none", "static", NULL});
}

static int bad_field(enum field at, const char *text, const char *expected, struct fault *f)
{
	fault_set(f, 0, "the %s is \"%.100s\", expected %s; the form is " IP_FORM, names[at], text,
		  expected);
	fault_expected(f, "%s", expected);
	fault_found(f, "%.100s", text);
	return -EINVAL;
}

/* The kernel's ip= knows IPv4 only; 0.0.0.0 is none. */
static int read_ipv4(char *const *fields, enum field at, struct ip_address *out, struct fault *f)
{
	static const uint8_t none[4];
	struct ip_address a;

	if (!*fields[at])
		return 0;
	if (ip_parse(fields[at], &a) || a.family != AF_INET)
		return bad_field(at, fields[at],
				 "an IPv4 address (IPv6 is for the manifest's interfaces)", f);
	if (memcmp(a.bytes, none, sizeof(none)) != 0)
		*out = a;
	return 0;
}

/* Of the address's class (RFC 791), as the kernel has it. */
static uint8_t class_length(const struct ip_address *a)
{
	return a->bytes[0] < 128 ? 8 : a->bytes[0] < 192 ? 16 : 24;
}

static int read_netmask(char *const *fields, struct ip_prefix *p, struct fault *f)
{
	struct ip_address mask = {0};
	uint32_t bits;
	int err = read_ipv4(fields, NETMASK, &mask, f);

	if (err)
		return err;
	if (!mask.family) {
		p->length = class_length(&p->address);
		return 0;
	}
	bits = (uint32_t)mask.bytes[0] << 24 | (uint32_t)mask.bytes[1] << 16 |
	       (uint32_t)mask.bytes[2] << 8 | mask.bytes[3];
	if (~bits & (~bits + 1))
		return bad_field(NETMASK, fields[NETMASK], "a netmask such as 255.255.255.0", f);
	p->length = (uint8_t)__builtin_popcount(bits);
	return 0;
}

static int read_name(char *const *fields, enum field at, const char **out, struct fault *f)
{
	const char *s = fields[at];
	size_t n = strlen(s);

	if (at == DEVICE && *s && !ifname_is_valid(s))
		return bad_field(at, s, "an interface name", f);
	if (at == HOSTNAME &&
	    (n > 64 ||
	     strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != n))
		return bad_field(at, s, "a host name of at most 64 characters", f);
	*out = s;
	return 0;
}

static int read_fields(char *const *fields, struct ip_word *w, struct fault *f)
{
	int err = read_ipv4(fields, CLIENT, &w->address.address, f);

	if (!err)
		err = read_ipv4(fields, GATEWAY, &w->gateway, f);
	if (!err)
		err = read_ipv4(fields, DNS0, &w->dns[0], f);
	if (!err)
		err = read_ipv4(fields, DNS1, &w->dns[1], f);
	if (!err)
		err = read_name(fields, HOSTNAME, &w->hostname, f);
	if (!err)
		err = read_name(fields, DEVICE, &w->device, f);
	if (!err && w->address.address.family)
		err = read_netmask(fields, &w->address, f);
	if (err)
		return err;
	w->dynamic = is_dynamic(fields[AUTOCONF]);
	if (!w->dynamic && !is_static(fields[AUTOCONF]))
		return bad_field(AUTOCONF, fields[AUTOCONF], "off, none or static", f);
	if (!w->dynamic && !w->address.address.family)
		return fault_set(f, -EINVAL, "there is no client address; the form is " IP_FORM);
	return 0;
}

int ip_word_parse(struct arena *a, const char *value, struct ip_word *out, struct fault *f)
{
	struct ip_word w = {.hostname = "", .device = ""};
	char *rest = arena_strdup(a, value), empty[] = "";
	char *fields[FIELDS];
	int err = 0;

	if (!rest)
		return fault_oom(f);
	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = rest ? strsep(&rest, ":") : empty;
	}
	if (rest)
		return fault_set(f, -EINVAL, "more than %d fields; the form is " IP_FORM, FIELDS);
	/* One word alone. */
	if (is_dynamic(value))
		w.dynamic = true;
	else if (!is_static(value))
		err = read_fields(fields, &w, f);
	if (!err)
		*out = w;
	return err;
}
