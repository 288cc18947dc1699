// SPDX-License-Identifier: Apache-2.0
/*
 * The demo's container: drive QEMU's "edu" device from user space, through its VFIO group, as an
 * ordinary user. It shows what the container was promised: registers, DMA through the IOMMU, and
 * an interrupt. Follows Documentation/driver-api/vfio.rst and QEMU's docs/specs/edu.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#define DEVICE_VARIABLE "PCIDEVICE_COLDINIT_IO_EDU"

/* Exit status: which promise was not kept. */
enum {
	FAIL_NAME = 10, /* the environment names no device, or /dev/vfio no group */
	FAIL_CONTAINER, /* /dev/vfio/vfio */
	FAIL_GROUP,
	FAIL_VIABLE,
	FAIL_IOMMU,
	FAIL_DEVICE,
	FAIL_REGISTERS,
	FAIL_DMA,
	FAIL_INTERRUPT,
};

/* Registers in BAR 0; those from DMA_SRC on are 64 bits wide. */
enum {
	REG_ID = 0x00,
	REG_LIVENESS = 0x04,
	REG_FACTORIAL = 0x08,
	REG_STATUS = 0x20,
	REG_IRQ_STATUS = 0x24,
	REG_IRQ_RAISE = 0x60,
	REG_IRQ_ACK = 0x64,
	REG_DMA_SRC = 0x80,
	REG_DMA_DST = 0x88,
	REG_DMA_COUNT = 0x90,
	REG_DMA_CMD = 0x98,
};

#define EDU_ID		 0x010000edu
#define STATUS_COMPUTING 0x01u
#define DMA_START	 0x01u
#define DMA_TO_RAM	 0x02u
#define EDU_BUFFER	 0x40000u
#define DMA_BYTES	 2048u
#define IOVA		 0x100000u /* the device reaches 28 bits */
#define IRQ_PATTERN	 0xc01du
#define GROUP_PATH_MAX	 (sizeof("/dev/vfio/") + 255)
#define DEADLINE_MS	 5000

struct edu {
	int container, group, device;
	volatile uint8_t *bar;
	uint8_t *memory; /* two pages: out and back */
	size_t page;
};

static void fail(int status, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));

static void fail(int status, const char *fmt, ...)
{
	va_list ap;

	printf("edu: FAILED: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(status);
}

static uint32_t read32(const struct edu *e, unsigned reg)
{
	return *(volatile uint32_t *)(e->bar + reg);
}

static void write32(const struct edu *e, unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)(e->bar + reg) = value;
}

static void write64(const struct edu *e, unsigned reg, uint64_t value)
{
	*(volatile uint64_t *)(e->bar + reg) = value;
}

/* Wait until the bits of a register are clear. Return: 0, or -1 at the deadline. */
static int wait_clear(const struct edu *e, unsigned reg, uint32_t bits)
{
	struct timespec pause = {.tv_nsec = 1000000};

	for (int ms = 0; ms < DEADLINE_MS; ms++) {
		if (!(read32(e, reg) & bits))
			return 0;
		nanosleep(&pause, NULL);
	}
	return -1;
}

/* The container sees one group: the one entry of /dev/vfio whose name is a number. */
static void find_group(char path[GROUP_PATH_MAX])
{
	DIR *dir = opendir("/dev/vfio");
	int found = 0;

	if (!dir)
		fail(FAIL_NAME, "/dev/vfio: %s", strerror(errno));
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		const char *name = entry->d_name;

		if (name[strspn(name, "0123456789")])
			continue;
		snprintf(path, GROUP_PATH_MAX, "/dev/vfio/%s", name);
		found++;
	}
	closedir(dir);
	if (found != 1)
		fail(FAIL_NAME, "/dev/vfio has %d groups, one expected", found);
}

