/* SPDX-License-Identifier: Apache-2.0 */
/* Configs from text: the least one that is accepted, with something added. */
#ifndef COLDINIT_TEST_SPEC_CONFIG_H
#define COLDINIT_TEST_SPEC_CONFIG_H

#include "tests/unit/support/spec_document.h"

/** SPEC() - members added to the config, to its process and to its linux object */
#define SPEC(top, process, linux)                                                                  \
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"/p\"]," \
	"\"cwd\":\"/\"" process "},\"linux\":{" linux "}" top "}"
#define TOP(text)     SPEC("," text, "", "")
#define PROCESS(text) SPEC("", "," text, "")
#define LINUX(text)   SPEC("", "", text)

/** config() - oci_config() of a text that must be JSON */
int config(struct arena *a, const char *text, struct oci_config *c, struct fault *f);

#endif
