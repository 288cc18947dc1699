// SPDX-License-Identifier: Apache-2.0
/*
 * Properties of patching, for random documents and for every config.json of the tests: all other
 * values stay equal, in any spelling, and the changes of rules and of PCI addresses are
 * permutations.
 */
#include "tests/unit/test.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/log.h"
#include "tests/unit/support/spec_document.h"

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

static void shuffle(unsigned *list, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = chance((uint32_t)i);
		unsigned keep = list[k];

		list[k] = list[i - 1];
		list[i - 1] = keep;
	}
}

/* --- values of a text ---------------------------------------------------------------------- */

static char *put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 63));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 63));
		*out++ = (char)(0x80 | (c >> 6 & 63));
	}
	*out++ = (char)(0x80 | (c & 63));
	return out;
}

static unsigned unit(const char *s)
{
	char digits[5] = {s[0], s[1], s[2], s[3]};

	return (unsigned)strtoul(digits, NULL, 16);
}

/* Decode an escape; @s is behind its backslash. Return: the text behind it. */
static const char *unescape(const char *s, char **out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *simple = strchr(from, *s);
	unsigned c;

	if (*s != 'u') {
		*(*out)++ = simple ? to[simple - from] : *s;
		return s + 1;
	}
	c = unit(s + 1);
	s += 5;
	if (c >= 0xd800 && c < 0xdc00) {
		c = 0x10000 + ((c - 0xd800) << 10) + (unit(s + 2) - 0xdc00);
		s += 6;
	}
	*out = put_utf8(*out, c);
	return s;
}

/* A valid JSON text without blanks and escapes; numbers keep their text. Return: malloc()ed. */
static char *values(const char *s)
{
	char *text = malloc(strlen(s) + 1), *out = text;
	bool string = false;

	while (*s) {
		if (*s == '"')
			string = !string;
		if (string && *s == '\\')
			s = unescape(s + 1, &out);
		else if (!string && strchr(" \t\n\r", *s))
			s++;
		else
			*out++ = *s++;
	}
	*out = '\0';
	return text;
}

static void assert_same_values(const char *a, const char *b)
{
	char *x = values(a), *y = values(b);

	if (strcmp(x, y) != 0)
		fail_msg("%s\nis not\n%s", x, y);
	free(x);
	free(y);
}

static void assert_printed(const struct oci_document *doc, const char *text)
{
	char *out = oci_print(doc);

	assert_same_values(out, text);
	free(out);
}

/* --- documents ----------------------------------------------------------------------------- */

/* A document that is being made, and the expected result. */
struct pair {
	char before[1 << 16], after[1 << 16];
	size_t n_before, n_after;
};

static void put_to(char *text, size_t *n, const char *s)
{
	assert_true(*n + strlen(s) < 1 << 16);
	memcpy(text + *n, s, strlen(s) + 1);
	*n += strlen(s);
}

static void put2(struct pair *p, const char *before, const char *after)
{
	put_to(p->before, &p->n_before, before);
	put_to(p->after, &p->n_after, after);
}

static void put(struct pair *p, const char *s)
{
	static const char *const blanks[] = {"", "", "", " ", "\n", "\t", "\r\n "};

	put_to(p->before, &p->n_before, blanks[chance(ARRAY_SIZE(blanks))]);
	put2(p, s, s);
}

static void put_number(struct pair *p, unsigned before, unsigned after)
{
	char a[16], b[16];

	snprintf(a, sizeof(a), "%u", before);
	snprintf(b, sizeof(b), "%u", after);
	put2(p, a, b);
}

/* A random value in a random spelling */
static void put_any(struct pair *p, unsigned depth)
{
	static const char *const words[] = {"9223372036854775807",
					    "-9223372036854775808",
					    "18446744073709551615",
					    "0.10",
					    "1E+2",
					    "1e400",
					    "-0",
					    "1.0",
					    "123456789012345678901234567890",
					    "null",
					    "true",
					    "false",
					    "\"\"",
					    "\"a\"",
					    "\"\\u00e4\\ud83d\\ude00\\u0041\"",
					    "\"\xc3\xa4\xf0\x9f\x98\x80\"",
					    "\"\\\\\\/\\\"\\b\\f\\n\\r\\t\\u001f\"",
					    "\"{[,:]}\""};
	uint32_t n = chance(4);
	char key[32];

	if (!depth || chance(2)) {
		put(p, words[chance(ARRAY_SIZE(words))]);
		return;
	}
	if (chance(2)) {
		put(p, "[");
		for (uint32_t i = 0; i < n; i++) {
			put(p, i ? "," : "");
			put_any(p, depth - 1);
		}
		put(p, "]");
		return;
	}
	put(p, "{");
	for (uint32_t i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "%s\"\\u006b~/%u\":", i ? "," : "", i);
		put(p, key);
		put_any(p, depth - 1);
	}
	put(p, "}");
}