static void open_group(struct edu *e)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int iommu = VFIO_TYPE1v2_IOMMU;
	char path[GROUP_PATH_MAX] = "";

	find_group(path);
	e->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (e->container < 0)
		fail(FAIL_CONTAINER, "/dev/vfio/vfio: %s", strerror(errno));
	if (ioctl(e->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		fail(FAIL_CONTAINER, "/dev/vfio/vfio speaks another version of VFIO");
	if (!ioctl(e->container, VFIO_CHECK_EXTENSION, iommu))
		iommu = VFIO_TYPE1_IOMMU;

	e->group = open(path, O_RDWR | O_CLOEXEC);
	if (e->group < 0)
		fail(FAIL_GROUP, "%s: %s", path, strerror(errno));
	if (ioctl(e->group, VFIO_GROUP_GET_STATUS, &status))
		fail(FAIL_GROUP, "%s: VFIO_GROUP_GET_STATUS: %s", path, strerror(errno));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		fail(FAIL_VIABLE, "%s is not viable: a device of it has another driver", path);
	if (ioctl(e->group, VFIO_GROUP_SET_CONTAINER, &e->container))
		fail(FAIL_GROUP, "%s: VFIO_GROUP_SET_CONTAINER: %s", path, strerror(errno));
	if (ioctl(e->container, VFIO_SET_IOMMU, iommu))
		fail(FAIL_IOMMU, "VFIO_SET_IOMMU: %s", strerror(errno));
	printf("edu: group %s is viable\n", path);
}

static void map_registers(struct edu *e)
{
	struct vfio_region_info bar = {.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX};
	void *map;

	if (ioctl(e->device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		fail(FAIL_DEVICE, "BAR 0: %s", strerror(errno));
	if (!(bar.flags & VFIO_REGION_INFO_FLAG_MMAP))
		fail(FAIL_DEVICE, "BAR 0 cannot be mapped");
	map = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, e->device,
		   (off_t)bar.offset);
	if (map == MAP_FAILED)
		fail(FAIL_DEVICE, "BAR 0: mmap: %s", strerror(errno));
	e->bar = map;
}

/* A device comes disabled: let it answer to memory accesses and master the bus. */
static void enable(const struct edu *e)
{
	struct vfio_region_info config = {.argsz = sizeof(config),
					  .index = VFIO_PCI_CONFIG_REGION_INDEX};
	uint16_t command;
	off_t at;

	if (ioctl(e->device, VFIO_DEVICE_GET_REGION_INFO, &config))
		fail(FAIL_DEVICE, "configuration space: %s", strerror(errno));
	at = (off_t)config.offset + PCI_COMMAND;
	if (pread(e->device, &command, sizeof(command), at) != sizeof(command))
		fail(FAIL_DEVICE, "reading the command register: %s", strerror(errno));
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	if (pwrite(e->device, &command, sizeof(command), at) != sizeof(command))
		fail(FAIL_DEVICE, "writing the command register: %s", strerror(errno));
}

static void open_device(struct edu *e)
{
	const char *address = getenv(DEVICE_VARIABLE);

	if (!address || !*address)
		fail(FAIL_NAME, "%s is not in the environment", DEVICE_VARIABLE);
	e->device = ioctl(e->group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (e->device < 0)
		fail(FAIL_DEVICE, "%s (%s) is not in the group: %s", address, DEVICE_VARIABLE,
		     strerror(errno));
	map_registers(e);
	enable(e);
	if (read32(e, REG_ID) != EDU_ID)
		fail(FAIL_REGISTERS, "id is %#x, %#x expected", read32(e, REG_ID), EDU_ID);
	printf("edu: device %s has id %#010x\n", address, EDU_ID);
}

static void check_registers(const struct edu *e)
{
	write32(e, REG_LIVENESS, 0x12345678);
	if (read32(e, REG_LIVENESS) != ~0x12345678u)
		fail(FAIL_REGISTERS, "the liveness register does not invert");
	write32(e, REG_FACTORIAL, 10);
	if (wait_clear(e, REG_STATUS, STATUS_COMPUTING))
		fail(FAIL_REGISTERS, "no factorial after %d ms", DEADLINE_MS);
	if (read32(e, REG_FACTORIAL) != 3628800)
		fail(FAIL_REGISTERS, "factorial of 10 = %u", read32(e, REG_FACTORIAL));
	printf("edu: factorial of 10 = %u\n", read32(e, REG_FACTORIAL));
}

static void map_memory(struct edu *e)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = IOVA,
	};
	void *memory;

	e->page = (size_t)sysconf(_SC_PAGESIZE);
	memory =
		mmap(NULL, 2 * e->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail(FAIL_DMA, "mmap: %s", strerror(errno));
	e->memory = memory;
	map.vaddr = (uint64_t)(uintptr_t)memory;
	map.size = 2 * e->page;
	if (ioctl(e->container, VFIO_IOMMU_MAP_DMA, &map))
		fail(FAIL_DMA, "VFIO_IOMMU_MAP_DMA: %s (is RLIMIT_MEMLOCK large enough?)",
		     strerror(errno));
}

static void dma(const struct edu *e, uint64_t from, uint64_t to, uint32_t flags)
{
	write64(e, REG_DMA_SRC, from);
	write64(e, REG_DMA_DST, to);
	write64(e, REG_DMA_COUNT, DMA_BYTES);
	write64(e, REG_DMA_CMD, DMA_START | flags);
	if (wait_clear(e, REG_DMA_CMD, DMA_START))
		fail(FAIL_DMA, "DMA has not ended after %d ms", DEADLINE_MS);
}

/* One page goes out to the device's buffer and comes back into the other. */
static void check_dma(struct edu *e)
{
	uint8_t *out, *back;

	map_memory(e);
	out = e->memory;
	back = e->memory + e->page;
	for (unsigned i = 0; i < DMA_BYTES; i++)
		out[i] = (uint8_t)(i * 7 + (i >> 8) + 1);
	dma(e, IOVA, EDU_BUFFER, 0);
	dma(e, EDU_BUFFER, IOVA + e->page, DMA_TO_RAM);
	for (unsigned i = 0; i < DMA_BYTES; i++)
		if (back[i] != out[i])
			fail(FAIL_DMA, "byte %u came back as %#x, %#x was sent", i, back[i],
			     out[i]);
	printf("edu: DMA round trip of %u bytes through the IOMMU: data verified\n", DMA_BYTES);
}

static void check_interrupt(const struct edu *e)
{
	char buffer[sizeof(struct vfio_irq_set) + sizeof(int32_t)]
		__attribute__((aligned(__alignof__(struct vfio_irq_set))));
	struct vfio_irq_set *set = (struct vfio_irq_set *)buffer;
	struct pollfd event = {.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN};
	uint64_t count = 0;

	*set = (struct vfio_irq_set){
		.argsz = sizeof(buffer),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSI_IRQ_INDEX,
		.count = 1,
	};
	if (event.fd < 0)
		fail(FAIL_INTERRUPT, "eventfd: %s", strerror(errno));
	memcpy(set->data, &event.fd, sizeof(event.fd));
	if (ioctl(e->device, VFIO_DEVICE_SET_IRQS, set))
		fail(FAIL_INTERRUPT, "VFIO_DEVICE_SET_IRQS: %s", strerror(errno));
	write32(e, REG_IRQ_RAISE, IRQ_PATTERN);
	if (poll(&event, 1, DEADLINE_MS) != 1)
		fail(FAIL_INTERRUPT, "no MSI after %d ms", DEADLINE_MS);
	if (read(event.fd, &count, sizeof(count)) != sizeof(count) || count != 1)
		fail(FAIL_INTERRUPT, "%u MSIs, one expected", (unsigned)count);
	if (read32(e, REG_IRQ_STATUS) != IRQ_PATTERN)
		fail(FAIL_INTERRUPT, "interrupt status is %#x", read32(e, REG_IRQ_STATUS));
	write32(e, REG_IRQ_ACK, IRQ_PATTERN);
	if (read32(e, REG_IRQ_STATUS))
		fail(FAIL_INTERRUPT, "the interrupt cannot be acknowledged");
	close(event.fd);
	printf("edu: MSI received and acknowledged\n");
}

int main(void)
{
	struct edu e = {0};

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("edu: running as uid %u, gid %u\n", getuid(), getgid());
	open_group(&e);
	open_device(&e);
	check_registers(&e);
	check_dma(&e);
	check_interrupt(&e);
	printf("edu: all good\n");
	return 0;
}
