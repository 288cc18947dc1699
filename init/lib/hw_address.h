/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware addresses of Ethernet interfaces, as text and as bytes. */
#ifndef COLDINIT_LIB_HW_ADDRESS_H
#define COLDINIT_LIB_HW_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/** struct hw_address - 48 bits, in the order in which they are sent */
struct hw_address {
	uint8_t bytes[6];
};

/** struct hw_address_text - an address as text, used in place: hw_address_text(&address).s */
struct hw_address_text {
	char s[18];
};

/**
 * hw_address_parse() - parse "52:54:00:12:34:56"
 * @s: the text; all of it must be the address
 * @out: gets the address; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int hw_address_parse(const char *s, struct hw_address *out) must_check nonnull(1, 2);

/**
 * hw_address_is_unicast() - check that an interface can have an address
 * @address: the address
 *
 * Return: false for zero and for group addresses (the kernel's is_valid_ether_addr()).
 */
bool hw_address_is_unicast(const struct hw_address *address) nonnull(1);

/**
 * hw_address_text() - print an address
 * @address: the address
 *
 * Return: six pairs of lower-case hexadecimal digits with colons between them.
 */
struct hw_address_text hw_address_text(const struct hw_address *address) nonnull(1);

#endif
