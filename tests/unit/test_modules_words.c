// SPDX-License-Identifier: Apache-2.0
/* Parameters and blacklists of modules on the kernel command line, as modprobe(8) reads them. */
#include <errno.h>
#include <string.h>

#include "init/guest/modules_words.h"
#include "tests/unit/test.h"

static void parameters_are_those_of_the_module(void **state)
{
	static const struct {
		const char *line, *module, *parameters;
	} rows[] = {
		{"vfio_iommu_type1.allow_unsafe_interrupts=1", "vfio_iommu_type1",
		 "allow_unsafe_interrupts=1"},
		{"vfio-iommu-type1.allow_unsafe_interrupts=1", "vfio_iommu_type1",
		 "allow_unsafe_interrupts=1"},
		{"quiet a_b.x=1 a-b.y a_b.z=\"1 2\" a.x=3 a_bc.x=4\n", "a_b", "x=1 y z=\"1 2\""},
		{"a.x=1 a.x=2", "a", "x=1 x=2"},
		{"\"a.x=1 2\" b", "a", "x=1 2"},
		{"xa.x=1 a a. =a.x=1 a.b.c=2", "a", "b.c=2"},
		{"a.x=1 -- a.y=2", "a", "x=1"},
		{"a_b. a-b. c", "a-b. a-b", ""},
		{"\"a\" .x=1", "a\" ", ""},
		{"", "a", ""},
	};
	char out[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(
			modules_words_parameters(rows[i].line, rows[i].module, out, sizeof(out)),
			0);
		assert_string_equal(out, rows[i].parameters);
	}
	assert_int_equal(modules_words_parameters("a.long=value", "a", out, 8), -ENAMETOOLONG);
}

static void blacklist_has_names(void **state)
{
	static const char line[] = "quiet modprobe.blacklist=nouveau,snd-hda_intel x=a,b "
				   "modprobe.blacklist=last module_blacklist=kernel,a2";
	static const char *const listed[] = {"nouveau", "snd_hda_intel", "snd-hda-intel",
					     "last",	"kernel",	 "a2"};
	static const char *const others[] = {"nouvea", "nouveaux", "snd", "a", "b", "quiet", "x"};

	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		assert_true(modules_words_blacklisted(line, listed[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(modules_words_blacklisted(line, others[i]));
	assert_false(modules_words_blacklisted("modprobe.blacklist=", "a"));
	assert_true(modules_words_blacklisted("modprobe.blacklist=,,a,", "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_those_of_the_module),
		cmocka_unit_test(blacklist_has_names),
	};

	return RUN_TESTS(tests);
}
