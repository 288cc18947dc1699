// SPDX-License-Identifier: Apache-2.0
/* "devices" of the manifest: Kata's message Device with coldinit's keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/cdi.h"
#include "spec/manifest.h"
#include "spec/manifest_device.h"
#include "spec/manifest_read.h"

#define DEVICES_MAX 4096
#define IDS_MAX	    256

const char *const manifest_companions[] = {
	[COMPANIONS_BIND] = "bind",
	[COMPANIONS_CHECK] = "check",
	[COMPANIONS_IGNORE] = "ignore",
	NULL,
};

void manifest_device_defaults(struct device *d)
{
	*d = (struct device){
		.id = "",
		.type = "",
		.vm_path = "",
		.container_path = "",
		.expect_driver = "",
		.companions = COMPANIONS_BIND,
		.required = true,
		.cdi = "",
	};
}

int manifest_device_check(const struct device *d, struct fault *fault)
{
	if (!*d->type)
		return fault_set(fault, -EINVAL, "the device has no type");
	if (!*d->id && !*d->vm_path && !d->n_options)
		return fault_set(
			fault, -EINVAL,
			"the %.64s device has no id, no vm_path and no options: one of them must identify it",
			d->type);
	if (*d->container_path && !manifest_path_is_safe(d->container_path)) {
		fault_set(fault, -EINVAL,
			  "container_path \"%.200s\" is not an absolute path without \"..\"",
			  d->container_path);
		return fault_facts(fault, -EINVAL, "an absolute path without \"..\"",
				   d->container_path);
	}
	return 0;
}

/* --- one device ---------------------------------------------------------------------------- */

/* "10de:2330", with the lower-case digits of sysfs */
static int manifest_device_pci_id(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	uint64_t v;
	char *copy;

	if (strlen(s) != 9 || s[4] != ':' || str_number(s, 4, 16, 0xffff, &v) ||
	    str_number(s + 5, 4, 16, 0xffff, &v))
		return json_fault_expected(r, item,
					   "a PCI vendor:device pair such as \"10de:2330\"");
	copy = arena_strdup(r->arena, s);
	if (!copy)
		return json_fault_oom(r);
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c + ('a' - 'A'));
	*(const char **)out = copy;
	return 0;
}

#define DEVICE(field) .offset = offsetof(struct device, field)

static const struct json_field expect_fields[] = {
	JSON_LIST("ids", struct device, expect_ids, manifest_device_pci_id, .max = IDS_MAX),
	JSON_FIELD("driver", manifest_read_name, DEVICE(expect_driver)),
};

static int manifest_device_expect(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, expect_fields, out);
}

static int manifest_device_companions(const struct json_reader *r, const cJSON *item, void *out)
{
	int i = json_read_choice(r, item, manifest_companions);

	if (i < 0)
		return i;
	*(enum companions *)out = (enum companions)i;
	return 0;
}

static int manifest_device_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, DEVICE_TIMEOUT_MAX, out);
}

/* A qualified name (CDI SPEC.md, "CDI JSON Specification") */
static int manifest_device_cdi(const struct json_reader *r, const cJSON *item, void *out)
{
#ifdef CONFIG_CDI
	if (!cdi_name_check(json_text(item)))
		return json_fault_expected(r, item, "a CDI name, vendor/class=device");
	return json_read_string(r, item, out);
#else
	(void)out;
	return json_fault(r, item, "this build of coldinit does not support CDI devices");
#endif
}

static const struct json_field device_fields[] = {
	JSON_FIELD("id", json_read_string, DEVICE(id)),
	JSON_FIELD("type", json_read_string, DEVICE(type), .required = true),
	JSON_FIELD("vm_path", json_read_string, DEVICE(vm_path), .protojson = true),
	JSON_FIELD("container_path", json_read_string, DEVICE(container_path), .protojson = true),
	JSON_LIST("options", struct device, options, json_read_string, .max = DEVICE_OPTIONS_MAX),
	JSON_FIELD("expect", manifest_device_expect),
	JSON_FIELD("companions", manifest_device_companions, DEVICE(companions)),
	JSON_FIELD("required", json_read_bool, DEVICE(required)),
	JSON_FIELD("timeout_ms", manifest_device_timeout, DEVICE(timeout_ms)),
	JSON_FIELD("cdi", manifest_device_cdi, DEVICE(cdi)),
};

static int manifest_device_read(const struct json_reader *r, const cJSON *item, void *out)
{
	struct fault fault;
	int err;

	manifest_device_defaults(out);
	err = json_read_object(r, item, device_fields, out);
	if (err)
		return err;
	err = manifest_device_check(out, &fault);
	if (!err)
		return 0;
	json_fault(r, item, "%s", fault.text);
	return fault_facts(r->fault, err, fault.expected, fault.found);
}

/* --- all devices --------------------------------------------------------------------------- */

static int manifest_device_compare(const void *a, const void *b)
{
	const struct device *x = *(const struct device *const *)a;
	const struct device *y = *(const struct device *const *)b;
	int order = strcmp(x->id, y->id);

	return order ? order : (x > y) - (x < y);
}

/* Sort the ids: a manifest may have thousands of devices. */
static int manifest_device_check_ids(const struct device *devices, size_t n, struct fault *fault)
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
	qsort(sorted, n, sizeof(const struct device *), manifest_device_compare);
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

int manifest_device_list(const struct json_reader *r, const cJSON *item, void *out)
{
	struct manifest *m = out;
	int err = json_read_list(r, item, DEVICES_MAX, sizeof(*m->devices), manifest_device_read,
				 &m->devices, &m->n_devices);

	if (err)
		return err;
	err = manifest_device_check_ids(m->devices, m->n_devices, r->fault);
	return err ? fault_prefix(r->fault, err, "/devices") : 0;
}
