// SPDX-License-Identifier: Apache-2.0
/* containerEdits in config.json (Go: TestApplyContainerEdits, TestAppend, TestInjectDevice). */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"

/* The kind v/c with edits of the file and the devices a and b; the kind w/c with the device a. */
#define FILE_OF(kind, edits, a, b)                                              \
	"{'cdiVersion':'1.1.0','kind':'" kind "','containerEdits':{" edits "}," \
	"'devices':[{'name':'a','containerEdits':{" a "}},{'name':'b','containerEdits':{" b "}}]}"
#define OTHER "'env':['OTHER=1']"

/* Results are checked against the OCI runtime spec's schema, so they have what it requires. */
#define SPEC(text)    "{'ociVersion':'1.1.0'" text "}"
#define PROCESS(text) SPEC(",'process':{'cwd':'/'" text "}")
#define ENV(list)     PROCESS(",'env':[" list "]")
#define MOUNTS(list)  SPEC(",'mounts':[" list "]")
#define M(path)	      "{'destination':'" path "','source':'old'}"
#define NEW(path)     "{'destination':'" path "','source':'/new'}"
#define MOUNT(path)   "{'hostPath':'/new','containerPath':'" path "'}"

static const struct {
	const char *rule, *edits, *a, *b, *names, *before, *after;
} rows[] = {
	/* the order of edits */
	{"the file's edits come first, once",
	 "'env':['X=file','F=1'],'hooks':[{'hookName':'poststop','path':'/h'}]",
	 "'env':['X=a','A=1']", "'env':['X=b','B=1']", "v/c=a,v/c=b", ENV(""),
	 SPEC(",'process':{'cwd':'/','env':['X=b','F=1','A=1','B=1']},'hooks':{'poststop':[{'path':'/h'}]}")},
	{"in the order of the requests", "", "'env':['X=a']", "'env':['X=b']", "v/c=b,v/c=a",
	 ENV(""), ENV("'X=a'")},
	{"requested twice, applied twice", "",
	 "'additionalGids':[5],'hooks':[{'hookName':'poststop','path':'/h'}]", OTHER, "v/c=a,v/c=a",
	 PROCESS(""),
	 SPEC(",'process':{'cwd':'/','user':{'additionalGids':[5]}},'hooks':{'poststop':[{'path':'/h'},{'path':'/h'}]}")},
	{"a device of another file", "'env':['F=1']", OTHER, OTHER, "w/c=a", ENV(""), ENV("'W=1'")},
	/* env */
	{"tricky case 6: the last variable of a name is replaced in place", "'env':['FOO=g','G=1']",
	 "'env':['FOO=d','NEW=1','NEW=2']", OTHER, "v/c=a",
	 ENV("'PATH=/x','FOO=old','BAR=b','FOO=dup'"),
	 ENV("'PATH=/x','FOO=old','BAR=b','FOO=d','G=1','NEW=2'")},
	{"a name ends before the first =", "", "'env':['A=b=c','AB=1']", OTHER, "v/c=a",
	 ENV("'A=1','AB'"), ENV("'A=b=c','AB=1'")},
	{"a process and its env are made", "", "'env':['A=1']", OTHER, "v/c=a",
	 SPEC(",'process':{'cwd':'/','env':null}"), ENV("'A=1'")},
	/* netDevices */
	{"netDevices by the host's name, the last one is used",
	 "'netDevices':[{'hostInterfaceName':'eth1','name':'a'}]",
	 "'netDevices':[{'hostInterfaceName':'eth1','name':'b'},{'hostInterfaceName':'eth2','name':'c'}]",
	 OTHER, "v/c=a", SPEC(",'linux':{'netDevices':{'eth0':{'name':'x'}}}"),
	 SPEC(",'linux':{'netDevices':{'eth0':{'name':'x'},'eth1':{'name':'b'},'eth2':{'name':'c'}}}")},
	/* mounts */
	{"tricky case 7: all mounts are sorted by depth, the sort is stable", "",
	 "'mounts':[" MOUNT("/etc/x/") "," MOUNT("/z") "," MOUNT("/a/b/c") "]", OTHER, "v/c=a",
	 MOUNTS(M("/proc") "," M("/etc/x") "," M("/dev/shm") "," M("/z") "," M("rel") "," M("/")),
	 MOUNTS(M("rel") "," M("/proc") "," M("/") "," NEW("/z") "," M("/etc/x") "," M(
		 "/dev/shm") "," NEW("/etc/x/") "," NEW("/a/b/c"))},
	{"the depth is that of the cleaned destination", "", "'mounts':[" MOUNT("/n") "]", OTHER,
	 "v/c=a",
	 MOUNTS(M("/a/b") "," M("//x//") "," M("/a/../y") "," M("/./z/.") "," M("a/b") "," M(
		 "../a") "," M(".") "," M("/..") "," M("a/../../b/c")),
	 MOUNTS(M(".") "," M("//x//") "," M("/a/../y") "," M("/./z/.") "," M("a/b") "," M(
		 "../a") "," M("/..") "," NEW("/n") "," M("/a/b") "," M("a/../../b/c"))},
	{"only the first mount of a destination is removed", "", "'mounts':[" MOUNT("/a") "]",
	 OTHER, "v/c=a", MOUNTS(M("/a") "," M("/b") "," M("/a")),
	 MOUNTS(M("/b") "," M("/a") "," NEW("/a"))},
	{"one after the other, if a destination is requested again", "",
	 "'mounts':[" MOUNT("/a") "," MOUNT("/a") "," MOUNT("/a") "]", OTHER, "v/c=a",
	 MOUNTS(M("/a") "," M("/a")), MOUNTS(NEW("/a") "," NEW("/a"))},
	{"without mounts nothing is sorted", "", OTHER, OTHER, "v/c=a",
	 SPEC(",'process':{'cwd':'/','env':[]},'mounts':[" M("/a/b") "," M("/a") "]"),
	 SPEC(",'process':{'cwd':'/','env':['OTHER=1']},'mounts':[" M("/a/b") "," M("/a") "]")},
	{"mounts are sorted after the last mount, also if other edits follow", "",
	 "'mounts':[" MOUNT("/a/b") "," MOUNT("/c") "]", OTHER, "v/c=a,v/c=b", PROCESS(""),
	 SPEC(",'process':{'cwd':'/','env':['OTHER=1']},'mounts':[" NEW("/c") "," NEW("/a/b") "]")},
	{"devices with other edits between two requests for a mount", "",
	 "'mounts':[" MOUNT("/a") "]", OTHER, "v/c=a,v/c=b,v/c=a,v/c=b,v/c=a", PROCESS(""),
	 SPEC(",'process':{'cwd':'/','env':['OTHER=1']},'mounts':[" NEW("/a") "]")},
	{"a mount has all its fields", "",
	 "'mounts':[{'hostPath':'/h','containerPath':'/c','type':'bind','options':['ro','bind']}]",
	 OTHER, "v/c=a", SPEC(""),
	 MOUNTS("{'destination':'/c','type':'bind','source':'/h','options':['ro','bind']}")},
	{"with a user namespace bind mounts are id-mapped", "",
	 "'mounts':[{'hostPath':'/h','containerPath':'/a','type':'bind'},{'hostPath':'/h','containerPath':'/b','options':['rbind','ro']},"
	 "{'hostPath':'/h','containerPath':'/c','options':['bind','idmap']},"
	 "{'hostPath':'/h','containerPath':'/d','type':'tmpfs'}]",
	 OTHER, "v/c=a", SPEC(",'linux':{'namespaces':[{'type':'user'}]}"),
	 SPEC(",'linux':{'namespaces':[{'type':'user'}]},'mounts':[{'destination':'/a','type':'bind','source':'/h','options':['idmap']},"
	      "{'destination':'/b','source':'/h','options':['rbind','ro','ridmap']},"
	      "{'destination':'/c','source':'/h','options':['bind','idmap']},{'destination':'/d','type':'tmpfs','source':'/h'}]")},
	/* hooks */
	{"hooks are appended to their list", "'hooks':[{'hookName':'createContainer','path':'/f'}]",
	 "'hooks':[{'hookName':'createContainer','path':'/a','args':['a','-x'],'env':['A=1'],'timeout':3},{'hookName':'prestart','path':'/p'}]",
	 OTHER, "v/c=a", SPEC(",'hooks':{'createContainer':[{'path':'/old'}]}"),
	 SPEC(",'hooks':{'createContainer':[{'path':'/old'},{'path':'/f'},{'path':'/a','args':['a','-x'],'env':['A=1'],'timeout':3}],'prestart':[{'path':'/p'}]}")},
	/* intelRdt */
	{"intelRdt replaces the object, the last one is used",
	 "'intelRdt':{'closID':'file','memBwSchema':'MB:0=1'}",
	 "'intelRdt':{'closID':'a','schemata':[],'enableMonitoring':true}",
	 "'intelRdt':{'closID':'b','l3CacheSchema':'L3:0=f','schemata':['x']}", "v/c=b,v/c=a",
	 SPEC(",'linux':{'intelRdt':{'closID':'old','l3CacheSchema':'L3:0=1'}}"),
	 SPEC(",'linux':{'intelRdt':{'closID':'a','enableMonitoring':true}}")},
	{"intelRdt has all its fields", "",
	 "'intelRdt':{'closID':'b','l3CacheSchema':'L3:0=f','memBwSchema':'MB:0=9','schemata':['x'],'enableCMT':true,'enableMBM':true}",
	 OTHER, "v/c=a", SPEC(""),
	 SPEC(",'linux':{'intelRdt':{'closID':'b','l3CacheSchema':'L3:0=f','memBwSchema':'MB:0=9','schemata':['x'],'enableCMT':true,'enableMBM':true}}")},
	/* additionalGids */
	{"groups: 0 and present groups are skipped", "'additionalGids':[0,7]",
	 "'additionalGids':[7,5,9,0]", OTHER, "v/c=a",
	 PROCESS(",'user':{'uid':0,'gid':0,'additionalGids':[5]}"),
	 PROCESS(",'user':{'uid':0,'gid':0,'additionalGids':[5,7,9]}")},
};

