// SPDX-License-Identifier: Apache-2.0
/* coldinit check: validate the files that a boot reads. Their kind is recognised by their content.
 */
#include <errno.h>
#include <string.h>

#include "dev/settle.h"
#include "init/devices/drivers.h"
#include "init/lib/arena.h"
#include "init/lib/memory.h"
#include "init/lib/str.h"
#include "init/tool/tool.h"
#include "spec/document.h"
#include "spec/manifest.h"
#include "spec/oci.h"

/* The largest of the files: a spec file of CDI and a config.json */
#define FILE_MAX OCI_CONFIG_MAX

/* Room for "good, …" */
#define GOOD_MAX 64

/*
 * struct check - one file
 * @text, @len: its content
 * @arena: memory for what is read from it
 * @good: gets what it is
 */
struct check {
	char *text;
	size_t len;
	struct arena arena;
	char good[GOOD_MAX];
};

static int check_manifest(struct check *c, struct fault *fault)
{
	struct manifest m;
	int err = manifest_parse(&c->arena, c->text, c->len, &m, fault);

	if (!err)
		err = settle_check(&c->arena, m.devices, m.n_devices, fault);
	if (!err)
		err = drivers_check(&m, fault);
	return err ? err : str_printf(c->good, GOOD_MAX, "good, %zu device(s)", m.n_devices);
}

static int check_config(struct check *c, struct fault *fault)
{
	struct oci_document *doc cleanup(oci_free_ptr) = NULL;
	struct oci_config config;
	int err = oci_read(c->text, c->len, &doc, fault);

	if (!err)
		err = oci_config(&c->arena, doc, &config, fault);
	return err ? err : str_copy(c->good, GOOD_MAX, "good, a runtime's config.json");
}

/* The name decides how the guest reads a spec file; one without an ending is read as what it is. */
static int check_cdi(struct check *c, const char *path, bool yaml, struct fault *fault)
{
	bool json = str_ends(path, ".json");
	size_t n = 0;
	int err;

	if (str_ends(path, ".yml"))
		return fault_set(
			fault, -EINVAL,
			"not read in a guest: the name of a spec file ends in .json or .yaml");
	err = document_check_cdi(c->text, c->len, !json && (yaml || str_ends(path, ".yaml")), &n,
				 fault);
	if (err && yaml && json)
		fault_add(fault, "; a file in YAML needs a name that ends in .yaml");
	return err ? err
		   : str_printf(c->good, GOOD_MAX, "good, a CDI spec file of %zu device(s)", n);
}

static int check_kind(struct check *c, const char *path, struct fault *fault)
{
	enum document_kind kind = DOCUMENT_OTHER;
	int err = document_recognise(c->text, c->len, &kind, fault);

	if (err)
		return err;
	switch (kind) {
	case DOCUMENT_MANIFEST:
		return check_manifest(c, fault);
	case DOCUMENT_CONFIG:
		return check_config(c, fault);
	case DOCUMENT_CDI:
	case DOCUMENT_CDI_YAML:
		return check_cdi(c, path, kind == DOCUMENT_CDI_YAML, fault);
	case DOCUMENT_IMAGE_CONFIG:
		return fault_set(
			fault, -EINVAL,
			"this is an image's config, not a runtime's: an engine makes the bundle's config.json from it");
	case DOCUMENT_IMAGE_MANIFEST:
		return fault_set(
			fault, -EINVAL,
			"this is an image's manifest, which names layers: neither coldinit's manifest nor a runtime's config.json");
	default:
		return fault_set(
			fault, -EINVAL,
			"neither a manifest (\"version\"), nor a config.json (\"ociVersion\"), nor a CDI spec file (\"cdiVersion\")");
	}
}

static enum tool_status check_file(const char *path)
{
	struct check c = {.text = NULL};
	char *text cleanup(memory_free) = NULL;
	enum tool_status status;
	struct fault fault;
	ssize_t n = tool_read(path, &text, FILE_MAX, &fault);

	if (n < 0)
		return tool_fault(path, &fault);
	c.text = text;
	c.len = (size_t)n;
	if (check_kind(&c, path, &fault))
		status = tool_fault(path, &fault);
	else if (tool_print(path) || tool_print(": ") || tool_print(c.good) || tool_print("\n"))
		status = TOOL_BAD_INPUT;
	else
		status = TOOL_GOOD;
	arena_free(&c.arena);
	return status;
}

static enum tool_status check_call(int argc, char **argv, boot_runner *run)
{
	enum tool_status status = TOOL_GOOD;

	(void)run;
	for (int i = 0; i < argc; i++)
		if (*argv[i] == '-')
			return tool_usage(
				"check has no options; write ./ in front of a file's name that begins with '-'");
	for (int i = 0; i < argc; i++)
		if (check_file(argv[i]) != TOOL_GOOD)
			status = TOOL_BAD_INPUT;
	return argc ? status : tool_usage("check needs a file");
}

static const struct tool_command check_command = {
	.name = "check",
	.usage =
		"coldinit check FILE...\n"
		"           validate manifests, config.json files and CDI specs (JSON or YAML); all errors\n"
		"           of a file are printed\n",
	.call = check_call,
};
TOOL_COMMAND(check_command);
