// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/source/digest.h"

/* FIPS 180-2, appendix B.1 */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void the_text_must_have_the_digest(void **state)
{
	struct fault f;

	assert_int_equal(digest_check("abc", 3, ABC, &f), 0);
	assert_int_equal(digest_check("abcd", 3,
				      "BA7816BF8F01CFEA414140DE5DAE2223"
				      "B00361A396177A9CB410FF61F20015AD",
				      &f),
			 0);
	assert_int_equal(digest_check("abd", 3, ABC, &f), -EBADMSG);
	assert_string_equal(f.expected, ABC);
	assert_string_equal(f.found,
			    "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9");
	assert_non_null(strstr(f.text, f.found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_must_have_the_digest),
	};

	return RUN_TESTS(tests);
}
