/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One PCI function that the device's id names and that stays with the guest kernel's own driver:
 * what a disk and a network interface on PCI have in common.
 */
#ifndef COLDINIT_DEV_FUNCTION_H
#define COLDINIT_DEV_FUNCTION_H

#include "dev/handler.h"
#include "dev/pci.h"

/** struct function - how the device names it, and where it is; zero-initialise before use */
struct function {
	struct pci_path path;
	struct pci_place place;
};

/** function_parse() - read the device's id. Return: 0 or -EINVAL with the claim's fault set. */
int function_parse(struct function *f, struct claim *c) must_check nonnull(1, 2);

/**
 * function_find() - find the function, and see that it is the expected one
 *
 * Return: 0, -EAGAIN after claim_wait(), else -errno with the claim's fault set.
 */
int function_find(struct function *f, struct claim *c, const struct dev_env *env) must_check
	nonnull(1, 2, 3);

/** function_give() - put its address and its driver into the result. Return: 0 or -errno. */
int function_give(const struct function *f, struct claim *c, const struct dev_env *env) must_check
	nonnull(1, 2, 3);

/**
 * function_explain() - what is there instead
 * @what: what the function should be
 * @hint: what to check
 */
void function_explain(const struct function *f, struct claim *c, const struct dev_env *env,
		      const char *what, const char *hint) nonnull(1, 2, 3, 4, 5);

/** function_asks() - ASKED_KERNEL if it is the function at @at */
enum asked function_asks(struct function *f, const struct dev_env *env,
			 const struct pci_address *at) nonnull(1, 2, 3);

#endif
