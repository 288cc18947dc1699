/* SPDX-License-Identifier: Apache-2.0 */
/* What spec/ and dev/ share: a device as the manifest requests it, and what was found. No code. */
#ifndef COLDINIT_DEV_DEVICE_H
#define COLDINIT_DEV_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/lib/ifname.h"
#include "init/lib/pci_address.h"

/** enum companions - what to do with the other functions in the IOMMU group of a VFIO device */
enum companions {
	COMPANIONS_BIND,   /* bind them to vfio-pci, too */
	COMPANIONS_CHECK,  /* fail and name them */
	COMPANIONS_IGNORE, /* do nothing */
};

/**
 * struct device - one requested device: Kata's message Device, and coldinit's keys
 * @id, @type, @vm_path, @container_path: never NULL, "" if not given
 * @options: @n_options strings
 * @expect_ids: @n_expect_ids strings "vendor:device"; the device must have one of them
 * @expect_driver: the driver that must be bound in the end, "" for any
 * @companions: policy for the IOMMU group of a VFIO device
 * @required: if false, a failure is a warning
 * @timeout_ms: how long to wait for it, 0 for the default of the command line
 * @cdi: the CDI name under which the container may request it, "" for none
 * @label: how messages name it, NULL to use @id
 */
struct device {
	const char *id, *type, *vm_path, *container_path;
	const char **options;
	size_t n_options;
	const char **expect_ids;
	size_t n_expect_ids;
	const char *expect_driver;
	enum companions companions;
	bool required;
	uint32_t timeout_ms;
	const char *cdi;
	const char *label;
};

/** struct pci_mapping - a function's address on the host and in the guest */
struct pci_mapping {
	struct pci_address host, guest;
};

/**
 * struct device_node - a device node of the guest
 * @path: "/dev/…"
 * @type: 'b' or 'c'
 * @major, @minor: its numbers
 * @mode: permission bits that its driver gives it, 0 if they are not known
 */
struct device_node {
	char path[64];
	char type;
	uint32_t major, minor, mode;
};

/**
 * struct device_function - a PCI function of a device, and the driver that must stay bound to it
 * @at: its address
 * @driver: name of the driver, "" if none was bound
 */
struct device_function {
	struct pci_address at;
	char driver[32];
};

/* enum device_loss - what was reported of a device that was set up; a later value says more */
enum device_loss {
	DEVICE_PRESENT,
	DEVICE_DRIVER_LOST,
	DEVICE_REMOVED,
};

/**
 * struct device_result - what was found for one device
 * @ready: it was set up; if not, only @error and @us are valid
 * @node_type: 'b' or 'c', 0 if the container gets no node
 * @major, @minor: numbers of the guest's node
 * @node: the guest's node, "/dev/…", "" if there is none
 * @final_path: what the path in the container becomes, "" if it stays as requested
 * @extra: @n_extra further nodes that belong to it (VFIO types where the kernel has IOMMUFD:
 *	/dev/iommu, and /dev/vfio/devices/vfio<N> of each function)
 * @pci: @n_pci pairs of host and guest addresses (VFIO types)
 * @vfio: its type is a VFIO type
 * @driver, @group: the driver that is bound and the IOMMU group, "" if there is none
 * @guest: the guest's address of the (first) function or queue, "" if it has none
 * @ifname: the network interface, "" if it is none
 * @us: microseconds from the beginning of the scan until it was ready or failed
 * @error: why it is not ready, one line from the arena; NULL if it is ready or not yet known
 * @label: how messages name it
 * @functions: its @n_functions PCI functions
 * @node_listed: sysfs has the device of its node
 * @loss: what was reported of it after it was ready
 */
struct device_result {
	bool ready;
	char node_type;
	uint32_t major, minor;
	const struct device_node *extra;
	size_t n_extra;
	const struct pci_mapping *pci;
	size_t n_pci;
	bool vfio, node_listed;
	enum device_loss loss;
	uint64_t us;
	const char *error;
	const char *label;
	const struct device_function *functions;
	size_t n_functions;
	char node[64], final_path[64];
	char driver[32], group[24];
	char guest[40];
	char ifname[IFNAME_MAX];
};

#endif
