/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a program from being executed, which the errno of execve(2) does not say. */
#ifndef COLDINIT_CONTAINER_PROGRAM_H
#define COLDINIT_CONTAINER_PROGRAM_H

#include <stdbool.h>
#include <sys/stat.h>

#include "init/lib/compiler.h"

/** PROGRAM_DEFECT_SIZE - room for the text of a defect, in bytes */
#define PROGRAM_DEFECT_SIZE 640

#ifdef CONFIG_EXPLAIN

/**
 * program_defect() - find what keeps the kernel from executing a file
 * @file: path for this process's root, directory and user
 * @found: its attributes if it is a regular file that may be executed; NULL if this is not known
 * @text: gets the defect as a sentence in which the file is "it", "" if there is none
 *
 * The file and its interpreters are data of the container: of each one, only a part of fixed size
 * is read, and only of regular files. The rules are the kernel's (fs/binfmt_script.c,
 * fs/binfmt_elf.c).
 * Return: true if the kernel starts the program nevertheless, and it crashes: the file is cut.
 */
bool program_defect(const char *file, const struct stat *found, char text[PROGRAM_DEFECT_SIZE])
	nonnull(1, 3);

/**
 * program_missing() - find why a name leads to no program
 * @name: process.args[0]
 * @text: gets the reason, "" if it is just not there
 */
void program_missing(const char *name, char text[PROGRAM_DEFECT_SIZE]) nonnull(1, 2);

/**
 * program_directory() - find why a directory cannot be entered
 * @path: of the directory, for this process's root, directory and user
 * @err: the negative errno of chdir(2)
 * @text: gets the reason, "" if the errno says all
 */
void program_directory(const char *path, int err, char text[PROGRAM_DEFECT_SIZE]) nonnull(1, 3);

#else

static inline void program_directory(const char *path, int err, char text[PROGRAM_DEFECT_SIZE])
{
	(void)path, (void)err;
	*text = '\0';
}

static inline bool program_defect(const char *file, const struct stat *found,
				  char text[PROGRAM_DEFECT_SIZE])
{
	(void)file, (void)found;
	*text = '\0';
	return false;
}

static inline void program_missing(const char *name, char text[PROGRAM_DEFECT_SIZE])
{
	(void)name;
	*text = '\0';
}

#endif

#endif
