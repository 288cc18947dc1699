// SPDX-License-Identifier: Apache-2.0
/* The devices that a config.json requests (Go: TestParseAnnotation, TestQualifiedName). */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"

static const struct {
	const char *name;
	bool good;
} names[] = {
	{"vendor.com/class=device", true},
	{"a/b=c", true}, /* one character each */
	{"vendor/class=0", true},
	{"vendor/class=dev:0.1_2-3", true},
	{"Ve_n.d-or1/Cl_a.s-s1=D", true},
	{"v/c=a=b", false}, /* cut at the first '=' */
	{"v/c/d=a", false}, /* and at the first '/' */
	{"", false},
	{"v/c", false},
	{"v/c=", false},
	{"v=c", false},
	{"/c=d", false},
	{"v/=d", false},
	{"/v/c=d", false},
	{"1v/c=d", false}, /* begins with a letter */
	{"v/1c=d", false},
	{"v_/c=d", false}, /* ends with a letter or digit */
	{"v/c-=d", false},
	{"v/c=d.", false},
	{"v/c=.d", false},
	{"v:x/c=d", false}, /* a colon only in the device */
	{"v/c:x=d", false},
	{"v /c=d", false},
	{" v/c=d", false},
	{"v/c=d ", false},
	{"v/c=d\xc3\xa4z", false},
};

static void qualified_names(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (cdi_name_check(names[i].name) != names[i].good)
			fail_msg("\"%s\"", names[i].name);
}

