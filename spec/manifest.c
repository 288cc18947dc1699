// SPDX-License-Identifier: Apache-2.0
/* Objects and fields that Kata's agent protocol has keep its names; protojson's count too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/cdi.h"
#include "spec/device_check.h"
#include "spec/json.h"
#include "spec/manifest.h"
#include "spec/manifest_read.h"

#define DEVICES_MAX  4096
#define MODULES_MAX  256
#define WORDS_MAX    256 /* elements of any other list */
#define NAME_MAX_LEN 128

/* --- single values ------------------------------------------------------------------------- */

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

/* A name that may become a file's: of a cgroup, of a module. */
static int read_name(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "";

	if (!*s || s[strspn(s, NAME_CHARS)] || strlen(s) > NAME_MAX_LEN || !strcmp(s, ".") ||
	    !strcmp(s, ".."))
		return json_expected(r, item, "a name of 1 to 128 letters, digits, '_', '.', '-'");
	return json_string(r, item, out);
}

/* RFC 1123, section 2.1, and the kernel's limit (HOST_NAME_MAX) */
static int read_hostname(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "";
	bool good = *s && strlen(s) <= 64;
	size_t n;

	for (; good && *s; s += n) {
		n = strcspn(s, ".");
		good = n && n <= 63 && strspn(s, NAME_CHARS) >= n && !memchr(s, '_', n) &&
		       s[0] != '-' && s[n - 1] != '-' && strcmp(s + n, ".") != 0;
		n += s[n] == '.';
	}
	if (!good)
		return json_expected(r, item, "a host name of at most 64 characters");
	return json_string(r, item, out);
}

int manifest_read_path(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || !path_is_safe(item->valuestring))
		return json_expected(r, item, "an absolute path without \"..\"");
	return json_string(r, item, out);
}

static int read_version(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t version;

	(void)out;
	return json_integer(r, item, 1, 1, &version);
}

/* Fields of the protocol that this build cannot serve: they are taken when they ask for nothing. */
int manifest_read_nothing(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!cJSON_IsArray(item))
		return json_expected(r, item, "an array");
	if (item->child)
		return json_fault(r, item,
				  "not supported by this build of coldinit, leave it empty");
	return 0;
}

/* --- devices ------------------------------------------------------------------------------- */

/* "10de:2330", in the small letters that sysfs uses */
static int read_pci_ids(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "";
	uint64_t v;
	char *copy;

	if (strlen(s) != 9 || s[4] != ':' || str_number(s, 4, 16, 0xffff, &v) ||
	    str_number(s + 5, 4, 16, 0xffff, &v))
		return json_expected(r, item, "a PCI vendor:device pair such as \"10de:2330\"");
	copy = arena_strdup(r->arena, s);
	if (!copy)
		return json_enomem(r);
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c + ('a' - 'A'));
	*(const char **)out = copy;
	return 0;
}

static int read_expect_ids(const struct json_reader *r, const cJSON *item, void *out)
{
	struct device *d = out;
	void *ids = NULL;
	int err =
		json_list(r, item, WORDS_MAX, sizeof(char *), read_pci_ids, &ids, &d->n_expect_ids);

	if (!err)
		d->expect_ids = ids;
	return err;
}

#define DEVICE(field) .offset = offsetof(struct device, field)

static const struct json_field expect_fields[] = {
	JSON_FIELD("ids", read_expect_ids),
	JSON_FIELD("driver", read_name, DEVICE(expect_driver)),
	{0},
};

static int read_expect(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, expect_fields, out);
}

static int read_device_options(const struct json_reader *r, const cJSON *item, void *out)
{
	struct device *d = out;

	return json_strings(r, item, DEVICE_OPTIONS_MAX, &d->options, &d->n_options);
}

static int read_companions(const struct json_reader *r, const cJSON *item, void *out)
{
	int i = json_choice(r, item, companions_words);

	if (i < 0)
		return i;
	*(enum companions *)out = (enum companions)i;
	return 0;
}

