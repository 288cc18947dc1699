// SPDX-License-Identifier: Apache-2.0
/* The table of SOURCE words, and manifests from trees as sysfs has them (fw_cfg: and smbios). */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/source/source.h"
#include "spec/manifest.h"

#define MAX	64
#define FW_CFG	"sys/firmware/qemu_fw_cfg/"
#define ENTRIES "sys/firmware/dmi/entries/"
#define OURS	"coldinit.manifest="

/* A structure with its strings; the literal's own NUL is the one that ends the set. */
#define STRUCTURE(text)            \
	{                          \
		text, sizeof(text) \
	}
#define OEM(count, text) STRUCTURE("\x0b\x05\x22\x11" count text "\0")
#define FIRST_BYTES(text, n) \
	{                    \
		text, n      \
	}

struct state {
	char path[64];
	int root;
	char *data;
	struct fault fault;
};

static int setup(void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	s->root = temp_root(s->path);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	temp_root_remove(s->path, s->root);
	free(s);
	return 0;
}

/* With an error there is no text, and a text has the length that is returned. */
static void expect(struct state *s, const char *source, ssize_t result, const char *text)
{
	char *untouched = s->path;

	s->data = untouched;
	assert_int_equal(source_read(source, -1, s->root, MAX, &s->data, &s->fault), result);
	if (result < 0) {
		assert_ptr_equal(s->data, untouched);
		if (!strstr(s->fault.text, text))
			fail_msg("\"%s\" is not in \"%s\"", text, s->fault.text);
		return;
	}
	assert_string_equal(s->data, text);
	free(s->data);
}

/* --- fw_cfg -------------------------------------------------------------------------------- */

static void put_fw_cfg(const struct state *s, const char *key, const char *name, const char *size,
		       const char *text)
{
	char path[128], target[64];
	size_t n = 0;

	snprintf(path, sizeof(path), FW_CFG "by_key/%s/name", key);
	put_file(s->root, path, name);
	snprintf(path, sizeof(path), FW_CFG "by_key/%s/size", key);
	put_file(s->root, path, size);
	snprintf(path, sizeof(path), FW_CFG "by_key/%s/raw", key);
	put_file(s->root, path, text);
	for (const char *c = strchr(name, '/'); c; c = strchr(c + 1, '/'))
		n += (size_t)snprintf(target + n, sizeof(target) - n, "../");
	snprintf(path, sizeof(path), FW_CFG "by_name/%s", name);
	snprintf(target + n, sizeof(target) - n, "../by_key/%s", key);
	put_link(s->root, path, target);
}

static void fw_cfg_file_is_read(void **state)
{
	struct state *s = *state;

	put_fw_cfg(s, "1", "bootorder", "2", "no");
	put_fw_cfg(s, "32", "opt/org.coldinit/manifest", "2", "{}");
	expect(s, "fw_cfg:opt/org.coldinit/manifest", 2, "{}");
	expect(s, "fw_cfg:bootorder", 2, "no");
}

static void fw_cfg_name_that_is_not_there(void **state)
{
	struct state *s = *state;

	put_fw_cfg(s, "1", "bootorder", "2", "no");
	expect(s, "fw_cfg:opt/x", -ENOENT,
	       "QEMU has no fw_cfg file \"opt/x\"; below opt/ it has none");
	put_fw_cfg(s, "32", "opt/org.coldinit/manifest", "2", "{}");
	expect(s, "fw_cfg:opt/org.coldinit", -ENOENT,
	       "below opt/ it has opt/org.coldinit/manifest");
	expect(s, "fw_cfg:opt/org.coldinit/manifest/raw", -ENOENT, "no fw_cfg file");
	put_fw_cfg(s, "33", "opt/other", "2", "{}");
	expect(s, "fw_cfg:opt/x", -ENOENT, ", opt/");
	assert_null(strstr(s->fault.text, "bootorder"));
}

