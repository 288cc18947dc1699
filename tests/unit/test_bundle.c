// SPDX-License-Identifier: Apache-2.0
/* The bundle: which SOURCE can be one, its mount, its config.json and its root. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/bundle/bundle.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"

/* --- the SOURCE ---------------------------------------------------------------------------- */

static void only_directories_can_be_bundles(void **state)
{
	static const struct {
		const char *word, *says; /* NULL: good */
	} rows[] = {
		{"/run/storage/bundle", NULL},
		{"initrd:/coldinit/bundle", NULL},
		{"virtiofs:tag/bundle", NULL},
		{"block:/dev/vda", NULL},
		{"fw_cfg:opt/x", "a bundle is a directory: fw_cfg:opt/x cannot be one"},
		{"base64:e30=", "a bundle is a directory: base64:e30= cannot be one"},
		{"virtiofs:/bundle", "bundle: virtiofs:TAG/path with a tag"},
		{"nfs:server/bundle", "bundle: \"nfs:server/bundle\" is not a source"},
		{"", "bundle: \"\" is not a source"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct request request = {.bundle = rows[i].word};
		struct fault fault = {0};
		int err = bundle_check(&request, &fault);

		if (err != (rows[i].says ? -EINVAL : 0) ||
		    (err && strncmp(fault.text, rows[i].says, strlen(rows[i].says)) != 0))
			fail_msg("%s: %d %s", rows[i].word, err, fault.text);
	}
}

/* --- mounting ------------------------------------------------------------------------------ */

/* Make the empty directory that this runs in "/", with an initramfs. Return: its descriptor. */
static int enter_guest(int *initrd)
{
	int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	put_file(root, "initrd/coldinit/bundle/config.json", "{}");
	put_file(root, "initrd/init", "");
	put_dir(root, "proc");
	/* for descriptors as paths */
	CHECK(!mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL));
	CHECK(!mount("initrd", "initrd", NULL, MS_BIND, NULL));
	CHECK(!chroot(".") && !chdir("/"));
	*initrd = open("/initrd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root;
}

static void a_bundle_of_the_initramfs_is_mounted(void)
{
	const struct request request = {.bundle = "initrd:/coldinit/bundle"};
	const struct request absent = {.bundle = "initrd:/nothere"};
	const struct found found = {0};
	struct bundle bundle = {.dir = -1};
	struct fault fault;
	struct stat here, there;
	struct arena arena = {0};
	int initrd, root = enter_guest(&initrd);

	CHECK(bundle_open(&arena, initrd, root, &absent, &found, &bundle, &fault) == -ENOENT);
	CHECK(!strncmp(fault.text, "no bundle: the initramfs has no directory /nothere;", 51));
	CHECK(!bundle_open(&arena, initrd, root, &request, &found, &bundle, &fault));
	CHECK(!strcmp(bundle.path, BUNDLE_DIR) && bundle.in_initramfs);
	CHECK(!fstat(bundle.dir, &here));
	CHECK(!root_stat(initrd, &there, "coldinit/bundle"));
	CHECK(here.st_dev == there.st_dev && here.st_ino == there.st_ino);
	/* It is a mount: it stays when the initramfs is detached. */
	CHECK(!umount2("/initrd", MNT_DETACH));
	CHECK(root_exists(root, BUNDLE_DIR "/config.json"));
	CHECK(root_exists(bundle.dir, "config.json"));
}

static void storages_are_mounted_in_their_order(void)
{
	size_t no_device[] = {REQUEST_NO_DEVICE, REQUEST_NO_DEVICE};
	struct storage storages[] = {
		{.driver = "ephemeral", .source = "", .fstype = "", .mount_point = "/run/a"},
		{.driver = "local", .source = "", .fstype = "", .mount_point = "/run/a/bundle"},
	};
	struct request request = {
		.bundle = "/run/a/bundle",
		.manifest = {.storages = storages, .n_storages = 2},
		.storage_device = no_device,
	};
	const struct found found = {0};
	struct bundle bundle;
	struct fault fault;
	struct stat a, run;
	struct arena arena = {0};
	int initrd, root = enter_guest(&initrd);

	CHECK(!bundle_open(&arena, initrd, root, &request, &found, &bundle, &fault));
	CHECK(!strcmp(bundle.path, "/run/a/bundle") && !bundle.in_initramfs);
	CHECK(!fstat(bundle.dir, &a) && !root_stat(root, &run, "run"));
	CHECK(a.st_dev != run.st_dev);
	/* The first error ends it. */
	storages[0].mount_point = "/run/b";
	storages[0].driver = "9p";
	storages[1].mount_point = "/run/c";
	CHECK(bundle_open(&arena, initrd, root, &request, &found, &bundle, &fault) == -ENOTSUP);
	CHECK(!root_exists(root, "run/c"));
}

static void a_disk_must_have_been_found(void)
{
	size_t devices[] = {1};
	struct storage storages[] = {
		{.driver = "blk", .source = "05", .fstype = "erofs", .mount_point = "/run/disk"}};
	struct request request = {
		.bundle = "/run/disk",
		.manifest = {.storages = storages, .n_storages = 1},
		.storage_device = devices,
	};
	struct device_result results[2] = {{.ready = true, .node = "/dev/other"}};
	const struct found found = {.devices = results};
	struct bundle bundle;
	struct fault fault;
	struct arena arena = {0};
	int initrd, root = enter_guest(&initrd);

	CHECK(bundle_open(&arena, initrd, root, &request, &found, &bundle, &fault) == -ENXIO);
	CHECK(!strcmp(fault.text, "storage /run/disk: the disk was not found"));
}

static void test_mounts(void **state)
{
	assert_int_equal(in_namespace(a_bundle_of_the_initramfs_is_mounted), 0);
	assert_int_equal(in_namespace(storages_are_mounted_in_their_order), 0);
	assert_int_equal(in_namespace(a_disk_must_have_been_found), 0);
}

/* --- config.json --------------------------------------------------------------------------- */

static void config_is_read_whole_or_not_at_all(void **state)
{
	struct bundle bundle = {.path = "/run/b"};
	char path[64], *text = NULL;
	int root = temp_root(path), fd;
	struct fault fault;

	bundle.dir = root;
	assert_int_equal(bundle_read_config(&bundle, &text, &fault), -ENOENT);
	assert_string_equal(fault.text,
			    "cannot read config.json of the bundle /run/b: No such file or "
			    "directory; /run/b is empty");
	put_dir(root, "usr");
	put_file(root, "etc/passwd", "");
	assert_int_equal(bundle_read_config(&bundle, &text, &fault), -ENOENT);
	assert_text(fault.text, "No such file or directory; /run/b has etc, usr");
	put_file(root, "config.json", "{\"a\":1}");
	assert_int_equal(bundle_read_config(&bundle, &text, &fault), 7);
	assert_string_equal(text, "{\"a\":1}");
	free(text);
	text = NULL;
	fd = root_open(root, O_WRONLY, 0, "config.json");
	assert_int_equal(ftruncate(fd, OCI_CONFIG_MAX + 1), 0);
	close(fd);
	assert_int_equal(bundle_read_config(&bundle, &text, &fault), -EFBIG);
	assert_text(fault.text, "/run/b/config.json is larger than ");
	assert_int_equal(unlinkat(root, "config.json", 0), 0);
	put_dir(root, "config.json");
	assert_int_equal(bundle_read_config(&bundle, &text, &fault), -EINVAL);
	assert_string_equal(fault.text, "/run/b/config.json is not a regular file");
	assert_null(text);
	temp_root_remove(path, root);
}

/* --- the container's root ------------------------------------------------------------------ */

static bool is_same(int fd, int root, const char *path)
{
	struct stat a, b;

	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(root_stat(root, &b, "%s", path), 0);
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void the_root_is_inside_the_bundle(void **state)
{
	static const struct {
		const char *path;
		const char *found; /* below the temporary root; NULL: -ENOENT or -ENOTDIR */
	} rows[] = {
		{"rootfs", "run/b/rootfs"},
		{"./rootfs/", "run/b/rootfs"},
		{"link", "run/b/rootfs"},
		/* None of these leads out of the bundle. */
		{"../../etc", NULL},
		{"up/rootfs", "run/b/rootfs"},
		{"absolute", "run/b/rootfs"},
		{"/run/b/rootfs", "run/b/rootfs"}, /* of the guest */
		{"/etc", "etc"},
		{"file", NULL},
		{"nothere", NULL},
	};
	struct bundle bundle = {.path = "/run/b"};
	char path[64];
	int root = temp_root(path);

	put_dir(root, "run/b/rootfs");
	put_dir(root, "etc");
	put_file(root, "run/b/file", "");
	put_link(root, "run/b/link", "rootfs");
	put_link(root, "run/b/up", "../../..");
	put_link(root, "run/b/absolute", "/rootfs");
	bundle.dir = root_open(root, O_PATH | O_DIRECTORY, 0, "run/b");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fault fault = {0};
		int fd = bundle_find_root(root, rows[i].path, &bundle, &fault);

		if (!rows[i].found) {
			assert_true(fd == -ENOENT || fd == -ENOTDIR);
			assert_text(fault.text, "config.json: /root/path: cannot open \"");
		} else if (fd < 0 || !is_same(fd, root, rows[i].found)) {
			fail_msg("%s: %d %s", rows[i].path, fd, fault.text);
		}
		if (fd >= 0)
			close(fd);
	}
	close(bundle.dir);
	temp_root_remove(path, root);
}

static void assert_root_found(int root, const char *path, const struct bundle *bundle,
			      const char *found)
{
	struct fault fault;
	int fd = bundle_find_root(root, path, bundle, &fault);

	assert_true(fd >= 0);
	assert_true(is_same(fd, root, found));
	close(fd);
}

/* Engines write the path of their storage. */
static void a_root_of_the_host_is_the_bundles_own(void **state)
{
	static const char storage[] = "/var/lib/containers/storage/overlay/1/merged";
	struct bundle bundle = {.path = "/run/b"};
	struct fault fault = {0};
	char path[64];
	int root = temp_root(path);

	put_dir(root, "run/b");
	bundle.dir = root_open(root, O_PATH | O_DIRECTORY, 0, "run/b");
	assert_int_equal(bundle_find_root(root, storage, &bundle, &fault), -ENOENT);
	assert_text(fault.text, storage);
	put_dir(root, "run/b/rootfs");
	assert_root_found(root, storage, &bundle, "run/b/rootfs");
	/* A relative path is the bundle's, so it is a mistake. */
	assert_int_equal(bundle_find_root(root, "merged", &bundle, &fault), -ENOENT);
	/* And the guest's own directory is used if it is there. */
	put_dir(root, storage + 1);
	assert_root_found(root, storage, &bundle, storage);
	close(bundle.dir);
	temp_root_remove(path, root);
}

static void the_guests_root_is_refused(void **state)
{
	struct bundle bundle = {.path = "/"};
	char path[64];
	int root = temp_root(path);
	struct fault fault;

	bundle.dir = root;
	assert_int_equal(bundle_find_root(root, "/", &bundle, &fault), -EINVAL);
	assert_int_equal(bundle_find_root(root, ".", &bundle, &fault), -EINVAL);
	assert_text(fault.text, "/root/path: the container's root is the guest's own");
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_directories_can_be_bundles),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(config_is_read_whole_or_not_at_all),
		cmocka_unit_test(the_root_is_inside_the_bundle),
		cmocka_unit_test(a_root_of_the_host_is_the_bundles_own),
		cmocka_unit_test(the_guests_root_is_refused),
	};

	return RUN_TESTS(tests);
}
