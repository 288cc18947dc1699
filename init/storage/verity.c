// SPDX-License-Identifier: Apache-2.0
/*
 * dm-verity
 *
 *	superblock	veritysetup(8) writes it in front of the hashes. It is not trusted: if it
 *			differs from what the root hash was made with, no block matches.
 *	top block	Its hash is the root hash. It is compared here, before the device is made, so
 *			that another image is an error that has both hashes.
 *	device		The kernel compares each block when it is read, and answers EIO for one that
 *			does not match. It then remembers that (status "C").
 */
#define pr_fmt(fmt) "storage: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/digest.h"
#include "init/storage/superblock.h"
#include "init/storage/verity.h"

#define OPEN_MAX 16 /* storages with dm-verity */
#define CONTROL	 "dev/mapper/control"

#define SECTOR 512

/*
 * The devices that were made: device number N is "coldinit-N".
 * @control: descriptor of CONTROL, 0 before the first one. It stays open: at the end nothing is
 *	opened any more
 */
static struct {
	int control;
	const struct storage *storages[OPEN_MAX];
	unsigned n;
} verity;

/* --- the superblock ------------------------------------------------------------------------ */

static uint64_t verity_number(const unsigned char *at, unsigned size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | at[size];
	return value;
}

static bool verity_is_size(uint64_t n)
{
	return n >= SECTOR && n <= 65536 && !(n & (n - 1));
}

/* As the kernel lays out the tree (drivers/md/dm-verity-target.c, verity_ctr()). */
static void verity_measure(struct verity *v, size_t digest)
{
	unsigned bits = 0;

	while (2ULL << bits <= v->hash_size / digest)
		bits++;
	for (v->levels = 0; bits * v->levels < 64 && (v->blocks - 1) >> (bits * v->levels);
	     v->levels++) {
		unsigned shift = bits * (v->levels + 1);

		v->n_hashes += shift < 64 ? ((v->blocks - 1) >> shift) + 1 : 1;
	}
}

int verity_parse(const unsigned char sb[VERITY_SUPERBLOCK], uint64_t offset, size_t digest,
		 struct verity *out, struct fault *fault)
{
	struct verity v = {
		.data_size = (uint32_t)verity_number(sb + 64, 4),
		.hash_size = (uint32_t)verity_number(sb + 68, 4),
		.blocks = verity_number(sb + 72, 8),
		.salt_size = (unsigned)verity_number(sb + 80, 2),
	};

	if (memcmp(sb, "verity\0\0", 8) != 0)
		return fault_set(fault, -ENODATA, "no superblock of veritysetup at byte %llu",
				 (unsigned long long)offset);
	memcpy(v.algorithm, sb + 32, sizeof(v.algorithm) - 1);
	if (verity_number(sb + 8, 4) != 1 || verity_number(sb + 12, 4) != 1 ||
	    !verity_is_size(v.data_size) || !verity_is_size(v.hash_size) || !v.blocks ||
	    v.blocks > INT64_MAX / v.data_size || v.salt_size > sizeof(v.salt) || !*v.algorithm ||
	    v.algorithm[strspn(v.algorithm, "abcdefghijklmnopqrstuvwxyz"
					    "0123456789-")] ||
	    v.hash_size < 2 * digest || offset > INT64_MAX / 2)
		return fault_set(
			fault, -EINVAL,
			"the superblock of dm-verity at byte %llu is damaged, or of another version than 1",
			(unsigned long long)offset);
	memcpy(v.salt, sb + 88, v.salt_size);
	v.start = (offset + VERITY_SUPERBLOCK + v.hash_size - 1) / v.hash_size;
	verity_measure(&v, digest);
	*out = v;
	return 0;
}

/* --- the disks ----------------------------------------------------------------------------- */

/* Without hash_offset the hashes are behind the file system. */
static int verity_offset(int root, const struct storage *s, const char *data, bool same,
			 uint64_t *out, struct fault *fault)
{
	struct superblock block;
	uint64_t room, size = 0;
	int err;

	*out = s->hash_offset;
	if (*out || !same)
		return 0;
	err = superblock_read(root, data, &block, &room);
	if (err)
		return fault_strerror(fault, err, "cannot read %s", data);
	if (!superblock_parse(&block, &size) || !size)
		return fault_set(
			fault, -EINVAL,
			"verity needs hash_offset: %s has no file system whose size is known",
			data);
	*out = (size + 4095) & ~4095ULL;
	return 0;
}

