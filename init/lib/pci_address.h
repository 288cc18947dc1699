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

/** struct pci_address_text - an address as text, to be used in place: pci_address_text(&a).s */
struct pci_address_text {
	char s[PCI_ADDRESS_LEN];
};

/**
 * pci_address_parse() - parse "DDDD:BB:SS.F", hexadecimal, all of the text
 *
 * The domain has one to eight digits (VMD and Hyper-V have more than four), bus and slot one or
 * two, the function one. Return: 0 or -EINVAL; @out is untouched on failure.
 */
int pci_address_parse(const char *s, size_t len, struct pci_address *out) must_check nonnull(1, 3);

/**
 * pci_address_parse_slot() - parse "SS" or "SS.F", hexadecimal, all of the text
 *
 * Sets only @out's slot and function. Return: 0 or -EINVAL; @out is untouched on failure.
 */
int pci_address_parse_slot(const char *s, size_t len, struct pci_address *out) must_check
	nonnull(1, 3);

/** pci_address_text() - %04x:%02x:%02x.%1x */
struct pci_address_text pci_address_text(const struct pci_address *a) nonnull(1);

/** pci_address_equal() - the same function? */
bool pci_address_equal(const struct pci_address *a, const struct pci_address *b) nonnull(1, 2);

#endif
