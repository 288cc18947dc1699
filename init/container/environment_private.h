/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of the container's program. Pure. */
#ifndef COLDINIT_CONTAINER_ENVIRONMENT_PRIVATE_H
#define COLDINIT_CONTAINER_ENVIRONMENT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "init/lib/arena.h"

/**
 * environment_build() - process.env as the program gets it
 * @env: NULL-terminated; of several entries with one name the last counts, at the first one's place
 * @home: what HOME is if @env does not say
 *
 * Return: a NULL-terminated list from @a, or NULL when memory is out.
 */
const char **environment_build(struct arena *a, const char *const *env, const char *home) must_check
	nonnull(1, 2, 3);

/** environment_get() - the value of a variable. Return: NULL if it is not there. */
const char *environment_get(const char *const *env, const char *name) nonnull(1, 2);

/**
 * environment_home() - the home directory of a user by the text of an /etc/passwd
 * @home: gets it; lines that are malformed or have no absolute directory are passed over
 *
 * Return: 0, -ENOENT if the user is not listed, -ENAMETOOLONG; @home is untouched on failure.
 */
int environment_home(const char *passwd, uint32_t uid, char *home, size_t size) must_check
	nonnull(1, 3);

#endif
