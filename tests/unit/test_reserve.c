// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/container/reserve_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

static char text[64];

/* The controllers that the kernel has, NULL for any; those that were turned on */
static const char *supported;
static char turned_on[64];

__typeof__(write) __real_write, __wrap_write;
ssize_t __wrap_write(int fd, const void *buf, size_t n)
{
	char list[64] = "";

	memcpy(list, buf, n < sizeof(list) ? n : sizeof(list) - 1);
	for (char *word = strtok(list, " "); supported && word; word = strtok(NULL, " "))
		if (*word == '+' && !reserve_listed(supported, word + 1, strlen(word + 1))) {
			errno = EINVAL;
			return -1;
		}
	if (n && *(const char *)buf == '+') {
		size_t used = strlen(turned_on);

		snprintf(turned_on + used, sizeof(turned_on) - used, "%s%.*s", used ? "; " : "",
			 (int)n, (const char *)buf);
	}
	return __real_write(fd, buf, n);
}

static const char *content(int root, const char *file)
{
	assert_true(root_read(root, text, sizeof(text), "%s", file) >= 0);
	return text;
}

static int warnings;

static void count_warnings(enum log_level level, const char *line)
{
	warnings += level == LOG_LEVEL_WARN && strstr(line, "cgroup controller");
}

static void controllers_are_turned_on_or_missed(void **state)
{
	static const struct {
		const char *present, *written;
		int warnings;
	} rows[] = {
		{"cpuset cpu io memory hugetlb pids rdma", "+memory +pids +cpu +cpuset", 0},
		{"memory", "+memory", 1},
		{"cpu pids", "+pids; +cpu", 1},
		{"cpu mem memory2 pidsx", "+cpu", 2},
		{"", "", 2},
	};
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[64];
		int root = temp_root(path);

		warnings = 0;
		put_file(root, "cgroup.controllers", rows[i].present);
		put_file(root, "cgroup.subtree_control", "");
		supported = rows[i].present;
		*turned_on = '\0';
		log_to_sink(count_warnings);
		assert_int_equal(reserve_enable(root, &f), 0);
		log_to_sink(NULL);
		supported = NULL;
		assert_string_equal(turned_on, rows[i].written);
		assert_int_equal(warnings, rows[i].warnings);
		temp_root_remove(path, root);
	}
}

static void controllers_that_cannot_be_turned_on_are_missed(void **state)
{
	struct fault f;
	char path[64];
	int root = temp_root(path);

	warnings = 0;
	put_file(root, "cgroup.controllers", "cpu cpuset io");
	log_to_sink(count_warnings);
	assert_int_equal(reserve_enable(root, &f), 0);
	log_to_sink(NULL);
	assert_int_equal(warnings, 4); /* cpu and cpuset, memory and pids */
	temp_root_remove(path, root);
}

static void controllers_that_cannot_be_read_are_an_error(void **state)
{
	struct fault f;
	char path[64];
	int root = temp_root(path);

	assert_int_equal(reserve_enable(root, &f), -ENOENT);
	put_file(root, "cgroup.controllers", "memory pids");
	assert_int_equal(reserve_enable(root, &f), -ENOENT);
	assert_non_null(strstr(f.text, "cgroup controller memory: "));
	temp_root_remove(path, root);
}

static void only_higher_limits_are_lowered(void **state)
{
	static const struct {
		const char *before, *after;
		bool lowered;
	} rows[] = {
		{"max", "104857600", true},
		{"104857601", "104857600", true},
		{"104857600", "104857600", false},
		{"4096", "4096", false},
		{"0", "0", false},
		{"999999999", "104857600", true},
		{"nonsense", "104857600", true},
	};
	struct oci_limit pids = {.file = "pids.max"}, memory = {&pids, .file = "memory.max"};
	struct oci_config config = {.memory_max = 100 << 20, .limits = &memory};
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *limit = NULL;
		char path[64];
		int root = temp_root(path);

		put_file(root, "memory.max", rows[i].before);
		put_file(root, "pids.max", "5");
		assert_int_equal(reserve_set(root, &config, &limit, &f), 0);
		assert_string_equal(content(root, "memory.max"), rows[i].after);
		assert_string_equal(content(root, "pids.max"), "5");
		assert_int_equal(!strcmp(limit, "linux.resources.memory.limit"), !rows[i].lowered);
		temp_root_remove(path, root);
	}
}

