/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits that the container's cgroup always has, so that memory and processes remain for PID 1
 * (init/guest/meminfo.c). Lower limits of the config stay.
 */
#ifndef COLDINIT_CONTAINER_RESERVE_PRIVATE_H
#define COLDINIT_CONTAINER_RESERVE_PRIVATE_H

#include <stdbool.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * reserve_listed() - look up a word in a list, such as cgroup.controllers
 * @list: words, separated by blanks
 * @word: the word
 * @len: its length in bytes
 *
 * Return: true if the list contains it.
 */
bool reserve_listed(const char *list, const char *word, size_t len) nonnull(1, 2);

/**
 * reserve_enable() - turn on the controllers for memory and processes, and those that programs
 *	expect
 * @parent: descriptor of the cgroup in which the container's cgroup will be made
 * @fault: gets the error
 *
 * A controller that the kernel does not have is logged, and there is no such limit then.
 * Return: 0, or the error of the write to cgroup.subtree_control with @fault set.
 */
int reserve_enable(int parent, struct fault *fault) must_check nonnull(2);

/**
 * reserve_set() - lower memory.max and pids.max to what the guest can spare
 * @cgroup: descriptor of the container's cgroup, which has the config's limits
 * @config: has @memory_max
 * @limit: gets the words for the cause of the memory limit, "" if there is none
 * @fault: gets the error
 *
 * Return: 0, or the error of reading or writing a file of the cgroup with @fault set.
 */
int reserve_set(int cgroup, const struct oci_config *config, const char **limit,
		struct fault *fault) must_check nonnull(2, 3, 4);

#endif
