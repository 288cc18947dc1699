/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's parameter ip= (Documentation/admin-guide/nfs/nfsroot.rst). Pure. */
#ifndef COLDINIT_OPTIONS_IP_WORD_H
#define COLDINIT_OPTIONS_IP_WORD_H

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "init/lib/ip.h"

/**
 * struct ip_word - a value of ip=; strings are never NULL
 * @address: without a family if none is given
 * @gateway, @dns: without a family if not given
 * @hostname, @device: "" if not given
 * @dynamic: a protocol is requested that gets the address (DHCP, BOOTP, RARP)
 */
struct ip_word {
	struct ip_prefix address;
	struct ip_address gateway, dns[2];
	const char *hostname, *device;
	bool dynamic;
};

/**
 * ip_word_parse() - parse CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS0:DNS1:NTP0
 * @a: owns the strings of @out
 * @value: what follows "ip="
 * @out: gets the fields; untouched on failure
 * @fault: set on failure
 *
 * Fields at the end may be left out; a single word is AUTOCONF or CLIENT. Without a netmask the
 * address has that of its class. SERVER and NTP0 have no effect.
 * Return: 0, -EINVAL if a field is wrong, or -ENOMEM.
 */
int ip_word_parse(struct arena *a, const char *value, struct ip_word *out,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
