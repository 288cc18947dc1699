// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "dev/endpoints.h"
#include "dev/expect.h"
#include "dev/pci.h"
#include "init/lib/str.h"

/* "10de:2330" */
static int expect_parse_ids(const char *s, struct pci_ids *out)
{
	uint64_t vendor, device;

	if (strlen(s) != 9 || s[4] != ':' || str_number(s, 4, 16, UINT16_MAX, &vendor) ||
	    str_number(s + 5, 4, 16, UINT16_MAX, &device))
		return -EINVAL;
	*out = (struct pci_ids){(uint16_t)vendor, (uint16_t)device};
	return 0;
}

int expect_check(const struct device *d, struct fault *fault)
{
	struct pci_ids ids;

	for (size_t i = 0; i < d->n_expect_ids; i++)
		if (expect_parse_ids(d->expect_ids[i], &ids))
			return fault_set(
				fault, -EINVAL,
				"expected id \"%.32s\" is not VENDOR:DEVICE, four hexadecimal digits each",
				d->expect_ids[i]);
	return 0;
}

bool expect_matches(const struct device *d, const struct pci_ids *found)
{
	struct pci_ids ids;

	for (size_t i = 0; i < d->n_expect_ids; i++)
		if (!expect_parse_ids(d->expect_ids[i], &ids) && ids.vendor == found->vendor &&
		    ids.device == found->device)
			return true;
	return d->n_expect_ids == 0;
}

int expect_ids(const struct device *d, int root, const struct pci_address *at, struct fault *fault)
{
	struct pci_ids found;
	const char *more;
	int err;

	if (!d->n_expect_ids)
		return 0;
	err = pci_read_ids(root, at, &found, fault);
	if (err)
		return err;
	if (expect_matches(d, &found))
		return 0;
	more = d->n_expect_ids > 1 ? " or another" : "";
	fault_set(fault, 0,
		  "another device is at %s: expected %s%s, found %04x:%04x; is the path right?",
		  pci_address_text(at).s, d->expect_ids[0], more, found.vendor, found.device);
	fault_expected(fault, "%s%s at %s", d->expect_ids[0], more, pci_address_text(at).s);
	fault_found(fault, "%04x:%04x at %s", found.vendor, found.device, pci_address_text(at).s);
	endpoints_add(root, d, fault);
	return -ENODEV;
}

int expect_no_ids(const struct device *d, struct fault *fault)
{
	return d->n_expect_ids
		       ? fault_set(fault, -EINVAL,
				   "expected ids are for PCI functions; a %.32s device has none",
				   d->type)
		       : 0;
}

int expect_driver(const struct device *d, const char *at, const char *driver, struct fault *fault)
{
	if (!d->expect_driver[0] || !strcmp(d->expect_driver, driver))
		return 0;
	if (!driver[0])
		driver = "no driver";
	fault_set(
		fault, 0,
		"another driver is bound to %s: expected %.64s, found %s; is the module in the initramfs, and named in kernel_modules?",
		at, d->expect_driver, driver);
	fault_expected(fault, "driver %.64s", d->expect_driver);
	fault_found(fault, "%s", driver);
	return -ENODEV;
}
