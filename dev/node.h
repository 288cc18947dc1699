/* SPDX-License-Identifier: Apache-2.0 */
/* The device nodes that the guest kernel's driver makes for a PCI function. */
#ifndef COLDINIT_DEV_NODE_H
#define COLDINIT_DEV_NODE_H

#include "dev/claim.h"
#include "dev/sysfs.h"

/** NODE_LIST_MAX - the most nodes that are compared; a network adapter with RDMA has about 5 */
#define NODE_LIST_MAX 16

/**
 * struct node_entry - one node
 * @dir: the directory of its device, below the root
 * @name: its path below /dev
 * @type: 'b' or 'c'
 */
struct node_entry {
	char dir[SYSFS_DIR_MAX];
	char name[SYSFS_NAME_MAX];
	char type;
};

/**
 * struct node_list - the nodes of some functions, without partitions
 * @entry: the first @n of them
 * @more: there are others
 */
struct node_list {
	struct node_entry entry[NODE_LIST_MAX];
	size_t n;
	bool more;
};

/**
 * node_collect() - add the nodes of a function to a list
 * @root: descriptor of the root directory
 * @dir: the function's directory, below the root
 * @list: the list
 *
 * Return: 0, or the error of drive_each().
 */
int node_collect(int root, const char *dir, struct node_list *list) must_check nonnull(2, 3);

/**
 * node_choose() - find the node that a path of the host means
 * @list: the guest's nodes
 * @path: the host's path, such as "/dev/nvme3n1"
 * @complete: no more nodes are expected
 *
 * One node whose name differs from the path's only in numbers ("nvme0n1"). If no node has such a
 * name, and the list is complete: the only disk, else the only node.
 *
 * Return: its index in @list, -ENOENT if there is none, -ENOTUNIQ if there are several.
 */
int node_choose(const struct node_list *list, const char *path, bool complete) must_check
	nonnull(1, 2);

/**
 * node_text() - list the nodes for messages, as "/dev/nvme0 (c), /dev/nvme0n1 (b)"
 * @list: the nodes
 * @out: gets the text, "no node" for none; zero-initialise before use
 */
void node_text(const struct node_list *list, struct sysfs_list *out) nonnull(1, 2);

#endif
