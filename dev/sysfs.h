/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of sysfs that more than one handler reads. */
#ifndef COLDINIT_DEV_SYSFS_H
#define COLDINIT_DEV_SYSFS_H

#include <stdint.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/** SYSFS_DIR_MAX - room for the directory of any device, below the root */
#define SYSFS_DIR_MAX 512

/** SYSFS_NAME_MAX - room for the name of a device */
#define SYSFS_NAME_MAX 64

/** SYSFS_DRIVER_MAX - room for the name of a driver */
#define SYSFS_DRIVER_MAX 32

/** struct sysfs_list - names as one text, for messages; zero-initialise before use */
struct sysfs_list {
	char text[224];
};

/**
 * sysfs_list_add() - add one name to a list
 * @list: the list; if the name does not fit, " ..." is added instead
 * @separator: what comes between two names
 * @name: the name
 *
 * Return: 0, or 1 if it did not fit, so that root_each() stops.
 */
int sysfs_list_add(struct sysfs_list *list, const char *separator, const char *name)
	nonnull(1, 2, 3);

/**
 * sysfs_list_text() - the list for a message: its names, "nothing", or that it could not be made
 * @list: the list
 * @err: what root_each() returned
 *
 * Return: a text that is valid as long as @list.
 */
const char *sysfs_list_text(const struct sysfs_list *list, int err) must_check nonnull(1);

/**
 * sysfs_target() - find out where a link of a class or bus directory leads
 * @root: descriptor of the root directory
 * @link: the link, below the root, as "sys/class/net/eth0"
 * @dir: gets "sys/devices/…"; untouched on failure
 *
 * Return: 0, -ENOENT without the link, -EINVAL if it leads elsewhere, -ENAMETOOLONG, or the errno
 * of readlink(2).
 */
int sysfs_target(int root, const char *link, char dir[SYSFS_DIR_MAX]) must_check nonnull(2, 3);

/**
 * sysfs_first() - find the first name in a directory that begins with a prefix
 * @root: descriptor of the root directory
 * @dir: the directory, below the root
 * @prefix: the prefix, "" for any name
 * @name: gets the name; untouched on failure
 *
 * Return: 0, -ENOENT if there is none, or a negative errno if the directory cannot be read.
 */
int sysfs_first(int root, const char *dir, const char *prefix, char name[SYSFS_NAME_MAX]) must_check
	nonnull(2, 3, 4);

/**
 * sysfs_numbers() - read the numbers of a device node
 * @root: descriptor of the root directory
 * @dir: the device's directory, below the root; its file "dev" has them
 * @major: gets the major number
 * @minor: gets the minor number
 *
 * Return: 0, -ENOENT without the file, -EINVAL if it does not contain MAJOR:MINOR, or the errno of
 * reading it. On failure @major and @minor are untouched.
 */
int sysfs_numbers(int root, const char *dir, uint32_t *major, uint32_t *minor) must_check
	nonnull(2, 3, 4);

/**
 * sysfs_driver() - judge an attempt to read the link "driver" of a device
 * @err: of the attempt, 0 or a negative errno
 * @at: the place of the device, for the error
 * @driver: what was read; "" if no driver is bound or no device is there
 * @fault: gets the error
 *
 * Return: 0, or @err if the link could not be read.
 */
int sysfs_driver(int err, const char *at, char driver[SYSFS_DRIVER_MAX],
		 struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * sysfs_explain() - put what a directory contains, instead of a missing device, into a fault
 * @root: descriptor of the root directory
 * @dir: the directory, below the root
 * @fault: its text and facts are replaced
 */
void sysfs_explain(int root, const char *dir, struct fault *fault) nonnull(2, 3);

/**
 * sysfs_below() - get the part of a devpath that is below a directory
 * @devpath: as uevents have it, begins with a slash
 * @dir: the directory, below the root, begins with "sys/"
 *
 * Return: the rest of @devpath with its slash, NULL if it is not below @dir.
 */
const char *sysfs_below(const char *devpath, const char *dir) nonnull(1, 2);

#endif
