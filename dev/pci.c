// SPDX-License-Identifier: Apache-2.0
/* PCI paths as text, and the attributes of one function in sysfs. */
#include <errno.h>
#include <string.h>

#include "dev/pci.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define SLOT_MAX 0x1f

int pci_bus_parse(const char *s, size_t len, struct pci_address *out)
{
	const char *colon = memchr(s, ':', len);
	size_t domain_len = colon ? (size_t)(colon - s) : 0;
	uint64_t domain, bus;

	if (!colon || domain_len > 8 || len - domain_len - 1 > 2 ||
	    str_number(s, domain_len, 16, UINT32_MAX, &domain) ||
	    str_number(colon + 1, len - domain_len - 1, 16, UINT8_MAX, &bus))
		return -EINVAL;
	*out = (struct pci_address){.domain = (uint32_t)domain, .bus = (uint8_t)bus};
	return 0;
}

/* "SS[.F]/SS[.F]…" */
static int pci_parse_elements(const char *s, struct pci_path *p, struct fault *fault)
{
	size_t len;

	for (;; s += len + 1) {
		len = strcspn(s, "/");
		if (p->n == PCI_PATH_MAX)
			return fault_set(fault, -EINVAL, "has more than %d elements", PCI_PATH_MAX);
		if (pci_address_parse_slot(s, len, &p->element[p->n]))
			return fault_set(
				fault, -EINVAL,
				"element %zu \"%.*s\" is not SS[.F] in hexadecimal, at most 1f.7",
				p->n, len < 16 ? (int)len : 16, s);
		p->n++;
		if (!s[len])
			return 0;
	}
}

/* The bus number of a pxb-pcie root: greater than any slot, and followed by a port and a slot. */
static bool pci_starts_with_bus(const char *s, size_t *len, uint64_t *bus)
{
	const char *slash = strchr(s, '/');

	if (!slash || !strchr(slash + 1, '/') || slash - s > 2)
		return false;
	*len = (size_t)(slash - s);
	return !str_number(s, *len, 16, UINT8_MAX, bus) && *bus > SLOT_MAX;
}

/* Kata's slots path. */
static int pci_parse_slots(const char *s, struct pci_path *p, struct fault *fault)
{
	uint64_t bus;
	size_t len;

	if (pci_starts_with_bus(s, &len, &bus)) {
		p->root.bus = (uint8_t)bus;
		s += len + 1;
	}
	return pci_parse_elements(s, p, fault);
}

/* "pciDDDD:BB/SS[.F]…" */
static int pci_parse_rooted(const char *s, struct pci_path *p, struct fault *fault)
{
	size_t len = strcspn(s, "/");

	if (pci_bus_parse(s + 3, len - 3, &p->root))
		return fault_set(fault, -EINVAL,
				 "does not begin with a root bus such as pci0000:00/");
	if (!s[len])
		return fault_set(fault, -EINVAL,
				 "names a root bus but no slot; example: pci0000:00/02.0");
	return pci_parse_elements(s + len + 1, p, fault);
}

int pci_path_parse(const char *s, struct pci_path *out, struct fault *fault)
{
	struct pci_path p = {0};
	int err = 0;

	if (!strchr(s, ':'))
		err = pci_parse_slots(s, &p, fault);
	else if (str_starts(s, "pci"))
		err = pci_parse_rooted(s, &p, fault);
	else if (pci_address_parse(s, strlen(s), &p.root))
		err = fault_set(fault, -EINVAL, "is not an address DDDD:BB:SS.F in hexadecimal");
	else
		p.plain = true;
	if (err)
		return fault_prefix(fault, err, "PCI path \"%.100s\"", s);
	*out = p;
	return 0;
}

/* A hexadecimal attribute that begins with "0x". */
static int pci_read_hex(int root, const struct pci_address *at, const char *attribute, uint64_t max,
			uint64_t *out)
{
	char text[24];
	ssize_t n;

	n = root_read(root, text, sizeof(text), PCI_DEVICES "/%s/%s", pci_address_text(at).s,
		      attribute);
	if (n < 0)
		return (int)n;
	if (!str_starts(text, "0x"))
		return -EINVAL;
	return str_number(text + 2, (size_t)n - 2, 16, max, out);
}

int pci_read_ids(int root, const struct pci_address *at, struct pci_ids *out, struct fault *fault)
{
	uint64_t vendor, device;
	int err;

	err = pci_read_hex(root, at, "vendor", UINT16_MAX, &vendor);
	if (!err)
		err = pci_read_hex(root, at, "device", UINT16_MAX, &device);
	if (err)
		return fault_strerror(fault, err, "cannot read vendor and device of %s",
				      pci_address_text(at).s);
	*out = (struct pci_ids){(uint16_t)vendor, (uint16_t)device};
	return 0;
}

int pci_class(int root, const struct pci_address *at)
{
	uint64_t class;
	int err;

	err = pci_read_hex(root, at, "class", 0xffffff, &class);
	return err ? err : (int)class;
}

int pci_driver(int root, const struct pci_address *at, char driver[SYSFS_DRIVER_MAX],
	       struct fault *fault)
{
	const struct pci_address_text name = pci_address_text(at);
	int err = root_link_name(root, driver, SYSFS_DRIVER_MAX, PCI_DEVICES "/%s/driver", name.s);

	return sysfs_driver(err, name.s, driver, fault);
}
