/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that mount file systems use a child process with a separate mount namespace. */
#ifndef COLDINIT_TEST_CONTAINER_NAMESPACE_H
#define COLDINIT_TEST_CONTAINER_NAMESPACE_H

#include <stdio.h>
#include <unistd.h>

/** CHECK() - assertion for the child process: a failure ends it with status 1 */
#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                         \
		}                                                                         \
	} while (0)

/**
 * in_namespace() - call a function in a child process with a separate mount namespace
 * @fn: the function; its working directory is an empty tmpfs, and all mounts are private
 *
 * Return: 0 if @fn returned and no CHECK() failed.
 */
int in_namespace(void (*fn)(void));

#endif
