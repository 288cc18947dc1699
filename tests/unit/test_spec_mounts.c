// SPDX-License-Identifier: Apache-2.0
/* Sources of bind mounts that are files of the host: replaced, or reported all at once. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/bundle/spec.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/network/network.h"

static const char *bind_options[] = {"rbind", "rprivate", "ro", NULL};

#define BIND(from, to)                                                                      \
	{                                                                                   \
		.destination = to, .type = "bind", .source = from, .options = bind_options, \
		.n_options = 3                                                              \
	}

struct guest {
	char dir[64];
	int root;
	struct arena arena;
	struct spec_env env;
	struct oci_config config;
	struct fault fault;
};

static void guest_make(struct guest *g, struct oci_mount *mounts, size_t n)
{
	*g = (struct guest){.root = -1};
	g->root = temp_root(g->dir);
	g->env = (struct spec_env){
		.arena = &g->arena, .root = g->root, .bundle = "/run/b", .live = true};
	g->config = (struct oci_config){.hostname = "", .mounts = mounts, .n_mounts = n};
	put_dir(g->root, "run/b/data");
	g->env.dir = root_open(g->root, O_PATH | O_DIRECTORY, 0, "run/b");
	put_file(g->root, "etc/hosts", "of the guest");
}

static void guest_end(struct guest *g)
{
	close(g->env.dir);
	arena_free(&g->arena);
	temp_root_remove(g->dir, g->root);
}

static void assert_content(int root, const char *path, const char *text)
{
	char *data = NULL;

	assert_true(root_read_all(root, &data, 4096, "%s", path) >= 0);
	assert_string_equal(data, text);
	free(data);
}

#define POD "/var/lib/kubelet/pods/c0ffee/"

/* Nothing is added: each file replaces the source of the container's own mount. */
static void replace_files(struct guest *g, const char *hostname)
{
	struct request request = {.manifest = {.hostname = hostname}};
	struct oci_mount out[NETWORK_FILES_MAX];

	assert_int_equal(spec_mounts(&g->env, &g->config, &g->fault), 0);
	assert_int_equal(network_files(&g->arena, g->root, &request, &g->config, out, &g->fault),
			 0);
}

static void files_of_the_host_are_replaced(void **state)
{
	struct oci_mount mounts[] = {
		BIND(POD "etc-hosts", "/etc/hosts"),
		BIND("/var/lib/docker/containers/1/resolv.conf", "/etc//resolv.conf"),
		BIND("/var/lib/docker/containers/1/hostname", "/etc/hostname"),
		BIND("/var/lib/containers/storage/1/userdata/.containerenv", "/run/.containerenv"),
		BIND("/var/lib/containers/storage/1/userdata/shm", "/dev/shm"),
	};
	struct guest g;

	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	replace_files(&g, "");
	assert_string_equal(mounts[0].source, "/run/coldinit/etc/hosts");
	assert_string_equal(mounts[1].source, "/run/coldinit/etc/resolv.conf");
	assert_string_equal(mounts[2].source, "/run/coldinit/etc/hostname");
	assert_string_equal(mounts[3].source, "/run/coldinit/etc/containerenv");
	assert_ptr_equal(mounts[0].options, bind_options);
	assert_content(g.root, mounts[0].source,
		       "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	assert_content(g.root, mounts[1].source, "");
	assert_content(g.root, mounts[2].source, "localhost\n");
	assert_content(g.root, mounts[3].source, "");
	assert_string_equal(mounts[4].type, "tmpfs");
	assert_string_equal(mounts[4].options[3], "mode=1777");
	assert_int_equal(mounts[4].n_options, 5);
	guest_end(&g);
}

static void the_names_of_the_container_are_in_them(void **state)
{
	struct oci_mount mounts[] = {BIND("/x/hosts", "/etc/hosts"),
				     BIND("/x/hostname", "/etc/hostname")};
	struct guest g;

	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	g.config.hostname = "web";
	replace_files(&g, "guest");
	assert_content(g.root, mounts[1].source, "web\n");
	guest_end(&g);
}

static void sources_of_the_guest_and_of_the_bundle_stay(void **state)
{
	struct oci_mount mounts[] = {
		BIND("/etc/hosts", "/etc/hosts"),
		BIND("data", "/data"),
		{.destination = "/dev/shm", .type = "tmpfs", .source = "shm"},
		{.destination = "/proc", .type = "proc", .source = "nothere"},
	};
	struct guest g;

	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	replace_files(&g, "");
	assert_string_equal(mounts[0].source, "/etc/hosts");
	assert_false(root_exists(g.root, "run/coldinit"));
	guest_end(&g);
}

/* The lines that spec_mounts() logs for a mount with these options. */
static void mount_log(const char *type, const char *source, const char **options, char lines[1024])
{
	struct oci_mount m = {
		.destination = "/d", .type = type, .source = source, .options = options};
	struct guest g;
	int ends[2];

	while (options[m.n_options])
		m.n_options++;
	assert_int_equal(pipe(ends), 0);
	guest_make(&g, &m, 1);
	log_to(ends[1], false);
	assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), 0);
	log_to(STDERR_FILENO, false);
	guest_end(&g);
	close(ends[1]);
	memset(lines, 0, 1024);
	assert_true(read(ends[0], lines, 1023) >= 0);
	close(ends[0]);
}

