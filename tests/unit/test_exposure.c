// SPDX-License-Identifier: Apache-2.0
/* What gives the guest to a container is one warning that names it. */
#include "tests/unit/test.h"

#include <sched.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/bundle/exposure.h"
#include "init/lib/log.h"

static char said[1024];

static void hear(enum log_level level, const char *line)
{
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_int_equal(*said, 0);
	strncpy(said, line, sizeof(said) - 1);
}

static const char *proc_options[] = {"nosuid", NULL};
static const char *ro_options[] = {"ro", NULL};
static const char *bind_options[] = {"rbind", NULL};
static const char *readonly[] = {"/proc/bus", "/proc/sys", "/proc/sysrq-trigger", NULL};

/* As an engine writes it. */
static struct oci_config usual(void)
{
	static struct oci_mount mounts[] = {
		{.destination = "/proc",
		 .type = "proc",
		 .source = "proc",
		 .options = proc_options,
		 .n_options = 1},
		{.destination = "/data",
		 .type = "bind",
		 .source = "/run/data",
		 .options = bind_options,
		 .n_options = 1},
	};
	static struct oci_device_rule rules[] = {
		{.type = 'a', .major = OCI_ANY, .minor = OCI_ANY, .read = true, .write = true},
		{.allow = true, .type = 'c', .major = OCI_ANY, .minor = OCI_ANY, .mknod = true},
		{.allow = true, .type = 'c', .major = 1, .minor = 3, .read = true},
	};

	return (struct oci_config){
		.mounts = mounts,
		.n_mounts = 2,
		.rules = rules,
		.n_rules = 3,
		.readonly_paths = readonly,
		.n_readonly_paths = 3,
	};
}

static void assert_says(const struct oci_config *config, const char *what)
{
	said[0] = '\0';
	exposure_warn(config);
	if (!what)
		assert_string_equal(said, "");
	else if (!strstr(said, what))
		fail_msg("\"%s\" does not have \"%s\"", said, what);
}

static void an_engines_config_gives_nothing_away(void **state)
{
	struct oci_config config = usual();

	assert_says(&config, NULL);
	/* Another user may not write there. */
	config.n_readonly_paths = 0;
	config.process.uid = 1000;
	assert_says(&config, NULL);
	config.process.uid = 0;
	config.mounts[0].options = ro_options;
	assert_says(&config, NULL);
	config.mounts[0].options = proc_options;
}

static void each_way_is_named(void **state)
{
	struct oci_device_rule all = {
		.allow = true, .type = 'c', .major = OCI_ANY, .minor = OCI_ANY, .read = true};
	struct oci_mount root = {.destination = "/host",
				 .type = "none",
				 .source = "/",
				 .options = bind_options,
				 .n_options = 1};
	struct oci_config config = usual();

	config.process.capabilities[OCI_BOUNDING] = 1ULL << 21 | 1ULL << 19;
	assert_says(&config,
		    "/process/capabilities CAP_SYS_ADMIN, /process/capabilities CAP_SYS_PTRACE:");
	/* In a user namespace they reach the container's own namespaces only. */
	config.namespaces = CLONE_NEWUSER;
	assert_says(&config, NULL);
	config = usual();
	config.n_readonly_paths = 1;
	assert_says(&config, "/proc/sys (writable), /proc/sysrq-trigger (writable)");
	config = usual();
	config.rules = &all;
	config.n_rules = 1;
	assert_says(&config, "/linux/resources/devices (all)");
	config.n_rules = 0;
	assert_says(&config, "/linux/resources/devices (all)");
	config = usual();
	config.mounts = &root;
	config.n_mounts = 1;
	assert_says(&config, "/mounts of /:");
	root.source = "/dev";
	assert_says(&config, "/mounts of /dev:");
	root.source = "/run";
	assert_says(&config, "/mounts of /run:");
	root.source = "/sys/fs/cgroup";
	assert_says(&config, "/mounts of /sys/fs/cgroup:");
	root.source = "/run/engine";
	assert_says(&config, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_engines_config_gives_nothing_away),
		cmocka_unit_test(each_way_is_named),
	};

	log_to_sink(hear);
	return RUN_TESTS(tests);
}
