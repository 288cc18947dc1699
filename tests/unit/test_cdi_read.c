// SPDX-License-Identifier: Apache-2.0
/* Spec files: what is accepted, what is refused and why (Go: TestNewSpec, TestRequiredVersion). */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/cdi.h"

#define FILE_OF(version, kind, more, edits)                  \
	"{'cdiVersion':'" version "','kind':'" kind "'" more \
	",'devices':[{'name':'d','containerEdits':{" edits "}}]}"
#define EDITS(text)	       FILE_OF("1.1.0", "v.com/c", "", text)
#define VERSION(version, text) FILE_OF(version, "v.com/c", "", text)
#define NODE(text)	       EDITS("'deviceNodes':[{" text "}]")
#define MOUNT(text)	       EDITS("'mounts':[{" text "}]")
#define HOOK(text)	       EDITS("'hooks':[{" text "}]")
#define RDT(text)	       EDITS("'intelRdt':{" text "}")
#define NET(text)	       EDITS("'netDevices':[" text "]")
#define ENV		       "'env':['A=1']"
#define DEVICES(text)	       "{'cdiVersion':'1.1.0','kind':'v.com/c','devices':[" text "]}"

static const struct {
	const char *rule, *text, *error; /* NULL: accepted */
} rows[] = {
	/* the file */
	{"a good file", EDITS(ENV), NULL},
	{"an empty file", "", "no Spec data"},
	{"a file of blanks", " \n\t\r\n", "no Spec data"},
	{"null", "null", "no Spec data"},
	{"not JSON", "{", "line 1, column 2: expected"},
	{"a NUL", "{'a':'\\u0000'}", "line 1, column 9: \\u0000"},
	{"not UTF-8", "{'a':'\xff'}", "line 1, column 7: invalid UTF-8"},
	{"a list", "[]", "top level: expected an object, found an array"},
	{"an unknown key", FILE_OF("1.1.0", "v.com/c", ",'x':1", ENV), "/x: unknown key"},
	{"an unknown key with null", FILE_OF("1.1.0", "v.com/c", ",'x':null", ENV),
	 "/x: unknown key"},
	{"C: keys match exactly", "{'CdiVersion':'0.3.0'}",
	 "/CdiVersion: unknown key; did you mean \"cdiVersion\"?"},
	{"a duplicate key", FILE_OF("1.1.0", "v.com/c", ",'kind':'v.com/c'", ENV),
	 "/kind: duplicate key"},
	{"null is unset", EDITS(ENV ",'mounts':null,'hooks':null,'intelRdt':null"), NULL},
	{"edits of the file may be empty", FILE_OF("0.3.0", "v.com/c", ",'containerEdits':{}", ENV),
	 NULL},
	{"annotations are strings", FILE_OF("1.1.0", "v.com/c", ",'annotations':{'a':[]}", ENV),
	 "/annotations/a: expected a string"},
	/* cdiVersion and kind */
	{"no version", "{'kind':'v.com/c'}", "top level: the key \"cdiVersion\" is missing"},
	{"a leading v", VERSION("v0.3.0", ENV), NULL},
	{"two leading v", VERSION("vv0.3.0", ENV), "top level: unknown cdiVersion \"v0.3.0\""},
	{"an unknown version", VERSION("0.9.0", ENV), "top level: unknown cdiVersion \"0.9.0\""},
	{"half a version", VERSION("1.1", ENV), "top level: unknown cdiVersion \"1.1\""},
	{"0.1.0 is too old", VERSION("0.1.0", ENV),
	 "top level: cdiVersion 0.1.0: the spec version must be at least v0.3.0"},
	{"0.2.0 is too old", VERSION("0.2.0", ENV),
	 "top level: cdiVersion 0.2.0: the spec version must be at least v0.3.0"},
	{"no kind", "{'cdiVersion':'1.1.0'}", "top level: the key \"kind\" is missing"},
	{"a kind without class", FILE_OF("1.1.0", "v.com", "", ENV), "/kind: expected a kind"},
	{"a kind with a bad class", FILE_OF("1.1.0", "v.com/c/d", "", ENV),
	 "/kind: expected a kind"},
	/* devices */
	{"no devices", "{'cdiVersion':'1.1.0','kind':'v.com/c'}", "top level: no devices"},
	{"an empty list of devices", DEVICES(""), "top level: no devices"},
	{"a device without name", DEVICES("{'containerEdits':{" ENV "}}"),
	 "/devices/0: the key \"name\" is missing"},
	{"a device with a bad name", DEVICES("{'name':'a b','containerEdits':{" ENV "}}"),
	 "/devices/0/name: expected a device name"},
	{"two devices with one name",
	 DEVICES("{'name':'a','containerEdits':{" ENV "}},{'name':'a','containerEdits':{" ENV "}}"),
	 "/devices: the device \"a\" is listed twice"},
	{"a device without edits", DEVICES("{'name':'a'}"),
	 "/devices/0: the key \"containerEdits\" is missing"},
	{"a device with empty edits", DEVICES("{'name':'a','containerEdits':{'env':[]}}"),
	 "/devices/0: the device \"a\" has no edits"},
	{"intelRdt: {} is not empty", EDITS("'intelRdt':{}"), NULL},
	{"one bad device rejects the file",
	 DEVICES("{'name':'a','containerEdits':{" ENV "}},{'name':'b','containerEdits':{}}"),
	 "/devices/1: the device \"b\" has no edits"},
	/* what each version has */
	{"0.3.0 has no mount type",
	 VERSION("0.3.0", "'mounts':[{'hostPath':'/a','containerPath':'/b','type':'bind'}]"),
	 "top level: cdiVersion 0.3.0: for the content of this file the spec version must be at least v0.4.0"},
	{"an empty mount type needs nothing",
	 VERSION("0.3.0", "'mounts':[{'hostPath':'/a','containerPath':'/b','type':''}]"), NULL},
	{"0.4.0 has it",
	 VERSION("0.4.0", "'mounts':[{'hostPath':'/a','containerPath':'/b','type':'bind'}]"), NULL},
	{"0.4.0 has no hostPath of nodes",
	 VERSION("0.4.0", "'deviceNodes':[{'path':'/a','hostPath':'/b'}]"), "at least v0.5.0"},
	{"tricky case 9: an empty hostPath needs nothing",
	 VERSION("0.3.0", "'deviceNodes':[{'path':'/a','hostPath':''}]"), NULL},
	{"0.4.0 has no names that begin with a digit",
	 "{'cdiVersion':'0.4.0','kind':'v.com/c','devices':[{'name':'0','containerEdits':{" ENV
	 "}}]}",
	 "at least v0.5.0"},
	{"0.5.0 has no annotations", FILE_OF("0.5.0", "v.com/c", ",'annotations':{'a':'b'}", ENV),
	 "at least v0.6.0"},
	{"empty annotations need nothing", FILE_OF("0.3.0", "v.com/c", ",'annotations':{}", ENV),
	 NULL},
	{"0.5.0 has no annotations of devices",
	 "{'cdiVersion':'0.5.0','kind':'v.com/c','devices':[{'name':'d','annotations':{'a':'b'},'containerEdits':{" ENV
	 "}}]}",
	 "at least v0.6.0"},
	{"0.5.0 has no dot in a class", FILE_OF("0.5.0", "v.com/c.d", "", ENV), "at least v0.6.0"},
	{"a dot in the vendor needs nothing", FILE_OF("0.3.0", "v.com/c", "", ENV), NULL},
	{"0.6.0 has no intelRdt", VERSION("0.6.0", "'intelRdt':{}"), "at least v0.7.0"},
	{"0.6.0 has no additionalGids", VERSION("0.6.0", "'additionalGids':[1]"),
	 "at least v0.7.0"},
	{"empty additionalGids need nothing", VERSION("0.3.0", ENV ",'additionalGids':[]"), NULL},
	{"the edits of the file need a version too",
	 FILE_OF("0.6.0", "v.com/c", ",'containerEdits':{'additionalGids':[1]}", ENV),
	 "at least v0.7.0"},
	{"0.7.0", VERSION("0.7.0", "'intelRdt':{'closID':'a'},'additionalGids':[1]"), NULL},
	{"tricky case 9: 1.0.0 has no schemata, even empty",
	 VERSION("1.0.0", "'intelRdt':{'schemata':[]}"), "at least v1.1.0"},
	{"schemata: null needs nothing", VERSION("1.0.0", "'intelRdt':{'schemata':null}"), NULL},
	{"1.0.0 has no enableMonitoring", VERSION("1.0.0", "'intelRdt':{'enableMonitoring':true}"),
	 "at least v1.1.0"},
	{"enableMonitoring: false needs nothing",
	 VERSION("1.0.0", "'intelRdt':{'enableMonitoring':false}"), NULL},
	{"1.0.0 has no netDevices",
	 VERSION("1.0.0", "'netDevices':[{'hostInterfaceName':'a','name':'b'}]"),
	 "at least v1.1.0"},
	/* env */
	{"env without =", EDITS("'env':['A']"), "env/0: expected NAME=VALUE, found \"A\""},
	{"env without name", EDITS("'env':['=A']"), "env/0: expected NAME=VALUE, found \"=A\""},
	{"env with an empty value", EDITS("'env':['A=']"), NULL},
	{"C: null in a list rejects the file (env)", EDITS("'env':[null]"), "env/0: expected"},
	/* deviceNodes */
	{"tricky case 8: null in a list rejects the file", EDITS("'deviceNodes':[null]"),
	 "deviceNodes/0: expected an object, found null"},
	{"a node without path", NODE("'type':'c'"), "the key \"path\" is missing"},
	{"a node with an empty path", NODE("'path':''"),
	 "path: expected a string that is not empty"},
	{"a node's types",
	 NODE("'path':'/a','type':''},{'path':'/a','type':'b'},{'path':'/a','type':'c'},{'path':'/a','type':'u'},{'path':'/a','type':'p'"),
	 NULL},
	{"an unknown type", NODE("'path':'/a','type':'x'"), "type: expected one of"},
	{"a node's permissions",
	 NODE("'path':'/a','permissions':''},{'path':'/a','permissions':'mrwr'},{'path':'/a','permissions':'none'"),
	 NULL},
	{"unknown permissions", NODE("'path':'/a','permissions':'rx'"),
	 "permissions: expected permissions of"},
	{"numbers are int64",
	 NODE("'path':'/a','major':9223372036854775807,'minor':-9223372036854775808"), NULL},
	{"a number above int64", NODE("'path':'/a','major':9223372036854775808"),
	 "major: expected an"},
	{"a number above uint64", NODE("'path':'/a','major':1e999"), "major: expected an integer"},
	{"fileMode is uint32", NODE("'path':'/a','fileMode':4294967295,'uid':0,'gid':4294967295"),
	 NULL},
	{"a mode above uint32", NODE("'path':'/a','fileMode':4294967296"), "fileMode: expected an"},
	{"a negative uid", NODE("'path':'/a','uid':-1"), "uid: expected an integer"},
	{"a number in quotes", NODE("'path':'/a','major':'1'"),
	 "major: expected an integer without quotes, found \"1\""},
	{"an unknown key of a node", NODE("'path':'/a','mode':1"), "mode: unknown key"},
	/* mounts */
	{"a mount", MOUNT("'hostPath':'/a','containerPath':'b','options':['ro'],'type':'x'"), NULL},
	{"a mount without source", MOUNT("'containerPath':'/b'"), "\"hostPath\" is missing"},
	{"a mount without destination", MOUNT("'hostPath':'/b'"), "\"containerPath\" is missing"},
	{"a mount with an empty destination", MOUNT("'hostPath':'/b','containerPath':''"),
	 "containerPath: expected a string that is not empty"},
	{"C: null in a list rejects the file (options)",
	 MOUNT("'hostPath':'/a','containerPath':'b','options':[null]"), "options/0: expected"},
	/* hooks */
	{"the names of hooks",
	 HOOK("'hookName':'prestart','path':'/h'},{'hookName':'createRuntime','path':'/h'},"
	      "{'hookName':'createContainer','path':'/h'},{'hookName':'startContainer','path':"
	      "'/h'},{'hookName':'poststart','path':'/h'},{'hookName':'poststop','path':'/h','args':['a'],'env':['A=b'],'timeout':-1"),
	 NULL},
	{"an unknown hook", HOOK("'hookName':'start','path':'/h'"), "hookName: expected one of"},
	{"a hook without name", HOOK("'path':'/h'"), "\"hookName\" is missing"},
	{"a hook without path", HOOK("'hookName':'prestart'"), "\"path\" is missing"},
	{"a hook's env", HOOK("'hookName':'prestart','path':'/h','env':['A']"),
	 "env/0: expected NAME=VALUE"},
	/* netDevices */
	{"netDevices",
	 NET("{'hostInterfaceName':'a','name':'b'},{'hostInterfaceName':'b','name':'a'}"), NULL},
	{"a netDevice without name", NET("{'hostInterfaceName':'a'}"), "\"name\" is missing"},
	{"a netDevice without host interface", NET("{'name':'a','hostInterfaceName':''}"),
	 "hostInterfaceName: expected a string"},
	{"one interface twice",
	 NET("{'hostInterfaceName':'a','name':'b'},{'hostInterfaceName':'a','name':'c'}"),
	 "netDevices: the interface \"a\" is listed twice"},
	{"one name twice",
	 NET("{'hostInterfaceName':'a','name':'b'},{'hostInterfaceName':'c','name':'b'}"),
	 "netDevices: the interface \"b\" is listed twice"},
	/* intelRdt */
	{"closID may be /", RDT("'closID':'/'"), NULL},
	{"closID is a name", RDT("'closID':'a/b'"), "closID: expected the name of a directory"},
	{"closID is not .", RDT("'closID':'.'"), "closID: expected the name of a directory"},
	{"closID is not ..", RDT("'closID':'..'"), "closID: expected the name of a directory"},
	{"closID has no newline", RDT("'closID':'a\\nb'"),
	 "closID: expected the name of a directory"},
	{"intelRdt has all its fields",
	 RDT("'closID':'a','l3CacheSchema':'L3:0=f','memBwSchema':'MB:0=9','schemata':['x'],'enableMonitoring':true,'enableCMT':true,'enableMBM':true"),
	 NULL},
	{"a truth value is not a string", RDT("'enableMonitoring':'true'"),
	 "enableMonitoring: expected true or false"},
	/* additionalGids */
	{"a group is uint32", EDITS("'additionalGids':[4294967296]"), "additionalGids/0: expected"},
	{"C: null in a list rejects the file (gids)", EDITS("'additionalGids':[null]"),
	 "additionalGids/0: expected"},
};