static struct cdi_cache *cache_of(const char *edits, const char *a, const char *b)
{
	struct cdi_cache *c = cdi_cache_open();
	char text[4096];

	snprintf(text, sizeof(text), FILE_OF("v/c", "%s", "%s", "%s"), edits, a, b);
	cdi_put(c, "/etc/cdi/v.json", text);
	cdi_put(c, "/etc/cdi/w.json", FILE_OF("w/c", "", "'env':['W=1']", OTHER));
	if (cdi_error(c, "/etc/cdi/v.json"))
		fail_msg("%s in %s", cdi_error(c, "/etc/cdi/v.json"), text);
	return c;
}

/* If @after is NULL, the injection fails, the fault begins with @fault, and nothing changes. */
static void check(const char *rule, struct cdi_cache *c, const char *names, int root, bool declared,
		  const char *before, const char *after, const char *fault)
{
	char *from = quoted(before), *to = quoted(after ? after : before);
	struct oci_document *doc = document(from);
	struct fault f = {0};
	int err = cdi_ask(c, names, root, declared, doc, &f);

	if (after ? err != 0 : !err || strncmp(f.text, fault, strlen(fault)) != 0)
		fail_msg("%s: %d, %s", rule, err, f.text);
	assert_document(doc, to);
	oci_free(doc);
	free(from);
	free(to);
}

