/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings of the boot: the verdict lists them, and the console shows them in any case, also where
 * the kernel is asked to be quiet.
 */
#ifndef COLDINIT_GUEST_WARNINGS_H
#define COLDINIT_GUEST_WARNINGS_H

#include <stddef.h>

/** WARNINGS_MAX - the most warnings that are kept */
#define WARNINGS_MAX 32

/** WARNINGS_SIZE - room for one with its end; a longer one ends in "..." */
#define WARNINGS_SIZE 256

/**
 * struct warnings - those that were logged
 * @n: how many are in @list
 * @more: how many came after these
 * @list: the first @n of them, oldest first
 */
struct warnings {
	size_t n, more;
	char list[WARNINGS_MAX][WARNINGS_SIZE];
};

/**
 * warnings_start() - keep the warnings that are logged from now on
 * @root: descriptor of "/": its proc/sys/kernel/printk says what the kernel shows by itself
 */
void warnings_start(int root);

/**
 * warnings_kept() - those that were logged so far
 *
 * Return: the warnings, never NULL; they stay where they are, and more may come.
 */
const struct warnings *warnings_kept(void);

/** warnings_console_off() - the kernel shows nothing any more: coldinit writes errors itself */
void warnings_console_off(void);

#endif