static void json_files(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cdi_cache *c = cdi_cache_open();
		const char *error;

		cdi_put(c, "/etc/cdi/a.json", rows[i].text);
		error = cdi_error(c, "/etc/cdi/a.json");
		if (rows[i].error ? !error || !strstr(error, rows[i].error) : error != NULL)
			fail_msg("%s: %s", rows[i].rule, error);
		assert_int_equal(c->names.tree != NULL, !error);
		cdi_cache_close(c);
	}
}

/* JSON is YAML: both parsers accept and refuse the same, with the same reasons. */
static void json_files_as_yaml(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cdi_cache *c = cdi_cache_open();
		const char *error, *expected = rows[i].error;
		bool other_words;

		cdi_put(c, "/etc/cdi/a.yaml", rows[i].text);
		error = cdi_error(c, "/etc/cdi/a.yaml");
		/* What JSON's parser refuses, libyaml's refuses in other words. */
		other_words =
			expected && (strstr(expected, "line") || strstr(expected, "duplicate key"));
		if (expected ? !error || (!other_words && !strstr(error, expected)) : error != NULL)
			fail_msg("%s: %s", rows[i].rule, error);
		cdi_cache_close(c);
	}
}

static void a_closid_has_less_than_4096_bytes(void **state)
{
	char text[8192], name[4097];

	for (size_t n = 4095; n <= 4096; n++) {
		struct cdi_cache *c = cdi_cache_open();

		memset(name, 'a', n);
		name[n] = '\0';
		snprintf(text, sizeof(text), EDITS("'intelRdt':{'closID':'%s'}"), name);
		cdi_put(c, "/etc/cdi/a.json", text);
		assert_int_equal(cdi_error(c, "/etc/cdi/a.json") != NULL, n == 4096);
		cdi_cache_close(c);
	}
}

