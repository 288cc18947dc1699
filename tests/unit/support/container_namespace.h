/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that mount do it in a process and a mount namespace of their own. */
#ifndef COLDINIT_TEST_CONTAINER_NAMESPACE_H
#define COLDINIT_TEST_CONTAINER_NAMESPACE_H

#include <stdio.h>
#include <unistd.h>

/** CHECK() - the assertion of the process in the namespace: it ends with status 1 */
#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                         \
		}                                                                         \
	} while (0)

/**
 * in_namespace() - call @fn in a child that has a mount namespace of its own, with an empty tmpfs
 * as its working directory and everything private
 *
 * Return: 0 if @fn came back and no CHECK() failed.
 */
int in_namespace(void (*fn)(void));

#endif
