/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depmod's list of aliases, modules.alias. Pure: text in, answers out.
 *
 *	alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
 *
 * A line names a pattern and the module for devices whose modalias matches it. The rules are
 * kmod's: "*" is any text, "?" any character, "[a-z]" one of a set, "[!a-z]" none of it, and '-'
 * and '_' are the same outside of a set. A modalias can have several modules; all of them are
 * loaded.
 */
#ifndef COLDINIT_GUEST_MODULES_ALIAS_H
#define COLDINIT_GUEST_MODULES_ALIAS_H

#include <stdbool.h>

#include "init/lib/compiler.h"

/** MODULES_NAME_MAX - room for the name of a module (MODULE_NAME_LEN of the kernel is 56 or 64) */
#define MODULES_NAME_MAX 64

/**
 * modules_alias_next() - find the next module for a modalias
 * @text: of modules.alias, or what an earlier call returned
 * @modalias: of a device, as sysfs has it
 * @name: gets the module's name; untouched if there is none
 *
 * Return: the text after the line that was found, NULL if no line matches.
 */
const char *modules_alias_next(const char *text, const char *modalias,
			       char name[MODULES_NAME_MAX]) must_check nonnull(1, 2, 3);

#endif