static void a_file_is_at_most_4_MiB(void **state)
{
	char *text = malloc(CDI_SPEC_MAX + 2), *json = quoted(EDITS(ENV));

	for (size_t n = CDI_SPEC_MAX; n <= CDI_SPEC_MAX + 1; n++) {
		struct cdi_cache *c = cdi_cache_open();

		memset(text, ' ', n);
		memcpy(text, json, strlen(json));
		assert_int_equal(cdi_cache_load(c, text, n, "/etc/cdi/a.json", CDI_STATIC), 0);
		assert_int_equal(cdi_error(c, "/etc/cdi/a.json") != NULL, n > CDI_SPEC_MAX);
		cdi_cache_close(c);
	}
	free(json);
	free(text);
}

/* A value in YAML and the number that it becomes, or INVALID. */
#define INVALID INT64_MIN

static const struct {
	const char *text;
	int64_t value;
} integers[] = {
	{"438", 438},
	{"0666", 438},
	{"0o666", 438},
	{"0O666", 438},
	{"0x1B6", 438},
	{"0X1b6", 438},
	{"0b110110110", 438},
	{"4_3_8", 438},
	{"+438", 438},
	{"0", 0},
	{"-5", -5},
	{"~", 0},
	{"null", 0},
	{"", 0},
	{"9223372036854775807", INT64_MAX},
	{"9223372036854775808", INVALID},
	{"-9223372036854775809", INVALID},
	{"0xffffffffffffffffff", INVALID},
	{"'438'", INVALID}, /* quoted */
	{"\"438\"", INVALID},
	{"089", INVALID},
	{"0o8", INVALID},
	{"0b2", INVALID},
	{"0xg", INVALID},
	{"0x", INVALID},
	{"_1", INVALID},
	{"1:30", INVALID}, /* no base 60 */
	{"1.5", INVALID},
	{"1e3", INVALID},
	{"true", INVALID},
	{"[1]", INVALID},
};