static void edits_are_applied(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cdi_cache *c = cache_of(rows[i].edits, rows[i].a, rows[i].b);

		check(rows[i].rule, c, rows[i].names, -1, false, rows[i].before, rows[i].after,
		      NULL);
		cdi_cache_close(c);
	}
}

/* --- device nodes -------------------------------------------------------------------------- */

/* Only reads the build machine's /dev: null is 1:3 and zero 1:5 on every Linux. */
#define LINUX(devices, rules) \
	",'linux':{'devices':[" devices "],'resources':{'devices':[" rules "]}}"
#define ENTRY(path, type, major, minor, more) \
	"{'path':'" path "','type':'" type "','major':" #major ",'minor':" #minor more "}"
#define MODE ",'fileMode':438"
#define RULE(type, major, minor, access)                                                          \
	"{'allow':true,'type':'" type "','major':" #major ",'minor':" #minor ",'access':'" access \
	"'}"
#define ONE(path, type, major, minor, more) \
	SPEC(LINUX(ENTRY(path, type, major, minor, more), RULE(type, major, minor, "rwm")))

static const struct {
	const char *rule, *node, *before, *after; /* after: NULL, and the fault follows */
	const char *fault;
	bool declared;
} nodes[] = {
	{"everything is read from the node", "'path':'/dev/null'", SPEC(""),
	 ONE("/dev/null", "c", 1, 3, MODE), NULL, false},
	{"of the node at hostPath", "'path':'/dev/x','hostPath':'/dev/zero'", SPEC(""),
	 ONE("/dev/x", "c", 1, 5, MODE), NULL, false},
	{"C, tricky case 3: declared numbers that the node does not have",
	 "'path':'/dev/zero','major':234,'fileMode':438,'permissions':'rwm'", SPEC(""),
	 ONE("/dev/zero", "c", 1, 5, MODE), NULL, false},
	{"Go's way: coldinit.cdi_numbers=declared",
	 "'path':'/dev/zero','major':234,'fileMode':438,'permissions':'rwm'", SPEC(""),
	 ONE("/dev/zero", "c", 234, 0, MODE), NULL, true},
	{"C: the same with a type", "'path':'/dev/zero','type':'c','major':1,'minor':9", SPEC(""),
	 ONE("/dev/zero", "c", 1, 5, MODE), NULL, false},
	{"Go's way with a type", "'path':'/dev/zero','type':'c','major':1,'minor':9", SPEC(""),
	 ONE("/dev/zero", "c", 1, 9, MODE), NULL, true},
	{"tricky case 4: u is never the node's type", "'path':'/dev/null','type':'u'", SPEC(""),
	 NULL, "CDI device node /dev/null: type mismatch: \"u\" is declared, the node is \"c\"",
	 false},
	{"tricky case 4: with numbers it is added, without a rule",
	 "'path':'/dev/null','type':'u','major':1,'minor':3", SPEC(""),
	 SPEC(LINUX(ENTRY("/dev/null", "u", 1, 3, MODE), "")), NULL, false},
	{"tricky case 5: major 0 takes both numbers from the node",
	 "'path':'/dev/null','type':'c','major':0,'minor':9", SPEC(""),
	 ONE("/dev/null", "c", 1, 3, MODE), NULL, false},
	{"another type than the node's", "'path':'/dev/null','type':'b'", SPEC(""), NULL,
	 "CDI device node /dev/null: type mismatch: \"b\" is declared, the node is \"c\"", false},
	{"with type and major the node may be missing",
	 "'path':'/dev/not there','type':'b','major':7,'minor':2", SPEC(""),
	 ONE("/dev/not there", "b", 7, 2, ""), NULL, false},
	{"with type p the node may be missing", "'path':'/dev/not there','type':'p'", SPEC(""),
	 SPEC(LINUX(ENTRY("/dev/not there", "p", 0, 0, ""), "")), NULL, false},
	{"otherwise a missing node is an error", "'path':'/dev/not there','major':7", SPEC(""),
	 NULL, "CDI device node /dev/not there: No such file or directory", false},
	{"a directory is not a device node", "'path':'/dev'", SPEC(""), NULL,
	 "CDI device node /dev: neither a block nor a character device nor a FIFO", false},
	{"a symbolic link is not followed", "'path':'/dev/stdin'", SPEC(""), NULL,
	 "CDI device node /dev/stdin: neither", false},
	{"a given mode stays", "'path':'/dev/null','fileMode':384", SPEC(""),
	 ONE("/dev/null", "c", 1, 3, ",'fileMode':384"), NULL, false},
	{"permissions: none", "'path':'/dev/null','permissions':'none'", SPEC(""),
	 SPEC(LINUX(ENTRY("/dev/null", "c", 1, 3, MODE), RULE("c", 1, 3, ""))), NULL, false},
	{"permissions are copied", "'path':'/dev/null','permissions':'wr'", SPEC(""),
	 SPEC(LINUX(ENTRY("/dev/null", "c", 1, 3, MODE), RULE("c", 1, 3, "wr"))), NULL, false},
	{"the process's user owns it", "'path':'/dev/null'",
	 PROCESS(",'user':{'uid':1000,'gid':100}"),
	 SPEC(",'process':{'cwd':'/','user':{'uid':1000,'gid':100}}" LINUX(
		 ENTRY("/dev/null", "c", 1, 3, MODE ",'uid':1000,'gid':100"),
		 RULE("c", 1, 3, "rwm"))),
	 NULL, false},
	{"except if that is root", "'path':'/dev/null'", PROCESS(",'user':{'uid':0,'gid':0}"),
	 SPEC(",'process':{'cwd':'/','user':{'uid':0,'gid':0}}" LINUX(
		 ENTRY("/dev/null", "c", 1, 3, MODE), RULE("c", 1, 3, "rwm"))),
	 NULL, false},
	{"an owner is given, even root", "'path':'/dev/null','uid':0,'gid':5",
	 PROCESS(",'user':{'uid':1000,'gid':100}"),
	 SPEC(",'process':{'cwd':'/','user':{'uid':1000,'gid':100}}" LINUX(
		 ENTRY("/dev/null", "c", 1, 3, MODE ",'uid':0,'gid':5"), RULE("c", 1, 3, "rwm"))),
	 NULL, false},
	/* The Go library removes the first one, and runtimes then use the second. */
	{"the entries of the path are removed, rules stay", "'path':'/dev/null'",
	 SPEC(LINUX(ENTRY("/dev/null", "c", 9, 9, "") "," ENTRY("/dev/a", "c", 9, 8, "") "," ENTRY(
			    "/dev/null", "c", 9, 7, ""),
		    RULE("c", 1, 3, "rwm"))),
	 SPEC(LINUX(ENTRY("/dev/a", "c", 9, 8, "") "," ENTRY("/dev/null", "c", 1, 3, MODE),
		    RULE("c", 1, 3, "rwm") "," RULE("c", 1, 3, "rwm"))),
	 NULL, false},
};