static int read_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t ms = 0;
	int err = json_integer(r, item, 0, DEVICE_TIMEOUT_MAX, &ms);

	if (!err)
		*(uint32_t *)out = (uint32_t)ms;
	return err;
}

/* A qualified name of the Container Device Interface */
static int read_cdi(const struct json_reader *r, const cJSON *item, void *out)
{
#ifdef CONFIG_CDI
	if (!cJSON_IsString(item) || !cdi_name_check(item->valuestring))
		return json_expected(r, item, "a CDI name, vendor/class=device");
	return json_string(r, item, out);
#else
	(void)out;
	return json_fault(r, item, "this build of coldinit knows no CDI devices");
#endif
}

static const struct json_field device_fields[] = {
	JSON_FIELD("id", json_string, DEVICE(id)),
	JSON_FIELD("type", json_string, DEVICE(type), .required = true),
	JSON_FIELD("vm_path", json_string, DEVICE(vm_path), .protojson = true),
	JSON_FIELD("container_path", json_string, DEVICE(container_path), .protojson = true),
	JSON_FIELD("options", read_device_options),
	JSON_FIELD("expect", read_expect),
	JSON_FIELD("companions", read_companions, DEVICE(companions)),
	JSON_FIELD("required", json_bool, DEVICE(required)),
	JSON_FIELD("timeout_ms", read_timeout, DEVICE(timeout_ms)),
	JSON_FIELD("cdi", read_cdi, DEVICE(cdi)),
	{0},
};

static int read_device(const struct json_reader *r, const cJSON *item, void *out)
{
	struct fault fault;
	int err;

	device_defaults(out);
	err = json_object(r, item, device_fields, out);
	if (err)
		return err;
	err = device_check(out, &fault);
	if (!err)
		return 0;
	json_fault(r, item, "%s", fault.text);
	if (*fault.expected) {
		fault_expected(r->fault, "%s", fault.expected);
		fault_found(r->fault, "%s", fault.found);
	}
	return err;
}

static int compare_ids(const void *a, const void *b)
{
	const struct device *x = *(const struct device *const *)a;
	const struct device *y = *(const struct device *const *)b;
	int order = strcmp(x->id, y->id);

	return order ? order : (x > y) - (x < y);
}

/* Sorted: a manifest may have thousands of devices. */
static int check_ids(const struct device *devices, size_t n, struct fault *fault)
{
	const struct device **sorted;
	int err = 0;

	if (n < 2)
		return 0;
	sorted = malloc(n * sizeof(const struct device *));
	if (!sorted)
		return fault_oom(fault);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &devices[i];
	qsort(sorted, n, sizeof(const struct device *), compare_ids);
	for (size_t i = 1; i < n && !err; i++)
		if (*sorted[i]->id && !strcmp(sorted[i - 1]->id, sorted[i]->id))
			err = fault_set(
				fault, -EINVAL,
				"devices %zu and %zu (counted from 0) have the same id \"%.200s\"",
				(size_t)(sorted[i - 1] - devices), (size_t)(sorted[i] - devices),
				sorted[i]->id);
	free(sorted);
	return err;
}

static int read_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	struct manifest *m = out;
	void *devices = NULL;
	int err = json_list(r, item, DEVICES_MAX, sizeof(struct device), read_device, &devices,
			    &m->n_devices);

	if (err)
		return err;
	m->devices = devices;
	err = check_ids(m->devices, m->n_devices, r->fault);
	return err ? fault_prefix(r->fault, err, "/devices") : 0;
}

/* --- modules ------------------------------------------------------------------------------- */

static int read_parameters(const struct json_reader *r, const cJSON *item, void *out)
{
	struct kernel_module *m = out;

	return json_strings(r, item, WORDS_MAX, &m->parameters, &m->n_parameters);
}

static const struct json_field module_fields[] = {
	JSON_FIELD("name", read_name, .offset = offsetof(struct kernel_module, name),
		   .required = true),
	JSON_FIELD("parameters", read_parameters),
	{0},
};

static int read_module(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, module_fields, out);
}

