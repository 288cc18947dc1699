// SPDX-License-Identifier: Apache-2.0
/* Addresses and paths of nodes of the host become those of the guest, in tables and in texts. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

/* Room for the path of a node, which is longer than an address. */
#define NODE_MAX 256

/* --- addresses ----------------------------------------------------------------------------- */

static int oci_translate_compare_addresses(const struct pci_address *a, const struct pci_address *b)
{
	uint64_t x = (uint64_t)a->domain << 24 | (uint64_t)a->bus << 16 | (uint64_t)a->slot << 8 |
		     a->function;
	uint64_t y = (uint64_t)b->domain << 24 | (uint64_t)b->bus << 16 | (uint64_t)b->slot << 8 |
		     b->function;

	return (x > y) - (x < y);
}

int oci_translate_compare(const void *a, const void *b)
{
	const struct pci_mapping *x = a, *y = b;

	return oci_translate_compare_addresses(&x->host, &y->host);
}

const struct pci_address *oci_translate_lookup(const struct pci_table *table,
					       const struct pci_address *host)
{
	const struct pci_mapping key = {.host = *host};
	const struct pci_mapping *pair =
		bsearch(&key, table->pairs, table->n, sizeof(key), oci_translate_compare);

	return pair ? &pair->guest : NULL;
}

static int oci_translate_check(const struct json_reader *r, const struct pci_mapping *pairs,
			       size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!oci_translate_compare(&pairs[i - 1], &pairs[i]) &&
		    !pci_address_equal(&pairs[i - 1].guest, &pairs[i].guest))
			return fault_set(r->fault, -EINVAL,
					 "conflicting guest addresses for the host's %s: %s and %s",
					 pci_address_text(&pairs[i].host).s,
					 pci_address_text(&pairs[i - 1].guest).s,
					 pci_address_text(&pairs[i].guest).s);
	return 0;
}

int oci_translate_collect(const struct json_reader *r, const struct oci_devices *all,
			  struct pci_table *out)
{
	const struct device_result *results = all->results;
	struct pci_mapping *pairs;
	size_t count = 0;
	int err;

	for (size_t i = 0; i < all->n; i++)
		count += results[i].ready ? results[i].n_pci : 0;
	pairs = arena_alloc(r->arena, count + 1, sizeof(*pairs));
	if (!pairs)
		return json_fault_oom(r);
	count = 0;
	for (size_t i = 0; i < all->n; i++)
		for (size_t j = 0; results[i].ready && j < results[i].n_pci; j++)
			pairs[count++] = results[i].pci[j];
	qsort(pairs, count, sizeof(*pairs), oci_translate_compare);
	err = oci_translate_check(r, pairs, count);
	if (!err)
		*out = (struct pci_table){pairs, count};
	return err;
}

/* --- text ---------------------------------------------------------------------------------- */

/* Parse an address, also in the form without the domain 0 ("65:00.0", as lspci prints it). */
bool oci_translate_address(const char *s, size_t len, struct pci_address *out)
{
	char full[PCI_ADDRESS_LEN];

	return !pci_address_parse(s, len, out) ||
	       (!str_printf(full, sizeof(full), "0:%.*s", (int)len, s) &&
		!pci_address_parse(full, strlen(full), out));
}

/* Parse the PCI address at @s. Return: its length, 0 if there is none or more characters follow. */
static size_t oci_translate_parse(const char *s, struct pci_address *out)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF:");

	if (s[n] != '.' || !isdigit((unsigned char)s[n + 1]))
		return 0;
	n += 2;
	if (isalnum((unsigned char)s[n]) || s[n] == ':' ||
	    (s[n] == '.' && isalnum((unsigned char)s[n + 1])))
		return 0;
	return pci_address_parse(s, n, out) ? 0 : n;
}

static bool oci_translate_is_path(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("/._-", c));
}

/* May a path or an address begin at @s, in the text that begins at @start? */
static bool oci_translate_begins(const char *start, const char *s)
{
	if (s == start || *s == '/')
		return s == start || !oci_translate_is_path(s[-1]);
	if (s[-1] == ':') /* behind a word, as in pci:0000:65:00.0 */
		return s - 1 == start || !isxdigit((unsigned char)s[-2]);
	return !isalnum((unsigned char)s[-1]) && s[-1] != '.';
}

/*
 * Translate the path of a node, or the address, at @s.
 * Return: how long it is, 0 if there is nothing to translate; @to gets its translation.
 */
static size_t oci_translate_word(const struct oci_renames *nodes, const char *s,
				 const struct pci_table *table, char to[NODE_MAX])
{
	const struct pci_address *guest;
	const char *node = NULL;
	struct pci_address host;
	char path[NODE_MAX];
	size_t len = 0;

	if (*s != '/') {
		len = oci_translate_parse(s, &host);
		guest = len ? oci_translate_lookup(table, &host) : NULL;
		return guest && !str_copy(to, NODE_MAX, pci_address_text(guest).s) ? len : 0;
	}
	while (oci_translate_is_path(s[len]))
		len++;
	if (!str_printf(path, sizeof(path), "%.*s", (int)len, s))
		node = oci_rename_find(nodes, path);
	return node && !str_copy(to, NODE_MAX, node) ? len : 0;
}

/*
 * Translate every path and address in a text that is not part of a longer word. Translated text is
 * not looked at again. @out: room for it, or NULL. Return: the length of the translated text.
 */
static size_t oci_translate_write(const struct oci_renames *nodes, const char *text,
				  const struct pci_table *table, char *out)
{
	char to[NODE_MAX];
	size_t n = 0, len;

	for (const char *s = text; *s;) {
		len = oci_translate_begins(text, s) ? oci_translate_word(nodes, s, table, to) : 0;
		if (!len) {
			to[0] = *s;
			to[1] = '\0';
		}
		if (out)
			memcpy(out + n, to, strlen(to));
		n += strlen(to);
		s += len ? len : 1;
	}
	return n;
}

const char *oci_translate_text(struct arena *a, const char *s, const struct pci_table *table,
			       const struct oci_renames *nodes)
{
	char *out = arena_alloc(a, oci_translate_write(nodes, s, table, NULL) + 1, 1);

	if (out)
		oci_translate_write(nodes, s, table, out); /* the arena's memory is zero */
	return out;
}
