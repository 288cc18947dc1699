/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of document is a file? For `coldinit check`, by its content. */
#ifndef COLDINIT_SPEC_DOCUMENT_H
#define COLDINIT_SPEC_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "init/lib/fault.h"

/** enum document_kind - the kinds of documents that it can be */
enum document_kind {
	DOCUMENT_OTHER,		/* none of these */
	DOCUMENT_MANIFEST,	/* coldinit's */
	DOCUMENT_CONFIG,	/* an OCI runtime's config.json */
	DOCUMENT_CDI,		/* a CDI spec file in JSON */
	DOCUMENT_CDI_YAML,	/* a CDI spec file in YAML */
	DOCUMENT_IMAGE_CONFIG,	/* an image's config (OCI image spec, config.md, and Docker's) */
	DOCUMENT_IMAGE_MANIFEST /* an image's manifest or index, also that of `docker save` */
};

/**
 * document_recognise() - find out the kind of a document by its keys
 * @text: any bytes, with a NUL behind them
 * @len: bytes of @text
 * @out: gets the kind; untouched on failure
 * @fault: gets the reason on failure: line and column if @text is neither JSON nor YAML
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int document_recognise(const char *text, size_t len, enum document_kind *out,
		       struct fault *fault) must_check nonnull(1, 3, 4);

/**
 * document_check_cdi() - check a CDI spec file
 * @text: any bytes, with a NUL behind them
 * @len: bytes of @text
 * @yaml: it is YAML, else JSON
 * @devices: gets the number of its devices; untouched on failure
 * @fault: gets all faults on failure
 *
 * Return: 0, -EINVAL, -ENOMEM, or -ENOTSUP in a build without CDI.
 */
int document_check_cdi(const char *text, size_t len, bool yaml, size_t *devices,
		       struct fault *fault) must_check nonnull(1, 4, 5);

#endif