static const struct {
	const char *rule, *config, *visible, *names; /* names: or the fault */
	int err;
} requests[] = {
	{"no annotations", "{}", NULL, "", 0},
	{"null annotations", "{'annotations':null}", NULL, "", 0},
	{"other annotations", "{'annotations':{'a':'v/c=d','cdi.k8s.io':'v/c=d'}}", NULL, "", 0},
	{"keys are case-sensitive", "{'annotations':{'CDI.k8s.io/a':'v/c=d'}}", NULL, "", 0},
	{"an empty suffix is accepted", "{'annotations':{'cdi.k8s.io/':'v/c=d'}}", NULL, "v/c=d",
	 0},
	{"duplicates stay", "{'annotations':{'cdi.k8s.io/a':'v/c=d,v/c=d','cdi.k8s.io/b':'v/c=d'}}",
	 NULL, "v/c=d v/c=d v/c=d", 0},
	{"C: byte order of the keys",
	 "{'annotations':{'cdi.k8s.io/b':'v/c=2','cdi.k8s.io/B':'v/c=1','cdi.k8s.io/\xc3\xa4':'v/c=4','cdi.k8s.io/b1':'v/c=3'}}",
	 NULL, "v/c=1 v/c=2 v/c=3 v/c=4", 0},
	{"an empty value is an invalid name", "{'annotations':{'cdi.k8s.io/a':''}}", NULL,
	 "/annotations/cdi.k8s.io~1a: invalid CDI device name \"\"", -EINVAL},
	{"a trailing comma is an invalid name", "{'annotations':{'cdi.k8s.io/a':'v/c=d,'}}", NULL,
	 "/annotations/cdi.k8s.io~1a: invalid CDI device name \"\"", -EINVAL},
	{"nothing is trimmed", "{'annotations':{'cdi.k8s.io/a':'v/c=d, v/c=e'}}", NULL,
	 "/annotations/cdi.k8s.io~1a: invalid CDI device name \" v/c=e\"", -EINVAL},
	{"one invalid name makes the request invalid",
	 "{'annotations':{'cdi.k8s.io/a':'v/c=d','cdi.k8s.io/b':'no'}}", NULL,
	 "/annotations/cdi.k8s.io~1b: invalid CDI device name \"no\"", -EINVAL},
	{"a value is a string", "{'annotations':{'cdi.k8s.io/a':1}}", NULL,
	 "/annotations/cdi.k8s.io~1a: expected a string, found the number 1", -EINVAL},
	{"annotations are an object", "{'annotations':['cdi.k8s.io/a']}", NULL,
	 "/annotations: expected an object, found an array", -EINVAL},
	{"an empty array is how some encoders write an empty object", "{'annotations':[]}", NULL,
	 "", 0},
	{"a sandbox gets no devices",
	 "{'annotations':{'cdi.k8s.io/a':'no','io.katacontainers.pkg.oci.container_type':'pod_sandbox'}}",
	 "v/c=1", "", 0},
	{"a container of a pod gets devices",
	 "{'annotations':{'cdi.k8s.io/a':'v/c=d','io.katacontainers.pkg.oci.container_type':'pod_container'}}",
	 NULL, "v/c=d", 0},
	{"VISIBLE_CDI_DEVICES: numbers", "{}", "nvidia.com/gpu=0,1",
	 "nvidia.com/gpu=0 nvidia.com/gpu=1", 0},
	{"VISIBLE_CDI_DEVICES: kinds", "{}", "a/b=1:c/d=all:a/b=2", "a/b=1 c/d=all a/b=2", 0},
	{"VISIBLE_CDI_DEVICES: decimal, with leading zeros", "{}", "a/b=007,4294967295",
	 "a/b=7 a/b=4294967295", 0},
	{"VISIBLE_CDI_DEVICES: blanks around the value", "{}", " \t a/b=1 \n", "a/b=1", 0},
	{"VISIBLE_CDI_DEVICES: empty", "{}", "  ", "", 0},
	{"VISIBLE_CDI_DEVICES: none", "{}", "none", "", 0},
	{"VISIBLE_CDI_DEVICES: void", "{}", "void", "", 0},
	{"VISIBLE_CDI_DEVICES: after the annotations, without present names",
	 "{'annotations':{'cdi.k8s.io/a':'a/b=2,a/b=2'}}", "a/b=1,2,1", "a/b=2 a/b=2 a/b=1", 0},
	{"VISIBLE_CDI_DEVICES: all and a number", "{}", "a/b=all,1",
	 "/process/env/1: \"a/b=all,1\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: a name, not a number", "{}", "a/b=gpu0",
	 "/process/env/1: \"a/b=gpu0\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: no number", "{}", "a/b=", "/process/env/1: \"a/b=\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: too large", "{}", "a/b=4294967296",
	 "/process/env/1: \"a/b=4294967296\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: no kind", "{}", "all", "/process/env/1: \"all\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: a bad kind", "{}", "1a/b=1", "/process/env/1: \"1a/b=1\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: an empty entry", "{}", "a/b=1:", "/process/env/1: \"\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: blanks around each entry, kind and number", "{}",
	 "nvidia.com/gpu=all : nvidia.com/ib=0, 1 ,2",
	 "nvidia.com/gpu=all nvidia.com/ib=0 nvidia.com/ib=1 nvidia.com/ib=2", 0},
	{"VISIBLE_CDI_DEVICES: blanks around =", "{}", "a/b = all:\tc/d\t= 7", "a/b=all c/d=7", 0},
	{"VISIBLE_CDI_DEVICES: blanks are no numbers", "{}", "a/b=1, ,2",
	 "/process/env/1: \"a/b=1, ,2\"", -EINVAL},
	{"VISIBLE_CDI_DEVICES: a blank in a number", "{}", "a/b=1 2", "/process/env/1: \"a/b=1 2\"",
	 -EINVAL},
};

/* The row's config.json, with the variable in its environment twice: the first one is used. */
static struct oci_document *make(const char *config, const char *visible)
{
	char text[1024], *json = quoted(config);
	size_t n = strlen(json) - 1;
	struct oci_document *doc;

