// SPDX-License-Identifier: Apache-2.0
/* A VFIO option, and a PCI path: any bytes without a NUL. Accepted values are within bounds. */
#include "dev/pci.h"
#include "dev/vfio.h"
#include "tests/fuzz/fuzz.h"

static void check_address(const struct pci_address *a)
{
	struct pci_address_text text = pci_address_text(a);
	struct pci_address again;

	if (a->slot > 0x1f || a->function > 7)
		abort();
	/* The text of an address is parsed to the same address. */
	if (pci_address_parse(text.s, strlen(text.s), &again) || !pci_address_equal(a, &again))
		abort();
}

static void check_path(const struct pci_path *p)
{
	check_address(&p->root);
	if (p->plain != (p->n == 0) || p->n > PCI_PATH_MAX)
		abort();
	for (size_t i = 0; i < p->n; i++)
		check_address(&p->element[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vfio_option option;
	struct pci_path path;
	struct fault fault;
	char *s = fuzz_text(data, size);

	if (!pci_path_parse(s, &path, &fault))
		check_path(&path);
	else if (!fault.text[0])
		abort();
	if (!vfio_option_parse(s, &option, &fault)) {
		check_address(&option.host);
		if (option.path_text[0])
			check_path(&option.path);
	} else if (!fault.text[0]) {
		abort();
	}
	free(s);
	return 0;
}
