// SPDX-License-Identifier: Apache-2.0
/* Names of signals, as images have them and as verdicts write them. */
#include "tests/unit/test.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "init/lib/signame.h"

static void what_is_written_can_be_read(void **state)
{
	for (int n = 1, back; n <= 64; n++) {
		if (n == 32 || n == 33) /* the C library's own */
			continue;
		assert_int_equal(signame_parse(signame_text(n).s, &back), 0);
		assert_int_equal(back, n);
	}
	assert_string_equal(signame_text(SIGTERM).s, "SIGTERM");
	assert_string_equal(signame_text(34).s, "SIGRTMIN");
	assert_string_equal(signame_text(32).s, "SIG32");
	assert_string_equal(signame_end(3 << 8).s, "status 3");
	assert_string_equal(signame_end(SIGKILL).s, "SIGKILL");
}

static void other_spellings_are_read(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {{"TERM", 15},	 {"15", 15},	    {"SIGRTMIN+3", 37}, {"RTMIN+3", 37},
		    {"RTMAX-14", 50},	 {"SIGRTMAX", 64},  {"37", 37},		{"RTMIN+0", 34},
		    {"SIGRTMIN+30", 64}, {"SIGSTKFLT", 16}, {"sigterm", 15},	{"SigQuit", 3},
		    {"term", 15},	 {"rtmax-1", 63},   {"sigrtmin+3", 37}, {"SIGCLD", 17},
		    {"IOT", 6},		 {"sigpoll", 29},   {"SIGUNUSED", 31}};
	int number;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(signame_parse(rows[i].text, &number), 0);
		assert_int_equal(number, rows[i].number);
	}
}

static void other_texts_are_no_signals(void **state)
{
	static const char *const rows[] = {
		"",	    "0",	"65",	   "-1",	 "SIG",	     "terms",
		"SIGTERMX", "RTMIN+31", "RTMIN-1", "RTMAX+1",	 "RTMIN+",   "15 ",
		"SIG15",    "RTMAX-31", " TERM",   "SIGSIGTERM", "rtmin +3", "0x0f"};
	int number = 7;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (signame_parse(rows[i], &number) != -EINVAL)
			fail_msg("\"%s\" was read as %d", rows[i], number);
	assert_int_equal(number, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(other_spellings_are_read),
		cmocka_unit_test(other_texts_are_no_signals),
	};

	return RUN_TESTS(tests);
}
