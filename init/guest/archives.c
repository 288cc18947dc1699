// SPDX-License-Identifier: Apache-2.0
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
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

static int archives_given(int root, uint64_t *size)
{
	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "sys/kernel/boot_params/data");
	uint32_t low, high;

	if (fd < 0)
		return fd;
	if (pread(fd, &low, sizeof(low), RAMDISK_SIZE) != sizeof(low) ||
	    pread(fd, &high, sizeof(high), EXT_RAMDISK_SIZE) != sizeof(high))
		return -EIO;
	*size = (uint64_t)high << 32 | low;
	return 0;
}

#else

/* A property of /chosen: one or two cells (Documentation/devicetree/usage-model.rst) */
static int archives_address(int root, const char *property, uint64_t *address)
{
	int fd cleanup(fd_close) =
		root_open(root, O_RDONLY, 0, "sys/firmware/devicetree/base/chosen/%s", property);
	unsigned char cells[9];
	ssize_t n = fd < 0 ? fd : fd_read(fd, cells, sizeof(cells));

	if (n < 0)
		return (int)n;
	if (n != 4 && n != 8)
		return -EIO;
	*address = 0;
	for (ssize_t i = 0; i < n; i++)
		*address = *address << 8 | cells[i];
	return 0;
}

static int archives_given(int root, uint64_t *size)
{
	uint64_t start, end;
	int err = archives_address(root, "linux,initrd-start", &start);

	if (!err)
		err = archives_address(root, "linux,initrd-end", &end);
	if (!err)
		*size = end - start;
	return err;
}

#endif

static int archives_add(const char *name, void *arg)
{
	struct archives *archives = arg;
	uint64_t length;
	char text[24];
	ssize_t n = root_read(archives->initrd, text, sizeof(text), ARCHIVES_DIR "/%s", name);

	/* What others have put there says nothing: then the kernel's log is read. */
	if (n < 0 || str_number(text, (size_t)n, 10, INT64_MAX, &length))
		return n < 0 && n != -EMSGSIZE ? (int)n : 0;
	archives->sum += length;
	return 0;
}

int archives_are_whole(int root, int initrd)
{
	struct archives archives = {.initrd = initrd};
	int err = root_each(initrd, archives_add, &archives, ARCHIVES_DIR);
	uint64_t given;

	if (!err)
		err = archives_given(root, &given);
	if (err)
		return err == -ENOENT ? 0 : err;
	return archives.sum == given;
}
