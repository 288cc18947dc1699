// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "init/guest/archives.h"
#include "init/lib/fd.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define ARCHIVES_DIR "coldinit/archives"

/* struct archives - the lengths in @initrd, added up to @sum bytes */
struct archives {
	int initrd;
	uint64_t sum;
};

#ifdef __x86_64__

/* Places in struct boot_params (Documentation/arch/x86/boot.rst and zero-page.rst) */
#define RAMDISK_SIZE	 0x21c
#define EXT_RAMDISK_SIZE 0x0c4

/* How many bytes the kernel got. Return: whether this is known. */
static bool archives_given(int root, uint64_t *size)
{
	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "sys/kernel/boot_params/data");
	uint32_t low, high;

	if (fd < 0 || pread(fd, &low, sizeof(low), RAMDISK_SIZE) != sizeof(low) ||
	    pread(fd, &high, sizeof(high), EXT_RAMDISK_SIZE) != sizeof(high))
		return false;
	*size = (uint64_t)high << 32 | low;
	return true;
}

#else

/* A property of /chosen: one or two cells (Documentation/devicetree/usage-model.rst) */
static bool archives_address(int root, const char *property, uint64_t *address)
{
	int fd cleanup(fd_close) =
		root_open(root, O_RDONLY, 0, "sys/firmware/devicetree/base/chosen/%s", property);
	char cells[9];
	ssize_t n = fd < 0 ? fd : fd_read(fd, cells, sizeof(cells));

	if (n != 4 && n != 8)
		return false;
	*address = 0;
	for (ssize_t i = 0; i < n; i++)
		*address = *address << 8 | (unsigned char)cells[i];
	return true;
}

/* How many bytes the kernel got. Return: whether this is known. */
static bool archives_given(int root, uint64_t *size)
{
	uint64_t start, end;

	if (!archives_address(root, "linux,initrd-start", &start) ||
	    !archives_address(root, "linux,initrd-end", &end))
		return false;
	*size = end - start;
	return true;
}

#endif

static int archives_add(const char *name, void *arg)
{
	struct archives *archives = arg;
	uint64_t length;
	char text[24];
	ssize_t n = root_read(archives->initrd, text, sizeof(text), ARCHIVES_DIR "/%s", name);

	if (n < 0)
		return (int)n;
	if (str_number(text, (size_t)n, 10, INT64_MAX, &length))
		return -EINVAL;
	archives->sum += length;
	return 0;
}

bool archives_are_whole(int root, int initrd)
{
	struct archives archives = {.initrd = initrd};
	uint64_t given;

	return !root_each(initrd, archives_add, &archives, ARCHIVES_DIR) &&
	       archives_given(root, &given) && archives.sum == given;
}