static void fw_cfg_name_stays_where_names_are(void **state)
{
	static const char *const names[] = {
		"fw_cfg:",
		"fw_cfg:/opt/a",
		"fw_cfg:opt/",
		"fw_cfg:opt//a",
		"fw_cfg:../by_key/32",
		"fw_cfg:opt/..",
		"fw_cfg:./a",
		"fw_cfg:a_name_of_fifty-six_bytes_is_one_more_than_QEMU_ever_han",
	};
	struct state *s = *state;

	put_fw_cfg(s, "32", "opt/a", "2", "{}");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		expect(s, names[i], -EINVAL, "fw_cfg:NAME with a name of 1 to 55 bytes expected");
	expect(s, "fw_cfg:a_name_of_fifty-five_bytes_is_what_QEMU_takes_at_most_!", -ENOENT,
	       "no fw_cfg file");
	/* A link cannot lead out either: the kernel's root is that of fw_cfg. */
	put_file(s->root, "secret/raw", "out");
	put_link(s->root, FW_CFG "by_name/out", "../../../../secret");
	expect(s, "fw_cfg:out", -ENOENT, "no fw_cfg file \"out\"");
}

static void fw_cfg_file_that_is_too_large(void **state)
{
	struct state *s = *state;
	char text[MAX + 2];

	memset(text, ' ', sizeof(text));
	text[MAX] = '\0';
	put_fw_cfg(s, "1", "fits", "64", text);
	text[MAX] = ' ';
	text[MAX + 1] = '\0';
	put_fw_cfg(s, "2", "said", "65", "");
	put_fw_cfg(s, "3", "unsaid", "1", text);
	text[MAX] = '\0';
	expect(s, "fw_cfg:fits", MAX, text);
	expect(s, "fw_cfg:said", -EFBIG, "larger than the limit of 64 bytes");
	expect(s, "fw_cfg:unsaid", -EFBIG, "larger than the limit of 64 bytes");
}

static void guest_without_fw_cfg(void **state)
{
	struct state *s = *state;

	expect(s, "fw_cfg:opt/a", -ENOENT, "module qemu_fw_cfg");
	/* The driver makes its directory without a device, too. */
	put_dir(s->root, FW_CFG "rev");
	expect(s, "fw_cfg:opt/a", -ENODEV, "no fw_cfg device");
}

/* --- SMBIOS -------------------------------------------------------------------------------- */

