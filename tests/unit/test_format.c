// SPDX-License-Identifier: Apache-2.0
/* init/libc/format.c against the snprintf(3) of the build machine. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/compiler.h"
#include "tests/unit/test.h"

#define vsnprintf ours_vsnprintf
#define snprintf  ours_snprintf
int ours_vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list ap)
	printf_like(3, 0);
int ours_snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...) printf_like(3, 4);
#include "init/libc/format.c"
#undef vsnprintf
#undef snprintf

#define ROOM 128

/* The same bytes and the same return value, with any room, and not a byte behind it. */
#define assert_same(...)                                                             \
	do {                                                                         \
		char theirs[ROOM], ours[ROOM];                                       \
		int n = snprintf(theirs, sizeof(theirs), __VA_ARGS__);               \
		assert_in_range(n, 0, ROOM - 3);                                     \
		for (size_t size = 0; size < (size_t)n + 3; size++) {                \
			memset(theirs, 0x55, sizeof(theirs));                        \
			memset(ours, 0x55, sizeof(ours));                            \
			assert_int_equal(snprintf(theirs, size, __VA_ARGS__), n);    \
			assert_int_equal(ours_snprintf(ours, size, __VA_ARGS__), n); \
			assert_memory_equal(ours, theirs, ROOM);                     \
		}                                                                    \
	} while (0)

static void texts(void **state)
{
	static const char unterminated[3] = {'a', 'b', 'c'};

	assert_same("%s", "");
	assert_same("plain");
	assert_same("%s and %s", "one", "two");
	assert_same("100%%, %%s");
	assert_same("%c%c", 'x', '%');
	assert_same("<%c>", '\0');
	assert_same("%.3s|%.0s|%.9s", "abcdef", "abc", "abc");
	assert_same("%.*s|%.*s", 2, "abcdef", 0, "abc");
	assert_same("%.*s", -1, "all of it");
	assert_same("%.3s", unterminated);
	assert_same("%.*s", 3, unterminated);
	assert_same("\xff\x80%s", "\xc3\xa4");
}

static void integers(void **state)
{
	static const long long values[] = {
		0,  1,	 7,	   8,	      9,	 10,	    15,	     16,
		99, 100, 255,	   256,	      65535,	 INT_MAX,   INT_MIN, -1,
		-9, -10, UINT_MAX, LLONG_MAX, LLONG_MIN, 1LL << 32,
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		long long v = values[i];

		assert_same("%d %u %x %o", (int)v, (unsigned)v, (unsigned)v, (unsigned)v);
		assert_same("%ld %lu %lx %lo", (long)v, (unsigned long)v, (unsigned long)v,
			    (unsigned long)v);
		assert_same("%lld %llu", v, (unsigned long long)v);
		assert_same("%zd %zu %zx", (ssize_t)v, (size_t)v, (size_t)v);
	}
}

static void leading_zeros(void **state)
{
	static const unsigned values[] = {0,	  1,	  0xf,	   0x10,    0xfff,
					  0x1000, 0xffff, 0x12345, UINT_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		unsigned v = values[i];

		assert_same("%04x:%02x:%02x.%x", v, v, v, v);
		assert_same("%01u %03o %09lu", v, v, (unsigned long)v);
		assert_same("%05d %02d %01d", (int)v, (int)v, -(int)v);
	}
}

static void errno_is_a_text(void **state)
{
	errno = ENOENT;
	assert_same("cannot open %s: %m", "x");
	assert_int_equal(errno, ENOENT);
}

static void arguments_keep_their_order(void **state)
{
	assert_same("%d %s %ld %c %.*s %zu %04x %s %llu %d", 1, "two", 3L, '4', 4, "five!",
		    (size_t)6, 7U, "eight", 9ULL, 10);
}

/* A mistake must not pass as a text: the process stops. */
static void others_stop(void **state)
{
	static const char *const formats[] = {"%5d", "%-5s", "%f", "%p",  "%i",	 "%X",	"%hd",
					      "%jd", "%+d",  "%n", "%5s", "% d", "%#x", "%"};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			struct rlimit none = {0, 0};
			char buf[64];

			setrlimit(RLIMIT_CORE, &none);
			signal(SIGILL, SIG_DFL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			ours_snprintf(buf, sizeof(buf), formats[i], 1L, 2L);
#pragma GCC diagnostic pop
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status))
			fail_msg("\"%s\" was taken", formats[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(integers),
		cmocka_unit_test(leading_zeros),
		cmocka_unit_test(errno_is_a_text),
		cmocka_unit_test(arguments_keep_their_order),
		cmocka_unit_test(others_stop),
	};

	return RUN_TESTS(tests);
}
