/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a PCI function is. The manifest names it in one of three spellings, of which none can be
 * taken for another:
 *
 *	02/00			slots from the root bus 0000:00 on, SS[.F] each; with three or more
 *				elements of which the first is above 1f, that one is the bus number
 *				of a root of its own (pxb-pcie): 20/00/02
 *	pci0001:00/05.0		slots below a root bus that is named
 *	0000:01:00.0		the guest's address itself
 *
 * A path holds no bus numbers: the guest gives those out, so they are read from sysfs.
 */
#ifndef COLDINIT_DEV_PCI_H
#define COLDINIT_DEV_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/sysfs.h"
#include "init/lib/compiler.h"
#include "init/lib/fault.h"
#include "init/lib/pci_address.h"

/** PCI_PATH_MAX - the most elements of a path; real ones have up to five */
#define PCI_PATH_MAX 16

/** PCI_DRIVER_MAX - room for the name of a driver */
#define PCI_DRIVER_MAX 32

/**
 * struct pci_path - a parsed spelling
 * @plain: a guest address, which stands in @root; there are no elements
 * @root: domain and bus of the root bus
 * @element: slot and function of @n elements
 */
struct pci_path {
	bool plain;
	struct pci_address root;
	struct pci_address element[PCI_PATH_MAX];
	size_t n;
};

/** PCI_MISSING_MAX - room for what a function is waited for */
#define PCI_MISSING_MAX 201

/**
 * struct pci_place - where a function is, or will be; zero-initialise before use
 * @found: it is there, whole
 * @address, @name: its address, and as text
 * @dir: its directory below the root, "sys/devices/…"; these three are empty while a bridge on the
 *	way to it is missing
 * @missing: what must be plugged in next, to be read after "waiting for "
 */
struct pci_place {
	bool found;
	struct pci_address address;
	struct pci_address_text name;
	char dir[SYSFS_DIR_MAX];
	char missing[PCI_MISSING_MAX];
};

/** struct pci_ids - vendor and device */
struct pci_ids {
	uint16_t vendor, device;
};

/**
 * pci_bus_parse() - parse "DDDD:BB", all of the text
 *
 * Sets @out's domain and bus, the rest becomes 0. Return: 0 or -EINVAL with @out untouched.
 */
int pci_bus_parse(const char *s, size_t len, struct pci_address *out) must_check nonnull(1, 3);

/**
 * pci_path_parse() - parse one of the three spellings
 *
 * Return: 0, or -EINVAL with @fault set to what is wrong with it; @out is untouched on failure.
 */
int pci_path_parse(const char *s, struct pci_path *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * pci_locate() - follow a path through the bridges in sysfs to a function
 * @root: descriptor of the root directory
 * @path: what to follow
 * @place: what is known so far; a function that was found is not looked for again
 * @fault: gets the error
 *
 * Return: 0 with @place->found; -EAGAIN with @place->missing while something on the way, or the
 * function itself, is not plugged in; another -errno with @fault set if the path can never lead
 * anywhere: -ENODEV (something in it is no bridge), -EINVAL (a bridge with two buses, a link that
 * leads elsewhere), -ENAMETOOLONG, or the errno of reading sysfs.
 */
int pci_locate(int root, const struct pci_path *path, struct pci_place *place,
	       struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * pci_locate_explain() - put the functions that are there, where the path ends, into a fault
 * @root: descriptor of the root directory
 * @path: the path that was followed in vain
 * @fault: its text and facts are replaced
 */
void pci_locate_explain(int root, const struct pci_path *path, struct fault *fault) nonnull(2, 3);

/** pci_read_ids() - vendor and device of a function. Return: 0, or -errno with @fault set. */
int pci_read_ids(int root, const struct pci_address *at, struct pci_ids *out,
		 struct fault *fault) must_check nonnull(2, 3, 4);

/** pci_class() - the class of a function, 0x030000 for a VGA adapter. Return: -errno if unknown. */
int pci_class(int root, const struct pci_address *at) must_check nonnull(2);

/** pci_class_is_bridge() - a PCI to PCI bridge or port? */
static inline bool pci_class_is_bridge(int class)
{
	return class >> 8 == 0x0604;
}

/**
 * pci_driver() - the driver that is bound, "" if there is none
 *
 * Return: 0, or -errno with @fault set.
 */
int pci_driver(int root, const struct pci_address *at, char driver[PCI_DRIVER_MAX],
	       struct fault *fault) must_check nonnull(2, 3, 4);

#endif