static void put_unknown(struct pair *p, const char *key)
{
	put(p, key);
	put_any(p, 3);
	put(p, ",");
}

/* --- devices ------------------------------------------------------------------------------- */

#define N 6 /* devices: host number i becomes guest number to[i] */

struct numbers {
	unsigned to[N], order[N];
	bool moves[N]; /* its path changes too */
};

static void put_device(struct pair *p, const struct numbers *n, unsigned i)
{
	char path[64];

	snprintf(path, sizeof(path), "{\"path\":\"/dev/host%u\",", i);
	put_to(p->before, &p->n_before, path);
	snprintf(path, sizeof(path), "{\"path\":\"/dev/%s%u\",", n->moves[i] ? "guest" : "host", i);
	put_to(p->after, &p->n_after, path);
	put_unknown(p, "\"unknown\":");
	put(p, "\"type\":\"c\",\"major\":7,\"minor\":");
	put_number(p, i, n->to[i]);
	put(p, "}");
}

/* A random rule; only rules of character devices with both numbers are renumbered. */
static void put_rule(struct pair *p, const struct numbers *n)
{
	unsigned i = chance(N);

	put(p, "{\"allow\":true,");
	put_unknown(p, "\"unknown\":");
	switch (chance(4)) {
	case 0:
		put(p, "\"type\":\"b\",\"major\":7,\"minor\":");
		put_number(p, i, i);
		break;
	case 1:
		put(p, "\"type\":\"c\",\"major\":7");
		break;
	default:
		put(p, "\"minor\":");
		put_number(p, i, n->to[i]);
		put(p, ",\"major\":7,\"type\":\"c\"");
	}
	put(p, "}");
}

static void put_document(struct pair *p, const struct numbers *n)
{
	char rule[96];

	p->n_before = p->n_after = 0;
	put(p, "{");
	put_unknown(p, "\"unknown\":");
	put(p, "\"linux\":{");
	put_unknown(p, "\"\\u00fcnknown\":");
	put(p, "\"devices\":[{\"path\":\"/dev/other\",\"type\":\"b\",\"major\":7,\"minor\":1}");
	for (size_t i = 0; i < N; i++) {
		put(p, ",");
		put_device(p, n, n->order[i]);
	}
	put(p, "],\"resources\":{");
	put_unknown(p, "\"memory\":");
	put(p, "\"devices\":[{\"allow\":false}");
	for (size_t i = 0; i < 3 * N; i++) {
		put(p, ",");
		put_rule(p, n);
	}
	for (size_t i = 0; i < N; i++) {
		snprintf(
			rule, sizeof(rule),
			",{\"allow\":true,\"type\":\"c\",\"major\":7,\"minor\":%u,\"access\":\"rwm\"}",
			n->to[i]);
		put_to(p->after, &p->n_after, rule);
	}
	put(p, "]}},\"last\":");
	put_any(p, 3);
	put(p, "}");
}

static void renumbering_is_a_permutation_and_changes_nothing_else(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct device devices[N] = {0};
	struct device_result results[N] = {0};
	const struct oci_devices all = {devices, results, N, NULL, 0};
	const struct policy policy = {0};
	char paths[N][16];

	for (uint32_t round = 1; round <= 500; round++) {
		struct numbers n;
		struct oci_document *doc;
		struct fault f;

		seed = round;
		for (unsigned i = 0; i < N; i++) {
			n.to[i] = n.order[i] = i;
			n.moves[i] = chance(2);
		}
		shuffle(n.to, N);
		shuffle(n.order, N);
		put_document(p, &n);
		for (unsigned i = 0; i < N; i++) {
			snprintf(paths[i], sizeof(paths[i]), "/dev/host%u", i);
			devices[i] = (struct device){.id = "d", .container_path = paths[i]};
			results[i] = (struct device_result){
				.ready = true, .node_type = 'c', .major = 7, .minor = n.to[i]};
			if (n.moves[i])
				snprintf(results[i].final_path, sizeof(results[i].final_path),
					 "/dev/guest%u", i);
		}
		doc = document(p->before);
		if (oci_patch(doc, &all, &policy, &f))
			fail_msg("%s in %s", f.text, p->before);
		assert_printed(doc, p->after);
		oci_free(doc);
	}
	free(p);
}

