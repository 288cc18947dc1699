/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 and IPv6 addresses and prefixes, as text and as bytes. */
#ifndef COLDINIT_LIB_IP_H
#define COLDINIT_LIB_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/** struct ip_address - @family is AF_INET or AF_INET6, 0 for none; @bytes in network order */
struct ip_address {
	int family;
	uint8_t bytes[16];
};

/** struct ip_prefix - an address, and how many of its bits name the network */
struct ip_prefix {
	struct ip_address address;
	uint8_t length;
};

/** IP_TEXT_MAX - room for the text of any address or prefix */
#define IP_TEXT_MAX 56

/** struct ip_text - an address as text, used in place: ip_text(&a).s */
struct ip_text {
	char s[IP_TEXT_MAX];
};

/**
 * ip_parse() - parse an address
 * @s: the text; all of it must be the address
 * @out: gets the address; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int ip_parse(const char *s, struct ip_address *out) must_check nonnull(1, 2);

/**
 * ip_prefix_parse() - parse "ADDRESS/LENGTH", or an address, whose length is then all bits
 * @s: the text; all of it must be the prefix
 * @out: gets the prefix; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int ip_prefix_parse(const char *s, struct ip_prefix *out) must_check nonnull(1, 2);

/**
 * ip_bits() - get the length of an address
 * @a: the address
 *
 * Return: bits: 32 or 128.
 */
uint8_t ip_bits(const struct ip_address *a) nonnull(1);

/**
 * ip_size() - get the length of an address
 * @a: the address
 *
 * Return: bytes: 4 or 16.
 */
size_t ip_size(const struct ip_address *a) nonnull(1);

/**
 * ip_text() - print an address
 * @a: the address
 *
 * Return: the text, "none" if it has no family.
 */
struct ip_text ip_text(const struct ip_address *a) nonnull(1);

/**
 * ip_prefix_text() - print a prefix
 * @p: the prefix
 *
 * Return: "ADDRESS/LENGTH".
 */
struct ip_text ip_prefix_text(const struct ip_prefix *p) nonnull(1);

#endif
