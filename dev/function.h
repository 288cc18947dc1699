/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One PCI function that the device's id names and that the guest kernel's driver keeps: what the
 * handlers of a disk and of a network interface on PCI share.
 */
#ifndef COLDINIT_DEV_FUNCTION_H
#define COLDINIT_DEV_FUNCTION_H

#include "dev/handler.h"
#include "dev/pci.h"

/**
 * struct function - a function that is named by its path; zero-initialise before use
 * @path: the device's id
 * @place: what is known of it so far
 */
struct function {
	struct pci_path path;
	struct pci_place place;
};

/**
 * function_parse() - parse the device's id as a path
 * @f: gets the path
 * @c: the claim; its fault gets the error
 *
 * Return: 0 or -EINVAL.
 */
int function_parse(struct function *f, struct claim *c) must_check nonnull(1, 2);

/**
 * function_find() - find the function, and check that it is the expected one
 * @f: the function
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -ENODEV if another device is there, or the error of
 * pci_locate().
 */
int function_find(struct function *f, struct claim *c, const struct dev_env *env) must_check
	nonnull(1, 2, 3);

/**
 * function_drive() - load the modules for a function, and for devices below it, that have no driver
 * @f: the function, which was found; only the first call for it does something
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: as drive_load().
 */
int function_drive(struct function *f, struct claim *c, const struct dev_env *env) must_check
	nonnull(1, 2, 3);

/**
 * function_give() - put the address and the driver of a function into the result
 * @f: the function, which was found
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: as claim_driver().
 */
int function_give(const struct function *f, struct claim *c, const struct dev_env *env) must_check
	nonnull(1, 2, 3);

/**
 * function_explain() - put what is there, instead of what the claim waits for, into its fault
 * @f: the function
 * @c: the claim
 * @env: where
 * @what: what the function should be, as "a network interface"
 * @hint: what to check
 */
void function_explain(const struct function *f, struct claim *c, const struct dev_env *env,
		      const char *what, const char *hint) nonnull(1, 2, 3, 4, 5);

/**
 * function_is_at() - find out whether an address is that of the function
 * @f: the function
 * @env: where
 * @at: the address
 *
 * Return: true if it is.
 */
bool function_is_at(struct function *f, const struct dev_env *env, const struct pci_address *at)
	nonnull(1, 2, 3);

#endif