static void yaml_integers(void **state)
{
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(integers); i++) {
		struct cdi_cache *c = cdi_cache_open();
		int64_t value = INVALID;

		snprintf(text, sizeof(text),
			 "cdiVersion: 0.3.0\nkind: a/b\ndevices:\n- name: d\n  containerEdits:\n"
			 "    deviceNodes:\n    - path: /dev/null\n      minor: %s\n",
			 integers[i].text);
		assert_int_equal(
			cdi_cache_load(c, text, strlen(text), "/etc/cdi/a.yaml", CDI_STATIC), 0);
		if (c->files->n_devices && !c->files->error)
			value = c->files->devices[0].edits.nodes[0].minor;
		if (value != integers[i].value)
			fail_msg("%s: %lld", integers[i].text, (long long)value);
		cdi_cache_close(c);
	}
}

static void yaml_truth_values(void **state)
{
	static const struct {
		const char *text;
		int value; /* -1: invalid */
	} words[] = {
		{"true", 1}, {"True", 1}, {"TRUE", 1},	 {"tRUE", -1},	 {"yes", 1},	  {"on", 1},
		{"y", 1},    {"Y", 1},	  {"false", 0},	 {"no", 0},	 {"OFF", 0},	  {"n", 0},
		{"~", 0},    {"1", -1},	  {"maybe", -1}, {"'true'", -1}, {"\"yes\"", -1},
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct cdi_cache *c = cdi_cache_open();
		int value = -1;

		snprintf(text, sizeof(text),
			 "cdiVersion: 1.1.0\nkind: a/b\ndevices:\n- name: d\n  containerEdits:\n"
			 "    intelRdt:\n      enableMonitoring: %s\n",
			 words[i].text);
		assert_int_equal(
			cdi_cache_load(c, text, strlen(text), "/etc/cdi/a.yaml", CDI_STATIC), 0);
		if (!c->files->error)
			value = c->files->devices[0].edits.rdt->monitoring;
		if (value != words[i].value)
			fail_msg("%s: %d", words[i].text, value);
		cdi_cache_close(c);
	}
}

