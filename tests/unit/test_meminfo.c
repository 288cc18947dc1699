// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "init/guest/meminfo.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"

#define MIB (1024 * 1024ULL)

static void the_share_is_what_is_available_less_the_reserve(void **state)
{
	static const struct {
		const char *meminfo;
		unsigned reserve_mib;
		int err;
		uint64_t bytes;
	} rows[] = {
		{"MemTotal: 9 kB\nMemFree: 8 kB\nMemAvailable:     102400 kB\nBuffers: 1 kB\n", 24,
		 0, 76 * MIB},
		{"MemAvailable: 102400 kB\n", 99, 0, MIB},
		{"MemAvailable: 102400 kB\n", 100, -ENOMEM, 0},
		{"MemAvailable: 102400 kB\n", UINT32_MAX, -ENOMEM, 0},
		{"MemAvailable: 0 kB\n", 8, -ENOMEM, 0},
		{"MemAvailable: 18446744073709551615 kB\n", 8, -EPROTO, 0},
		{"MemAvailable: many\n", 8, -EPROTO, 0},
		{"MemAvailable:", 8, -EPROTO, 0},
		{"MemTotal: 102400 kB\n", 8, -EPROTO, 0},
		{"", 8, -EPROTO, 0},
	};
	uint64_t bytes;
	struct fault f;
	char path[64];
	int root = temp_root(path);

	assert_int_equal(meminfo_share(root, 24, &bytes, &f), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bytes = 0;
		put_file(root, "proc/meminfo", rows[i].meminfo);
		assert_int_equal(meminfo_share(root, rows[i].reserve_mib, &bytes, &f), rows[i].err);
		assert_int_equal(bytes, rows[i].bytes);
		if (rows[i].err == -ENOMEM)
			assert_non_null(strstr(f.text, "policy.reserve_mib"));
	}
	temp_root_remove(path, root);
}

/* Write files of 1 MiB. Return: how many there was room for, at most @max. */
static int fill(const char *dir, int max)
{
	static char block[1 << 20];
	char path[64];
	int n = 0;

	for (; n < max; n++) {
		snprintf(path, sizeof(path), "%s/%d", dir, n);
		FILE *file = fopen(path, "we");
		CHECK(file);
		setvbuf(file, NULL, _IONBF, 0);
		if (fwrite(block, sizeof(block), 1, file) != 1) {
			fclose(file);
			unlink(path);
			break;
		}
		fclose(file);
	}
	return n;
}

static void resize(void)
{
	struct statfs fs;
	char cwd[128], path[160];

	CHECK(getcwd(cwd, sizeof(cwd)));
	snprintf(path, sizeof(path), "%s/small", cwd);
	CHECK(!mkdir("small", 0755) && !mkdir("plain", 0755));
	CHECK(!mount("test", "small", "tmpfs", MS_NOSUID | MS_RDONLY, "size=2m"));
	/* It stays read-only: nothing but the size changes. */
	CHECK(meminfo_resize(path, 3 * MIB) == 0);
	CHECK(!statfs(path, &fs) && fs.f_blocks * (uint64_t)fs.f_bsize == 3 * MIB);
	CHECK(fs.f_flags & MS_RDONLY && fs.f_flags & MS_NOSUID);
	CHECK(!mount(NULL, "small", NULL, MS_REMOUNT, NULL));
	CHECK(fill("small", 9) == 3);
	CHECK(meminfo_resize(path, 2 * MIB) == 0); /* more than it has */
	CHECK(fill("small", 9) == 5);
	/* A directory is no mount; another file system is left alone. */
	snprintf(path, sizeof(path), "%s/plain", cwd);
	CHECK(meminfo_resize(path, MIB) == -EINVAL);
	CHECK(meminfo_resize("/proc/self", MIB) == 0);
	CHECK(meminfo_resize("/nothing/here", MIB) == -ENOENT);
}

static void a_tmpfs_gets_room_for_more_than_it_has(void **state)
{
	assert_int_equal(in_namespace(resize), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_share_is_what_is_available_less_the_reserve),
		cmocka_unit_test(a_tmpfs_gets_room_for_more_than_it_has),
	};

	return RUN_TESTS(tests);
}
