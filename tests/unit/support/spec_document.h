/* SPDX-License-Identifier: Apache-2.0 */
/* Make documents from text and compare them, without regard to blanks. */
#ifndef COLDINIT_TEST_SPEC_DOCUMENT_H
#define COLDINIT_TEST_SPEC_DOCUMENT_H

#include "spec/oci.h"

/**
 * quoted() - replace each ' by "
 * @text: the text
 *
 * Return: a malloc()ed copy.
 */
char *quoted(const char *text);

/**
 * manifest_text() - a manifest
 * @arena: for the text
 * @members: its members except the version, with ' for "
 *
 * Return: the manifest's text.
 */
char *manifest_text(struct arena *arena, const char *members);

/**
 * document() - make a document, and remember its text as its origin
 * @text: valid JSON
 *
 * Return: a document for oci_free().
 */
struct oci_document *document(const char *text);

/**
 * assert_document() - check that a document has the members of a text, in the same order
 * @doc: the document
 * @text: valid JSON
 *
 * Writes the document and its origin into the directory $COLDINIT_RESULTS, if it is set, for the
 * check against the schema.
 */
void assert_document(const struct oci_document *doc, const char *text);

/**
 * pci() - a PCI address
 * @text: a valid address
 *
 * Return: the address.
 */
struct pci_address pci(const char *text);

#endif
