// SPDX-License-Identifier: Apache-2.0
/*
 * The demo's container: drive QEMU's "edu" devices from user space, through their VFIO groups, as
 * an ordinary user. It uses registers, DMA through the IOMMU, and an interrupt of each. Of other
 * functions it reads the ids, and writes to the memory of displays. It follows
 * Documentation/driver-api/vfio.rst and QEMU's docs/specs/edu.
 *
 *	edu [VARIABLE [iommufd]]	without groups, through /dev/iommu and each device's node
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
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

#include "iommufd.h"

/* The variable of the environment that names the functions, unless the argument is another one. */
static const char *variable = "PCIDEVICE_COLDINIT_IO_EDU";

/* Exit status: the part that failed. */
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
#define CLASS_DISPLAY	 0x03u
#define EDU_IDS		 0x11e81234u
#define FUNCTIONS_MAX	 64
#define DEADLINE_MS	 5000

/* One function that the environment names. */
struct function {
	char address[16];
	int group, device; /* descriptors */
	uint32_t ids;	   /* device << 16 | vendor */
	volatile uint8_t *bar;
	uint8_t *memory; /* two pages: out and back */
	uint64_t iova;
};

static struct function functions[FUNCTIONS_MAX];
static size_t n_functions;
static int container;	      /* /dev/vfio/vfio */
static bool has_iommu = true; /* else the group's node is called "noiommu-" */
static bool by_node;	      /* not by the group */
static struct iommufd iommufd;
static size_t page;

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

static uint32_t read32(const struct function *f, unsigned reg)
{
	return *(volatile uint32_t *)(f->bar + reg);
}

static void write32(const struct function *f, unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)(f->bar + reg) = value;
}

static void write64(const struct function *f, unsigned reg, uint64_t value)
{
	*(volatile uint64_t *)(f->bar + reg) = value;
}

/* Wait until the bits of a register are clear. Return: 0, or -1 at the deadline. */
static int wait_clear(const struct function *f, unsigned reg, uint32_t bits)
{
	struct timespec pause = {.tv_nsec = 1000000};

	for (int ms = 0; ms < DEADLINE_MS; ms++) {
		if (!(read32(f, reg) & bits))
			return 0;
		nanosleep(&pause, NULL);
	}
	return -1;
}

/* Read the addresses in the environment, which are separated by commas. */
static void find_functions(void)
{
	const char *list = getenv(variable);

	if (!list || !*list)
		fail(FAIL_NAME, "%s is not in the environment", variable);
	while (*list) {
		struct function *f = &functions[n_functions];
		size_t n = strcspn(list, ",");

		if (n_functions == FUNCTIONS_MAX || !n || n >= sizeof(f->address))
			fail(FAIL_NAME, "%s: not %d addresses at most", variable, FUNCTIONS_MAX);
		memcpy(f->address, list, n);
		n_functions++;
		list += n + (list[n] == ',');
	}
}

/* Open a group once, for the first of its functions. */
static int group_of(unsigned number, const char *path)
{
	static struct {
		unsigned number;
		int fd;
	} groups[FUNCTIONS_MAX];
	static size_t n;

	for (size_t i = 0; i < n; i++)
		if (groups[i].number == number)
			return groups[i].fd;
	groups[n].number = number;
	groups[n].fd = open(path, O_RDWR | O_CLOEXEC);
	if (groups[n].fd < 0)
		fail(FAIL_GROUP, "%s: %s", path, strerror(errno));
	return groups[n++].fd;
}

/* Return the function's path in sysfs, or with @member the path of its group. */
static void read_place(const struct function *f, const char *member, char target[PATH_MAX])
{
	char link[64];

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s%s", f->address, member);
	if (!realpath(link, target))
		fail(FAIL_NAME, "%s (%s): %s", link, variable, strerror(errno));
}

static void open_group(struct function *f)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	char path[48], target[PATH_MAX];
	unsigned number;

	read_place(f, "/iommu_group", target);
	number = (unsigned)atoi(strrchr(target, '/') + 1);
	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%u", number);
	has_iommu = access(path, F_OK) != 0;
	if (has_iommu)
		snprintf(path, sizeof(path), "/dev/vfio/%u", number);
	f->group = group_of(number, path);
	if (ioctl(f->group, VFIO_GROUP_GET_STATUS, &status))
		fail(FAIL_GROUP, "%s: VFIO_GROUP_GET_STATUS: %s", path, strerror(errno));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		fail(FAIL_VIABLE, "%s is not viable: a device of it has another driver", path);
	/* The group's first function has added it. */
	if (!(status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET) &&
	    ioctl(f->group, VFIO_GROUP_SET_CONTAINER, &container))
		fail(FAIL_GROUP, "%s: VFIO_GROUP_SET_CONTAINER: %s", path, strerror(errno));
	read_place(f, "", target);
	printf("edu: %s: at %s, group %s is viable\n", f->address, target, path);
}