	if (visible) {
		char value[64] = "";

		for (const char *c = visible; *c; c++)
			snprintf(value + strlen(value), 3,
				 *c == '\t'   ? "\\t"
				 : *c == '\n' ? "\\n"
					      : "%c",
				 *c);
		snprintf(
			text, sizeof(text),
			"%.*s%s\"process\":{\"env\":[\"A=1\",\"VISIBLE_CDI_DEVICES=%s\",\"VISIBLE_CDI_DEVICES=bad\"]}}",
			(int)n, json, n > 1 ? "," : "", value);
	} else {
		snprintf(text, sizeof(text), "%s", json);
	}
	doc = document(text);
	free(json);
	return doc;
}

static void join(const struct cdi_request *q, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < q->n; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", q->names[i]);
}

static void requests_are_read(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct oci_document *doc = make(requests[i].config, requests[i].visible);
		struct arena a = {0};
		struct cdi_request q = {0};
		struct fault f = {0};
		char text[1024];
		int err = cdi_request_read(&a, doc, requests[i].visible, &q, &f);

		if (err)
			snprintf(text, sizeof(text), "%s", f.text);
		else
			join(&q, text, sizeof(text));
		if (err != requests[i].err ||
		    strncmp(text, requests[i].names, strlen(requests[i].names)) != 0 ||
		    (!err && strlen(text) != strlen(requests[i].names)))
			fail_msg("%s: %d, %s", requests[i].rule, err, text);
		arena_free(&a);
		oci_free(doc);
	}
}

static void the_variable_is_read_only_if_it_is_enabled(void **state)
{
	struct oci_document *doc = make("{}", "a/b=1");
	struct cdi_request q = {.n = 7};
	struct arena a = {0};
	struct fault f;

	assert_int_equal(cdi_request_read(&a, doc, false, &q, &f), 0);
	assert_int_equal(q.n, 0);
	arena_free(&a);
	oci_free(doc);
}

/* A hostile list takes neither the square of its size in time nor all memory. */
static void too_many_devices_are_refused(void **state)
{
	const size_t n = CDI_NAMES_MAX + 1;
	const char head[] = "{\"annotations\":{\"cdi.k8s.io/a\":\"a/b=c";
	char *text = malloc(n * 6 + 64), *s = text;
	struct arena a = {0};
	struct cdi_request q;
	struct fault f;

	memcpy(s, head, sizeof(head));
	s += sizeof(head) - 1;
	for (size_t i = 1; i < n; i++, s += 6)
		memcpy(s, ",a/b=c", 6);
	memcpy(s, "\"}}", 4);
	struct oci_document *doc = document(text);
	assert_int_equal(cdi_request_read(&a, doc, false, &q, &f), -EINVAL);
	assert_string_equal(f.text, "/annotations/cdi.k8s.io~1a: more than 65536 CDI devices");
	arena_free(&a);
	oci_free(doc);
	free(text);
}

/* A kind of 1 MiB with 64 numbers would be 64 MiB of names. */
static void a_long_kind_with_many_numbers_is_refused(void **state)
{
	const size_t n = 1 << 20;
	const size_t size = n + 512;
	char *text = malloc(size);
	struct arena a = {0};
	struct cdi_request q;
	struct fault f;
	size_t len;

	len = (size_t)snprintf(text, size, "{\"process\":{\"env\":[\"VISIBLE_CDI_DEVICES=v/");
	memset(text + len, 'c', n);
	len += n;
	for (int i = 0; i < 64; i++)
		len += (size_t)snprintf(text + len, size - len, "%c%d", i ? ',' : '=', i);
	snprintf(text + len, size - len, "\"]}}");
	struct oci_document *doc = document(text);
	assert_int_equal(cdi_request_read(&a, doc, true, &q, &f), -EINVAL);
	assert_string_equal(
		f.text,
		"/process/env/0: the names of the CDI devices take more than 8388608 bytes");
	arena_free(&a);
	oci_free(doc);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qualified_names),
		cmocka_unit_test(requests_are_read),
		cmocka_unit_test(the_variable_is_read_only_if_it_is_enabled),
		cmocka_unit_test(too_many_devices_are_refused),
		cmocka_unit_test(a_long_kind_with_many_numbers_is_refused),
	};

	return RUN_TESTS(tests);
}
