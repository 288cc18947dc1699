/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's parameter ip= (Documentation/admin-guide/nfs/nfsroot.rst). Pure. */
#ifndef COLDINIT_OPTIONS_IP_WORD_H
#define COLDINIT_OPTIONS_IP_WORD_H

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "init/lib/ip.h"

/**
 * struct ip_word - what ip= says; strings are never NULL
 * @address: no family: no address is asked for
 * @gateway, @dns: no family: none
 * @hostname, @device: "" if not given
 * @dynamic: the address is to be asked for (dhcp, bootp, rarp)
 */
struct ip_word {
	struct ip_prefix address;
	struct ip_address gateway, dns[2];
	const char *hostname, *device;
	bool dynamic;
};

/**
 * ip_word_parse() - read CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS0:DNS1:NTP0
 *
 * Fields at the end may be left out; one word alone is AUTOCONF or CLIENT. Without a netmask it is
 * that of the address's class. SERVER and NTP0 mean nothing here. Return: 0 or -errno with @fault
 * set; @out is untouched on failure.
 */
int ip_word_parse(struct arena *a, const char *value, struct ip_word *out,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
