/* SPDX-License-Identifier: Apache-2.0 */
/* CDI spec files from text with ' for ", and requests for their devices. */
#ifndef COLDINIT_TEST_CDI_H
#define COLDINIT_TEST_CDI_H

#include "spec/cdi/spec.h"
#include "tests/unit/support/spec_document.h"

/**
 * cdi_put() - load a spec file
 * @cache: gets the file
 * @path: its name; its directory decides the priority
 * @text: its text for quoted()
 */
void cdi_put(struct cdi_cache *cache, const char *path, const char *text);

/**
 * cdi_put_file() - write a spec file
 * @root: descriptor of the root directory
 * @path: the file below it
 * @text: its text for quoted()
 */
void cdi_put_file(int root, const char *path, const char *text);

/**
 * cdi_error() - the error that was recorded for a file
 * @cache: the cache
 * @path: name of the file
 *
 * Return: the error, NULL if there is none.
 */
const char *cdi_error(const struct cdi_cache *cache, const char *path);

/**
 * cdi_ask() - cdi_inject()
 * @cache: the defined devices
 * @names: the requested devices, separated by commas
 * @root: descriptor of the root directory of device nodes
 * @declared: use declared numbers
 * @doc: the document
 * @fault: gets the reason on failure
 *
 * Return: as cdi_inject().
 */
int cdi_ask(struct cdi_cache *cache, const char *names, int root, bool declared,
	    struct oci_document *doc, struct fault *fault);

/**
 * cdi_expect() - request one device and check the result
 * @cache: the defined devices
 * @name: the requested device
 * @root: descriptor of the root directory of device nodes
 * @from: expected value of the container's variable FROM, NULL if the request must fail
 * @err: expected error if it must fail
 */
void cdi_expect(struct cdi_cache *cache, const char *name, int root, const char *from, int err);

#endif
