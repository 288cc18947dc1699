/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel command line says about modules, as modprobe(8) reads it. Pure.
 *
 *	MODULE.PARAMETER[=VALUE]		a parameter of a module
 *	modprobe.blacklist=MODULE[,MODULE...]	modules that are loaded only if their name is requested
 *	module_blacklist=MODULE[,MODULE...]	modules that the kernel refuses (-EPERM)
 *
 * Double quotes protect blanks; '-' and '_' are the same in the name of a module.
 */
#ifndef COLDINIT_GUEST_MODULES_WORDS_H
#define COLDINIT_GUEST_MODULES_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "init/lib/compiler.h"

/**
 * modules_words_begin() - check whether a text begins with the name of a module
 * @text: the text
 * @module: the name; '-' and '_' are the same, in both
 *
 * Return: the length of the name in bytes, 0 if the text begins with something else.
 */
size_t modules_words_begin(const char *text, const char *module) nonnull(1, 2);

/**
 * modules_words_same() - compare the names of two modules
 * @a: a name
 * @b: another one
 *
 * Return: whether they are the same; '-' and '_' are.
 */
bool modules_words_same(const char *a, const char *b) nonnull(1, 2);

/**
 * modules_words_parameters() - collect the parameters of a module
 * @line: the kernel command line
 * @module: the module's name
 * @out: gets "PARAMETER=VALUE PARAMETER=VALUE", "" for none
 * @size: of @out in bytes
 *
 * Return: 0, or -ENAMETOOLONG if they do not fit.
 */
int modules_words_parameters(const char *line, const char *module, char *out,
			     size_t size) must_check nonnull(1, 2, 3);

/**
 * modules_words_blacklisted() - find out whether a module must not be loaded by itself
 * @line: the kernel command line
 * @module: the module's name
 *
 * Return: whether the line blacklists it.
 */
bool modules_words_blacklisted(const char *line, const char *module) must_check nonnull(1, 2);

#endif
