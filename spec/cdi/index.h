/* SPDX-License-Identifier: Apache-2.0 */
/* Things that go by a text: a balanced tree, so that no choice of names makes it slow. */
#ifndef COLDINIT_SPEC_CDI_INDEX_H
#define COLDINIT_SPEC_CDI_INDEX_H

#include "init/lib/arena.h"

/** struct cdi_index - zero-initialise before use; cdi_index_free() after it */
struct cdi_index {
	struct arena *arena;
	void *tree;
};

/** struct cdi_thing - one thing, and the next one with the same text */
struct cdi_thing {
	void *item;
	struct cdi_thing *next;
};

/** struct cdi_entry - a text and its things, in the order in which they were added */
struct cdi_entry {
	const char *key;
	size_t len;
	struct cdi_thing *first, *last;
};

/** cdi_index_entry() - the entry of a text, made if need be. Return: NULL when memory is out. */
struct cdi_entry *cdi_index_entry(struct cdi_index *index, const char *key, size_t len) must_check
	nonnull(1, 2);

/** cdi_index_find() - the first thing that goes by a text. Return: NULL if there is none. */
void *cdi_index_find(const struct cdi_index *index, const char *key, size_t len) must_check
	nonnull(1, 2);

/** cdi_entry_add() - add a thing behind the others. Return: 0 or -ENOMEM. */
int cdi_entry_add(struct cdi_index *index, struct cdi_entry *entry, void *item) must_check
	nonnull(1, 2, 3);

/** cdi_index_free() - give the tree back; what is in the arena stays there */
void cdi_index_free(struct cdi_index *index) nonnull(1);

#endif
