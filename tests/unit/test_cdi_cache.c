// SPDX-License-Identifier: Apache-2.0
/* Directories, priorities, conflicts, what is missing (Go: TestRefreshCache). */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"

/* A spec file whose devices set FROM to @env. */
#define EDITS(env)	  "'containerEdits':{'env':['FROM=" env "']}"
#define DEVICE(name, env) "{'name':'" name "'," EDITS(env) "}"
#define FILE_OF(devices)  "{'cdiVersion':'0.5.0','kind':'v.com/c','devices':[" devices "]}"

#define YAML(name, env)                                                               \
	"---\ncdiVersion: 0.5.0\nkind: v.com/c\ndevices:\n    - name: \"" name "\"\n" \
	"      containerEdits:\n        env:\n            - FROM=" env "\n"

static int root;
static char root_path[64];

static int setup(void **state)
{
	root = temp_root(root_path);
	return 0;
}

static int teardown(void **state)
{
	temp_root_remove(root_path, root);
	return 0;
}

static struct cdi_cache *scan(void)
{
	struct cdi_cache *c = cdi_cache_open();

	assert_non_null(c);
	assert_int_equal(cdi_scan(c, root), 0);
	return c;
}

static void directories_may_be_missing(void **state)
{
	struct cdi_cache *c = scan();

	assert_null(c->files);
	cdi_expect(c, "v.com/c=d", root, NULL, -EAGAIN);
	cdi_cache_close(c);
}

static void both_extensions_are_read_and_nothing_else(void **state)
{
	static const char *const others[] = {"etc/cdi/x.yml", "etc/cdi/x.JSON", "etc/cdi/x",
					     "etc/cdi/json", "etc/cdi/sub/x.json"};
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/a.json", FILE_OF(DEVICE("json", "json")));
	cdi_put_file(root, "etc/cdi/b.yaml", YAML("yaml", "yaml"));
	cdi_put_file(root, "etc/cdi/.json", FILE_OF(DEVICE("dot", "dot")));
	cdi_put_file(root, "etc/cdi/.hidden.yaml", YAML("hidden", "hidden"));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		cdi_put_file(root, others[i], FILE_OF(DEVICE("other", "x")));
	c = scan();
	cdi_expect(c, "v.com/c=json", root, "json", 0);
	cdi_expect(c, "v.com/c=yaml", root, "yaml", 0);
	cdi_expect(c, "v.com/c=dot", root, "dot", 0);
	cdi_expect(c, "v.com/c=hidden", root, "hidden", 0);
	cdi_expect(c, "v.com/c=other", root, NULL, -ENODEV);
	cdi_cache_close(c);
}

/* Such a name is a mistake for that of a spec file; other files are not. */
static void a_name_that_nearly_is_a_spec_files_is_recorded(void **state)
{
	static const char *const names[] = {"/etc/cdi/a.JSON", "/etc/cdi/b.yml", "/etc/cdi/c.Yaml"};
	const struct cdi_file *file;
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/README.md", "");
	cdi_put_file(root, "etc/cdi/n.yaml.tmp", "");
	cdi_put_file(root, "etc/cdi/yml", "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		cdi_put_file(root, names[i] + 1, FILE_OF(DEVICE("d", "x")));
	c = scan();
	file = c->files;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++, file = file->next) {
		assert_string_equal(file->path, names[i]);
		assert_string_equal(file->error,
				    "not read: the name of a spec file ends in .json or .yaml");
	}
	assert_null(file);
	cdi_cache_close(c);
}

static void files_are_read_in_the_order_of_their_names(void **state)
{
	static const char *const names[] = {"/etc/cdi/A.json", "/etc/cdi/a.json", "/etc/cdi/b.json",
					    "/etc/cdi/b1.json"};
	const struct cdi_file *file;
	struct cdi_cache *c;

	for (size_t i = ARRAY_SIZE(names); i-- > 0;)
		cdi_put_file(root, names[i] + 1, "bad");
	c = scan();
	file = c->files;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++, file = file->next)
		assert_string_equal(file->path, names[i]);
	cdi_cache_close(c);
}

static void links_to_files_are_followed(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "data/real", FILE_OF(DEVICE("d", "link")));
	put_link(root, "etc/cdi/a.json", "../../data/real");
	put_link(root, "etc/cdi/b.json", "nowhere");
	c = scan();
	cdi_expect(c, "v.com/c=d", root, "link", 0);
	assert_string_equal(cdi_error(c, "/etc/cdi/b.json"), "a link to a file that is missing");
	/* Nothing is to be expected from another look. */
	assert_true(cdi_cache_is_complete(c));
	cdi_cache_close(c);
}

