/* SPDX-License-Identifier: Apache-2.0 */
/* Items by a text: a balanced tree, so that a hostile choice of texts does not make it slow. */
#ifndef COLDINIT_SPEC_CDI_INDEX_H
#define COLDINIT_SPEC_CDI_INDEX_H

#include "init/lib/arena.h"

/**
 * struct cdi_index - an index; zero-initialise all but @arena, give it to cdi_index_free() at last
 * @arena: entries are allocated from it
 * @tree: root of tsearch(3)'s tree
 */
struct cdi_index {
	struct arena *arena;
	void *tree;
};

/**
 * struct cdi_thing - an item, in a list of those with the same text
 * @item: the item
 * @next: the next one, NULL for the last
 */
struct cdi_thing {
	void *item;
	struct cdi_thing *next;
};

/**
 * struct cdi_entry - a text and its items, in the order in which they were added
 * @key: the text, with a NUL at its end
 * @len: bytes of @key
 * @first: the first item, NULL for none
 * @last: the last item, NULL for none
 */
struct cdi_entry {
	const char *key;
	size_t len;
	struct cdi_thing *first, *last;
};

/**
 * cdi_index_entry() - the entry of a text, made if there is none
 * @index: the index
 * @key: the text, need not end with a NUL; copied
 * @len: bytes of @key
 *
 * Return: an entry in the arena of the index, NULL when memory is out.
 */
struct cdi_entry *cdi_index_entry(struct cdi_index *index, const char *key, size_t len) must_check
	nonnull(1, 2);

/**
 * cdi_index_find() - the first item of a text
 * @index: the index
 * @key: the text, need not end with a NUL
 * @len: bytes of @key
 *
 * Return: the item, NULL if there is none.
 */
void *cdi_index_find(const struct cdi_index *index, const char *key, size_t len) must_check
	nonnull(1, 2);

/**
 * cdi_index_add() - add an item behind the others of an entry
 * @index: the index
 * @entry: an entry of @index
 * @item: the item; belongs to the caller
 *
 * Return: 0 or -ENOMEM.
 */
int cdi_index_add(struct cdi_index *index, struct cdi_entry *entry, void *item) must_check
	nonnull(1, 2, 3);

/**
 * cdi_index_add_once() - add a text unless it is there
 * @index: the index
 * @key: the text; copied
 *
 * Return: 0, -EEXIST if the text has an item, or -ENOMEM.
 */
int cdi_index_add_once(struct cdi_index *index, const char *key) must_check nonnull(1, 2);

/**
 * cdi_index_free() - free the tree; the entries stay in the arena
 * @index: the index, which is empty afterwards
 */
void cdi_index_free(struct cdi_index *index) nonnull(1);

#endif
