/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 and IPv6 addresses and prefixes, as text and as bytes. */
#ifndef COLDINIT_LIB_IP_H
#define COLDINIT_LIB_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/** struct ip_address - @family is AF_INET or AF_INET6, 0 for none; @bytes in network order */
struct ip_address {
	int family;
	uint8_t bytes[16];
};

/** struct ip_prefix - an address and the number of its bits that name the network */
struct ip_prefix {
	struct ip_address address;
	uint8_t length;
};

/** IP_TEXT_MAX - room for the text of any address or prefix */
#define IP_TEXT_MAX 56

/** struct ip_text - an address as text, to be used in place: ip_text(&a).s */
struct ip_text {
	char s[IP_TEXT_MAX];
};

/** ip_parse() - parse an address, all of the text. Return: 0 or -EINVAL, @out untouched then. */
int ip_parse(const char *s, struct ip_address *out) must_check nonnull(1, 2);

/**
 * ip_prefix_parse() - parse "ADDRESS/LENGTH"; without a length it is the address alone
 *
 * Return: 0 or -EINVAL; @out is untouched on failure.
 */
int ip_prefix_parse(const char *s, struct ip_prefix *out) must_check nonnull(1, 2);

/** ip_bits() - bits of an address: 32 or 128 */
uint8_t ip_bits(const struct ip_address *a) nonnull(1);

/** ip_size() - bytes of an address: 4 or 16 */
size_t ip_size(const struct ip_address *a) nonnull(1);

/** ip_text() - the address as text, "none" if it has no family */
struct ip_text ip_text(const struct ip_address *a) nonnull(1);

/** ip_prefix_text() - "ADDRESS/LENGTH" */
struct ip_text ip_prefix_text(const struct ip_prefix *p) nonnull(1);

#endif