static void open_container(void)
{
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0)
		fail(FAIL_CONTAINER, "/dev/vfio/vfio: %s", strerror(errno));
	if (ioctl(container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		fail(FAIL_CONTAINER, "/dev/vfio/vfio speaks another version of VFIO");
}

static void set_iommu(void)
{
	int iommu = has_iommu ? VFIO_TYPE1v2_IOMMU : VFIO_NOIOMMU_IOMMU;

	if (has_iommu && !ioctl(container, VFIO_CHECK_EXTENSION, iommu))
		iommu = VFIO_TYPE1_IOMMU;
	if (ioctl(container, VFIO_SET_IOMMU, iommu))
		fail(FAIL_IOMMU, "VFIO_SET_IOMMU: %s", strerror(errno));
}

static void open_groups(void)
{
	open_container();
	for (size_t i = 0; i < n_functions; i++)
		open_group(&functions[i]);
	set_iommu();
}

static void open_iommufd(void)
{
	if (iommufd_open(&iommufd))
		fail(FAIL_IOMMU, "/dev/iommu: %s", strerror(errno));
}

/* Read or write @size bytes at @at of the configuration space. */
static void configure(const struct function *f, bool write, off_t at, void *data, size_t size)
{
	struct vfio_region_info config = {.argsz = sizeof(config),
					  .index = VFIO_PCI_CONFIG_REGION_INDEX};
	ssize_t n;

	if (ioctl(f->device, VFIO_DEVICE_GET_REGION_INFO, &config))
		fail(FAIL_DEVICE, "%s: configuration space: %s", f->address, strerror(errno));
	at += (off_t)config.offset;
	n = write ? pwrite(f->device, data, size, at) : pread(f->device, data, size, at);
	if (n != (ssize_t)size)
		fail(FAIL_DEVICE, "%s: configuration space at %#llx: %s", f->address,
		     (unsigned long long)at, strerror(errno));
}

/* Enable memory accesses and bus mastering, which are off at first. */
static void enable(const struct function *f)
{
	uint16_t command;

	configure(f, false, PCI_COMMAND, &command, sizeof(command));
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	configure(f, true, PCI_COMMAND, &command, sizeof(command));
}

static void map_bar(struct function *f)
{
	struct vfio_region_info bar = {.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX};
	void *map;

	if (ioctl(f->device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		fail(FAIL_DEVICE, "%s: BAR 0: %s", f->address, strerror(errno));
	if (!(bar.flags & VFIO_REGION_INFO_FLAG_MMAP))
		fail(FAIL_DEVICE, "%s: BAR 0 cannot be mapped", f->address);
	map = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, f->device,
		   (off_t)bar.offset);
	if (map == MAP_FAILED)
		fail(FAIL_DEVICE, "%s: BAR 0: mmap: %s", f->address, strerror(errno));
	f->bar = map;
}

/* BAR 0 of a display is its memory. */
static void check_display(struct function *f)
{
	map_bar(f);
	for (unsigned i = 0; i < 4096; i += 4)
		write32(f, i, ~i);
	for (unsigned i = 0; i < 4096; i += 4)
		if (read32(f, i) != ~i)
			fail(FAIL_REGISTERS, "%s: display memory at %#x is %#x", f->address, i,
			     read32(f, i));
	printf("edu: %s: display memory reads as written\n", f->address);
}

static void open_device(struct function *f)
{
	uint32_t class;

	f->device = by_node ? iommufd_device(&iommufd, f->address)
			    : ioctl(f->group, VFIO_GROUP_GET_DEVICE_FD, f->address);
	if (f->device < 0)
		fail(FAIL_DEVICE, "%s (%s) cannot be opened: %s", f->address, variable,
		     strerror(errno));
	enable(f);
	configure(f, false, PCI_VENDOR_ID, &f->ids, sizeof(f->ids));
	configure(f, false, PCI_CLASS_REVISION, &class, sizeof(class));
	if (f->ids != EDU_IDS) {
		printf("edu: %s: opened, a %04x:%04x\n", f->address, f->ids & 0xffff, f->ids >> 16);
		if (class >> 24 == CLASS_DISPLAY)
			check_display(f);
		return;
	}
	map_bar(f);
	if (read32(f, REG_ID) != EDU_ID)
		fail(FAIL_REGISTERS, "%s: id is %#x, %#x expected", f->address, read32(f, REG_ID),
		     EDU_ID);
	printf("edu: %s: has id %#010x\n", f->address, EDU_ID);
}

static void check_registers(struct function *f)
{
	write32(f, REG_LIVENESS, 0x12345678);
	if (read32(f, REG_LIVENESS) != ~0x12345678u)
		fail(FAIL_REGISTERS, "%s: the liveness register does not invert", f->address);
	write32(f, REG_FACTORIAL, 10);
	if (wait_clear(f, REG_STATUS, STATUS_COMPUTING))
		fail(FAIL_REGISTERS, "%s: no factorial after %d ms", f->address, DEADLINE_MS);
	if (read32(f, REG_FACTORIAL) != 3628800)
		fail(FAIL_REGISTERS, "%s: factorial of 10 = %u", f->address,
		     read32(f, REG_FACTORIAL));
	printf("edu: %s: factorial of 10 = %u\n", f->address, read32(f, REG_FACTORIAL));
}

/* Two pages for each function, each pair at a separate address. */
static void map_memory(struct function *f)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.size = 2 * page,
	};
	void *memory;

	memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail(FAIL_DMA, "mmap: %s", strerror(errno));
	f->memory = memory;
	f->iova = IOVA + (uint64_t)(f - functions) * 2 * page;
	map.iova = f->iova;
	map.vaddr = (uint64_t)(uintptr_t)memory;
	if (by_node ? iommufd_map(&iommufd, memory, map.size, map.iova)
		    : ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		fail(FAIL_DMA, "mapping for DMA: %s (is RLIMIT_MEMLOCK large enough?)",
		     strerror(errno));
}

static uint8_t pattern(const struct function *f, unsigned i)
{
	return (uint8_t)(i * 7 + (i >> 8) + 1 + (unsigned)(f - functions) * 31);
}

static void start_dma(const struct function *f, uint64_t from, uint64_t to, uint32_t flags)
{
	write64(f, REG_DMA_SRC, from);
	write64(f, REG_DMA_DST, to);
	write64(f, REG_DMA_COUNT, DMA_BYTES);
	write64(f, REG_DMA_CMD, DMA_START | flags);
}

/* One page is copied to the device's buffer ... */
static void start_out(struct function *f)
{
	map_memory(f);
	for (unsigned i = 0; i < DMA_BYTES; i++)
		f->memory[i] = pattern(f, i);
	start_dma(f, f->iova, EDU_BUFFER, 0);
}

static void wait_dma(const struct function *f)
{
	if (wait_clear(f, REG_DMA_CMD, DMA_START))
		fail(FAIL_DMA, "%s: DMA has not ended after %d ms", f->address, DEADLINE_MS);
}

/* ... and back into the other. */
static void start_back(struct function *f)
{
	wait_dma(f);
	start_dma(f, EDU_BUFFER, f->iova + page, DMA_TO_RAM);
}

static void check_back(struct function *f)
{
	wait_dma(f);
	for (unsigned i = 0; i < DMA_BYTES; i++)
		if (f->memory[page + i] != pattern(f, i))
			fail(FAIL_DMA, "%s: byte %u came back as %#x, %#x was sent", f->address, i,
			     f->memory[page + i], pattern(f, i));
	printf("edu: %s: DMA round trip of %u bytes through the IOMMU: data verified\n", f->address,
	       DMA_BYTES);
}

static void check_interrupt(struct function *f)
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
	if (ioctl(f->device, VFIO_DEVICE_SET_IRQS, set))
		fail(FAIL_INTERRUPT, "%s: VFIO_DEVICE_SET_IRQS: %s", f->address, strerror(errno));
	write32(f, REG_IRQ_RAISE, IRQ_PATTERN);
	if (poll(&event, 1, DEADLINE_MS) != 1)
		fail(FAIL_INTERRUPT, "%s: no MSI after %d ms", f->address, DEADLINE_MS);
	if (read(event.fd, &count, sizeof(count)) != sizeof(count) || count != 1)
		fail(FAIL_INTERRUPT, "%s: %u MSIs, one expected", f->address, (unsigned)count);
	if (read32(f, REG_IRQ_STATUS) != IRQ_PATTERN)
		fail(FAIL_INTERRUPT, "%s: interrupt status is %#x", f->address,
		     read32(f, REG_IRQ_STATUS));
	write32(f, REG_IRQ_ACK, IRQ_PATTERN);
	if (read32(f, REG_IRQ_STATUS))
		fail(FAIL_INTERRUPT, "%s: the interrupt cannot be acknowledged", f->address);
	close(event.fd);
	printf("edu: %s: MSI received and acknowledged\n", f->address);
}

static void each_edu(void (*check)(struct function *f))
{
	for (size_t i = 0; i < n_functions; i++)
		if (functions[i].ids == EDU_IDS)
			check(&functions[i]);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		variable = argv[1];
	by_node = argc > 2 && !strcmp(argv[2], "iommufd");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("edu: running as uid %u, gid %u\n", getuid(), getgid());
	page = (size_t)sysconf(_SC_PAGESIZE);
	find_functions();
	if (by_node)
		open_iommufd();
	else
		open_groups();
	for (size_t i = 0; i < n_functions; i++)
		open_device(&functions[i]);
	each_edu(check_registers);
	if (has_iommu) {
		/* All functions at the same time. */
		each_edu(start_out);
		each_edu(start_back);
		each_edu(check_back);
	}
	each_edu(check_interrupt);
	printf("edu: all good\n");
	return 0;
}
