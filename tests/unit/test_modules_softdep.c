// SPDX-License-Identifier: Apache-2.0
/* depmod's list of soft dependencies, modules.softdep. */
#include <stdio.h>
#include <string.h>

#include "init/guest/modules_softdep.h"
#include "tests/unit/test.h"

static const char usual[] = "# Soft dependencies extracted from modules themselves.\n"
			    "softdep libcrc32c pre: crc32c\n"
			    "softdep vfio post: vfio_iommu_type1 vfio_iommu_spapr_tce\n"
			    "softdep mlx5-core pre: a post: b pre: c d\n"
			    "softdep vfio_pci pre: nothing\n"
			    "softdep vfio\tpre:\ttab\n"
			    "softdep btrfs pre: crc32c\n"
			    "softdep btrfs x pre: xxhash64\n"
			    "softdep btrfs pre: pre_x prex: post:y";

/* All soft dependencies of one kind, separated by blanks. */
static const char *all(const char *text, const char *module, bool post)
{
	struct modules_softdep walk = {.at = text};
	char name[MODULES_NAME_MAX];
	static char out[256];
	size_t n = 0;

	out[0] = '\0';
	while (modules_softdep_next(&walk, module, post, name))
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", n ? " " : "", name);
	return out;
}

static void each_module_has_its_lines(void **state)
{
	static const struct {
		const char *module, *pre, *post;
	} rows[] = {
		{"libcrc32c", "crc32c", ""},
		{"vfio", "tab", "vfio_iommu_type1 vfio_iommu_spapr_tce"},
		{"mlx5_core", "a c d", "b"},
		{"mlx5-core", "a c d", "b"},
		{"vfio-pci", "nothing", ""},
		{"btrfs", "crc32c xxhash64 pre_x prex: post:y", ""},
		{"vfi", "", ""},
		{"vfio_", "", ""},
		{"softdep", "", ""},
		{"Soft", "", ""},
		{"", "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(all(usual, rows[i].module, false), rows[i].pre);
		assert_string_equal(all(usual, rows[i].module, true), rows[i].post);
	}
}

static void other_texts_have_none(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"softdep",
		"softdep \n",
		"softdep a",
		"softdep a\nb pre: c",
		"softdep a b c\n",
		"softdep a pre:",
		"softdep a pre:\nx y\n",
		"softdeps a pre: b\n",
		"alias a pre: b\n",
		"softdep a pre:b\n",
		/* too long for a module */
		"softdep a pre: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_string_equal(all(texts[i], "a", false), "");
		assert_string_equal(all(texts[i], "a", true), "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_module_has_its_lines),
		cmocka_unit_test(other_texts_have_none),
	};

	return RUN_TESTS(tests);
}
