// SPDX-License-Identifier: Apache-2.0
/* Edits of CDI are idempotent, except for lists that only grow. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

#define CONFIG                                                                                \
	"{'process':{'cwd':'/','env':['A=1','B=2','C=3'],'user':{'uid':0,'gid':0,"            \
	"'additionalGids':[5]}},'mounts':[{'destination':'/proc'},{'destination':'/a/b'},"    \
	"{'destination':'/a'}],'linux':{'netDevices':{'e1':{'name':'x'}},'devices':[{'path':" \
	"'/dev/n1','type':'p'},{'path':'/dev/n2','type':'p'}]}}"

/* Random edits, only of lists whose items replace each other; nodes have types without a rule. */
static void put_edits(char *out, size_t size)
{
	size_t n = 0;

	n += (size_t)snprintf(out + n, size - n, "'env':[");
	for (uint32_t i = 0, all = 1 + chance(4); i < all; i++)
		n += (size_t)snprintf(out + n, size - n, "%s'%c=%u'", i ? "," : "",
				      'A' + (char)chance(6), chance(3));
	n += (size_t)snprintf(out + n, size - n, "],'deviceNodes':[");
	for (uint32_t i = 0, all = chance(4); i < all; i++)
		n += (size_t)snprintf(out + n, size - n,
				      "%s{'path':'/dev/n%u','type':'p','fileMode':%u}",
				      i ? "," : "", chance(4), chance(2));
	n += (size_t)snprintf(out + n, size - n, "],'mounts':[");
	for (uint32_t i = 0, all = chance(4); i < all; i++)
		n += (size_t)snprintf(out + n, size - n,
				      "%s{'hostPath':'/h%u','containerPath':'/a%.*s'}",
				      i ? "," : "", chance(3), (int)chance(3) * 2, "/b/c");
	n += (size_t)snprintf(out + n, size - n, "],'netDevices':[");
	for (uint32_t i = 0, all = chance(3); i < all; i++)
		n += (size_t)snprintf(out + n, size - n,
				      "%s{'hostInterfaceName':'e%u','name':'n%u'}", i ? "," : "", i,
				      i + chance(2) * 10);
	snprintf(out + n, size - n, "],'intelRdt':{'closID':'c%u'},'additionalGids':[0,%u,%u]",
		 chance(2), chance(7), chance(7));
}

static char *inject(struct cdi_cache *c, struct oci_document *doc)
{
	struct fault f;

	if (cdi_ask(c, "v/c=a,v/c=b,v/c=a", -1, true, doc, &f))
		fail_msg("%s", f.text);
	return oci_print(doc);
}

static void injecting_twice_is_injecting_once(void **state)
{
	char text[8192], global[1024], a[1024], b[1024];

	for (uint32_t round = 1; round <= 1000; round++) {
		struct cdi_cache *c = cdi_cache_open();
		char *config = quoted(CONFIG), *once, *twice;
		struct oci_document *doc = document(config);

		seed = round;
		put_edits(global, sizeof(global));
		put_edits(a, sizeof(a));
		put_edits(b, sizeof(b));
		snprintf(
			text, sizeof(text),
			"{'cdiVersion':'1.1.0','kind':'v/c','containerEdits':{%s},'devices':[{'name':'a','containerEdits':{%s}},{'name':'b','containerEdits':{%s}}]}",
			global, a, b);
		cdi_put(c, "/etc/cdi/a.json", text);
		once = inject(c, doc);
		twice = inject(c, doc);
		assert_string_not_equal(once, config);
		assert_string_equal(once, twice);
		free(once);
		free(twice);
		free(config);
		oci_free(doc);
		cdi_cache_close(c);
	}
}

/* As in the Go library: rules and hooks have no names by which equal ones could be found. */
static void rules_and_hooks_only_grow(void **state)
{
	struct cdi_cache *c = cdi_cache_open();
	struct oci_document *doc = document("{\"linux\":{}}");
	char *expected;

	cdi_put(c, "/etc/cdi/a.json",
		"{'cdiVersion':'1.1.0','kind':'v/c','devices':[{'name':'a','containerEdits':{'deviceNodes':[{'path':'/dev/x','type':'c','major':7,'minor':1}],'hooks':["
		"{'hookName':'poststop','path':'/h'}]}},{'name':'b','containerEdits':{'env':"
		"['A=1']}}]}");
	free(inject(c, doc));
	expected = quoted(
		"{'linux':{'devices':[{'path':'/dev/x','type':'c','major':7,'minor':1}],'resources':{'devices':[{'allow':true,'type':'c','major':7,'minor':1,"
		"'access':'rwm'},{'allow':true,'type':'c','major':7,'minor':1,'access':"
		"'rwm'}]}},'process':{'env':['A=1']},'hooks':{'poststop':[{'path':'/h'},{'path':'/h'}]}}");
	assert_document(doc, expected);
	free(expected);
	oci_free(doc);
	cdi_cache_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(injecting_twice_is_injecting_once),
		cmocka_unit_test(rules_and_hooks_only_grow),
	};

	return RUN_TESTS(tests);
}
