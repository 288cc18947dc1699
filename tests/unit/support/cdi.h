/* SPDX-License-Identifier: Apache-2.0 */
/* CDI specs from text with ' for ", and what becomes of them. */
#ifndef COLDINIT_TEST_CDI_H
#define COLDINIT_TEST_CDI_H

#include "spec/cdi/spec.h"

/** quoted() - the text with " for each '; free it */
char *quoted(const char *text);

/** cdi_put() - load a spec file from such a text; priority by its directory */
void cdi_put(struct cdi_cache *cache, const char *path, const char *text);

/** cdi_error() - what was recorded about a file. Return: NULL if nothing was. */
const char *cdi_error(const struct cdi_cache *cache, const char *path);

/** cdi_ask() - cdi_inject() into @doc for names with commas between them, nodes below @root */
int cdi_ask(struct cdi_cache *cache, const char *names, int root, bool declared,
	    struct oci_document *doc, struct fault *fault);

/**
 * cdi_expect() - ask for one device: the container's FROM becomes @from, or, if that is NULL, it
 * fails with @err
 */
void cdi_expect(struct cdi_cache *cache, const char *name, int root, const char *from, int err);

#endif