static void device_nodes(void **state)
{
	char edits[512];
	int root = open("/", O_PATH | O_DIRECTORY);

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		struct cdi_cache *c;

		snprintf(edits, sizeof(edits), "'deviceNodes':[{%s}]", nodes[i].node);
		c = cache_of("", edits, OTHER);
		check(nodes[i].rule, c, "v/c=a", root, nodes[i].declared, nodes[i].before,
		      nodes[i].after, nodes[i].fault);
		cdi_cache_close(c);
	}
	close(root);
}

/* The Kata agent's test: edits of the file and of the device; unknown annotations are ignored. */
static void test_handle_cdi_devices(void **state)
{
	struct cdi_cache *c = cdi_cache_open();
	int root = open("/", O_PATH | O_DIRECTORY);

	cdi_put(c, "/var/run/cdi/kata.json",
		"{'cdiVersion':'0.6.0','kind':'kata.com/gpu','devices':[{'name':'0','annotations':{'a':'false','b':'true'},"
		"'containerEdits':{'env':['TEST_INNER_ENV=TEST_INNER_ENV_VALUE'],"
		"'deviceNodes':[{'path':'/dev/zero'}]}}],'containerEdits':{'env':['TEST_OUTER_ENV=TEST_OUTER_ENV_VALUE'],'deviceNodes':[{'path':'/dev/null'}]}}");
	check("test_handle_cdi_devices", c, "kata.com/gpu=0", root, false, PROCESS(""),
	      SPEC(",'process':{'cwd':'/','env':['TEST_OUTER_ENV=TEST_OUTER_ENV_VALUE','TEST_INNER_ENV=TEST_INNER_ENV_VALUE']}" LINUX(
		      ENTRY("/dev/null", "c", 1, 3, MODE) "," ENTRY("/dev/zero", "c", 1, 5, MODE),
		      RULE("c", 1, 3, "rwm") "," RULE("c", 1, 5, "rwm"))),
	      NULL);
	cdi_cache_close(c);
	close(root);
}

