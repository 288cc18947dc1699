/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka with TAP output, and a temporary root. */
#ifndef COLDINIT_TEST_H
#define COLDINIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** RUN_TESTS() - main()'s body: run an array of struct CMUnitTest, in TAP */
#define RUN_TESTS(tests) \
	(cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))

/** assert_text() - check that a text contains a part */
#define assert_text(text, part) assert_non_null(strstr(text, part))

/** assert_no_text() - check that it does not */
#define assert_no_text(text, part) assert_null(strstr(text, part))

/** temp_root() - make an empty directory. Return: an O_PATH descriptor; @path gets its name. */
int temp_root(char path[64]);

/** temp_root_remove() - remove it with all that is in it, and close the descriptor */
void temp_root_remove(const char *path, int fd);

/** put_file() - write a file below @root, directories included */
void put_file(int root, const char *path, const char *text);

/** put_link() - make a symbolic link below @root, directories included */
void put_link(int root, const char *path, const char *target);

/** put_dir() - make a directory below @root, with its parents */
void put_dir(int root, const char *path);

#endif
