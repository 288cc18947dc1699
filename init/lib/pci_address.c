// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/pci_address.h"
#include "init/lib/str.h"

/* A hexadecimal field of one to @digits digits. */
static int pci_address_field(const char *s, size_t len, size_t digits, uint64_t max, uint64_t *out)
{
	if (len > digits || str_number(s, len, 16, max, out))
		return -EINVAL;
	return 0;
}

int pci_address_parse_slot(const char *s, size_t len, struct pci_address *out)
{
	const char *dot = memchr(s, '.', len);
	size_t slot_len = dot ? (size_t)(dot - s) : len;
	uint64_t slot, function = 0;

	if (pci_address_field(s, slot_len, 2, 0x1f, &slot))
		return -EINVAL;
	if (dot && pci_address_field(dot + 1, len - slot_len - 1, 1, 7, &function))
		return -EINVAL;
	out->slot = (uint8_t)slot;
	out->function = (uint8_t)function;
	return 0;
}

int pci_address_parse(const char *s, size_t len, struct pci_address *out)
{
	const char *end = s + len, *bus_at, *slot_at;
	struct pci_address a = {0};
	uint64_t domain, bus;

	bus_at = memchr(s, ':', len);
	if (!bus_at)
		return -EINVAL;
	bus_at++;
	slot_at = memchr(bus_at, ':', (size_t)(end - bus_at));
	if (!slot_at)
		return -EINVAL;
	slot_at++;
	if (pci_address_field(s, (size_t)(bus_at - 1 - s), 8, UINT32_MAX, &domain) ||
	    pci_address_field(bus_at, (size_t)(slot_at - 1 - bus_at), 2, 0xff, &bus))
		return -EINVAL;
	/* The function is optional in a slot, but not here. */
	if (!memchr(slot_at, '.', (size_t)(end - slot_at)) ||
	    pci_address_parse_slot(slot_at, (size_t)(end - slot_at), &a))
		return -EINVAL;
	a.domain = (uint32_t)domain;
	a.bus = (uint8_t)bus;
	*out = a;
	return 0;
}

/* Write @v with @digits digits, or more if it needs them, and @after. Return: the end. */
static char *pci_address_put(char *to, uint32_t v, unsigned digits, char after)
{
	while (digits < 8 && v >> 4 * digits)
		digits++;
	while (digits--)
		*to++ = "0123456789abcdef"[v >> 4 * digits & 0xf];
	*to++ = after;
	return to;
}

/* Without printf(3): each look-up of a function begins with it. */
struct pci_address_text pci_address_text(const struct pci_address *a)
{
	struct pci_address_text t = {0};
	char *to = pci_address_put(t.s, a->domain, 4, ':');

	to = pci_address_put(to, a->bus, 2, ':');
	to = pci_address_put(to, a->slot & 0x1f, 2, '.');
	pci_address_put(to, a->function & 7, 1, '\0');
	return t;
}

bool pci_address_equal(const struct pci_address *a, const struct pci_address *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
	       a->function == b->function;
}
