// SPDX-License-Identifier: Apache-2.0
/* User namespaces and ID-mapped mounts: from config.json to the kernel. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/container/timens_private.h"
#include "init/container/userns_private.h"
#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"
#include "tests/unit/support/spec_config.h"

#define MAP(container, host, size) \
	"{\"containerID\":" #container ",\"hostID\":" #host ",\"size\":" #size "}"
#define USER(top, process, more)                                                      \
	SPEC(top, process,                                                            \
	     "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[" MAP(            \
		     0, 100000, 1000) "," MAP(1000, 5,                                \
					      1) "],\"gidMappings\":[" MAP(0, 200000, \
									   1000) "]" more)

static void ids_of_files_become_the_guests(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault f;

	if (config(&a,
		   USER(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"uid=7\",\"gid=5\",\"size=1k\",\"uid=x\"]}]",
			",\"user\":{\"uid\":1000,\"gid\":3}",
			",\"devices\":[{\"path\":\"/dev/a\",\"type\":\"p\",\"uid\":2},{\"path\":\"/dev/b\",\"type\":\"p\"}]"),
		   &c, &f))
		fail_msg("%s", f.text);
	assert_int_equal(c.namespaces, CLONE_NEWNS | CLONE_NEWUSER);
	assert_int_equal(c.root_uid, 100000);
	assert_int_equal(c.root_gid, 200000);
	assert_int_equal(c.host_uid, 5);
	/* These are set in the namespace. */
	assert_int_equal(c.process.uid, 1000);
	assert_int_equal(c.process.gid, 3);
	assert_int_equal(c.devices[0].uid, 100002);
	assert_int_equal(c.devices[0].gid, 200000);
	assert_int_equal(c.devices[1].uid, 100000);
	assert_string_equal(c.mounts[0].options[0], "uid=100007");
	assert_string_equal(c.mounts[0].options[1], "gid=200005");
	assert_string_equal(c.mounts[0].options[2], "size=1k");
	assert_string_equal(c.mounts[0].options[3], "uid=x");
}

static void without_a_namespace_they_are_the_same(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(
		config(&a,
		       SPEC(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"uid=7\"]}]",
			    ",\"user\":{\"uid\":1000}",
			    "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"p\",\"uid\":2}]"),
		       &c, &f),
		0);
	assert_int_equal(c.host_uid, 1000);
	assert_int_equal(c.root_uid, 0);
	assert_int_equal(c.devices[0].uid, 2);
	assert_string_equal(c.mounts[0].options[0], "uid=7");
}

static void a_namespace_of_the_host_has_all_ids(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(
		config(&a, LINUX("\"namespaces\":[{\"type\":\"user\",\"path\":\"/x\"}]"), &c, &f),
		0);
	assert_int_equal(c.maps.uids.n, 1);
	assert_int_equal(c.maps.gids.ranges[0].size, UINT32_MAX);
	assert_int_equal(c.maps.gids.ranges[0].host, 0);
}

static void a_mount_has_its_own_mappings_or_the_containers(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(
		config(&a,
		       USER(",\"mounts\":[{\"destination\":\"/a\",\"options\":[\"bind\",\"idmap\"]},"
			    "{\"destination\":\"/b\",\"options\":[\"ridmap\"],\"uidMappings\":[" MAP(
				    0, 9,
				    1) "],\"gidMappings\":[" MAP(0, 8,
								 1) "]},{\"destination\":\"/c\"}]",
			    "", ""),
		       &c, &f),
		0);
	assert_int_equal(c.mounts[0].maps.uids.ranges[1].host, 5);
	assert_int_equal(c.mounts[1].maps.uids.ranges[0].host, 9);
	assert_int_equal(c.mounts[1].maps.gids.ranges[0].host, 8);
	assert_int_equal(c.mounts[2].maps.uids.n, 0);
}

#define OPTION(text) \
	USER(",\"mounts\":[{\"destination\":\"/a\",\"options\":[\"bind\",\"" text "\"]}]", "", "")

