// SPDX-License-Identifier: Apache-2.0
/* The rest of init/libc/, against the C library of the build machine. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/compiler.h"
#include "tests/unit/test.h"

void *ours_malloc(size_t size);
void *ours_calloc(size_t n, size_t size);
void *ours_realloc(void *p, size_t size);
void ours_free(void *p);
size_t ours_strlen(const char *text);
int ours_strncmp(const char *a, const char *b, size_t n);
char *ours_strcpy(char *restrict to, const char *restrict from);
char *ours_strchrnul(const char *text, int c);
char *ours_strchr(const char *text, int c);
void *ours_memchr(const void *text, int c, size_t len);
size_t ours_strspn(const char *text, const char *accept);
size_t ours_strcspn(const char *text, const char *reject);
void *ours_memmem(const void *text, size_t len, const void *word, size_t n);
char *ours_strstr(const char *text, const char *word);
char *ours_strerror(int err);
unsigned long ours_strtoul(const char *restrict text, char **restrict end, int base);
int ours_atoi(const char *text);

#undef malloc
#undef calloc
#undef realloc
#undef free
#define malloc	  ours_malloc
#define calloc	  ours_calloc
#define realloc	  ours_realloc
#define free	  ours_free
#define strlen	  ours_strlen
#define strncmp	  ours_strncmp
#define strcpy	  ours_strcpy
#define strchrnul ours_strchrnul
#define strchr	  ours_strchr
#define memchr	  ours_memchr
#define strspn	  ours_strspn
#define strcspn	  ours_strcspn
#define memmem	  ours_memmem
#define strstr	  ours_strstr
#define strerror  ours_strerror
#define strtoul	  ours_strtoul
#define atoi	  ours_atoi
#include "init/libc/find.c"
#include "init/libc/heap.c"
#include "init/libc/number.c"
#include "init/libc/search.c"
#include "init/libc/strerror.c"
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef strlen
#undef strncmp
#undef strcpy
#undef strchrnul
#undef strchr
#undef memchr
#undef strspn
#undef strcspn
#undef memmem
#undef strstr
#undef strerror
#undef strtoul
#undef atoi

/* --- heap ---------------------------------------------------------------------------------- */

#define BLOCKS 512

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static void check_block(const unsigned char *p, size_t size, unsigned char mark)
{
	assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
	for (size_t i = 0; i < size; i++)
		if (p[i] != mark)
			fail_msg("byte %zu of %zu is not the block's own", i, size);
}

static size_t some_size(unsigned *seed)
{
	unsigned r = next_random(seed);

	return r % 16 == 0 ? r % 100000 : r % 700;
}

/* Blocks that are allocated and freed in any order do not overlap. */
static void blocks_are_apart(void **state)
{
	static unsigned char *blocks[BLOCKS];
	static size_t sizes[BLOCKS];
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		size_t i = next_random(&seed) % BLOCKS, size;

		check_block(blocks[i], sizes[i], (unsigned char)i);
		if (next_random(&seed) % 3) {
			ours_free(blocks[i]);
			blocks[i] = NULL;
			sizes[i] = 0;
			continue;
		}
		size = some_size(&seed);
		blocks[i] = ours_realloc(blocks[i], size);
		assert_non_null(blocks[i]);
		if (size > sizes[i])
			check_block(blocks[i], sizes[i], (unsigned char)i);
		memset(blocks[i], (unsigned char)i, size);
		sizes[i] = size;
	}
	for (size_t i = 0; i < BLOCKS; i++)
		ours_free(blocks[i]);
}

static void calloc_gives_zeros(void **state)
{
	static const size_t sizes[] = {1, 16, 1000, 16383, 16384, 70000};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = ours_malloc(sizes[i]), *q;

		memset(p, 0xff, sizes[i]);
		ours_free(p);
		q = ours_calloc(sizes[i], 1);
		check_block(q, sizes[i], 0);
		ours_free(q);
	}
}

