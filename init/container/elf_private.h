/* SPDX-License-Identifier: Apache-2.0 */
/* Programs in the ELF format, for program.c. */
#ifndef COLDINIT_CONTAINER_ELF_PRIVATE_H
#define COLDINIT_CONTAINER_ELF_PRIVATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/container/program.h"

/**
 * elf_is() - does a file begin with a whole ELF header?
 * @head: the first bytes of the file
 * @n: how many there are
 *
 * Return: true or false.
 */
bool elf_is(const char *head, size_t n) must_check nonnull(1);

/**
 * elf_check() - find why the kernel does not execute a program, as far as the file shows it
 * @head: the file's first bytes, which are a whole ELF header
 * @fd: the file; stays the caller's
 * @size: of the file in bytes
 * @loader: gets the path of its loader (PT_INTERP), "" if it has none
 * @text: gets the defect, see program_defect(); untouched if there is none
 *
 * At most one page of program headers is read, as by the kernel.
 * Return: true if the kernel starts the program nevertheless: its segments are cut.
 */
bool elf_check(const char *head, int fd, uint64_t size, char loader[PATH_MAX],
	       char text[PROGRAM_DEFECT_SIZE]) must_check nonnull(1, 4, 5);

#endif
