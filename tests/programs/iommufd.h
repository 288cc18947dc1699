/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VFIO device by its node, without its group: /dev/vfio/devices/vfio<N> and /dev/iommu
 * (Documentation/driver-api/vfio.rst, Documentation/userspace-api/iommufd.rst). Debian 12's headers
 * are older than this.
 */
#ifndef COLDINIT_WORKLOAD_IOMMUFD_H
#define COLDINIT_WORKLOAD_IOMMUFD_H

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define IOAS_ALLOC     _IO(';', 0x81)
#define IOAS_MAP       _IO(';', 0x85)
#define BIND_IOMMUFD   _IO(';', 118)
#define ATTACH_IOMMUFD _IO(';', 119)

/* At the caller's address, for writing and reading. */
#define IOAS_MAP_FLAGS 0x7u

/* /dev/iommu, and the I/O address space of all functions. */
struct iommufd {
	int fd;
	uint32_t ioas;
};

/* Return: 0 or -1 with errno. */
static inline int iommufd_open(struct iommufd *i)
{
	struct {
		uint32_t size, flags, ioas;
	} alloc = {.size = sizeof(alloc)};

	i->fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (i->fd < 0 || ioctl(i->fd, IOAS_ALLOC, &alloc))
		return -1;
	i->ioas = alloc.ioas;
	return 0;
}

/* Open a function's node, which sysfs names. Return: its descriptor, or -1 with errno. */
static inline int iommufd_device(const struct iommufd *i, const char *address)
{
	struct {
		uint32_t argsz, flags;
		int32_t fd;
		uint32_t id;
	} bind = {.argsz = sizeof(bind), .fd = i->fd};
	struct {
		uint32_t argsz, flags, ioas;
	} attach = {.argsz = sizeof(attach), .ioas = i->ioas};
	char path[64 + 256] = "";
	DIR *dir;
	int device;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", address);
	dir = opendir(path);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
		if (!strncmp(e->d_name, "vfio", 4))
			snprintf(path, sizeof(path), "/dev/vfio/devices/%s", e->d_name);
	if (dir)
		closedir(dir);
	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0 || ioctl(device, BIND_IOMMUFD, &bind) ||
	    ioctl(device, ATTACH_IOMMUFD, &attach))
		return -1;
	printf("edu: %s: %s is bound to /dev/iommu\n", address, path);
	return device;
}

/* Map @size bytes at @memory for the functions, at @iova. Return: 0 or -1 with errno. */
static inline int iommufd_map(const struct iommufd *i, void *memory, uint64_t size, uint64_t iova)
{
	struct {
		uint32_t size, flags, ioas, reserved;
		uint64_t memory, length, iova;
	} map = {sizeof(map), IOAS_MAP_FLAGS, i->ioas, 0, (uintptr_t)memory, size, iova};

	return ioctl(i->fd, IOAS_MAP, &map);
}

#endif
