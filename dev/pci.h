/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a PCI function is. The manifest names it in one of three spellings, which cannot be
 * confused:
 *
 *	02/00			slots from the root bus 0000:00 on, SS[.F] each; if there are three
 *				or more elements and the first is above 1f, that one is the bus
 *				number of another root bus (pxb-pcie): 20/00/02
 *	pci0001:00/05.0		slots below the root bus that is named
 *	0000:01:00.0		the guest's address
 *
 * A path does not contain bus numbers: the guest assigns those, so they are read from sysfs.
 */
#ifndef COLDINIT_DEV_PCI_H
#define COLDINIT_DEV_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/ops.h"
#include "dev/sysfs.h"
#include "init/lib/compiler.h"
#include "init/lib/fault.h"
#include "init/lib/pci_address.h"

/** PCI_DEVICES - the directory with a link to each function
 * (Documentation/ABI/testing/sysfs-bus-pci) */
#define PCI_DEVICES "sys/bus/pci/devices"

/** PCI_DRIVERS - the directory with a directory for each driver */
#define PCI_DRIVERS "sys/bus/pci/drivers"

/** PCI_DRIVERS_PROBE - an address that is written here lets the kernel find a driver */
#define PCI_DRIVERS_PROBE "sys/bus/pci/drivers_probe"

/** PCI_PATH_MAX - the most elements of a path; real ones have up to five */
#define PCI_PATH_MAX 16

/** PCI_MISSING_MAX - room for the description of what is missing */
#define PCI_MISSING_MAX 201

/**
 * struct pci_path - a parsed spelling
 * @plain: it is a guest address, which is in @root; there are no elements
 * @root: domain and bus of the root bus
 * @element: slot and function of @n elements
 */
struct pci_path {
	bool plain;
	struct pci_address root;
	struct pci_address element[PCI_PATH_MAX];
	size_t n;
};

/**
 * struct pci_place - where a function is, or will be; zero-initialise before use
 * @found: the function exists and is complete
 * @address, @name: its address, and the same as text
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
 * pci_bus_parse() - parse "DDDD:BB"
 * @s: the text, not terminated
 * @len: its length; all of it must be the bus
 * @out: gets domain and bus, and zero for the rest; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int pci_bus_parse(const char *s, size_t len, struct pci_address *out) must_check nonnull(1, 3);

/**
 * pci_path_parse() - parse one of the three spellings
 * @s: the text
 * @out: gets the path; untouched on failure
 * @fault: gets what is wrong with the text
 *
 * Return: 0 or -EINVAL.
 */
int pci_path_parse(const char *s, struct pci_path *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * pci_locate() - follow a path through the bridges in sysfs to a function
 * @env: where
 * @path: the path
 * @place: what is known so far; a function that was found is not searched again
 * @dir: gets an O_PATH descriptor of its directory, which the caller closes, if it was found just now;
 *	may be NULL
 * @fault: gets the error
 *
 * Return: 0 with @place->found; -EAGAIN with @place->missing while a bridge on the way, or the
 * function, is not plugged in; another -errno with @fault set if the path can never lead to a
 * function: -ENODEV (an element is not a bridge), -EINVAL (a bridge with two buses, a link that
 * leads out of sysfs), -ENAMETOOLONG, or the errno of reading sysfs.
 */
int pci_locate(const struct dev_env *env, const struct pci_path *path, struct pci_place *place,
	       int *dir, struct fault *fault) must_check nonnull(1, 2, 3, 5);

/**
 * pci_locate_explain() - put the functions that exist where a path ends into a fault
 * @root: descriptor of the root directory
 * @path: the path to the function that is missing
 * @fault: its text and facts are replaced
 */
void pci_locate_explain(int root, const struct pci_path *path, struct fault *fault) nonnull(2, 3);

/**
 * pci_read_ids() - read vendor and device of a function
 * @root: descriptor of the root directory
 * @at: the function's address
 * @out: gets them; untouched on failure
 * @fault: gets the error
 *
 * Return: 0, -ENOENT without such a function, -EINVAL if they are not hexadecimal, or the errno of
 * reading them.
 */
int pci_read_ids(int root, const struct pci_address *at, struct pci_ids *out,
		 struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * pci_class() - read the class of a function
 * @root: descriptor of the root directory
 * @at: the function's address
 *
 * Return: the class, as 0x030000 for a VGA adapter, or the errno of reading it.
 */
int pci_class(int root, const struct pci_address *at) must_check nonnull(2);

/**
 * pci_class_is_bridge() - check whether a class is that of a PCI to PCI bridge or port
 * @class: what pci_class() returned
 *
 * Return: true if it is.
 */
static inline bool pci_class_is_bridge(int class)
{
	return class >> 8 == 0x0604;
}

/**
 * pci_driver() - read which driver is bound to a function
 * @root: descriptor of the root directory
 * @at: the function's address
 * @driver: gets its name, "" if no driver is bound
 * @fault: gets the error
 *
 * Return: 0, or the errno of reading the link.
 */
int pci_driver(int root, const struct pci_address *at, char driver[SYSFS_DRIVER_MAX],
	       struct fault *fault) must_check nonnull(2, 3, 4);

#endif
