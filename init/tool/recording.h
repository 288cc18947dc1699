/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded tree: the part of a /sys that coldinit looks at, as text. One entry a line, sorted:
 *
 *	# comment
 *	dir sys/bus/pci/drivers/vfio-pci
 *	file sys/devices/pci0000:00/0000:00:01.0/vendor 0x8086
 *	link sys/bus/pci/devices/0000:00:01.0 ../../../devices/pci0000:00/0000:00:01.0
 *
 * Directories above an entry need no line of their own. A file's content is what follows its path
 * and one blank; a newline ends it in the tree. Bytes that are not printable ASCII, the backslash
 * and, in a path, the blank are written \xHH.
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

/** RECORDING_PATH - room for a path */
#define RECORDING_PATH 512

/** RECORDING_VALUE - room for a file's content or a link's target */
#define RECORDING_VALUE 1024

enum entry_kind {
	ENTRY_DIR,
	ENTRY_FILE,
	ENTRY_LINK,
};

/** struct entry - @path: "sys/…"; @value: content of a file, target of a link, "" for a directory
 */
struct entry {
	enum entry_kind kind;
	const char *path, *value;
};

/**
 * struct recording - @n entries, with room for @room
 * @arena: holds all of it
 */
struct recording {
	struct arena *arena;
	struct entry *entries;
	size_t n, room;
};

/** recording_add() - add an entry; both strings are copied. Return: 0, -ENOMEM or -E2BIG. */
int recording_add(struct recording *r, enum entry_kind kind, const char *path,
		  const char *value) must_check nonnull(1, 3, 4);

/**
 * recording_sort() - put the entries in their order and see that they make a tree
 *
 * Return: 0, or -EINVAL with @fault set for a path that stands twice or lies below a file or link.
 */
int recording_sort(struct recording *r, struct fault *fault) must_check nonnull(1, 2);

/**
 * recording_parse() - read the text of a tree
 * @text: @len bytes from outside
 * @out: gets the sorted entries, taken from @a
 *
 * Pure. Return: 0 or -errno with @fault set (line and reason); @out is untouched on failure.
 */
int recording_parse(struct arena *a, const char *text, size_t len, struct recording *out,
		    struct fault *fault) must_check nonnull(1, 2, 4, 5);

/** recording_text() - the entries as text. Return: malloc()ed, NULL when memory is out. */
char *recording_text(const struct recording *r) must_check nonnull(1);

/** recording_unpack() - make the tree below an empty directory. Return: 0 or -errno with @fault. */
int recording_unpack(const struct recording *r, int dir, struct fault *fault) must_check
	nonnull(1, 3);

/**
 * recording_take() - record what is below a root directory's sys/
 *
 * Return: 0 with sorted entries, or -errno with @fault set.
 */
int recording_take(int root, struct recording *r, struct fault *fault) must_check nonnull(2, 3);

#endif