static void a_fifo_is_a_device_node(void **state)
{
	struct cdi_cache *c = cache_of(
		"", "'deviceNodes':[{'path':'/dev/f'},{'path':'/dev/f','major':7,'type':''}]",
		OTHER);
	char path[64], fifo[96];
	int root = temp_root(path);

	put_dir(root, "dev");
	snprintf(fifo, sizeof(fifo), "%s/dev/f", path);
	assert_int_equal(mkfifo(fifo, 0), 0);
	assert_int_equal(chmod(fifo, 02640), 0);
	check("type and mode of a FIFO", c, "v/c=a", root, false, SPEC(""),
	      SPEC(LINUX(ENTRY("/dev/f", "p", 7, 0, ",'fileMode':416"), "")), NULL);
	temp_root_remove(path, root);
	cdi_cache_close(c);
}

static void the_missing_node_is_named(void **state)
{
	struct cdi_cache *c =
		cache_of("", "'deviceNodes':[{'path':'/x','hostPath':'/dev/gone'}]", OTHER);
	const char *names[] = {"v/c=a"};
	struct cdi_request request = {.names = names, .n = 1};
	struct oci_document *doc = document("{}");
	struct cdi_host host = {0};
	char path[64];
	struct fault f;

	host.root = temp_root(path);
	assert_int_equal(cdi_inject(c, &request, &host, doc, &f), -ENOENT);
	assert_string_equal(host.missing, "/dev/gone");
	temp_root_remove(path, host.root);
	oci_free(doc);
	cdi_cache_close(c);
}