static int verity_read(int fd, void *data, size_t size, uint64_t at)
{
	ssize_t n = pread(fd, data, size, (off_t)at);

	return n < 0 ? -errno : n == (ssize_t)size ? 0 : -ENODATA;
}

static int verity_check_room(const char *node, int fd, uint64_t needed, struct fault *fault)
{
	off_t room = lseek(fd, 0, SEEK_END);

	if (room < 0)
		return fault_perror(fault, "cannot find out the size of %s", node);
	if (needed <= (uint64_t)room)
		return 0;
	return fault_set(
		fault, -ENODATA,
		"the image on %s is not whole: dm-verity needs %llu bytes, the disk has %llu; the image was cut",
		node, (unsigned long long)needed, (unsigned long long)room);
}

/* The hash of the tree's top block, or of the only block of data, is the root hash. */
static int verity_check_root(const struct verity *v, const char *expected, int data, int hashes,
			     struct fault *fault)
{
	size_t size = v->levels ? v->hash_size : v->data_size;
	char found[DIGEST_TEXT], *text;
	int err;

	/* The kernel knows other hashes, too. */
	if (strcmp(v->algorithm, "sha256") != 0)
		return 0;
	text = malloc(sizeof(v->salt) + size);
	if (!text)
		return fault_oom(fault);
	memcpy(text, v->salt, v->salt_size);
	err = verity_read(v->levels ? hashes : data, text + v->salt_size, size,
			  v->levels ? v->start * v->hash_size : 0);
	if (!err)
		digest_text(text, v->salt_size + size, found);
	free(text);
	if (err)
		return fault_strerror(fault, err, "cannot read the top block of dm-verity");
	if (!strcasecmp(found, expected))
		return 0;
	fault_set(
		fault, -EBADMSG,
		"the image does not have the requested root hash of dm-verity: expected %s, found %s",
		expected, found);
	return fault_facts(fault, -EBADMSG, expected, found);
}

/* --- the device ---------------------------------------------------------------------------- */

/* struct verity_request - one ioctl(2) of the device mapper with room for one target */
struct verity_request {
	struct dm_ioctl io;
	struct dm_target_spec target;
	char text[1024];
};

static int verity_ioctl(unsigned long command, unsigned number, struct verity_request *r)
{
	r->io.version[0] = DM_VERSION_MAJOR;
	r->io.data_size = sizeof(*r);
	r->io.data_start = offsetof(struct verity_request, target);
	if (str_printf(r->io.name, sizeof(r->io.name), "coldinit-%u", number))
		return -ENAMETOOLONG;
	return ioctl(verity.control, (int)command, r) ? -errno : 0;
}

static int verity_table(const struct verity *v, const struct storage *s, int data, int hashes,
			struct verity_request *r)
{
	char salt[2 * sizeof(v->salt) + 1] = "-";
	struct stat of_data, of_hashes;

	if (fstat(data, &of_data) || fstat(hashes, &of_hashes))
		return -errno;
	for (unsigned i = 0; i < v->salt_size; i++)
		if (str_printf(salt + 2 * i, 3, "%02x", v->salt[i]))
			return -ENAMETOOLONG;
	r->io.target_count = 1;
	r->io.flags = DM_READONLY_FLAG;
	r->target.length = v->blocks * v->data_size / SECTOR;
	memcpy(r->target.target_type, "verity", sizeof("verity"));
	return str_printf(r->text, sizeof(r->text), "1 %u:%u %u:%u %u %u %llu %llu %s %s %s%s",
			  major(of_data.st_rdev), minor(of_data.st_rdev), major(of_hashes.st_rdev),
			  minor(of_hashes.st_rdev), v->data_size, v->hash_size,
			  (unsigned long long)v->blocks, (unsigned long long)v->start, v->algorithm,
			  s->root_hash, salt,
			  s->panic_on_corruption ? " 1 panic_on_corruption" : "");
}