static void oem_strings_are_found(void **state)
{
	static const struct {
		struct {
			const char *bytes;
			size_t len;
		} raw;
		int found;
		const char *value;
	} rows[] = {
		{OEM("\x01", "p=x"), 1, "x"},
		{OEM("\x01", "p="), 1, ""},
		{OEM("\x02", "other\0p=x"), 1, "x"},
		{OEM("\x03", "p=x\0other\0p=y"), 2, "x"},
		{OEM("\x02", "xp=x\0p"), 0, NULL},
		{OEM("\x00", ""), 0, NULL},
		/* The number of strings is not trusted. */
		{OEM("\xff", "p=x"), 1, "x"},
		/* A longer header, as a later version may have it. */
		{STRUCTURE("\x0b\x07\x22\x11\x01p=p=x\0"), 1, "x"},
		/* What is behind the set does not belong to it. */
		{OEM("\x01", "a\0\0p=x"), 0, NULL},
		{FIRST_BYTES("", 0), -EINVAL, NULL},
		{FIRST_BYTES("\x0b\x05\x22\x11", 4), -EINVAL, NULL},
		{FIRST_BYTES("\x0b\x05\x22\x11\x01", 5), -EINVAL, NULL},
		{FIRST_BYTES("\x0b\x05\x22\x11\x01p=x", 8), -EINVAL, NULL},
		{FIRST_BYTES("\x0b\x05\x22\x11\x01p=x", 9), -EINVAL, NULL},
		{STRUCTURE("\x0b\x04\x22\x11\x01p=x\0"), -EINVAL, NULL},
		{STRUCTURE("\x0b\xff\x22\x11\x01p=x\0"), -EINVAL, NULL},
		{STRUCTURE("\x01\x05\x22\x11\x01p=x\0"), -EINVAL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		/* A copy of just these bytes, for the sanitizer. */
		char *raw = malloc(rows[i].raw.len + !rows[i].raw.len);
		const char *value = NULL;

		memcpy(raw, rows[i].raw.bytes, rows[i].raw.len);
		assert_int_equal(smbios_oem_strings(raw, rows[i].raw.len, "p=", &value),
				 rows[i].found);
		if (rows[i].value)
			assert_string_equal(value, rows[i].value);
		else
			assert_null(value);
		free(raw);
	}
}

static void put_raw(const struct state *s, const char *entry, const char *bytes, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), ENTRIES "%s/raw", entry);
	put_file(s->root, path, "");
	fd = openat(s->root, path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

#define PUT_OEM(s, entry, text) \
	put_raw(s, entry, "\x0b\x05\x22\x11\x01" text "\0", sizeof(text) + 6)

static void oem_string_is_read(void **state)
{
	struct state *s = *state;

	PUT_OEM(s, "1-0", OURS "bm8=");
	PUT_OEM(s, "11-0", "unrelated");
	PUT_OEM(s, "11-1", "serial=7\0" OURS "e30=\0tail");
	PUT_OEM(s, "11-2", "");
	expect(s, "smbios", 2, "{}");
}

static void oem_string_that_is_not_there(void **state)
{
	struct state *s = *state;

	expect(s, "smbios", -ENOENT, "the guest has no SMBIOS tables");
	put_dir(s->root, "sys/firmware/dmi/tables");
	expect(s, "smbios", -ENOENT, "module dmi-sysfs");
	put_dir(s->root, ENTRIES "0-0");
	expect(s, "smbios", -ENOENT, "no OEM string begins \"" OURS "\" (0 structures of type 11)");
	PUT_OEM(s, "11-0", "coldinit-manifest=e30=");
	expect(s, "smbios", -ENOENT, "(1 structures of type 11); QEMU makes one with");
}

static void oem_strings_that_are_two(void **state)
{
	struct state *s = *state;

	PUT_OEM(s, "11-0", OURS "e30=\0" OURS "e30=");
	expect(s, "smbios", -EEXIST, "2 OEM strings begin \"" OURS "\"");
	PUT_OEM(s, "11-0", OURS "e30=");
	expect(s, "smbios", 2, "{}");
	PUT_OEM(s, "11-0", OURS "e30");
	expect(s, "smbios", 2, "{}");
	PUT_OEM(s, "11-1", OURS "e30=");
	expect(s, "smbios", -EEXIST, "2 OEM strings begin");
}

static void oem_string_that_is_wrong(void **state)
{
	struct state *s = *state;

	PUT_OEM(s, "11-0", OURS "e3*");
	expect(s, "smbios", -EINVAL, "smbios: OEM string " OURS ": base64: 3 characters");
	PUT_OEM(s, "11-0",
		OURS
		"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OQ==");
	expect(s, "smbios", -EFBIG, "more than 64 bytes");
	put_raw(s, "11-0", "\x0b\x05\x22\x11\x01x", 7);
	expect(s, "smbios", -EINVAL,
	       "11-0/raw (7 bytes) is not a complete structure of OEM strings");
	put_dir(s->root, ENTRIES "11-1/raw");
	put_raw(s, "11-0", "\x0b\x05\x22\x11\x00\0", 7);
	expect(s, "smbios", -EINVAL, "11-1/raw");
}

static void smbios_takes_nothing_behind_it(void **state)
{
	struct state *s = *state;

	PUT_OEM(s, "11-0", OURS "e30=");
	expect(s, "smbios:x", -EINVAL,
	       "\"smbios:x\" is not a source that this build reads; it reads initrd:/path, virtiofs:TAG/path, block:/dev/NAME, fw_cfg:NAME, smbios, base64:TEXT");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static void sources_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		int err;
		enum source_kind kind;
		const char *tag, *rest;
	} rows[] = {
		{"initrd:/coldinit/manifest.json", 0, SOURCE_INITRD, "", "coldinit/manifest.json"},
		{"initrd:///x", 0, SOURCE_INITRD, "", "x"},
		{"virtiofs:TAG/dir/m.json", 0, SOURCE_VIRTIOFS, "TAG", "dir/m.json"},
		{"virtiofs:TAG", 0, SOURCE_VIRTIOFS, "TAG", ""},
		{"base64:e30=", 0, SOURCE_BASE64, "", "e30="},
		{"fw_cfg:opt/org.coldinit/m", 0, SOURCE_FW_CFG, "", "opt/org.coldinit/m"},
		{"block:/dev/vda,ext4", 0, SOURCE_BLOCK, "", "/dev/vda,ext4"},
		{"smbios", 0, SOURCE_SMBIOS, "", ""},
		{"smbios:x", -EINVAL, 0, "", ""},
		{"base64", -EINVAL, 0, "", ""},
		{"virtiofs:/x", -EINVAL, 0, "", ""},
		{"virtiofs:a_tag_that_is_longer_than_the_36_bytes_of_virtio/x", -EINVAL, 0, "", ""},
		{"http://example", -EINVAL, 0, "", ""},
		{"/path", -EINVAL, 0, "", ""},
		{"", -EINVAL, 0, "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct source s;
		struct fault f = {0};

		assert_int_equal(source_parse(rows[i].text, &s, &f), rows[i].err);
		if (rows[i].err) {
			assert_true(strlen(f.text) > 0);
			continue;
		}
		assert_int_equal(s.type->kind, rows[i].kind);
		assert_string_equal(s.tag, rows[i].tag);
		assert_string_equal(s.rest, rows[i].rest);
	}
}

/* What drivers, bundles and messages know about a SOURCE is in one table. */
static void sources_have_types(void **state)
{
	static const struct {
		const char *word;
		bool bundle;
		const char *module;
	} rows[] = {
		{"initrd:/x", true, NULL},	{"virtiofs:TAG/x", true, "virtiofs"},
		{"block:/dev/vda", true, NULL}, {"fw_cfg:x", false, "qemu_fw_cfg"},
		{"smbios", false, "dmi-sysfs"}, {"base64:e30=", false, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct source_type *type = source_find(rows[i].word);
		const char *module = source_modules(rows[i].word)[0];

		assert_non_null(type);
		assert_int_equal(type->bundle, rows[i].bundle);
		assert_int_equal(strncmp(type->form, type->prefix, strlen(type->prefix)), 0);
		if (rows[i].module)
			assert_string_equal(module, rows[i].module);
		else
			assert_null(module);
	}
	assert_null(source_find("http://example"));
	assert_null(source_find("smbios:x"));
	assert_null(source_find(NULL));
	assert_null(source_modules(NULL)[0]);
	assert_null(source_modules("/path")[0]);
}

/* The manifest's parser, which is below the table, has its own list. */
static void the_manifest_takes_the_sources_of_bundles(void **state)
{
	static const char *const words[] = {"initrd:/x", "virtiofs:TAG/x", "block:/dev/vda",
					    "fw_cfg:x",	 "smbios",	   "base64:e30="};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct arena arena = {0};
		struct manifest m;
		struct fault f;
		char text[80];
		int n = snprintf(text, sizeof(text),
				 "{\"version\":1,\"container\":{\"bundle\":\"%s\"}}", words[i]);

		manifest_defaults(&m);
		assert_int_equal(manifest_parse(&arena, text, (size_t)n, &m, &f) == 0,
				 source_find(words[i])->bundle);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fw_cfg_file_is_read),
		TEST(fw_cfg_name_that_is_not_there),
		TEST(fw_cfg_name_stays_where_names_are),
		TEST(fw_cfg_file_that_is_too_large),
		TEST(guest_without_fw_cfg),
		TEST(oem_strings_are_found),
		TEST(oem_string_is_read),
		TEST(oem_string_that_is_not_there),
		TEST(oem_strings_that_are_two),
		TEST(oem_string_that_is_wrong),
		TEST(smbios_takes_nothing_behind_it),
		cmocka_unit_test(sources_are_taken_apart),
		cmocka_unit_test(sources_have_types),
		cmocka_unit_test(the_manifest_takes_the_sources_of_bundles),
	};

	return RUN_TESTS(tests);
}
