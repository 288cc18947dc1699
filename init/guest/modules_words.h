/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel command line says about modules, as modprobe(8) reads it. Pure.
 *
 *	MODULE.PARAMETER[=VALUE]		a parameter of a module
 *	modprobe.blacklist=MODULE[,MODULE...]	a module that is loaded only if its name is
 *requested
 *
 * Double quotes protect blanks; '-' and '_' are the same in the name of a module.
 */
#ifndef COLDINIT_GUEST_MODULES_WORDS_H
#define COLDINIT_GUEST_MODULES_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "init/lib/compiler.h"

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
