/* SPDX-License-Identifier: Apache-2.0 */
/* Configs from text: the smallest valid config with additions. */
#ifndef COLDINIT_TEST_SPEC_CONFIG_H
#define COLDINIT_TEST_SPEC_CONFIG_H

#include "tests/unit/support/spec_document.h"

/** SPEC() - the smallest config with members added to it, to its process and to its linux object */
#define SPEC(top, process, linux)                                                                  \
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"/p\"]," \
	"\"cwd\":\"/\"" process "},\"linux\":{" linux "}" top "}"
#define TOP(text)     SPEC("," text, "", "")
#define PROCESS(text) SPEC("", "," text, "")
#define LINUX(text)   SPEC("", "", text)

/**
 * config() - oci_config() of a text
 * @a: arena of the config
 * @text: valid JSON
 * @c: gets the config
 * @f: gets the reason on failure
 *
 * Return: as oci_config().
 */
int config(struct arena *a, const char *text, struct oci_config *c, struct fault *f);

/**
 * assert_config_refused() - check that oci_config() refuses a text and leaves the config untouched
 * @text: valid JSON
 * @fault: the text of the fault
 */
void assert_config_refused(const char *text, const char *fault);

#endif