/* C: Go reads a FIFO, and so waits for a writer. */
static void a_fifo_does_not_block(void **state)
{
	struct cdi_cache *c;
	char path[128];

	cdi_put_file(root, "etc/cdi/b.json", FILE_OF(DEVICE("d", "file")));
	snprintf(path, sizeof(path), "%s/etc/cdi/a.json", root_path);
	assert_int_equal(mkfifo(path, 0666), 0);
	c = scan();
	assert_string_equal(cdi_error(c, "/etc/cdi/a.json"), "not a regular file");
	cdi_expect(c, "v.com/c=d", root, "file", 0);
	cdi_cache_close(c);
}

static void directories_are_not_searched(void **state)
{
	struct cdi_cache *c;

	put_dir(root, "etc/cdi/a.json");
	c = scan();
	assert_null(c->files);
	cdi_cache_close(c);
}

static void the_size_of_a_file_is_bounded(void **state)
{
	char *text = malloc(CDI_SPEC_MAX + 2);
	struct cdi_cache *c;

	memset(text, ' ', CDI_SPEC_MAX + 1);
	text[CDI_SPEC_MAX + 1] = '\0';
	put_file(root, "etc/cdi/a.json", text);
	c = scan();
	assert_string_equal(cdi_error(c, "/etc/cdi/a.json"), "larger than 4 MiB");
	cdi_cache_close(c);
	free(text);
}

static void the_number_of_files_is_bounded(void **state)
{
	struct cdi_cache *c;
	char path[64];

	for (int i = 0; i <= 256; i++) {
		snprintf(path, sizeof(path), "etc/cdi/%03d.json", i);
		put_file(root, path, "");
	}
	c = scan();
	assert_non_null(cdi_error(c, "/etc/cdi"));
	cdi_cache_close(c);
}

/* C: Go finds no spec file then. */
static void tricky_case_2_a_directory_that_is_a_file(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi", "not a directory");
	cdi_put_file(root, "var/run/cdi/a.json", FILE_OF(DEVICE("d", "run")));
	c = scan();
	assert_non_null(cdi_error(c, "/etc/cdi"));
	cdi_expect(c, "v.com/c=d", root, "run", 0);
	cdi_cache_close(c);
}

static void tricky_case_10_a_bad_file_beside_good_ones(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/a.yaml", YAML("a", "a"));
	cdi_put_file(root, "etc/cdi/b.yaml", "a: [\n");
	cdi_put_file(root, "etc/cdi/c.yaml", YAML("c", "c"));
	c = scan();
	assert_string_equal(cdi_error(c, "/etc/cdi/b.yaml"),
			    "line 2: did not find expected node content");
	cdi_expect(c, "v.com/c=a", root, "a", 0);
	cdi_expect(c, "v.com/c=c", root, "c", 0);
	cdi_cache_close(c);
}

/* --- priorities and conflicts -------------------------------------------------------------- */

static void the_higher_priority_is_used(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/a.json", FILE_OF(DEVICE("d", "etc") "," DEVICE("only", "etc")));
	cdi_put_file(root, "var/run/cdi/a.json", FILE_OF(DEVICE("d", "run")));
	c = scan();
	cdi_expect(c, "v.com/c=d", root, "run", 0);
	cdi_expect(c, "v.com/c=only", root, "etc", 0);
	assert_null(cdi_error(c, "/etc/cdi/a.json"));
	cdi_cache_close(c);
}

static void a_conflict_removes_the_device_of_both_files(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/a.json", FILE_OF(DEVICE("d", "a") "," DEVICE("a", "a")));
	cdi_put_file(root, "etc/cdi/b.json", FILE_OF(DEVICE("d", "b") "," DEVICE("b", "b")));
	c = scan();
	cdi_expect(c, "v.com/c=d", root, NULL, -ENODEV);
	cdi_expect(c, "v.com/c=a", root, "a", 0);
	cdi_expect(c, "v.com/c=b", root, "b", 0);
	assert_string_equal(cdi_error(c, "/etc/cdi/a.json"),
			    "conflicting device \"v.com/c=d\": /etc/cdi/b.json defines it too");
	assert_string_equal(cdi_error(c, "/etc/cdi/b.json"),
			    "conflicting device \"v.com/c=d\": /etc/cdi/a.json defines it too");
	cdi_cache_close(c);
}

