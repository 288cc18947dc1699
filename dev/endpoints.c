// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "dev/endpoints.h"
#include "dev/expect.h"
#include "dev/pci.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define ENDPOINTS_PATH_MAX 80 /* a path of more elements is cut */

/* struct endpoints_walk - one walk through all functions; @expected: for those with expected ids */
struct endpoints_walk {
	int root;
	const struct device *device;
	bool expected;
	struct sysfs_list list;
};

/* One component of a directory of sysfs: a root bus begins the path anew. */
static void endpoints_add_element(char path[ENDPOINTS_PATH_MAX], const char *name, size_t len)
{
	struct pci_address a;
	size_t n = strlen(path);

	if (str_starts(name, "pci") && !pci_bus_parse(name + 3, len - 3, &a)) {
		path[0] = '\0';
		if (a.domain || a.bus)
			snprintf(path, ENDPOINTS_PATH_MAX, "%.*s", (int)len, name);
		return;
	}
	if (pci_address_parse(name, len, &a))
		return;
	n += (size_t)snprintf(path + n, ENDPOINTS_PATH_MAX - n, "%s%02x", n ? "/" : "", a.slot);
	if (a.function && n < ENDPOINTS_PATH_MAX)
		snprintf(path + n, ENDPOINTS_PATH_MAX - n, ".%x", a.function);
}

/* The path of a function, as the manifest spells it. Return: 0 or -errno. */
static int endpoints_path(int root, const char *name, char path[ENDPOINTS_PATH_MAX])
{
	char link[64], dir[SYSFS_DIR_MAX];
	int err = str_printf(link, sizeof(link), PCI_DEVICES "/%s", name);

	if (!err)
		err = sysfs_target(root, link, dir);
	if (err)
		return err;
	path[0] = '\0';
	for (const char *s = dir; *s; s += strspn(s, "/")) {
		size_t len = strcspn(s, "/");

		endpoints_add_element(path, s, len);
		s += len;
	}
	return 0;
}

static int endpoints_see(const char *name, void *arg)
{
	struct endpoints_walk *w = arg;
	char path[ENDPOINTS_PATH_MAX], text[sizeof(path) + 16];
	struct fault ignored;
	struct pci_address a;
	struct pci_ids ids;
	int class;

	if (pci_address_parse(name, strlen(name), &a))
		return 0;
	class = pci_class(w->root, &a);
	/* Bridges of all kinds are no endpoints (PCI Code and ID Assignment, base class 06h). */
	if (class < 0 || class >> 16 == 6 || pci_read_ids(w->root, &a, &ids, &ignored) ||
	    expect_matches(w->device, &ids) != w->expected || endpoints_path(w->root, name, path))
		return 0;
	snprintf(text, sizeof(text), "%s (%04x:%04x)", path, ids.vendor, ids.device);
	return sysfs_list_add(&w->list, ", ", text);
}

void endpoints_add(int root, const struct device *d, struct fault *fault)
{
	struct endpoints_walk w = {.root = root, .device = d, .expected = true};
	int err = root_each_sorted(root, endpoints_see, &w, PCI_DEVICES);

	w.expected = false;
	if (!err)
		err = root_each_sorted(root, endpoints_see, &w, PCI_DEVICES);
	fault_add(fault, " Endpoints of the guest: %s", sysfs_list_text(&w.list, err));
}
