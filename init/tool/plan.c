// SPDX-License-Identifier: Apache-2.0
/*
 * coldinit plan: the steps of a boot on a recorded tree. The tree is unpacked into a temporary
 * directory in $TMPDIR, in which init/tool/simulate.h does what the kernel would do.
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

#include "init/boot.h"
#include "init/bundle/cdi.h"
#include "init/devices/drivers.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/source/source.h"
#include "init/tool/nodes.h"
#include "init/tool/recording.h"
#include "init/tool/simulate.h"
#include "init/tool/tool.h"
#include "spec/json_diff.h"

#define TYPE1 "vfio_iommu_type1"

/*
 * struct plan - one run of the command
 * @tree, @cmdline, @manifest, @config, @cdi, @initramfs, @diff: values of the options
 * @boot: the boot that is planned
 * @before: the text of config.json, for --diff
 * @dir: the temporary directory, "" before it is made
 * @blame: the file that an error is about, NULL for none
 */
struct plan {
	const char *tree, *cmdline, *manifest, *config, *cdi, *initramfs;
	bool diff;
	struct boot boot;
	char *before;
	char dir[PATH_MAX];
	const char *blame;
};

static struct plan *plan_of(struct boot *b)
{
	return container_of(b, struct plan, boot);
}

/* --- the tree ------------------------------------------------------------------------------ */

static int plan_scratch(struct plan *p, struct fault *fault)
{
	const char *tmp = getenv("TMPDIR");

	if (str_printf(p->dir, sizeof(p->dir), "%s/coldinit-plan-XXXXXX",
		       tmp && *tmp ? tmp : "/tmp") ||
	    !mkdtemp(p->dir)) {
		p->dir[0] = '\0';
		return fault_perror(fault, "cannot make a temporary directory");
	}
	p->boot.root = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->boot.root < 0 ? fault_perror(fault, "cannot open %s", p->dir) : 0;
}

static void plan_remove_scratch(struct plan *p)
{
	int err = 0;

	if (!p->dir[0])
		return;
	if (p->boot.root >= 0) {
		err = tree_empty(p->boot.root, NULL);
		close(p->boot.root);
	}
	if (!err && rmdir(p->dir))
		err = -errno;
	if (err)
		pr_warn("cannot remove %s: %s", p->dir, strerror(-err));
}