/* The form of crun, which podman's volumes have */
static void mappings_in_an_option(void **state)
{
	static const struct {
		const char *text, *option;
		struct oci_id_range first;
		size_t n;
	} rows[] = {
		{OPTION("idmap=uids=0-7-1;gids=0-8-1"), "idmap", {0, 7, 1}, 1},
		{OPTION("ridmap=gids=0-8-1;uids=3-7-4294967295;"), "ridmap", {3, 7, UINT32_MAX}, 1},
		{OPTION("idmap=uids=0-7-1#5-9-2#8-1-1;gids=0-8-1"), "idmap", {0, 7, 1}, 3},
		/* the second number is the container's */
		{OPTION("idmap=uids=@0-1000-1;gids=0-8-1"), "idmap", {0, 5, 1}, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;
		struct fault f = {0};

		if (config(&a, rows[i].text, &c, &f))
			fail_msg("%s: %s", rows[i].text, f.text);
		assert_string_equal(c.mounts[0].options[1], rows[i].option);
		assert_int_equal(c.mounts[0].maps.uids.n, rows[i].n);
		assert_memory_equal(c.mounts[0].maps.uids.ranges, &rows[i].first,
				    sizeof(rows[i].first));
		assert_int_equal(c.mounts[0].maps.gids.ranges[0].host, 8);
	}
}

static void options_that_are_no_mappings(void **state)
{
	static const char *const rows[] = {
		"uids=",
		"uids=0",
		"uids=0-1",
		"uids=0-1-",
		"uids=0-1-x",
		"uids=0-1-1x",
		"uids=-1-1-1",
		"uids=0-1-4294967296",
		"uids=0-1-1#",
		"uids=#0-1-1",
		"uids=0-1-1,gids=0-1-1",
		"0-1-1",
		"uids=@0-5000-1",
		"uid=0-1-1",
		"uids=0-1-1;;gids=0-1-1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a cleanup(arena_free) = {0};
		struct oci_config c;
		struct fault f = {0};
		char text[1024];

		snprintf(text, sizeof(text), OPTION("ridmap=%s"), rows[i]);
		assert_int_equal(config(&a, text, &c, &f), -EINVAL);
		assert_text(f.text, "/mounts/0: expected mappings such as \"idmap=uids=0-1000-10;");
		assert_text(f.text, rows[i]);
	}
}

#define NOT_MAPPED " is not in the mappings of the user namespace"

static void what_is_not_mapped_is_refused(void **state)
{
	assert_config_refused(USER("", ",\"user\":{\"uid\":1001}", ""),
			      "/process/user: uid 1001" NOT_MAPPED);
	assert_config_refused(
		USER("", "", ",\"devices\":[{\"path\":\"/dev/a\",\"type\":\"p\",\"gid\":1000}]"),
		"/dev/a: gid 1000" NOT_MAPPED);
	assert_config_refused(
		USER(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"gid=1000\"]}]",
		     "", ""),
		"/a: gid 1000" NOT_MAPPED);
	assert_config_refused(
		TOP("\"mounts\":[{\"destination\":\"/a\",\"options\":[\"idmap\"]}]"),
		"/mounts/0: an ID-mapped mount needs uidMappings and gidMappings, its own or those of a user namespace");
	assert_config_refused(
		LINUX("\"uidMappings\":[{\"containerID\":0,\"size\":-1}]"),
		"/linux/uidMappings/0/size: expected an integer from 0 to 4294967295, found the number -1; /linux/uidMappings/0: the key \"hostID\" is missing");
}

/* --- in the kernel ------------------------------------------------------------------------- */

static struct oci_config mapped;

static bool proc_is(const char *file, const char *expected)
{
	char text[512];
	ssize_t n = root_read(AT_FDCWD, text, sizeof(text), "/proc/self/%s", file);

	return n >= 0 && !strcmp(text, expected);
}

static void enter(void)
{
	struct fault fault = {0};
	struct stat st;
	int ns;

	CHECK(!chdir("/"));
	ns = userns_make(&mapped.maps, &fault);
	if (ns < 0)
		fprintf(stderr, "# %s\n", fault.text);
	CHECK(ns >= 0);
	/* New files are the container's, and it is still possible to make a device node. */
	CHECK(!userns_own(&mapped, true, &fault) && !chdir("/tmp"));
	CHECK(!mkdir("own", 0755) && !stat("own", &st) && st.st_uid == 100000 &&
	      st.st_gid == 200000);
	CHECK(!userns_own(&mapped, false, &fault));
	CHECK(!mkdir("guests", 0755) && !stat("guests", &st) && !st.st_uid && !st.st_gid);
	CHECK(!rmdir("own") && !rmdir("guests") && !chdir("/"));
	CHECK(!userns_enter(ns, &mapped, &fault));
	CHECK(proc_is("uid_map",
		      "         0     100000       1000\n      1000          5          1"));
	CHECK(proc_is("gid_map", "         0     200000       1000"));
	/* Nothing of the guest is its own any more. */
	CHECK(chown("/etc/passwd", 1, 1) && errno == EPERM);
	CHECK(setns(ns, CLONE_NEWUSER) && errno == EBADF);
	CHECK(!sethostname("in", 2));
}

static void a_user_namespace_has_the_mappings(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct fault f;

	assert_int_equal(config(&a, USER("", "", ""), &mapped, &f), 0);
	assert_int_equal(in_namespace(enter), 0);
}

static void refuse(void)
{
	struct oci_id_range twice[] = {{0, 0, 10}, {5, 20, 10}};
	struct oci_id_maps maps = {{twice, 2}, {twice, 1}};
	struct fault fault = {0};

	CHECK(!chdir("/"));
	CHECK(userns_make(&maps, &fault) == -EINVAL);
	CHECK(!strcmp(fault.text, "the kernel refuses uidMappings: Invalid argument"));
}

static void mappings_that_the_kernel_refuses_are_named(void **state)
{
	assert_int_equal(in_namespace(refuse), 0);
}

static void change_time(void)
{
	struct oci_config c = {.namespaces = CLONE_NEWTIME, .boottime = {1000000, 999999999}};
	struct fault fault = {0};
	uint64_t before = clock_us(), after;

	CHECK(!chdir("/"));
	CHECK(!timens_enter(&c, &fault));
	after = clock_us();
	CHECK(after > before + 1000000000000 && after < before + 1000060000000);
	after = timens_guest_us(&c);
	CHECK(after >= before && after < before + 60000000 && after <= clock_us() - 1000000999999);
}

static void clocks_have_their_offsets(void **state)
{
	assert_int_equal(in_namespace(change_time), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_files_become_the_guests),
		cmocka_unit_test(without_a_namespace_they_are_the_same),
		cmocka_unit_test(a_namespace_of_the_host_has_all_ids),
		cmocka_unit_test(a_mount_has_its_own_mappings_or_the_containers),
		cmocka_unit_test(mappings_in_an_option),
		cmocka_unit_test(options_that_are_no_mappings),
		cmocka_unit_test(what_is_not_mapped_is_refused),
		cmocka_unit_test(a_user_namespace_has_the_mappings),
		cmocka_unit_test(mappings_that_the_kernel_refuses_are_named),
		cmocka_unit_test(clocks_have_their_offsets),
	};

	return RUN_TESTS(tests);
}
