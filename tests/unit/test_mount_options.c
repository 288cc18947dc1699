// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <linux/mount.h>

#include "init/container/mount_options.h"

#define RDONLY	   MOUNT_ATTR_RDONLY
#define NOSUID	   MOUNT_ATTR_NOSUID
#define NODEV	   MOUNT_ATTR_NODEV
#define NOEXEC	   MOUNT_ATTR_NOEXEC
#define NOATIME	   MOUNT_ATTR_NOATIME
#define STRICT	   MOUNT_ATTR_STRICTATIME
#define ATIME	   MOUNT_ATTR__ATIME
#define NODIRATIME MOUNT_ATTR_NODIRATIME

static void options_become_attributes(void **state)
{
	static const struct {
		const char *options[6];
		struct mount_options expected;
	} rows[] = {
		{{"defaults", "bind", "rbind"}, {0}},
		{{"silent", "loud", "iversion", "noiversion"}, {0}},
		{{""}, {0}},
		{{"ro"}, {.set = RDONLY, .clear = RDONLY}},
		{{"ro", "rw"}, {.clear = RDONLY}},
		{{"rw", "ro"}, {.set = RDONLY, .clear = RDONLY}},
		{{"nosuid", "nodev", "noexec"},
		 {.set = NOSUID | NODEV | NOEXEC, .clear = NOSUID | NODEV | NOEXEC}},
		{{"noexec", "exec", "nosuid", "suid", "nodev", "dev"},
		 {.clear = NOSUID | NODEV | NOEXEC}},
		{{"strictatime"}, {.set = STRICT, .clear = ATIME}},
		{{"noatime"}, {.set = NOATIME, .clear = ATIME}},
		{{"noatime", "strictatime"}, {.set = STRICT, .clear = ATIME}},
		{{"strictatime", "relatime"}, {.clear = ATIME}},
		{{"noatime", "atime"}, {.clear = ATIME}},
		{{"nodiratime"}, {.set = NODIRATIME, .clear = NODIRATIME}},
		{{"nosymfollow"}, {.set = 0x200000, .clear = 0x200000}},
		{{"rro"}, {.set_all = RDONLY, .clear_all = RDONLY}},
		{{"rrw", "rnosuid"}, {.set_all = NOSUID, .clear_all = RDONLY | NOSUID}},
		{{"rrelatime"}, {.clear_all = ATIME}},
		{{"relatime"}, {.clear = ATIME}},
		{{"private"}, {.propagation = MS_PRIVATE}},
		{{"rprivate"}, {.propagation = MS_PRIVATE, .propagation_all = true}},
		{{"shared", "rslave"}, {.propagation = MS_SLAVE, .propagation_all = true}},
		{{"unbindable"}, {.propagation = MS_UNBINDABLE}},
		{{"idmap"}, {0}},
		{{"ridmap"}, {.map_all = true}},
		{{"ridmap", "idmap"}, {0}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct mount_options *want = &rows[i].expected;
		struct mount_options o = {0};

		for (size_t k = 0; k < ARRAY_SIZE(rows[i].options) && rows[i].options[k]; k++)
			assert_int_equal(mount_options_add(&o, rows[i].options[k]),
					 MOUNT_OPTION_DONE);
		assert_int_equal(o.set, want->set);
		assert_int_equal(o.clear, want->clear);
		assert_int_equal(o.set_all, want->set_all);
		assert_int_equal(o.clear_all, want->clear_all);
		assert_int_equal(o.propagation, want->propagation);
		assert_int_equal(o.map_all, want->map_all);
		assert_int_equal(o.propagation_all, want->propagation_all);
	}
}

static void other_options_are_data_or_refused_and_change_nothing(void **state)
{
	static const struct {
		const char *option;
		enum mount_option expected;
	} rows[] = {
		{"size=64k", MOUNT_OPTION_DATA},
		{"newinstance", MOUNT_OPTION_DATA},
		{"sync", MOUNT_OPTION_SUPER},
		{"r", MOUNT_OPTION_DATA},
		{"ro=1", MOUNT_OPTION_DATA},
		{"rbogus", MOUNT_OPTION_DATA},
		{"async", MOUNT_OPTION_SUPER},
		{"dirsync", MOUNT_OPTION_SUPER},
		{"mand", MOUNT_OPTION_SUPER},
		{"nomand", MOUNT_OPTION_SUPER},
		{"rsync", MOUNT_OPTION_DONE},
		{"rnoiversion", MOUNT_OPTION_DONE},
#ifdef CONFIG_MOUNT_EXTRAS
		{"remount", MOUNT_OPTION_DONE}, /* mount_options_kind() handles it */
#else
		{"remount", MOUNT_OPTION_REFUSED},
		{"tmpcopyup", MOUNT_OPTION_REFUSED},
#endif
		{"idmap", MOUNT_OPTION_DONE}, /* the mount has the mappings */
		{"copy-symlink", MOUNT_OPTION_REFUSED},
	};
	const struct mount_options nothing = {0};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mount_options o = {0};

		assert_int_equal(mount_options_add(&o, rows[i].option), rows[i].expected);
		assert_memory_equal(&o, &nothing, sizeof(o));
	}
}