/* Engines pass what a user wrote behind "-v a:b:"; mount(2) ignores it, and so does crun. */
static void options_that_a_bind_mount_cannot_have(void **state)
{
#define LINE(option, others)                                                \
	"coldinit: config.json: mount /d: the option \"" option "\"" others \
	" has no meaning for a bind mount and is ignored\n"
	static const struct {
		const char *type, *source, *options[6], *lines;
	} rows[] = {
		{"bind", "data", {"rbind", "z"}, LINE("z", "")},
		{"bind", "data", {"rbind", "ro", "U", "nofail"}, LINE("U", " and others")},
		{"none", "data", {"bind", "size=64k", "rprivate"}, LINE("size=64k", "")},
		{"",
		 "data",
		 {"rbind", "consistency=cached", "delegated"},
		 LINE("consistency=cached", " and others")},
		{"bind", "data", {"rbind", "rprivate", "nosuid", "rro", "sync", "lazytime"}, ""},
		{"tmpfs", "t", {"size=64k", "z"}, ""}, /* its file system decides */
		{"tmpfs", "t", {"remount", "z"}, ""},
		{"", "", {"remount", "bind", "ro", "z"}, LINE("z", "")},
	};
	char lines[1024];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *options[7] = {NULL};

		memcpy(options, rows[i].options, sizeof(rows[i].options));
		mount_log(rows[i].type, rows[i].source, options, lines);
		assert_string_equal(lines, rows[i].lines);
	}
}

static void other_missing_sources_are_reported_at_once(void **state)
{
	struct oci_mount mounts[] = {
		BIND(POD "etc-hosts", "/etc/hosts"),
		BIND(POD "containers/c/0a1b2c3d", "/dev/termination-log"),
		BIND("/etc/hosts/x", "/below/a/file"),
		BIND("cache", "/cache"),
	};
	struct guest g;

	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), -ENOENT);
	assert_string_equal(
		g.fault.text,
		"mounts: not in the guest are the sources " POD
		"containers/c/0a1b2c3d (of /dev/termination-log), /etc/hosts/x (of /below/a/file), cache (of /cache): add them to the bundle, or share them");
	/* A plan does not know the guest's files. */
	g.env.live = false;
	assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), 0);
	guest_end(&g);
}

/* Sources are looked up in the bundle, of which "" is the directory. */
static void a_bind_mount_without_a_source_is_refused(void **state)
{
	struct oci_mount mounts[] = {BIND("", "/x")};
	struct guest g;

	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	for (int live = 0; live < 2; live++) {
		g.env.live = live;
		assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), -EINVAL);
		assert_string_equal(g.fault.text, "mount /x: a bind mount needs a source");
	}
	mounts[0].type = "tmpfs";
	mounts[0].n_options = 0;
	assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), 0);
	guest_end(&g);
}

static void the_report_is_bounded(void **state)
{
	struct oci_mount mounts[40];
	struct guest g;

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		mounts[i] = (struct oci_mount)BIND("/x", "/y");
	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), -ENOENT);
	assert_text(g.fault.text, " and 28 more: add them");
	guest_end(&g);
}

/* "Cannot look" is not "not there". */
static void a_source_that_cannot_be_looked_up_is_an_error(void **state)
{
	struct oci_mount mounts[] = {BIND("/loop/x", "/etc/hosts")};
	struct guest g;

	guest_make(&g, mounts, ARRAY_SIZE(mounts));
	put_link(g.root, "loop", "loop");
	assert_int_equal(spec_mounts(&g.env, &g.config, &g.fault), -ELOOP);
	assert_text(g.fault.text, "mount /etc/hosts: cannot look up the source /loop/x: ");
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_the_host_are_replaced),
		cmocka_unit_test(the_names_of_the_container_are_in_them),
		cmocka_unit_test(sources_of_the_guest_and_of_the_bundle_stay),
		cmocka_unit_test(options_that_a_bind_mount_cannot_have),
		cmocka_unit_test(other_missing_sources_are_reported_at_once),
		cmocka_unit_test(a_bind_mount_without_a_source_is_refused),
		cmocka_unit_test(the_report_is_bounded),
		cmocka_unit_test(a_source_that_cannot_be_looked_up_is_an_error),
	};

	return RUN_TESTS(tests);
}