/* --- all or nothing ------------------------------------------------------------------------ */

static void one_missing_device_prevents_all_edits(void **state)
{
	struct cdi_cache *c = cache_of("", OTHER, OTHER);

	check("one name is missing", c, "v/c=a,v/c=x", -1, false, ENV(""), NULL,
	      "unresolvable CDI devices v/c=x; the guest defines v/c=a, v/c=b, w/c=a, w/c=b (read were /etc/cdi and /var/run/cdi, which is /run/cdi)");
	cdi_cache_close(c);
}

/* C: Go edits the document in place, so that a failure leaves it half-edited. */
static void a_failed_injection_changes_nothing(void **state)
{
	static const struct {
		const char *edits, *before, *fault;
	} bad[] = {
		{"'env':['A=1'],'deviceNodes':[{'path':'/dev/gone'}]", ENV("'B=2'"),
		 "CDI device node /dev/gone"},
		{"'env':['A=1'],'mounts':[" MOUNT("/a") "]",
		 SPEC(",'process':{'cwd':'/','env':[]},'mounts':[{}]"),
		 "/mounts/0: expected a mount with a destination"},
		{"'env':['A=1']", ENV("1"),
		 "/process/env/0: expected a string, found the number 1"},
		{"'env':['A=1']", SPEC(",'process':1"), "/process: expected an object"},
		{"'env':['A=1'],'additionalGids':[1]", PROCESS(",'user':{'additionalGids':['x']}"),
		 "/process/user/additionalGids/0: expected a number"},
		{"'env':['A=1'],'hooks':[{'hookName':'prestart','path':'/h'}]",
		 SPEC(",'hooks':{'prestart':{'a':1}}"), "/hooks/prestart: expected an array"},
	};
	char path[64];
	int root = temp_root(path);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct cdi_cache *c = cache_of("", bad[i].edits, OTHER);

		check(bad[i].fault, c, "v/c=a", root, false, bad[i].before, NULL, bad[i].fault);
		cdi_cache_close(c);
	}
	temp_root_remove(path, root);
}

