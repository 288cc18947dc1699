// SPDX-License-Identifier: Apache-2.0
/* Storages: their options, what their words decide, their disks' claims, safe mount points. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/storage/storage.h"
#include "init/storage/mount.h"

#define OPTIONS_MAX 6

/* A storage as a manifest gives it. */
struct words {
	const char *driver, *source, *fstype;
	const char *options[OPTIONS_MAX];
};

static struct storage from(const struct words *w)
{
	struct storage s = {.driver = w->driver,
			    .source = w->source,
			    .fstype = w->fstype,
			    .mount_point = "/run/m",
			    .options = (const char **)w->options};

	while (s.n_options < OPTIONS_MAX && w->options[s.n_options])
		s.n_options++;
	return s;
}

/* --- options ------------------------------------------------------------------------------- */

/* Disks and shares are mounted so. */
#define UNTRUSTED (MS_NOSUID | MS_NODEV)

static void options_come_to_flags_and_data(void **state)
{
	static const struct {
		const char *fstype, *options[OPTIONS_MAX];
		unsigned long flags;
		bool writable;
		const char *data;
	} rows[] = {
		{"ext4", {NULL}, UNTRUSTED, false, ""},
		{"ext4",
		 {"ro", "nosuid", "nodev", "noexec"},
		 MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		 false,
		 ""},
		/* of options that conflict the last counts */
		{"ext4", {"ro", "rw"}, UNTRUSTED, true, ""},
		{"ext4", {"rw", "ro"}, MS_RDONLY | UNTRUSTED, false, ""},
		{"ext4", {"nosuid", "suid", "nodev", "dev"}, 0, false, ""},
		{"ext4", {"relatime", "noatime"}, MS_NOATIME | UNTRUSTED, false, ""},
		{"ext4", {"noatime", "strictatime"}, MS_STRICTATIME | UNTRUSTED, false, ""},
		{"ext4", {"noatime", "atime"}, UNTRUSTED, false, ""},
		{"ext4",
		 {"relatime", "norelatime", "strictatime", "nostrictatime"},
		 UNTRUSTED,
		 false,
		 ""},
		{"ext4", {"nodiratime", "diratime", "sync", "async"}, UNTRUSTED, false, ""},
		{"xfs",
		 {"lazytime", "silent", "dirsync"},
		 UNTRUSTED | 1 << 25 | MS_SILENT | MS_DIRSYNC,
		 false,
		 ""},
		{"xfs", {"lazytime", "nolazytime", "silent", "loud"}, UNTRUSTED, false, ""},
		{"btrfs", {"nosymfollow"}, UNTRUSTED | 256, false, ""},
		{"ext4",
		 {"defaults", "data=ordered", "noacl"},
		 UNTRUSTED,
		 false,
		 "data=ordered,noacl"},
		{"ext4", {"errors=remount-ro", "dax"}, UNTRUSTED, false, "errors=remount-ro,dax"},
		{"erofs", {"cache_strategy=disabled"}, UNTRUSTED, false, "cache_strategy=disabled"},
		{"squashfs", {"threads=multi"}, UNTRUSTED, false, "threads=multi"},
		{"virtiofs", {"dax=always"}, UNTRUSTED, false, "dax=always"},
		{"tmpfs", {"size=64m", "mode=0770"}, 0, false, "size=64m,mode=0770"},
		{"overlay", {"index=off", "userxattr"}, UNTRUSTED, false, "index=off,userxattr"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct words w = {.driver = "", .source = "", .fstype = rows[i].fstype};
		struct storage_options o;
		struct storage s;
		struct fault f;

		memcpy(w.options, rows[i].options, sizeof(w.options));
		s = from(&w);
		assert_int_equal(storage_options(&s, rows[i].fstype, &o, &f), 0);
		assert_int_equal(o.flags, rows[i].flags);
		assert_int_equal(o.writable, rows[i].writable);
		assert_string_equal(o.data, rows[i].data);
	}
}

static void options_of_our_own_are_kept_from_the_file_system(void **state)
{
	const struct words overlay = {
		"overlayfs", "", "", {"lowerdir=/a:/b", "upperdir=/u", "workdir=/w", "volatile"}};
	const struct words memory = {"ephemeral", "", "", {"fsgid=5", "mode=0700"}};
	const struct words local = {"local", "", "", {"fsgid=5", "mode=0777"}};
	struct storage_options o;
	struct storage s = from(&overlay);
	struct fault f;

	assert_int_equal(storage_options(&s, "overlay", &o, &f), 0);
	assert_string_equal(o.lower, "/a:/b");
	assert_string_equal(o.upper, "/u");
	assert_string_equal(o.work, "/w");
	assert_string_equal(o.data, "volatile");
	s = from(&memory);
	assert_int_equal(storage_options(&s, "tmpfs", &o, &f), 0);
	assert_string_equal(o.group, "5");
	assert_string_equal(o.mode, ""); /* a tmpfs knows it itself */
	assert_string_equal(o.data, "mode=0700");
	s = from(&local);
	assert_int_equal(storage_options(&s, "", &o, &f), 0);
	assert_string_equal(o.group, "5");
	assert_string_equal(o.mode, "0777");
}

/* --- what the words decide ----------------------------------------------------------------- */

static void good_storages(void **state)
{
	static const struct words rows[] = {
		{"virtio-fs", "tag", "", {NULL}},
		{"virtio-fs", "tag", "virtiofs", {"ro", "dax"}},
		{"blk", "02/00", "erofs", {"ro"}},
		{"blk", "/dev/vda", "squashfs", {NULL}},
		{"mmioblk", "/dev/vda", "ext4", {"rw"}},
		{"blk-ccw", "0.0.1234", "ext4", {NULL}},
		{"scsi", "0:1", "ext4", {"errors=continue"}},
		{"nvdimm", "/dev/pmem0", "ext4", {"dax"}},
		{"overlayfs", "overlay", "overlay", {"lowerdir=/a", "upperdir=/u", "workdir=/w"}},
		{"overlayfs", "", "", {"lowerdir=/a:/b"}},
		{"ephemeral", "tmpfs", "tmpfs", {"size=1m"}},
		{"local", "", "", {"mode=0777"}},
		/* As Kata's runtime writes them. */
		{"local", "local", "local", {"mode=0777", "fsgid=1000"}},
		{"ephemeral",
		 "shm",
		 "tmpfs",
		 {"noexec", "nosuid", "nodev", "mode=1777", "size=67108864"}},
		{"ephemeral", "tmpfs", "tmpfs", {"fsgid=1000"}},
		{"ephemeral", "nodev", "hugetlbfs", {"pagesize=2097152", "size=524288000"}},
		{"ephemeral", "nodev", "hugetlbfs", {"size=1G", "pagesize=2m", "mode=1770"}},
		{"blk", "02/00", "xfs", {"rw", "nouuid"}},
		{"scsi", "0:1", "btrfs", {"subvol=a", "compress=zstd:3", "noatime"}},
		{"nvdimm", "/dev/pmem0", "xfs", {"dax=always"}},
		{"blk", "02/00", "ext2", {"noload"}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct storage s = from(&rows[i]);
		struct fault f;

		if (storage_check(&s, &f))
			fail_msg("row %zu: %s", i, f.text);
	}
}

static const struct {
	struct words words;
	const char *says;
} bad_rows[] = {
	{{"9p", "share", "9p", {NULL}},
	 "driver \"9p\" is not supported by this build; known: virtio-fs, blk, mmioblk, blk-ccw, scsi, nvdimm, overlayfs, ephemeral, local"},
	{{"", "", "", {NULL}}, "driver \"\""},
	{{"virtio-fs", "tag", "ext4", {NULL}}, "needs fstype virtiofs, found \"ext4\""},
	{{"blk", "02/00", "", {NULL}},
	 "driver blk needs fstype ext4, erofs, xfs or another file system of disks, found \"\""},
	{{"blk", "02/00", "tmpfs", {NULL}}, "found \"tmpfs\""},
	{{"blk", "02/00", "bind", {"bind"}}, "found \"bind\""},
	{{"blk", "02/00", "X/../f", {NULL}}, "found \"X/../f\""},
	{{"blk", "02/00", "xfs", {"logdev=/dev/vdb"}},
	 "mount option \"logdev=/dev/vdb\" for xfs names another device or file"},
	{{"blk", "02/00", "btrfs", {"device=/dev/vdb"}}, "\"device=/dev/vdb\""},
	{{"scsi", "0:1", "vfat", {"errors=panic"}},
	 "mount option \"errors=panic\" for vfat would let the disk panic the guest"},
	{{"blk", "02/00", "ext3", {"errors=panic"}},
	 "unknown mount option \"errors=panic\" for ext3"},
	{{"ephemeral", "nodev", "hugetlbfs", {"pagesize=2097152"}},
	 "hugetlbfs needs the options pagesize= and size= with a size in bytes, or with K, M or G; found \"pagesize=2097152\""},
	{{"ephemeral", "nodev", "hugetlbfs", {"pagesize=2M", "size=64X"}},
	 "found \"pagesize=2M,size=64X\""},
	{{"ephemeral", "nodev", "hugetlbfs", {"pagesize=2M", "size=3145728"}},
	 "size= is no multiple of pagesize="},
	{{"ephemeral", "nodev", "ext4", {NULL}},
	 "driver ephemeral needs fstype tmpfs or hugetlbfs, found \"ext4\""},
	{{"blk", "", "ext4", {NULL}}, "needs a source"},
	{{"blk", "02/00", "erofs", {"rw"}}, "erofs is always read-only"},
	{{"blk", "02/00", "squashfs", {"ro", "rw"}}, "squashfs is always read-only"},
	{{"blk", "02/00", "ext4", {"errors=panic"}},
	 "unknown mount option \"errors=panic\" for ext4"},
	{{"blk", "02/00", "ext4", {"journal_dev=0x801"}}, "\"journal_dev=0x801\""},
	{{"blk", "02/00", "erofs", {"device=/dev/vdb"}}, "\"device=/dev/vdb\""},
	{{"blk", "02/00", "ext4", {"data=ordered,errors=panic"}}, "has a comma in it"},
	{{"blk", "02/00", "ext4", {"data="}}, "unknown mount option \"data=\""},
	{{"blk", "02/00", "ext4", {"remount"}}, "\"remount\""},
	{{"blk", "02/00", "ext4", {"bind"}}, "\"bind\""},
	{{"virtio-fs", "tag", "", {"size=1m"}}, "\"size=1m\" for virtiofs"},
	{{"overlayfs", "", "", {NULL}}, "lowerdir="},
	{{"overlayfs", "", "", {"lowerdir=/a"}}, "two directories"},
	{{"overlayfs", "", "", {"lowerdir=/a", "upperdir=/u"}}, "workdir="},
	{{"overlayfs", "", "", {"lowerdir=/a", "workdir=/w"}}, "upperdir="},
	{{"overlayfs", "", "", {"lowerdir=/a:/b", "rw"}}, "\"rw\" needs upperdir="},
	{{"overlayfs", "", "ext4", {"lowerdir=/a:/b"}}, "needs fstype overlay"},
	{{"local", "", "", {"size=1m"}}, "\"size=1m\" for a directory"},
	{{"overlayfs", "", "", {"lowerdir=/a:b"}},
	 "lowerdir: \"b\" is no absolute path without ',', ':' and '\\'"},
	{{"overlayfs", "", "", {"lowerdir=/a:"}}, "lowerdir: \"\" is no absolute path"},
	{{"overlayfs", "", "", {"lowerdir=/a:/b/../c"}}, "lowerdir: /b/../c has \"..\" in it"},
	{{"overlayfs", "", "", {"lowerdir=/a", "upperdir=/u,x", "workdir=/w"}},
	 "upperdir: \"/u,x\" is no absolute path"},
	{{"overlayfs", "", "", {"lowerdir=/a", "upperdir=/u", "workdir=w"}},
	 "workdir: \"w\" is no absolute path"},
	{{"local", "", "", {"nosuid"}}, "its only options are mode= and fsgid="},
	{{"local", "", "", {"mode=0789"}}, "mode=0789 is no octal mode"},
	{{"local", "", "", {"mode=17777"}}, "mode=17777 is no octal mode"},
	{{"ephemeral", "", "", {"fsgid=wheel"}}, "fsgid=wheel is no group ID"},
	{{"ephemeral", "", "", {"fsgid=4294967295"}}, "fsgid=4294967295 is no group ID"},
	{{"local", "", "tmpfs", {NULL}}, "needs fstype \"\" or local, found \"tmpfs\""},
};

static void bad_storages_are_refused_by_name(void **state)
{
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		struct storage s = from(&bad_rows[i].words);
		struct fault f = {0};

		assert_true(storage_check(&s, &f) < 0);
		assert_non_null(strstr(f.text, "storage /run/m: "));
		if (!strstr(f.text, bad_rows[i].says))
			fail_msg("row %zu: %s", i, f.text);
	}
}

static void mount_points_are_checked_by_their_words(void **state)
{
	static const struct {
		const char *mount_point, *says; /* NULL: good */
	} rows[] = {
		{"/run/m", NULL},
		{"/devices", NULL},
		{"/run/./m/", NULL},
		{"/proc/x", "storage /proc/x: /proc/x belongs to the guest; use a path below /run"},
		{"/", "storage /: / belongs to the guest"},
		{"//.", "belongs to the guest"},
		{"/dev", "belongs to the guest"},
		{"/./sys", "belongs to the guest"},
		{"/run/..", "has \"..\" in it"},
	};
	const struct words w = {"local", "", "", {NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct storage s = from(&w);
		struct fault f = {0};
		int err;

		s.mount_point = rows[i].mount_point;
		err = storage_check(&s, &f);
		if (rows[i].says ? !err || !strstr(f.text, rows[i].says) : err)
			fail_msg("row %zu: %d %s", i, err, f.text);
	}
}

/* --- claims -------------------------------------------------------------------------------- */

static void disks_become_claims(void **state)
{
	static const struct {
		struct words words;
		const char *type, *id, *vm_path; /* type NULL: no claim */
	} rows[] = {
		{{"blk", "02/00", "ext4", {NULL}}, "blk", "02/00", ""},
		{{"blk", "/dev/vdb", "ext4", {NULL}}, "mmioblk", "", "/dev/vdb"},
		{{"mmioblk", "/dev/vdb", "ext4", {NULL}}, "mmioblk", "", "/dev/vdb"},
		{{"blk-ccw", "0.0.1234", "ext4", {NULL}}, "blk-ccw", "0.0.1234", ""},
		{{"scsi", "0:1", "ext4", {NULL}}, "scsi", "0:1", ""},
		{{"nvdimm", "/dev/pmem0", "ext4", {NULL}}, "nvdimm", "", "/dev/pmem0"},
		{{"virtio-fs", "tag", "", {NULL}}, NULL, NULL, NULL},
		{{"overlayfs", "", "", {NULL}}, NULL, NULL, NULL},
		{{"local", "", "", {NULL}}, NULL, NULL, NULL},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct storage s = from(&rows[i].words);
		struct device d;
		struct fault f;

		assert_int_equal(storage_device(&a, &s, &d, &f), rows[i].type != NULL);
		if (!rows[i].type)
			continue;
		assert_string_equal(d.type, rows[i].type);
		assert_string_equal(d.id, rows[i].id);
		assert_string_equal(d.vm_path, rows[i].vm_path);
		assert_string_equal(d.container_path, "");
		assert_string_equal(d.label, "storage /run/m");
		assert_true(d.required);
	}
	arena_free(&a);
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static void bundle_on_a_disk_is_two_storages(void **state)
{
	static const struct {
		const char *rest, *fstype; /* NULL: refused */
		const char *root_hash;
		uint64_t hash_offset;
	} rows[] = {
		{"/dev/vda", "erofs", NULL, 0},
		{"/dev/vda,squashfs", "squashfs", NULL, 0},
		{"/dev/pmem0,ext4", "ext4", NULL, 0},
		{"/dev/vda,verity=" HASH, "erofs", HASH, 0},
		{"/dev/vda,squashfs,verity=" HASH ",hash_offset=4096", "squashfs", HASH, 4096},
		{"vda", NULL, NULL, 0},
		{"", NULL, NULL, 0},
		{"/dev/vda,", NULL, NULL, 0},
		{"/dev/vda,verity=", NULL, NULL, 0},
		{"/dev/vda,verity=12", NULL, NULL, 0},
		{"/dev/vda,verity=x" HASH, NULL, NULL, 0},
		{"/dev/vda,hash_offset=4096", NULL, NULL, 0},
		{"/dev/vda,verity=" HASH ",hash_offset=100", NULL, NULL, 0},
		{"/dev/vda,verity=" HASH ",hash_offset=x", NULL, NULL, 0},
		{"/dev/vda,verify=" HASH, NULL, NULL, 0},
	};
	static const struct storage before = {.driver = "local", .mount_point = "/run/x"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct manifest m = {.storages = (struct storage *)&before, .n_storages = 1};
		struct arena a = {0};
		const struct storage *s;
		struct fault f;

		assert_int_equal(storage_disk_bundle(&a, rows[i].rest, "/run/b", &m, &f) == 0,
				 rows[i].fstype != NULL);
		assert_int_equal(m.n_storages, rows[i].fstype ? 3 : 1);
		s = m.storages;
		assert_string_equal(s[0].mount_point, "/run/x");
		if (rows[i].fstype) {
			assert_string_equal(s[1].fstype, rows[i].fstype);
			assert_int_equal(s[1].hash_offset, rows[i].hash_offset);
			if (rows[i].root_hash)
				assert_string_equal(s[1].root_hash, rows[i].root_hash);
			else
				assert_null(s[1].root_hash);
			assert_string_equal(s[1].options[0], "ro");
			assert_string_equal(s[2].mount_point, "/run/b");
			assert_int_equal(storage_check(&s[1], &f), 0);
			assert_int_equal(storage_check(&s[2], &f), 0);
		}
		arena_free(&a);
	}
}

/* --- mount points -------------------------------------------------------------------------- */

static void mount_points_are_made(void **state)
{
	char path[64];
	int root = temp_root(path), fd;
	struct stat st;
	struct fault f;

	fd = storage_dir(root, "/run//a/./b/", true, false, &f);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	close(fd);
	assert_int_equal(root_stat(root, &st, "run/a/b"), 0);
	/* missing directories are made only on request */
	assert_int_equal(storage_dir(root, "/run/c", false, false, &f), -ENOENT);
	temp_root_remove(path, root);
}

static void mount_points_follow_no_link(void **state)
{
	static const struct {
		const char *path;
		int err;
		const char *says;
	} rows[] = {
		{"/image/link", -ELOOP, "/image/link is a symbolic link"},
		{"/image/link/below", -ELOOP, "/image/link is a symbolic link"},
		{"/image/dangling", -ELOOP, "/image/dangling is a symbolic link"},
		{"/image/up/etc", -ELOOP, "/image/up is a symbolic link"},
		{"/image/file", -ENOTDIR, "/image/file is no directory"},
		{"/image/file/below", -ENOTDIR, "/image/file is no directory"},
		{"/image/../etc", -EINVAL, "has \"..\" in it"},
		{"/", -EBUSY, "/ belongs to the guest"},
		{"/proc", -EBUSY, "belongs to the guest"},
		{"//dev/x", -EBUSY, "belongs to the guest"},
		{"/sys/fs", -EBUSY, "belongs to the guest"},
	};
	char path[64];
	int root = temp_root(path);

	put_file(root, "image/file", "");
	put_dir(root, "etc");
	put_link(root, "image/link", "/etc");
	put_link(root, "image/dangling", "/run/nowhere");
	put_link(root, "image/up", "../..");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fault f = {0};

		assert_int_equal(storage_dir(root, rows[i].path, true, true, &f), rows[i].err);
		if (!strstr(f.text, rows[i].says))
			fail_msg("row %zu: %s", i, f.text);
	}
	assert_false(root_exists(root, "etc/below"));
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_come_to_flags_and_data),
		cmocka_unit_test(options_of_our_own_are_kept_from_the_file_system),
		cmocka_unit_test(good_storages),
		cmocka_unit_test(bad_storages_are_refused_by_name),
		cmocka_unit_test(mount_points_are_checked_by_their_words),
		cmocka_unit_test(disks_become_claims),
		cmocka_unit_test(bundle_on_a_disk_is_two_storages),
		cmocka_unit_test(mount_points_are_made),
		cmocka_unit_test(mount_points_follow_no_link),
	};

	return RUN_TESTS(tests);
}