static void what_was_given_back_is_used_again(void **state)
{
	void *p[3], *q;

	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = ours_malloc(100);
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		ours_free(p[i]);
	/* The last one first. */
	for (size_t i = ARRAY_SIZE(p); i > 0; i--) {
		q = ours_malloc(99);
		assert_ptr_equal(q, p[i - 1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		ours_free(p[i]);
	ours_free(NULL);
}

static void too_much_is_refused(void **state)
{
	/* volatile: the compiler knows that these fail */
	volatile size_t huge = SIZE_MAX, half = SIZE_MAX / 2;

	errno = 0;
	assert_null(ours_malloc(huge));
	assert_int_equal(errno, ENOMEM);
	errno = 0;
	assert_null(ours_calloc(half, 3));
	assert_int_equal(errno, ENOMEM);
	assert_null(ours_malloc(half - 4096));
}

/* --- search -------------------------------------------------------------------------------- */

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void compares_as_the_c_library(void **state)
{
	static const char *const strings[] = {"", "a", "ab", "abc", "b", "\xff", "a\x80"};
	static const char chars[] = "ab\xff"; /* and its NUL */

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		char copy[8] = "xxxxxxx";

		assert_int_equal(ours_strlen(strings[i]), strlen(strings[i]));
		assert_ptr_equal(ours_strcpy(copy, strings[i]), copy);
		assert_string_equal(copy, strings[i]);
		for (size_t k = 0; k < ARRAY_SIZE(strings); k++)
			for (size_t n = 0; n < 5; n++)
				assert_int_equal(sign(ours_strncmp(strings[i], strings[k], n)),
						 sign(strncmp(strings[i], strings[k], n)));
		for (size_t k = 0; k < sizeof(chars); k++) {
			assert_ptr_equal(ours_strchr(strings[i], chars[k]),
					 strchr(strings[i], chars[k]));
			assert_ptr_equal(ours_strchrnul(strings[i], chars[k]),
					 strchrnul(strings[i], chars[k]));
		}
	}
}

static void finds_as_the_c_library(void **state)
{
	static const char *const haystacks[] = {
		"", "a", "ab", "aab", "aaab", "abab", "kernel/a.ko.xz"};
	static const char *const words[] = {"", "a", "b", "ab", "aab", "bb", ".ko.", "abababab"};

	for (size_t i = 0; i < ARRAY_SIZE(haystacks); i++)
		for (size_t k = 0; k < ARRAY_SIZE(words); k++) {
			size_t len = strlen(haystacks[i]), n = strlen(words[k]);

			assert_ptr_equal(ours_strstr(haystacks[i], words[k]),
					 strstr(haystacks[i], words[k]));
			assert_int_equal(ours_strspn(haystacks[i], words[k]),
					 strspn(haystacks[i], words[k]));
			assert_int_equal(ours_strcspn(haystacks[i], words[k]),
					 strcspn(haystacks[i], words[k]));
			assert_ptr_equal(ours_memchr(haystacks[i], *words[k], len),
					 memchr(haystacks[i], *words[k], len));
			assert_ptr_equal(ours_memmem(haystacks[i], len, words[k], n),
					 memmem(haystacks[i], len, words[k], n));
		}
}

/* Short texts of few letters, so that many words are almost found. */
static void random_texts_are_searched_as_by_the_c_library(void **state)
{
	unsigned seed = 3;

	for (int round = 0; round < 200000; round++) {
		char text[24], word[6], *ours, *theirs;
		size_t len = next_random(&seed) % sizeof(text),
		       n = next_random(&seed) % sizeof(word);

		for (size_t i = 0; i < len; i++)
			text[i] = "ab\xff"[next_random(&seed) % 3];
		for (size_t i = 0; i < n; i++)
			word[i] = "ab\xff"[next_random(&seed) % 3];
		text[len] = word[n] = '\0';
		ours = ours_strstr(text, word);
		theirs = strstr(text, word);
		assert_ptr_equal(ours, theirs);
		assert_ptr_equal(ours_memmem(text, len, word, n), memmem(text, len, word, n));
		assert_int_equal(ours_strspn(text, word), strspn(text, word));
		assert_int_equal(ours_strcspn(text, word), strcspn(text, word));
		assert_ptr_equal(ours_memchr(text, *word, len), memchr(text, *word, len));
	}
}

/* --- numbers -------------------------------------------------------------------------------- */

static void check_number(const char *text, int base)
{
	char *our_end = NULL, *their_end = NULL;
	unsigned long ours, theirs;
	int our_errno;

	errno = 0;
	ours = ours_strtoul(text, &our_end, base);
	our_errno = errno;
	errno = 0;
	theirs = strtoul(text, &their_end, base);
	if (ours != theirs || our_end != their_end || our_errno != errno)
		fail_msg("\"%s\", base %d: %lu, %zd bytes, errno %d; expected %lu, %zd, %d", text,
			 base, ours, our_end - text, our_errno, theirs, their_end - text, errno);
	assert_int_equal(ours_strtoul(text, NULL, base), theirs);
}

static void numbers_are_read_as_by_the_c_library(void **state)
{
	static const char *const numerals[] = {
		"",
		"0",
		"-0",
		"+7",
		"-1",
		"--1",
		"+-1",
		" 12",
		"\t\n\v\f\r 8z",
		"0x",
		"0x1f",
		"0XfG",
		"0xg",
		"x1",
		"08",
		"0777",
		"- 1",
		"12,34",
		"0x-1",
		"z",
		"Z9",
		"zz",
		"\x80",
		"1\xff",
		"a",
		"@",
		"[1",
		"18446744073709551615",
		"18446744073709551616",
		"-18446744073709551615",
		"-18446744073709551616",
		"99999999999999999999999999x",
		"ffffffffffffffffff",
		"1777777777777777777777",
		"2000000000000000000000",
	};
	static const int bases[] = {0, 2, 8, 10, 16, 36};
	unsigned seed = 5;

	for (size_t b = 0; b < ARRAY_SIZE(bases); b++) {
		for (size_t i = 0; i < ARRAY_SIZE(numerals); i++)
			check_number(numerals[i], bases[b]);
		for (int round = 0; round < 50000; round++) {
			char text[26];
			size_t n = next_random(&seed) % sizeof(text);

			for (size_t i = 0; i < n; i++)
				text[i] = " +-0x19afzZ7"[next_random(&seed) % (round % 2 ? 12 : 8)];
			text[n] = '\0';
			check_number(text, bases[b]);
		}
	}
	assert_int_equal(ours_atoi("42x"), 42);
	assert_int_equal(ours_atoi(" -42"), -42);
	assert_int_equal(ours_atoi(""), 0);
}

/* --- errors --------------------------------------------------------------------------------- */

static void errors_have_texts_or_numbers(void **state)
{
	assert_string_equal(ours_strerror(ENOENT), strerror(ENOENT));
	assert_string_equal(ours_strerror(EPERM), strerror(EPERM));
	assert_string_equal(ours_strerror(EINVAL), strerror(EINVAL));
	assert_string_equal(ours_strerror(EKEYREJECTED), strerror(EKEYREJECTED));
	assert_string_equal(ours_strerror(0), "error 0");
	assert_string_equal(ours_strerror(4095), "error 4095");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_apart),
		cmocka_unit_test(calloc_gives_zeros),
		cmocka_unit_test(what_was_given_back_is_used_again),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(compares_as_the_c_library),
		cmocka_unit_test(finds_as_the_c_library),
		cmocka_unit_test(random_texts_are_searched_as_by_the_c_library),
		cmocka_unit_test(numbers_are_read_as_by_the_c_library),
		cmocka_unit_test(errors_have_texts_or_numbers),
	};

	return RUN_TESTS(tests);
}
