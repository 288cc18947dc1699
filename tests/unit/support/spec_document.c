// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support/spec_config.h"
#include "tests/unit/test.h"

static struct oci_document *parse(const char *text)
{
	struct oci_document *doc = NULL;
	struct fault f;

	if (oci_read(text, strlen(text), &doc, &f))
		fail_msg("%s in %s", f.text, text);
	return doc;
}

/* --- results ------------------------------------------------------------------------------- */

/* The last few documents and the texts that they were made of */
static struct origin {
	const struct oci_document *doc;
	char *text;
} origins[16];

static void remember(const struct oci_document *doc, const char *text)
{
	static size_t next;
	struct origin *o = &origins[next++ % ARRAY_SIZE(origins)];

	for (size_t i = 0; i < ARRAY_SIZE(origins); i++)
		if (origins[i].doc == doc)
			o = &origins[i]; /* a new document at the same address */
	free(o->text);
	*o = (struct origin){doc, strdup(text)};
}

static void write_result(const char *dir, unsigned number, const char *end, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%ld-%u%s.json", dir, (long)getpid(), number, end);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void record(const struct oci_document *doc, const char *text)
{
	static unsigned count;
	const char *dir = getenv("COLDINIT_RESULTS");

	for (size_t i = 0; dir && i < ARRAY_SIZE(origins); i++) {
		if (origins[i].doc != doc)
			continue;
		write_result(dir, count, ".before", origins[i].text);
		write_result(dir, count++, "", text);
	}
}

char *quoted(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

char *manifest_text(struct arena *arena, const char *members)
{
	char *json = quoted(members), *text = arena_printf(arena, "{\"version\":1,%s}", json);

	assert_non_null(text);
	free(json);
	return text;
}

struct oci_document *document(const char *text)
{
	struct oci_document *doc = parse(text);

	remember(doc, text);
	return doc;
}

void assert_document(const struct oci_document *doc, const char *text)
{
	struct oci_document *expected = parse(text);
	char *a = oci_print(doc), *b = oci_print(expected);

	assert_string_equal(a, b);
	record(doc, a);
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

void assert_config_refused(const char *text, const char *fault)
{
	struct oci_config c, before;
	struct arena a = {0};
	struct fault f = {0};

	memset(&c, 0x55, sizeof(c));
	memcpy(&before, &c, sizeof(c));
	assert_int_equal(config(&a, text, &c, &f), -EINVAL);
	assert_memory_equal(&c, &before, sizeof(c));
	assert_string_equal(f.text, fault);
	arena_free(&a);
}