/* C: Go completes the nodes in the parsed spec file itself. */
static void a_cache_can_be_used_again(void **state)
{
	struct cdi_cache *c =
		cache_of("'env':['F=1']", "'deviceNodes':[{'path':'/dev/null'}]", OTHER);
	int root = open("/", O_PATH | O_DIRECTORY);

	for (int i = 0; i < 2; i++)
		check("the same again", c, "v/c=a", root, false, PROCESS(""),
		      SPEC(",'process':{'cwd':'/','env':['F=1']}" LINUX(
			      ENTRY("/dev/null", "c", 1, 3, MODE), RULE("c", 1, 3, "rwm"))),
		      NULL);
	assert_int_equal(c->files->devices[0].edits.nodes[0].major, 0);
	close(root);
	cdi_cache_close(c);
}

/* --- sizes --------------------------------------------------------------------------------- */

#define MANY 10000

static void thousands_of_devices_are_injected_quickly(void **state)
{
	static const char *names[MANY];
	struct cdi_request request = {.names = names, .n = MANY};
	struct cdi_host host = {.root = -1};
	struct oci_document *doc = document("{\"mounts\":[],\"linux\":{}}");
	struct cdi_cache *c = cdi_cache_open();
	char *text = malloc(MANY * 200), *s = text;
	clock_t start = clock();
	struct fault f;

	s += snprintf(s, 99, "cdiVersion: 0.5.0\nkind: v/c\ndevices:\n");
	for (int i = 0; i < MANY; i++) {
		char *name = malloc(16);

		snprintf(name, 16, "v/c=%d", i);
		names[i] = name;
		s += snprintf(
			s, 199,
			"- name: \"%d\"\n  containerEdits:\n    env: [E%d=1]\n    deviceNodes: [{path: /dev/%d, type: c, major: 9, minor: %d}]\n",
			i, i, i, i);
	}
	assert_int_equal(cdi_cache_load(c, text, (size_t)(s - text), "/etc/cdi/a.yaml", CDI_STATIC),
			 0);
	assert_int_equal(cdi_inject(c, &request, &host, doc, &f), 0);
	free(text);
	text = oci_print(doc);
	assert_non_null(strstr(text, "/dev/9999\""));
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	free(text);
	oci_free(doc);
	cdi_cache_close(c);
	for (int i = 0; i < MANY; i++)
		free((void *)names[i]);
}

static void edits_that_would_take_all_memory_are_refused(void **state)
{
	static const char *names[1 << 16];
	struct cdi_request request = {.names = names, .n = 1 << 16};
	struct cdi_host host = {.root = -1};
	struct cdi_cache *c = cache_of(
		"",
		"'hooks':[{'hookName':'prestart','path':'/h','args':['a','b','c','d','e','f','g']}]",
		OTHER);
	struct oci_document *doc = document("{}");
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = "v/c=a";
	assert_int_equal(cdi_inject(c, &request, &host, doc, &f), -E2BIG);
	assert_document(doc, "{}");
	oci_free(doc);
	cdi_cache_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_are_applied),
		cmocka_unit_test(device_nodes),
		cmocka_unit_test(test_handle_cdi_devices),
		cmocka_unit_test(a_fifo_is_a_device_node),
		cmocka_unit_test(the_missing_node_is_named),
		cmocka_unit_test(one_missing_device_prevents_all_edits),
		cmocka_unit_test(a_failed_injection_changes_nothing),
		cmocka_unit_test(a_cache_can_be_used_again),
		cmocka_unit_test(thousands_of_devices_are_injected_quickly),
		cmocka_unit_test(edits_that_would_take_all_memory_are_refused),
	};

	return RUN_TESTS(tests);
}
