// SPDX-License-Identifier: Apache-2.0
/*
 * A boot's devices and spec without a boot: the tree is unpacked into a directory of its own in
 * $TMPDIR, where simulate.h stands in for the kernel, and removed in the end.
 */
#define pr_fmt(fmt) "plan: " fmt

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/settle.h"
#include "init/boot.h"
#include "init/bundle/cdi.h"
#include "init/devices/devices.h"
#include "init/source/digest.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"
#include "init/tool/recording.h"
#include "init/tool/simulate.h"
#include "init/tool/tool.h"
#include "init/lib/tree.h"
#include "spec/json_diff.h"

/*
 * struct plan - the command's words and what comes of them
 * @boot: as far as a plan needs one: options, manifest, root, verdict
 * @dir: the temporary directory, "" before it is made
 * @blame: the file whose fault an error is, NULL for none
 */
struct plan {
	const char *tree, *cmdline, *manifest, *config, *cdi;
	bool diff;
	struct boot boot;
	char dir[PATH_MAX];
	const char *blame;
};

/* --- the tree ------------------------------------------------------------------------------ */

static int make_scratch(struct plan *p, struct fault *f)
{
	const char *tmp = getenv("TMPDIR");

	if (str_printf(p->dir, sizeof(p->dir), "%s/coldinit-plan-XXXXXX",
		       tmp && *tmp ? tmp : "/tmp") ||
	    !mkdtemp(p->dir)) {
		p->dir[0] = '\0';
		return fault_set(f, -errno, "cannot make a temporary directory: %m");
	}
	p->boot.root = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->boot.root < 0 ? fault_set(f, -errno, "cannot open %s: %m", p->dir) : 0;
}

static void remove_scratch(struct plan *p)
{
	if (!p->dir[0])
		return;
	if (p->boot.root >= 0) {
		tree_empty(p->boot.root, NULL);
		close(p->boot.root);
	}
	if (rmdir(p->dir))
		pr_warn("cannot remove %s: %s", p->dir, strerror(errno));
}

