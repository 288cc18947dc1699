/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded tree: the parts of a /sys and a /dev that coldinit reads, as text. One entry a line,
 * sorted:
 *
 *	# comment
 *	dir sys/bus/pci/drivers/vfio-pci
 *	file sys/devices/pci0000:00/0000:00:01.0/vendor 0x8086
 *	link sys/bus/pci/devices/0000:00:01.0 ../../../devices/pci0000:00/0000:00:01.0
 *	node dev/nvidia0 c 195:0 0666
 *
 * Directories above an entry need no line. The content of a file follows its path and one blank;
 * in the tree a newline is added to it. A node is described in init/tool/nodes.h. Bytes that are
 * not printable ASCII, the backslash and, in a path, the blank are written \xHH.
 */
#ifndef COLDINIT_TOOL_RECORDING_H
#define COLDINIT_TOOL_RECORDING_H

#include <sys/types.h>

#include "init/lib/arena.h"
#include "init/lib/fault.h"

/** RECORDING_MAX - the largest text of a tree, in bytes */
#define RECORDING_MAX (16 << 20)

/** RECORDING_ENTRIES - the most entries of a tree */
#define RECORDING_ENTRIES (1 << 17)

/** RECORDING_PATH - size of a path with its end, in bytes */
#define RECORDING_PATH 512

/** RECORDING_VALUE - size of a file's content or a link's target with its end, in bytes */
#define RECORDING_VALUE 1024

/** enum entry_kind - the kinds of entries; the names of the lines are in recording.c */
enum entry_kind {
	ENTRY_DIR,
	ENTRY_FILE,
	ENTRY_LINK,
	ENTRY_NODE,
};

/**
 * struct entry - one line
 * @kind: of the entry
 * @path: "sys/…", "dev/…" for a node
 * @value: content of a file, target of a link, text of a node, "" for a directory
 */
struct entry {
	enum entry_kind kind;
	const char *path, *value;
};

/**
 * struct recording - a tree; set @arena and zero the others before use
 * @arena: memory for all of it
 * @entries: the entries
 * @n: number of entries
 * @room: number of entries for which @entries has memory
 */
struct recording {
	struct arena *arena;
	struct entry *entries;
	size_t n, room;
};

/**
 * recording_add() - add an entry
 * @r: the tree
 * @kind: of the entry
 * @path: is copied
 * @value: is copied; "" for a directory
 *
 * Return: 0, -ENOMEM, or -E2BIG above RECORDING_ENTRIES.
 */
int recording_add(struct recording *r, enum entry_kind kind, const char *path,
		  const char *value) must_check nonnull(1, 3, 4);

/**
 * recording_sort() - sort the entries, and check that they make a tree
 * @r: the tree
 * @fault: set on failure
 *
 * Return: 0, or -EINVAL for a path that appears twice or that is below one that is no directory.
 */
int recording_sort(struct recording *r, struct fault *fault) must_check nonnull(1, 2);

/**
 * recording_parse() - read the text of a tree
 * @a: memory for the entries
 * @text: the text; not trusted
 * @len: of @text, in bytes
 * @out: gets the sorted entries; untouched on failure
 * @fault: set on failure, with the line's number and the reason
 *
 * Pure. Return: 0, or -EINVAL.
 */
int recording_parse(struct arena *a, const char *text, size_t len, struct recording *out,
		    struct fault *fault) must_check nonnull(1, 2, 4, 5);

/**
 * recording_text() - write the entries as text
 * @r: the tree
 *
 * Return: malloc()ed text, NULL if there is no memory.
 */
char *recording_text(const struct recording *r) must_check nonnull(1);

/**
 * recording_unpack() - make the tree's files
 * @r: the tree, sorted
 * @dir: descriptor of an empty directory
 * @fault: set on failure
 *
 * Return: 0, or -errno of making the files.
 */
int recording_unpack(const struct recording *r, int dir, struct fault *fault) must_check
	nonnull(1, 3);

/**
 * recording_take() - record what is below a root directory's sys/ and dev/
 * @root: descriptor of the root directory
 * @r: gets the sorted entries
 * @fault: set on failure
 *
 * Return: 0, -ENOENT if there is no sys/devices, -E2BIG for too many entries, or -errno of
 * reading.
 */
int recording_take(int root, struct recording *r, struct fault *fault) must_check nonnull(2, 3);

#endif