static int verity_make(const struct verity *v, const struct storage *s, int data, int hashes,
		       char node[32], struct fault *fault)
{
	struct verity_request r = {0};
	int err = verity_ioctl(DM_DEV_CREATE, verity.n, &r);

	if (err)
		return fault_strerror(fault, err, "the device mapper makes no device");
	err = str_printf(node, 32, "/dev/dm-%u", minor(r.io.dev));
	r = (struct verity_request){0};
	if (!err)
		err = verity_table(v, s, data, hashes, &r);
	if (!err)
		err = verity_ioctl(DM_TABLE_LOAD, verity.n, &r);
	if (err)
		return fault_set(
			fault, err,
			"the device mapper refuses dm-verity: %m (mkinitramfs --file-systems puts its module into the initramfs)");
	r = (struct verity_request){0};
	err = verity_ioctl(DM_DEV_SUSPEND, verity.n, &r); /* without DM_SUSPEND_FLAG: resume */
	if (err)
		return fault_strerror(fault, err, "the device mapper does not start dm-verity");
	verity.storages[verity.n++] = s;
	return 0;
}

static int verity_open_control(int root, struct fault *fault)
{
	if (verity.n == OPEN_MAX)
		return fault_set(fault, -E2BIG, "more than %d storages have dm-verity", OPEN_MAX);
	if (verity.control > 0)
		return 0;
	verity.control = root_open(root, O_RDWR, 0, CONTROL);
	if (verity.control > 0)
		return 0;
	return fault_set(fault, verity.control,
			 "cannot open /" CONTROL
			 ": %m (mkinitramfs --file-systems puts dm-verity into the initramfs)");
}

int verity_open(int root, const struct storage *s, const char *data, const char *hashes,
		char node[32], struct fault *fault)
{
	unsigned char sb[VERITY_SUPERBLOCK];
	uint64_t offset;
	struct verity v = {0};
	int err = verity_open_control(root, fault);

	if (!err)
		err = verity_offset(root, s, data, !hashes, &offset, fault);
	if (err)
		return err;
	int disk cleanup(fd_close) = root_open(root, O_RDONLY, 0, "%s", data);
	int tree cleanup(fd_close) = root_open(root, O_RDONLY, 0, "%s", hashes ? hashes : data);
	if (disk < 0 || tree < 0)
		return fault_strerror(fault, disk < 0 ? disk : tree, "cannot open %s",
				      disk < 0 ? data
				      : hashes ? hashes
					       : data);
	err = verity_check_room(hashes ? hashes : data, tree, offset + sizeof(sb), fault);
	if (err)
		return err;
	err = verity_read(tree, sb, sizeof(sb), offset);
	if (err)
		return fault_strerror(fault, err, "cannot read the superblock of dm-verity");
	err = verity_parse(sb, offset, strlen(s->root_hash) / 2, &v, fault);
	if (!err)
		err = verity_check_room(data, disk, v.blocks * v.data_size, fault);
	if (!err)
		err = verity_check_room(hashes ? hashes : data, tree,
					(v.start + v.n_hashes) * v.hash_size, fault);
	if (!err)
		err = verity_check_root(&v, s->root_hash, disk, tree, fault);
	return err ? err : verity_make(&v, s, disk, tree, node, fault);
}

/* --- while it is used ---------------------------------------------------------------------- */

int verity_modules(const struct storage *s, struct modules *modules, struct fault *fault)
{
	static const char *const names[] = {"dm-verity", "crypto-sha256", NULL};

	return s->root_hash ? modules_want_all(modules, names, fault) : 0;
}

static bool verity_has_damage(unsigned number)
{
	struct verity_request r = {0};

	return !verity_ioctl(DM_TABLE_STATUS, number, &r) && r.io.target_count && *r.text == 'C';
}

bool verity_is_damaged(const struct storage *s)
{
	for (unsigned i = 0; i < verity.n; i++)
		if (verity.storages[i] == s)
			return verity_has_damage(i);
	return false;
}

void verity_warn(void)
{
	for (unsigned i = 0; i < verity.n; i++)
		if (verity_has_damage(i))
			pr_warn("%s: dm-verity has found a damaged block on the disk %s, and its reads have failed",
				verity.storages[i]->mount_point, verity.storages[i]->source);
}