static int read_tree(struct plan *p, struct recording *r, struct fault *f)
{
	char *text cleanup(free_ptr) = NULL;
	int root cleanup(close_fd) = open(p->tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t n;

	if (root >= 0)
		return recording_take(root, r, f);
	n = tool_read(p->tree, &text, RECORDING_MAX, f);
	return n < 0 ? (int)n : recording_parse(r->arena, text, (size_t)n, r, f);
}

static int unpack_tree(struct plan *p, struct fault *f)
{
	struct arena arena cleanup(arena_free) = {0};
	struct recording r = {.arena = &arena};
	int err;

	p->blame = p->tree;
	err = read_tree(p, &r, f);
	if (err)
		return err;
	p->blame = NULL;
	err = make_scratch(p, f);
	return err ? err : recording_unpack(&r, p->boot.root, f);
}

/* --- what is asked for --------------------------------------------------------------------- */

/* The file of --manifest stands for what coldinit.manifest= names in the guest. */
static ssize_t fetch_manifest(struct plan *p, char **text, struct fault *f)
{
	const char *word = p->boot.options.manifest;
	struct source source;
	int err;

	if (p->manifest) {
		p->blame = p->manifest;
		return tool_read(p->manifest, text, MANIFEST_MAX, f);
	}
	p->blame = "coldinit.manifest";
	err = source_parse(word, &source, f);
	if (err)
		return err;
	if (source.kind != SOURCE_BASE64)
		return fault_set(f, -ENOENT, "%.100s is in the guest; give the file as --manifest",
				 word);
	return source_read(word, -1, -1, MANIFEST_MAX, text, f);
}

static int read_manifest(struct plan *p, struct fault *f)
{
	char *text cleanup(free_ptr) = NULL;
	struct boot *b = &p->boot;
	ssize_t n;
	int err;

	manifest_defaults(&b->manifest);
	if (!p->manifest && !b->options.manifest)
		return 0;
	n = fetch_manifest(p, &text, f);
	if (n < 0)
		return (int)n;
	if (b->options.sha256) {
		err = digest_check(text, (size_t)n, b->options.sha256, f);
		if (err)
			return err;
	}
	return manifest_parse(&b->arena, text, (size_t)n, &b->manifest, f);
}

static int read_words(struct plan *p, struct fault *f)
{
	struct boot *b = &p->boot;
	int err;

	options_default(&b->options);
	/* The tree has no nodes to look at. */
	b->options.cdi_declared_numbers = true;
	p->blame = "--cmdline";
	err = p->cmdline ? options_parse(&b->arena, p->cmdline, &b->options, f) : 0;
	if (!err)
		err = read_manifest(p, f);
	if (err)
		return err;
	p->blame = "coldinit.device";
	err = devices_add_words(b, f);
	p->blame = NULL;
	return err;
}

/* --- the devices --------------------------------------------------------------------------- */

/*
 * Nothing happens but what the devices do themselves: when no helper is left, deadlines pass, and
 * each device has its last look.
 */
static int wait_all(struct settle *s, struct fault *f)
{
	int status;
	pid_t pid;

	while (settle_pending(s)) {
		pid = wait(&status);
		if (pid > 0)
			settle_child(s, pid, status, clock_us());
		else
			settle_expire(s, settle_deadline(s));
	}
	return settle_end(s, f);
}

static int load_modules(const struct boot *b, struct fault *f)
{
	int err;

	for (size_t i = 0; i < b->manifest.n_devices; i++) {
		const struct handler *h = handler_find(b->manifest.devices[i].type);

		for (size_t k = 0; h && h->modules[k]; k++) {
			err = simulate_module(b->root, h->modules[k]);
			if (err)
				return fault_set(f, err, "module %s: %m", h->modules[k]);
		}
	}
	return 0;
}

static int find_devices(struct boot *b, struct fault *f)
{
	const struct dev_env env = {
		.root = b->root,
		.ops = &simulated_ops,
		.arena = &b->arena,
		.timeout_ms = b->options.timeout_s * 1000,
		.allow_unsafe_interrupts = b->manifest.policy.allow_unsafe_interrupts,
	};
	size_t n = b->manifest.n_devices;
	struct device_result *results;
	struct settle *s;
	int err;

	if (!n)
		return 0;
	err = load_modules(b, f);
	if (err)
		return err;
	results = arena_alloc(&b->arena, n, sizeof(*results));
	if (!results)
		return fault_oom(f);
	b->verdict.devices = b->manifest.devices;
	b->verdict.results = results;
	b->verdict.n_devices = n;
	err = settle_begin(&s, &env, b->manifest.devices, results, n, clock_us(), f);
	return err ? err : wait_all(s, f);
}

/* --- the spec ------------------------------------------------------------------------------ */

#ifdef CONFIG_CDI
/* A recorded tree has no spec files: they are below another directory, if there are any. */
static int inject_cdi(struct plan *p, struct oci_document *doc, struct fault *f)
{
	int dir cleanup(close_fd) = -1;

	if (!p->cdi)
		return cdi_once(&p->boot, p->boot.root, doc, f);
	dir = open(p->cdi, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		p->blame = p->cdi;
		return fault_set(f, -errno, "%m");
	}
	return cdi_once(&p->boot, dir, doc, f);
}
#else
static int inject_cdi(struct plan *p, struct oci_document *doc, struct fault *f)
{
	(void)doc;
	return p->cdi ? fault_set(f, -ENOTSUP, "--cdi: this build of coldinit knows no CDI devices")
		      : 0;
}
#endif

static int patch_spec(struct plan *p, char **out, struct fault *f)
{
	struct oci_document *doc cleanup(oci_free_ptr) = NULL;
	char *before cleanup(free_ptr) = NULL;
	char *after cleanup(free_ptr) = NULL;
	struct boot *b = &p->boot;
	ssize_t n;
	int err;

	p->blame = p->config;
	n = tool_read(p->config, &before, OCI_CONFIG_MAX, f);
	if (n < 0)
		return (int)n;
	err = oci_read(before, (size_t)n, &doc, f);
	if (!err)
		err = devices_patch(b, doc, f);
	if (!err)
		err = inject_cdi(p, doc, f);
	/* A boot refuses what it cannot do; so does its plan. */
	if (!err)
		err = oci_config(&b->arena, doc, &b->config, f);
	if (err)
		return err;
	after = oci_print(doc);
	if (!after)
		return fault_oom(f);
	if (p->diff)
		return json_diff(before, after, out, f);
	*out = after;
	after = NULL;
	return 0;
}

enum tool_status tool_plan(int argc, char **argv)
{
	static struct plan p; /* large */
	const struct tool_option options[] = {
		{"--root", &p.tree, NULL},
		{"--cmdline", &p.cmdline, NULL},
		{"--manifest", &p.manifest, NULL},
		{"--config", &p.config, NULL},
		{"--cdi", &p.cdi, NULL},
		{"--diff", NULL, &p.diff},
		{0},
	};
	char *out cleanup(free_ptr) = NULL;
	enum tool_status status;
	struct fault fault;

	if (tool_options(argc, argv, options) != TOOL_GOOD)
		return TOOL_USAGE;
	p.boot.root = -1;
	if (!p.tree || !p.config)
		return tool_usage("plan needs --root and --config");
	if (unpack_tree(&p, &fault) || read_words(&p, &fault) || find_devices(&p.boot, &fault) ||
	    patch_spec(&p, &out, &fault))
		status = tool_fault(p.blame, &fault);
	else
		status = tool_print(out) ? TOOL_BAD_INPUT : tool_print("\n");
	remove_scratch(&p);
	arena_free(&p.boot.arena);
	return status;
}