/* A file of a cgroup that the config has not limited is not read. */
static void a_new_cgroup_has_no_limit(void **state)
{
	struct oci_limit high = {.file = "memory.high"};
	struct oci_config config = {.memory_max = 100 << 20, .unified = &high};
	const char *limit;
	struct fault f;
	char path[64];
	int root = temp_root(path);

	put_file(root, "cgroup.controllers", "cpuset cpu memory");
	put_file(root, "memory.max", "5");
	assert_int_equal(reserve_set(root, &config, &limit, &f), 0);
	assert_string_equal(content(root, "memory.max"), "104857600");
	assert_string_equal(limit, "the guest's memory less policy.reserve_mib");
	temp_root_remove(path, root);
}

static int announced;

static void count_announcements(enum log_level level, const char *line)
{
	announced += level == LOG_LEVEL_INFO && strstr(line, "the container may have ");
}

/* A config that has a higher one does not get it, and the log says so. */
static void processes_get_a_limit(void **state)
{
	struct oci_limit high = {.file = "pids.max"};
	const struct {
		struct oci_limit *limits;
		int announced;
	} rows[] = {{NULL, 0}, {&high, 1}};

	log_watch(count_announcements);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_config config = {.limits = rows[i].limits};
		const char *limit;
		struct fault f;
		char path[64];
		int root = temp_root(path);

		put_file(root, "pids.max", "max");
		announced = 0;
		assert_int_equal(reserve_set(root, &config, &limit, &f), 0);
		assert_true(atoi(content(root, "pids.max")) > 0);
		assert_int_equal(announced, rows[i].announced);
		temp_root_remove(path, root);
	}
	log_watch(NULL);
}

static void a_limit_that_cannot_be_read_is_an_error(void **state)
{
	struct oci_limit pids = {.file = "pids.max"};
	struct oci_config config = {.memory_max = 1};
	const char *limit;
	struct fault f;
	char path[64];
	int root = temp_root(path);

	assert_int_equal(reserve_set(root, &config, &limit, &f), -ENOENT);
	assert_non_null(strstr(f.text, "controllers"));
	/* Without the controllers there are no files. */
	put_file(root, "cgroup.controllers", "cpuset cpu");
	assert_int_equal(reserve_set(root, &config, &limit, &f), 0);
	put_file(root, "cgroup.controllers", "cpuset pids cpu");
	assert_int_equal(reserve_set(root, &config, &limit, &f), -ENOENT);
	assert_non_null(strstr(f.text, "pids.max"));
	config.limits = &pids;
	assert_int_equal(reserve_set(root, &config, &limit, &f), -ENOENT);
	config.limits = NULL;
	put_file(root, "cgroup.controllers", "memory cpu");
	assert_int_equal(reserve_set(root, &config, &limit, &f), -ENOENT);
	assert_non_null(strstr(f.text, "memory.max"));
	put_dir(root, "memory.max");
	assert_int_equal(reserve_set(root, &config, &limit, &f), -EISDIR);
	assert_non_null(strstr(f.text, "memory.max"));
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controllers_are_turned_on_or_missed),
		cmocka_unit_test(controllers_that_cannot_be_turned_on_are_missed),
		cmocka_unit_test(controllers_that_cannot_be_read_are_an_error),
		cmocka_unit_test(only_higher_limits_are_lowered),
		cmocka_unit_test(a_new_cgroup_has_no_limit),
		cmocka_unit_test(processes_get_a_limit),
		cmocka_unit_test(a_limit_that_cannot_be_read_is_an_error),
	};

	/* The kernel's parameters are looked up below the working directory, as in PID 1. */
	if (chdir("/"))
		return 1;
	return RUN_TESTS(tests);
}