static int plan_read_tree(struct plan *p, struct recording *r, struct fault *fault)
{
	char *text cleanup(memory_free) = NULL;
	int root cleanup(fd_close) = open(p->tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t n;

	if (root >= 0)
		return recording_take(root, r, fault);
	n = tool_read(p->tree, &text, RECORDING_MAX, fault);
	return n < 0 ? (int)n : recording_parse(r->arena, text, (size_t)n, r, fault);
}

static int plan_unpack(struct plan *p, struct fault *fault)
{
	struct arena arena cleanup(arena_free) = {0};
	struct recording r = {.arena = &arena};
	int err;

	p->blame = p->tree;
	err = plan_read_tree(p, &r, fault);
	if (err)
		return err;
	p->blame = NULL;
	err = plan_scratch(p, fault);
	return err ? err : recording_unpack(&r, p->boot.root, fault);
}

/* --- the operations ------------------------------------------------------------------------ */

static ssize_t plan_command_line(struct boot *b, char *line, size_t size, struct fault *fault)
{
	const char *text = plan_of(b)->cmdline ? plan_of(b)->cmdline : "";
	int err = str_copy(line, size, text);

	return err ? fault_set(fault, err, "--cmdline: longer than %zu bytes", size - 1)
		   : (ssize_t)strlen(line);
}

/* Does a SOURCE need a running guest? */
static bool plan_needs_guest(const struct boot *b, const char *word)
{
	const struct source_type *type = source_find(word);

	switch (type ? type->kind : SOURCE_BASE64) {
	case SOURCE_BASE64:
	case SOURCE_BLOCK:
		return false;
	case SOURCE_INITRD:
		return b->initrd < 0;
	default:
		return true;
	}
}

/* The file of --manifest replaces that of coldinit.manifest=, which is in the guest. */
static ssize_t plan_manifest(struct boot *b, const char *word, char **text, struct fault *fault)
{
	struct plan *p = plan_of(b);
	ssize_t n = 0;

	if (p->manifest) {
		p->blame = p->manifest;
		n = tool_read(p->manifest, text, MANIFEST_MAX, fault);
		if (n >= 0)
			p->blame = NULL;
		return n;
	}
	if (word && plan_needs_guest(b, word))
		n = fault_set(fault, -ENOENT, "%.100s is in the guest; give the file as --manifest",
			      word);
	else if (word)
		n = source_read(word, b->initrd, -1, MANIFEST_MAX, text, fault);
	return n < 0 ? fault_prefix(fault, (int)n, "manifest") : n;
}

/* For what a tree does not show: the guest's modules, and the kernel's network. */
static int plan_drivers(struct boot *b, const struct devices_env *env, struct fault *fault)
{
	(void)b, (void)env, (void)fault;
	return 0;
}

static int plan_nothing(struct boot *b, struct fault *fault)
{
	(void)b, (void)fault;
	return 0;
}

static int plan_module(void *arg, const char *module, struct fault *fault)
{
	struct boot *b = arg;
	const char *line = plan_of(b)->cmdline;
	int err = simulate_module(b->root, module);

	if (!err && !strcmp(module, TYPE1) &&
	    drivers_is_set(line ? line : "", &b->request.manifest, TYPE1,
			   "allow_unsafe_interrupts"))
		err = simulate_unsafe_interrupts(b->root);
	return err ? fault_strerror(fault, err, "module %s", module) : 0;
}

/*
 * No event comes from a tree. When all helper processes have ended, let the deadlines pass: each
 * device is looked up for the last time.
 */
static int plan_wait(void *arg, struct settle *settle, struct fault *fault)
{
	int status;
	pid_t pid;

	(void)arg, (void)fault;
	while (settle_pending(settle)) {
		pid = wait(&status);
		if (pid > 0)
			settle_child(settle, pid, status, clock_us());
		else
			settle_expire(settle, settle_deadline(settle));
	}
	return 0;
}

static int plan_bundle(struct boot *b, struct fault *fault)
{
	(void)fault;
	b->bundle.path = BUNDLE_DIR;
	return 0;
}

static ssize_t plan_config(struct boot *b, char **text, struct fault *fault)
{
	struct plan *p = plan_of(b);
	ssize_t n;

	p->blame = p->config;
	n = tool_read(p->config, text, OCI_CONFIG_MAX, fault);
	if (n < 0)
		return n;
	p->blame = NULL;
	p->before = strdup(*text);
	return p->before ? n : fault_oom(fault);
}

/* A recorded tree has no spec files: those of --cdi are used. */
static int plan_cdi(void *arg, struct oci_document *doc, struct fault *fault)
{
	struct boot *b = arg;
	struct plan *p = plan_of(b);
	int dir cleanup(fd_close) = -1;
	struct cdi_env env = {
		.arena = &b->arena,
		.root = b->root,
		.specs = b->root,
		.lstat = nodes_lstat,
		.initrd = -1,
		.request = &b->request,
		.found = &b->found,
	};

	if (p->cdi) {
		dir = open(p->cdi, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0) {
			p->blame = p->cdi;
			return fault_set(fault, -errno, "%m");
		}
		env.specs = dir;
	}
	return cdi_once(&env, doc, fault);
}

static int plan_program(void *arg, const char *path, struct fault *fault)
{
	const struct boot *b = arg;

	return root_look(b->initrd, fault, "%s", path);
}

/* --- the command --------------------------------------------------------------------------- */

static int plan_run(struct plan *p, boot_runner *run, struct fault *fault)
{
	static struct boot_ops ops = {
		.dev = &simulated_ops,
		.read_command_line = plan_command_line,
		.read_manifest = plan_manifest,
		.load_drivers = plan_drivers,
		.load_module = plan_module,
		.wait_devices = plan_wait,
		.set_up_network = plan_nothing,
		.open_bundle = plan_bundle,
		.read_config = plan_config,
		.inject_cdi = plan_cdi,
		.lstat = nodes_lstat,
	};
	enum phase failed;
	int err;

	p->boot.ops = &ops;
	if (p->initramfs) {
		p->blame = p->initramfs;
		p->boot.initrd = open(p->initramfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (p->boot.initrd < 0)
			return fault_set(fault, -errno, "%m");
		p->blame = NULL;
		ops.has_program = plan_program;
	}
	options_default(&p->boot.request.options);
	err = run(&p->boot, &failed);
	if (err)
		*fault = p->boot.fault;
	return err;
}

static int plan_text(struct plan *p, char **out, struct fault *fault)
{
	char *after cleanup(memory_free) = oci_print(p->boot.doc);

	if (!after)
		return fault_oom(fault);
	if (p->diff)
		return json_diff(p->before, after, out, fault);
	*out = after;
	after = NULL;
	return 0;
}

static enum tool_status plan_call(int argc, char **argv, boot_runner *run)
{
	static struct plan p; /* large */
	const struct tool_option options[] = {
		{"--root", &p.tree, NULL},	   {"--cmdline", &p.cmdline, NULL},
		{"--manifest", &p.manifest, NULL}, {"--config", &p.config, NULL},
		{"--cdi", &p.cdi, NULL},	   {"--initramfs", &p.initramfs, NULL},
		{"--diff", NULL, &p.diff},	   {0},
	};
	char *out cleanup(memory_free) = NULL;
	enum tool_status status;
	struct fault fault;

	if (tool_options(argc, argv, options) != TOOL_GOOD)
		return TOOL_USAGE;
	p.boot.root = p.boot.initrd = p.boot.loop = -1;
	if (!p.tree || !p.config)
		return tool_usage("plan needs --root and --config");
	if (plan_unpack(&p, &fault) || plan_run(&p, run, &fault) || plan_text(&p, &out, &fault))
		status = tool_fault(p.blame, &fault);
	else
		status = tool_print(out) ? TOOL_BAD_INPUT : tool_print("\n");
	plan_remove_scratch(&p);
	fd_close(&p.boot.initrd);
	oci_free(p.boot.doc);
	free(p.before);
	arena_free(&p.boot.arena);
	return status;
}

static const struct tool_command plan_command = {
	.name = "plan",
	.usage =
		"coldinit plan --root TREE [--cmdline TEXT] [--manifest FILE]\n"
		"                     --config config.json [--cdi DIR] [--initramfs DIR] [--diff]\n"
		"           show the config.json that a boot would patch for the devices of TREE,\n"
		"           a recorded tree or a directory that has sys/; --cdi: a directory with the CDI\n"
		"           specs of the guest, in etc/cdi and var/run/cdi; --initramfs: the unpacked\n"
		"           initramfs, for its manifest and the programs of hooks; --diff: only what\n"
		"           changes\n",
	.call = plan_call,
};
TOOL_COMMAND(plan_command);
