/* SPDX-License-Identifier: Apache-2.0 */
/* PCI addresses as Linux writes them: DDDD:BB:SS.F. */
#ifndef COLDINIT_LIB_PCI_ADDRESS_H
#define COLDINIT_LIB_PCI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/** struct pci_address - one PCI function; slot ≤ 0x1f, function ≤ 7 */
struct pci_address {
	uint32_t domain;
	uint8_t bus, slot, function;
};

/** PCI_ADDRESS_LEN - room for the text of any address with its end (a domain has up to 8 digits) */
#define PCI_ADDRESS_LEN 20

/** struct pci_address_text - an address as text, used in place: pci_address_text(&a).s */
struct pci_address_text {
	char s[PCI_ADDRESS_LEN];
};

/**
 * pci_address_parse() - parse "DDDD:BB:SS.F", hexadecimal
 * @s: the text, not terminated
 * @len: its length; all of it must be the address
 * @out: gets the address; untouched on failure
 *
 * The domain has one to eight digits (VMD and Hyper-V have more than four), bus and slot have one
 * or two, the function one.
 *
 * Return: 0 or -EINVAL.
 */
int pci_address_parse(const char *s, size_t len, struct pci_address *out) must_check nonnull(1, 3);

/**
 * pci_address_parse_slot() - parse "SS" or "SS.F", hexadecimal
 * @s: the text, not terminated
 * @len: its length; all of it must be the slot
 * @out: gets slot and function only; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int pci_address_parse_slot(const char *s, size_t len, struct pci_address *out) must_check
	nonnull(1, 3);

/**
 * pci_address_text() - print an address
 * @a: the address
 *
 * Return: the text, %04x:%02x:%02x.%1x.
 */
struct pci_address_text pci_address_text(const struct pci_address *a) nonnull(1);

/**
 * pci_address_equal() - compare two addresses
 * @a: one address
 * @b: the other one
 *
 * Return: true if they are those of the same function.
 */
bool pci_address_equal(const struct pci_address *a, const struct pci_address *b) nonnull(1, 2);

#endif