#ifdef CONFIG_MOUNT_EXTRAS

/* Every option of crun (its mount_flags.perf, and those of later versions). */
static void no_option_of_crun_is_unknown(void **state)
{
	static const struct {
		enum mount_option expected;
		const char *options[48];
	} rows[] = {
		{MOUNT_OPTION_DONE, {"defaults",  "bind",	 "rbind",	 "ro",
				     "rw",	  "suid",	 "nosuid",	 "dev",
				     "nodev",	  "exec",	 "noexec",	 "remount",
				     "atime",	  "noatime",	 "diratime",	 "nodiratime",
				     "relatime",  "norelatime",	 "strictatime",	 "nostrictatime",
				     "shared",	  "rshared",	 "slave",	 "rslave",
				     "private",	  "rprivate",	 "unbindable",	 "runbindable",
				     "rro",	  "rrw",	 "rsuid",	 "rnosuid",
				     "rdev",	  "rnodev",	 "rexec",	 "rnoexec",
				     "ratime",	  "rnoatime",	 "rdiratime",	 "rnodiratime",
				     "rrelatime", "rnorelatime", "rstrictatime", "rnostrictatime",
				     "tmpcopyup", "rnosymfollow"}},
		{MOUNT_OPTION_DONE,
		 {"idmap", "ridmap", "rsync", "rasync", "rdirsync", "rmand", "rnomand"}},
		{MOUNT_OPTION_SUPER,
		 {"sync", "async", "dirsync", "mand", "nomand", "lazytime", "nolazytime"}},
		{MOUNT_OPTION_REFUSED, {"copy-symlink"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (const char *const *name = rows[i].options; *name; name++) {
			struct mount_options o = {0};

			if (mount_options_add(&o, *name) != rows[i].expected)
				fail_msg("%s is not treated so", *name);
		}
	}
}

#endif

static void type_or_option_makes_a_bind_mount(void **state)
{
	static const struct {
		const char *type, *options[2];
		enum mount_kind expected;
	} rows[] = {
		{"tmpfs", {"ro", "size=1k"}, MOUNT_NEW},
		{"bind", {"ro", "rw"}, MOUNT_BIND},
		{"none", {"ro", "bind"}, MOUNT_BIND},
		{"bind", {"rbind", "ro"}, MOUNT_RBIND},
		{"", {"rbind", "bind"}, MOUNT_RBIND},
#ifdef CONFIG_MOUNT_EXTRAS
		{"none", {"remount", "bind"}, MOUNT_REMOUNT_BIND},
		{"bind", {"ro", "remount"}, MOUNT_REMOUNT_BIND},
		{"tmpfs", {"size=1k", "remount"}, MOUNT_REMOUNT},
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *options[] = {rows[i].options[0], rows[i].options[1]};
		struct oci_mount m = {.destination = "/x",
				      .type = rows[i].type,
				      .source = "/y",
				      .options = options,
				      .n_options = 2};

		assert_int_equal(mount_options_kind(&m), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_become_attributes),
		cmocka_unit_test(other_options_are_data_or_refused_and_change_nothing),
#ifdef CONFIG_MOUNT_EXTRAS
		cmocka_unit_test(no_option_of_crun_is_unknown),
#endif
		cmocka_unit_test(type_or_option_makes_a_bind_mount),
	};

	return RUN_TESTS(tests);
}