static void tricky_case_1_a_higher_priority_does_not_resolve_a_conflict(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/a.json", FILE_OF(DEVICE("d", "a")));
	cdi_put_file(root, "etc/cdi/b.json", FILE_OF(DEVICE("d", "b")));
	cdi_put_file(root, "var/run/cdi/a.json", FILE_OF(DEVICE("d", "run")));
	c = scan();
	cdi_expect(c, "v.com/c=d", root, NULL, -ENODEV);
	cdi_cache_close(c);
}

static void a_lower_priority_does_not_resolve_a_conflict(void **state)
{
	struct cdi_cache *c;

	cdi_put_file(root, "etc/cdi/a.json", FILE_OF(DEVICE("d", "a")));
	cdi_put_file(root, "var/run/cdi/a.json", FILE_OF(DEVICE("d", "a")));
	cdi_put_file(root, "var/run/cdi/b.json", FILE_OF(DEVICE("d", "b")));
	c = scan();
	cdi_expect(c, "v.com/c=d", root, NULL, -ENODEV);
	cdi_cache_close(c);
}

/* --- what is missing ----------------------------------------------------------------------- */

static void the_fault_names_devices_kinds_and_errors(void **state)
{
	struct oci_document *doc = document("{}");
	struct cdi_cache *c;
	struct fault f;

	cdi_put_file(root, "etc/cdi/a.json", FILE_OF(DEVICE("0", "a") "," DEVICE("all", "a")));
	cdi_put_file(root, "etc/cdi/b.yaml", "a: [\n");
	cdi_put_file(root, "var/run/cdi/c.json", FILE_OF(DEVICE("1", "a")));
	c = scan();
	assert_int_equal(cdi_ask(c, "x/y=z,v.com/c=0,v.com/c=7", root, false, doc, &f), -ENODEV);
	assert_string_equal(
		f.text,
		"unresolvable CDI devices x/y=z, v.com/c=7; the guest defines v.com/c=0, v.com/c=all, v.com/c=1 (read were /etc/cdi and /var/run/cdi, which is /run/cdi); /etc/cdi/b.yaml: line 2: did not find expected node content");
	assert_string_equal(f.expected, "x/y=z, v.com/c=7");
	assert_string_equal(f.found, "0, all, 1");
	assert_int_equal(cdi_ask(c, "x/y=z", root, false, doc, &f), -EAGAIN);
	assert_string_equal(
		f.text,
		"unresolvable CDI devices x/y=z; the guest defines v.com/c=0, v.com/c=all, v.com/c=1 (read were /etc/cdi and /var/run/cdi, which is /run/cdi); /etc/cdi/b.yaml: line 2: did not find expected node content");
	assert_document(doc, "{}");
	cdi_cache_close(c);
	oci_free(doc);
}

static void long_lists_end_in_dots(void **state)
{
	struct oci_document *doc = document("{}");
	char list[8192], text[9000], *s = list;
	struct cdi_cache *c = cdi_cache_open();
	struct fault f;

	for (int i = 0; i < 64; i++)
		s += snprintf(s, 96, "%s{'name':'device%d',%s}", i ? "," : "", i, EDITS("a"));
	snprintf(text, sizeof(text), FILE_OF("%s"), list);
	cdi_put(c, "/etc/cdi/a.json", text);
	assert_int_equal(cdi_ask(c, "v.com/c=x", root, false, doc, &f), -ENODEV);
	assert_string_equal(f.found + strlen(f.found) - 5, ", ...");
	cdi_cache_close(c);
	oci_free(doc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(directories_may_be_missing),
		TEST(both_extensions_are_read_and_nothing_else),
		TEST(a_name_that_nearly_is_a_spec_files_is_recorded),
		TEST(files_are_read_in_the_order_of_their_names),
		TEST(links_to_files_are_followed),
		TEST(a_fifo_does_not_block),
		TEST(directories_are_not_searched),
		TEST(the_size_of_a_file_is_bounded),
		TEST(the_number_of_files_is_bounded),
		TEST(tricky_case_2_a_directory_that_is_a_file),
		TEST(tricky_case_10_a_bad_file_beside_good_ones),
		TEST(the_higher_priority_is_used),
		TEST(a_conflict_removes_the_device_of_both_files),
		TEST(tricky_case_1_a_higher_priority_does_not_resolve_a_conflict),
		TEST(a_lower_priority_does_not_resolve_a_conflict),
		TEST(the_fault_names_devices_kinds_and_errors),
		TEST(long_lists_end_in_dots),
	};

	return RUN_TESTS(tests);
}
