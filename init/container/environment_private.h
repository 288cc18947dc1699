/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of the container's program. Pure. */
#ifndef COLDINIT_CONTAINER_ENVIRONMENT_PRIVATE_H
#define COLDINIT_CONTAINER_ENVIRONMENT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "init/lib/arena.h"

/**
 * environment_build() - make the environment that the program gets
 * @a: owns the list and the HOME that is added; the other strings stay those of @env
 * @env: process.env, NULL-terminated
 * @home: value of HOME if @env has none
 *
 * If @env has several entries with one name, the last one is used, in the place of the first. One
 * without "=" is left out, as crun does.
 * Return: a NULL-terminated list, or NULL if memory ran out.
 */
const char **environment_build(struct arena *a, const char *const *env, const char *home) must_check
	nonnull(1, 2, 3);

/**
 * environment_get() - look up a variable
 * @env: a NULL-terminated environment
 * @name: name of the variable
 *
 * Return: its value, which is part of @env, or NULL if there is no such variable.
 */
const char *environment_get(const char *const *env, const char *name) nonnull(1, 2);

/**
 * environment_home() - look up a user's home directory in the text of an /etc/passwd (passwd(5))
 * @passwd: text of the file
 * @uid: the user's number
 * @home: gets the directory; untouched on failure
 * @size: size of @home in bytes
 *
 * Skips lines that are malformed or have no absolute directory.
 * Return: 0, -ENOENT if no line has the user, or -ENAMETOOLONG if @home is too small.
 */
int environment_home(const char *passwd, uint32_t uid, char *home, size_t size) must_check
	nonnull(1, 3);

#endif
