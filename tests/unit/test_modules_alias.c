// SPDX-License-Identifier: Apache-2.0
/* modules.alias: which modules a device needs, by kmod's rules. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "init/guest/modules_alias.h"
#include "tests/unit/test.h"

/* All modules for a modalias, separated by blanks. */
static const char *modules(const char *text, const char *modalias)
{
	static char all[256];
	char name[MODULES_NAME_MAX];

	all[0] = '\0';
	while ((text = modules_alias_next(text, modalias, name)))
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? " " : "",
			 name);
	return all;
}

static void devices_get_their_modules(void **state)
{
	static const char text[] = "# Aliases extracted from modules themselves.\n"
				   "alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci\n"
				   "alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e\n"
				   "alias virtio:d00000001v* virtio_net\n"
				   "alias scsi:t-0x00* sd_mod\n"
				   "alias pci:v*d*sv*sd*bc01sc08i02* nvme\n"
				   "alias dmi*:svn A B:* named\n"
				   "alias virtio:d0000000[2-4]v* several\n"
				   "alias fs-xfs xfs\n"
				   "alias virtio:d00000002v* virtio_blk";
	static const struct {
		const char *modalias, *modules;
	} rows[] = {
		{"pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00", "virtio_pci"},
		{"pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00", "e1000e"},
		{"pci:v00008086d000010D4sv00008086sd00000000bc02sc00i00", ""},
		{"pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02", "nvme"},
		{"virtio:d00000001v00001AF4", "virtio_net"},
		{"virtio:d00000002v00001AF4", "several virtio_blk"},
		{"virtio:d00000005v00001AF4", ""},
		{"scsi:t-0x00", "sd_mod"},
		{"scsi:t_0x00", "sd_mod"},
		{"dmi:svn A B:pvr", "named"},
		{"fs-xfs", "xfs"},
		{"fs_xfs", "xfs"},
		{"fs-xf", ""},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(modules(text, rows[i].modalias), rows[i].modules);
}

static void patterns_match_as_fnmatch_does(void **state)
{
	static const char *const patterns[] = {
		"*",	    "**",    "a*",    "*a",   "a*b*c", "a?c",	 "[abc]x",
		"[a-c]*",   "[!a]x", "[^a]*", "[]]x", "[a",    "a[",	 "*[b-]*",
		"x*[0-9]y", "",	     "a",     "?*?",  "*a*b",  "[!]a]b", "a*a*a*a*b",
	};
	static const char *const texts[] = {"",
					    "a",
					    "b",
					    "ab",
					    "abc",
					    "axc",
					    "ax",
					    "bx",
					    "]x",
					    "x",
					    "x5y",
					    "xx5y",
					    "a[",
					    "aab",
					    "abab",
					    "-ab",
					    "aaaaaaaaaaaaaaaaaaaaaaaa",
					    "]b"};
	char line[64], name[MODULES_NAME_MAX];

	for (size_t p = 0; p < ARRAY_SIZE(patterns); p++) {
		for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
			bool matches = !fnmatch(patterns[p], texts[t], 0), found;

			snprintf(line, sizeof(line), "alias %s m\n", patterns[p]);
			found = modules_alias_next(line, texts[t], name);
			if (found != matches)
				fail_msg("\"%s\" and \"%s\": %d", patterns[p], texts[t], found);
		}
	}
}

static void damaged_lines_are_skipped(void **state)
{
	assert_string_equal(modules("alias\nalias \nalias x\nalias  m\nalias x m\n", "x"), "m");
	assert_string_equal(modules("aliasx m\n alias x m\n", "x"), "");
	assert_string_equal(
		modules("alias x "
			"a_name_that_is_longer_than_the_kernel_has_room_for_it_and_longer\n"
			"alias x n\n",
			"x"),
		"n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_get_their_modules),
		cmocka_unit_test(patterns_match_as_fnmatch_does),
		cmocka_unit_test(damaged_lines_are_skipped),
	};

	return RUN_TESTS(tests);
}
