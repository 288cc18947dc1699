// SPDX-License-Identifier: Apache-2.0
/*
 * config.json: any bytes. A document that is printed and read again is the same, a failed patch
 * changes nothing, and a patched document can be read.
 */
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci.h"
#include "tests/fuzz/fuzz.h"

static const struct device devices[] = {
	{.id = "gpu", .container_path = "/dev/vfio/65"},
	{.id = "disk", .container_path = "/dev/a"},
	{.id = "other", .container_path = ""},
};

static const struct pci_mapping pairs[] = {
	{{0, 0x65, 0, 0}, {0, 1, 0, 0}},
	{{0, 1, 0, 0}, {0, 0x65, 0, 0}},
	{{0, 0, 0, 0}, {0xffffffff, 2, 0x1f, 7}},
};

static const struct device_result results[] = {
	{.ready = true,
	 .node_type = 'c',
	 .major = 511,
	 .minor = 3,
	 .node = "/dev/vfio/3",
	 .final_path = "/dev/vfio/3"},
	{.ready = true, .node_type = 'b', .major = 8, .minor = 0, .node = "/dev/sda"},
	{.ready = true, .pci = pairs, .n_pci = 3},
};

static const struct device_node nodes[] = {
	{"/dev/infiniband/uverbs0", 'c', 231, 192, 0666},
	{"/dev/a", 'c', 7, 1, 0},
};

/* The text of a document must be valid, and printed to the same text again. */
static void check_round_trip(const struct oci_document *doc)
{
	struct oci_document *again = NULL;
	char *text = fuzz_need(oci_print(doc)), *second;
	struct fault f;

	if (strlen(text) <= OCI_CONFIG_MAX) {
		if (oci_read(text, strlen(text), &again, &f))
			abort();
		second = fuzz_need(oci_print(again));
		if (strcmp(text, second) != 0)
			abort();
		free(second);
	}
	free(text);
	oci_free(again);
}

/* What init/container/ relies on */
static void check_contents(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_sysctls; i++)
		if (*c->sysctls[i].path == '/' || strstr(c->sysctls[i].path, "/../") ||
		    str_ends(c->sysctls[i].path, "/.."))
			abort();
	for (unsigned point = 0; point < OCI_HOOK_POINTS; point++)
		for (size_t i = 0; i < c->hooks[point].n; i++) {
			const struct oci_hook *hook = &c->hooks[point].hooks[i];

			if (*hook->path != '/' || !hook->args[0] || !hook->env)
				abort();
		}
	for (size_t i = 0; c->seccomp && i < c->seccomp->n_syscalls; i++) {
		const struct oci_syscall *s = &c->seccomp->syscalls[i];

		if (!s->names[0])
			abort();
		for (size_t k = 0; k < s->n_args; k++)
			if (s->args[k].index > 5)
				abort();
	}
}

static void check_config(const struct oci_document *doc)
{
	struct arena a = {0};
	struct oci_config c;
	struct fault f = {0};

	if (oci_config(&a, doc, &c, &f) == 0) {
		if (!c.process.args[0] || *c.process.cwd != '/' || !c.process.env || !c.root_path)
			abort();
		check_contents(&c);
	} else if (!*f.text) {
		abort();
	}
	arena_free(&a);
}

/*
 * Patch with the devices from @first on. With fewer devices more inputs have all nodes; the last
 * device has no node.
 */
static void check_patch(const char *text, size_t len, size_t first, bool fails)
{
	const struct oci_devices all = {devices + first, results + first, 3 - first, nodes,
					first == 2 ? 2 : 0};
	struct policy policy = {.unmapped_pci_fails = fails};
	struct oci_document *doc = NULL;
	struct fault f = {0};

	if (oci_read(text, len, &doc, &f))
		abort();
	if (oci_patch(doc, &all, &policy, &f) == 0)
		check_round_trip(doc);
	else if (!*f.text)
		abort();
	/* Also of a document that is half changed */
	check_config(doc);
	oci_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct oci_document *doc = NULL;
	struct fault f = {0};

	log_set_level(LOG_LEVEL_ERR);
	if (oci_read(text, size, &doc, &f)) {
		if (!*f.text)
			abort();
		return 0;
	}
	check_round_trip(doc);
	check_config(doc);
	oci_free(doc);
	for (size_t first = 0; first < 3; first++)
		check_patch(text, size, first, first == 1);
	return 0;
}
