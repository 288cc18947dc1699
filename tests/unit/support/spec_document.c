// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/spec_config.h"
#include "tests/unit/test.h"

struct oci_document *document(const char *text)
{
	struct oci_document *doc = NULL;
	struct fault f;

	if (oci_read(text, strlen(text), &doc, &f))
		fail_msg("%s in %s", f.text, text);
	return doc;
}

void assert_document(const struct oci_document *doc, const char *text)
{
	struct oci_document *expected = document(text);
	char *a = oci_print(doc), *b = oci_print(expected);

	assert_string_equal(a, b);
	free(a);
	free(b);
	oci_free(expected);
}

struct pci_address pci(const char *text)
{
	struct pci_address a = {0};

	assert_int_equal(pci_address_parse(text, strlen(text), &a), 0);
	return a;
}

int config(struct arena *a, const char *text, struct oci_config *c, struct fault *f)
{
	struct oci_document *doc = document(text);
	int err = oci_config(a, doc, c, f);

	oci_free(doc);
	return err;
}