/* --- PCI addresses ------------------------------------------------------------------------- */

/* The variable, and its INFO with the same addresses as keys and in texts */
static void put_addresses(char *out, size_t size, const unsigned *to, const unsigned *list,
			  size_t n)
{
	size_t len = (size_t)snprintf(out, size, "{\"process\":{\"env\":[\"PCIDEVICE_r=");

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, size - len, "%s0000:%02x:00.0", i ? "," : "",
					to[list[i]]);
	len += (size_t)snprintf(out + len, size - len, "\",\"PCIDEVICE_r_INFO={");
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(
			out + len, size - len,
			"%s\\\"%zu 0000:%02x:00.0\\\":[\\\"at 0000:%02x:00.0\\\",9223372036854775807]",
			i ? "," : "", i, to[list[i]], to[list[i]]);
	snprintf(out + len, size - len, "}\"]}}");
}

static void translating_is_a_permutation_and_can_be_reversed(void **state)
{
	static const unsigned same[N] = {0, 1, 2, 3, 4, 5};
	const struct policy policy = {.unmapped_pci_fails = true};
	char before[4096], after[4096];

	for (uint32_t round = 1; round <= 500; round++) {
		struct pci_mapping there[N] = {0}, back[N] = {0};
		struct device devices[N] = {0};
		struct device_result results[N] = {0};
		const struct oci_devices all = {devices, results, N, NULL, 0};
		unsigned to[N], list[N];
		struct oci_document *doc;
		struct fault f;

		seed = round;
		memcpy(to, same, sizeof(to));
		shuffle(to, N);
		for (unsigned i = 0; i < N; i++) {
			list[i] = chance(N);
			there[i].host.bus = back[i].guest.bus = (uint8_t)i;
			there[i].guest.bus = back[i].host.bus = (uint8_t)to[i];
			devices[i].container_path = "";
			results[i] =
				(struct device_result){.ready = true, .pci = &there[i], .n_pci = 1};
		}
		put_addresses(before, sizeof(before), same, list, N);
		put_addresses(after, sizeof(after), to, list, N);
		doc = document(before);
		assert_int_equal(oci_patch(doc, &all, &policy, &f), 0);
		assert_printed(doc, after);
		for (unsigned i = 0; i < N; i++)
			results[i].pci = &back[i];
		assert_int_equal(oci_patch(doc, &all, &policy, &f), 0);
		assert_printed(doc, before);
		oci_free(doc);
	}
}

/* --- every config.json of the tests -------------------------------------------------------- */

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, (1 << 20) - 1, f);
	assert_int_equal(strlen(text), n);
	fclose(f);
	return text;
}

static void check_unchanged(const char *path)
{
	const struct oci_devices none = {0};
	const struct policy policy = {0};
	struct oci_document *doc = NULL;
	char *text = read_text(path);
	struct fault f;

	if (oci_read(text, strlen(text), &doc, &f) == 0) {
		assert_int_equal(oci_patch(doc, &none, &policy, &f), 0);
		assert_printed(doc, text);
	}
	oci_free(doc);
	free(text);
}

static void without_devices_nothing_changes(void **state)
{
	glob_t found;

	log_set_level(LOG_LEVEL_ERR); /* their addresses are not mapped */
	assert_int_equal(glob("tests/trees/*/config.json", 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 40);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_unchanged(found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renumbering_is_a_permutation_and_changes_nothing_else),
		cmocka_unit_test(translating_is_a_permutation_and_can_be_reversed),
		cmocka_unit_test(without_devices_nothing_changes),
	};

	return RUN_TESTS(tests);
}
