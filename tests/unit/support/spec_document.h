/* SPDX-License-Identifier: Apache-2.0 */
/* Patching a config.json and comparing documents, whatever their blanks. */
#ifndef COLDINIT_TEST_SPEC_DOCUMENT_H
#define COLDINIT_TEST_SPEC_DOCUMENT_H

#include "spec/oci.h"

/** document() - a document from text that must be good, and is remembered as its origin */
struct oci_document *document(const char *text);

/**
 * assert_document() - the document is, in this order of keys, what the text says
 *
 * It is put where $COLDINIT_RESULTS says, with its origin, for the schema's check.
 */
void assert_document(const struct oci_document *doc, const char *text);

/** pci() - an address from text that must be good */
struct pci_address pci(const char *text);

#endif