/* C: Go rewrites 0123 to "83" and 1e3 to "1000". */
static void yaml_texts_are_verbatim(void **state)
{
	static const char *const texts[] = {"A=1",   "0123", "1e3",  "yes",
					    "1_000", "0x1F", "3.10", "2001-01-01"};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct cdi_cache *c = cdi_cache_open();

		snprintf(text, sizeof(text),
			 "cdiVersion: 0.3.0\nkind: a/b\ndevices:\n- name: d\n  containerEdits:\n"
			 "    hooks:\n    - {hookName: prestart, path: /h, args: [%s]}\n",
			 texts[i]);
		assert_int_equal(
			cdi_cache_load(c, text, strlen(text), "/etc/cdi/a.yaml", CDI_STATIC), 0);
		assert_null(c->files->error);
		assert_string_equal(c->files->devices[0].edits.hooks[0].args.items[0], texts[i]);
		cdi_cache_close(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_files),
		cmocka_unit_test(json_files_as_yaml),
		cmocka_unit_test(a_closid_has_less_than_4096_bytes),
		cmocka_unit_test(a_file_is_at_most_4_MiB),
		cmocka_unit_test(yaml_integers),
		cmocka_unit_test(yaml_truth_values),
		cmocka_unit_test(yaml_texts_are_verbatim),
	};

	return RUN_TESTS(tests);
}