static int read_modules(const struct json_reader *r, const cJSON *item, void *out)
{
	struct manifest *m = out;
	void *modules = NULL;
	int err = json_list(r, item, MODULES_MAX, sizeof(struct kernel_module), read_module,
			    &modules, &m->n_modules);

	if (!err)
		m->modules = modules;
	return err;
}

/* --- the rest ------------------------------------------------------------------------------ */

static int read_cdi_generator(const struct json_reader *r, const cJSON *item, void *out)
{
	struct manifest *m = out;

	return json_strings(r, item, WORDS_MAX, &m->cdi_generator, &m->n_cdi_generator);
}

/* A directory of the guest, or a SOURCE that is taken apart when it is opened. */
static int read_bundle(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const sources[] = {"initrd:", "virtiofs:", "block:"};
	const char *s = cJSON_IsString(item) ? item->valuestring : "";

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (str_starts(s, sources[i]) && s[strlen(sources[i])])
			return json_string(r, item, out);
	return manifest_read_path(r, item, out);
}

static const struct json_field container_fields[] = {
	JSON_FIELD("id", read_name, .offset = offsetof(struct manifest, container_id)),
	JSON_FIELD("bundle", read_bundle, .offset = offsetof(struct manifest, bundle)),
	JSON_FIELD("cdi_generator", read_cdi_generator),
	{0},
};

static int read_container(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, container_fields, out);
}

static int read_on_unmapped_pci(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"warn", "fail", NULL};
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	*(bool *)out = i == 1;
	return 0;
}

static int read_unsafe_interrupts(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"refuse", "allow", NULL};
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	*(bool *)out = i == 1;
	return 0;
}

#define POLICY(field) .offset = offsetof(struct policy, field)

static const struct json_field policy_fields[] = {
	JSON_FIELD("on_unmapped_pci", read_on_unmapped_pci, POLICY(unmapped_pci_fails)),
	JSON_FIELD("unsafe_interrupts", read_unsafe_interrupts, POLICY(allow_unsafe_interrupts)),
	JSON_FIELD("lock_modules", json_bool, POLICY(lock_modules)),
	{0},
};

static int read_policy(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, policy_fields, out);
}

#define MANIFEST(field) .offset = offsetof(struct manifest, field)

static const struct json_field manifest_fields[] = {
	JSON_FIELD("version", read_version, .required = true),
	JSON_FIELD("sandbox_id", read_name, MANIFEST(sandbox_id), .protojson = true),
	JSON_FIELD("hostname", read_hostname, MANIFEST(hostname)),
	JSON_FIELD("dns", manifest_dns, MANIFEST(network)),
	JSON_FIELD("kernel_modules", read_modules, .protojson = true),
	JSON_FIELD("interfaces", manifest_interfaces, MANIFEST(network)),
	JSON_FIELD("routes", manifest_routes, MANIFEST(network)),
	JSON_FIELD("arp_neighbors", manifest_neighbors, MANIFEST(network), .protojson = true),
	JSON_FIELD("ARPNeighbors", manifest_neighbors, MANIFEST(network)),
	JSON_FIELD("storages", manifest_read_storages),
	JSON_FIELD("devices", read_devices),
	JSON_FIELD("container", read_container),
	JSON_FIELD("policy", read_policy, MANIFEST(policy)),
	{0},
};

void manifest_defaults(struct manifest *out)
{
	*out = (struct manifest){
		.sandbox_id = "", .hostname = "", .container_id = "", .bundle = ""};
}

int manifest_parse(struct arena *a, const char *text, size_t len, struct manifest *out,
		   struct fault *fault)
{
	cJSON *root cleanup(json_free_ptr) = NULL;
	struct json_reader r = {.arena = a, .fault = fault};
	struct manifest m;
	int err;

	if (len > MANIFEST_MAX)
		return fault_set(fault, -EFBIG, "%zu bytes, at most %d are accepted", len,
				 MANIFEST_MAX);
	err = json_parse(text, len, &root, fault);
	if (err)
		return err;
	r.root = root;
	manifest_defaults(&m);
	err = json_object(&r, root, manifest_fields, &m);
	if (err)
		return err;
	*out = m;
	return 0;
}
