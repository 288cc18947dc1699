// SPDX-License-Identifier: Apache-2.0
/*
 * growth KIND N: read, patch and print a document that has N items of a kind. tests/unit/growth.py
 * counts the instructions: four times as many items take about four times as many instructions.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/log.h"
#include "spec/cdi/cdi.h"
#include "spec/json_diff.h"
#include "spec/oci.h"

/* The text that put() appends to */
static char *text;
static size_t len, room;

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	va_list ap;

	if (room - len < 512) {
		room = 2 * room + 1024;
		text = realloc(text, room);
	}
	va_start(ap, fmt);
	len += (size_t)vsnprintf(text + len, room - len, fmt, ap);
	va_end(ap);
}

/* Return: the text, which the caller owns; the next put() begins another one. */
static char *take(void)
{
	char *s = text;

	text = NULL;
	len = room = 0;
	return s;
}

/* Append @fmt @n times with commas between; its %u are the numbers from 0 to @n - 1. */
static void list(unsigned n, const char *fmt)
{
	for (unsigned i = 0; i < n; i++) {
		put("%s", i ? "," : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		put(fmt, i, i);
#pragma GCC diagnostic pop
	}
}

static void fail(const char *what, const struct fault *f)
{
	fprintf(stderr, "%s: %s\n", what, f->text);
	exit(1);
}

static struct oci_document *read_config(const char *config)
{
	struct oci_document *doc = NULL;
	struct fault f;

	if (oci_read(config, strlen(config), &doc, &f))
		fail("config.json", &f);
	return doc;
}

/* Print the document, and make the JSON Patch from the text before. */
static void finish(const char *before, struct oci_document *doc)
{
	char *after = oci_print(doc), *patch = NULL;
	struct fault f;

	if (json_diff(before, after, &patch, &f))
		fail("diff", &f);
	free(patch);
	free(after);
	oci_free(doc);
}

static void patch(const char *config, const struct oci_devices *all)
{
	const struct policy policy = {0};
	struct oci_document *doc = read_config(config);
	struct fault f;

	if (oci_patch(doc, all, &policy, &f))
		fail("patch", &f);
	finish(config, doc);
}

/* Inject the CDI devices that @config requests; @spec is the text of the spec file @name. */
static void inject(const char *spec, const char *name, const char *config)
{
	struct cdi_host host = {.root = open("/", O_PATH | O_DIRECTORY), .declared_numbers = true};
	struct oci_document *doc = read_config(config);
	struct cdi_cache *cache = cdi_cache_open();
	struct cdi_request request;
	struct arena a = {0};
	struct fault f;

	if (cdi_cache_load(cache, spec, strlen(spec), name, CDI_STATIC) ||
	    cdi_request_read(&a, doc, true, &request, &f) ||
	    cdi_inject(cache, &request, &host, doc, &f))
		fail("CDI", &f);
	finish(config, doc);
	cdi_cache_close(cache);
	arena_free(&a);
}

/* --- kinds --------------------------------------------------------------------------------- */

/* Devices of the manifest with their entries and rules */
static void devices(unsigned n)
{
	struct device *d = calloc(n, sizeof(*d));
	struct device_result *r = calloc(n, sizeof(*r));

	for (unsigned i = 0; i < n; i++) {
		put("/dev/%u", i);
		d[i] = (struct device){.id = "d", .container_path = take(), .cdi = ""};
		r[i] = (struct device_result){
			.ready = true, .node_type = 'c', .major = 9, .minor = n - i};
	}
	put("{\"linux\":{\"devices\":[");
	list(n, "{\"path\":\"/dev/%u\",\"type\":\"c\",\"major\":9,\"minor\":%u}");
	put("],\"resources\":{\"devices\":[");
	list(n, "{\"allow\":true,\"type\":\"c\",\"major\":9,\"minor\":%u}");
	put("]}}}");
	patch(take(), &(struct oci_devices){d, r, n, NULL, 0});
}

/* Variables with one address each, and their INFO */
static void variables(unsigned n)
{
	const struct device d = {.id = "d", .container_path = "", .cdi = ""};
	struct pci_mapping *pairs = calloc(n, sizeof(*pairs));
	const struct device_result r = {.ready = true, .pci = pairs, .n_pci = n};

	for (unsigned i = 0; i < n; i++)
		pairs[i].host.domain = pairs[n - 1 - i].guest.domain = i;
	put("{\"process\":{\"env\":[");
	list(n, "\"PCIDEVICE_%u=%x:00:00.0\"");
	put(",");
	list(n, "\"PCIDEVICE_%u_INFO={\\\"%x:00:00.0\\\":1}\"");
	put("]}}");
	patch(take(), &(struct oci_devices){&d, &r, 1, NULL, 0});
}

/* One variable with many addresses */
static void addresses(unsigned n)
{
	const struct device d = {.id = "d", .container_path = "", .cdi = ""};
	struct pci_mapping *pairs = calloc(n, sizeof(*pairs));
	const struct device_result r = {.ready = true, .pci = pairs, .n_pci = n};

	for (unsigned i = 0; i < n; i++)
		pairs[i].host.domain = pairs[n - 1 - i].guest.domain = i;
	put("{\"process\":{\"env\":[\"PCIDEVICE_x=");
	list(n, "%x:00:00.0");
	put("\",\"PCIDEVICE_x_INFO={");
	list(n, "\\\"%x:00:00.0\\\":1");
	put("}\"]}}");
	patch(take(), &(struct oci_devices){&d, &r, 1, NULL, 0});
}

/* Unknown keys */
static void keys(unsigned n)
{
	put("{");
	list(n, "\"key%u\":{\"a\":%u}");
	put("}");
	patch(take(), &(struct oci_devices){0});
}

/* Devices of one spec file, each requested by an annotation */
static void cdi_devices_in(unsigned n, const char *name)
{
	char *spec;

	put("{\"cdiVersion\":\"1.1.0\",\"kind\":\"v/c\",\"devices\":[");
	list(n,
	     "{\"name\":\"%u\",\"containerEdits\":{\"env\":[\"E%u=1\"],\"deviceNodes\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":9,\"minor\":1}]}}");
	put("]}");
	spec = take();
	put("{\"process\":{},\"annotations\":{");
	list(n, "\"cdi.k8s.io/%u\":\"v/c=%u\"");
	put("}}");
	inject(spec, name, take());
}

static void cdi_json(unsigned n)
{
	cdi_devices_in(n, "/etc/cdi/a.json");
}

static void cdi_yaml(unsigned n)
{
	cdi_devices_in(n, "/etc/cdi/a.yaml");
}

/* One device with many edits, for a config.json that has equal items */
static void cdi_edits(unsigned n)
{
	char *spec;

	put("{\"cdiVersion\":\"1.1.0\",\"kind\":\"v/c\",\"devices\":[{\"name\":\"0\",\"containerEdits\":{\"mounts\":[");
	list(n, "{\"hostPath\":\"/h\",\"containerPath\":\"/c%u\"}");
	put("],\"netDevices\":[");
	list(n, "{\"hostInterfaceName\":\"e%u\",\"name\":\"n%u\"}");
	put("],\"hooks\":[");
	list(n, "{\"hookName\":\"poststop\",\"path\":\"/h%u\"}");
	put("],\"deviceNodes\":[");
	list(n, "{\"path\":\"/dev/%u\",\"type\":\"p\"}");
	put("],\"additionalGids\":[");
	list(n, "%u");
	put("]}}]}");
	spec = take();
	put("{");
	list(n, "\"x%u\":0");
	put(",\"mounts\":[");
	list(n, "{\"destination\":\"/c%u\"}");
	put("],\"linux\":{");
	list(n, "\"x%u\":0");
	put(",\"netDevices\":{");
	list(n, "\"e%u\":{\"name\":\"o%u\"}");
	put("},\"devices\":[");
	list(n, "{\"path\":\"/dev/%u\",\"type\":\"p\"}");
	put("]},\"annotations\":{\"cdi.k8s.io/\":\"v/c=0\"},\"hooks\":{");
	list(n, "\"x%u\":0");
	put("},\"process\":{");
	list(n, "\"x%u\":0");
	put(",\"user\":{\"uid\":1,\"gid\":1}}}");
	inject(spec, "/etc/cdi/a.json", take());
}

/* VISIBLE_CDI_DEVICES with many numbers, and an annotation that requests the same devices */
static void visible(unsigned n)
{
	char *spec;

	put("{\"cdiVersion\":\"1.1.0\",\"kind\":\"v/c\",\"devices\":[");
	list(n, "{\"name\":\"%u\",\"containerEdits\":{\"env\":[\"A=1\"]}}");
	put("]}");
	spec = take();
	put("{\"annotations\":{\"cdi.k8s.io/\":\"");
	list(n, "v/c=%u");
	put("\"},\"process\":{\"env\":[\"VISIBLE_CDI_DEVICES=v/c=");
	list(n, "%u");
	put("\"]}}");
	inject(spec, "/etc/cdi/a.json", take());
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(unsigned n);
	} kinds[] = {
		{"devices", devices},	  {"variables", variables}, {"addresses", addresses},
		{"keys", keys},		  {"cdi_json", cdi_json},   {"cdi_yaml", cdi_yaml},
		{"cdi_edits", cdi_edits}, {"visible", visible},
	};

	log_set_level(LOG_LEVEL_ERR);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (argc == 3 && !strcmp(argv[1], kinds[i].name)) {
			kinds[i].run((unsigned)strtoul(argv[2], NULL, 10));
			return 0;
		}
		if (argc == 1)
			puts(kinds[i].name);
	}
	return argc != 1;
}
