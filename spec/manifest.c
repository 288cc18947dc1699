// SPDX-License-Identifier: Apache-2.0
/*
 * The manifest. Objects and fields of Kata's agent protocol keep their names, and protojson's
 * spellings are accepted too.
 */
#include <errno.h>
#include <string.h>

#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "spec/manifest.h"
#include "spec/manifest_read.h"

#define MODULES_MAX	   256
#define STORAGES_MAX	   256
#define WORDS_MAX	   256 /* parameters of a module, words of the CDI generator's command */
#define NAME_LEN_MAX	   128
#define SIGNAL_MAX	   64
#define STOP_TIMEOUT_MAX_S 86400

/* policy.reserve_mib: its default and its bounds */
#define RESERVE_MIB	24
#define RESERVE_MIB_MIN 8
#define RESERVE_MIB_MAX 65536

/* --- single values ------------------------------------------------------------------------- */

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

int manifest_read_name(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);

	if (!*s || s[strspn(s, NAME_CHARS)] || strlen(s) > NAME_LEN_MAX || !strcmp(s, ".") ||
	    !strcmp(s, ".."))
		return json_fault_expected(r, item,
					   "a name of 1 to 128 letters, digits, '_', '.', '-'");
	return json_read_string(r, item, out);
}

/* RFC 1123, section 2.1, and the kernel's limit (HOST_NAME_MAX) */
static int manifest_read_hostname(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	bool good = *s && strlen(s) <= 64;
	size_t n;

	for (; good && *s; s += n) {
		n = strcspn(s, ".");
		good = n && n <= 63 && strspn(s, NAME_CHARS) >= n && !memchr(s, '_', n) &&
		       s[0] != '-' && s[n - 1] != '-' && strcmp(s + n, ".") != 0;
		n += s[n] == '.';
	}
	if (!good)
		return json_fault_expected(r, item, "a host name of at most 64 characters");
	return json_read_string(r, item, out);
}

bool manifest_path_is_safe(const char *path)
{
	size_t n;

	if (*path != '/')
		return false;
	for (; *path; path += n) {
		path += *path == '/';
		n = strcspn(path, "/");
		if (n == 2 && !memcmp(path, "..", 2))
			return false;
	}
	return true;
}

int manifest_read_path(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!manifest_path_is_safe(json_text(item)))
		return json_fault_expected(r, item, "an absolute path without \"..\"");
	return json_read_string(r, item, out);
}

static int manifest_read_version(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t version;

	(void)out;
	return json_read_integer(r, item, 1, 1, &version);
}

int manifest_read_enum(const struct json_reader *r, const cJSON *item, const char *const *words)
{
	int64_t number, last = 0;

	if (!json_is_number(item))
		return json_read_choice(r, item, words);
	while (words[last + 1])
		last++;
	return json_read_integer(r, item, 0, last, &number) ? -EINVAL : (int)number;
}

int manifest_read_nothing(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!cJSON_IsArray(item))
		return json_fault_expected(r, item, "an array");
	if (item->child)
		return json_fault(r, item,
				  "not supported by this build of coldinit, leave it empty");
	return 0;
}

/* A choice of two words. Return: 0, or -EINVAL with the reader's fault set. */
static int manifest_read_either(const struct json_reader *r, const cJSON *item, const char *no,
				const char *yes, bool *out)
{
	const char *const words[] = {no, yes, NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*out = i == 1;
	return 0;
}

#ifdef CONFIG_DRIVER_IMAGES
#define MANIFEST_IMAGE_PATH manifest_read_path
#else
#define MANIFEST_IMAGE_PATH manifest_read_no_image

static int manifest_read_no_image(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_fault(r, item, "not supported by this build of coldinit");
}
#endif

/* --- objects ------------------------------------------------------------------------------- */

#define MANIFEST(field) .offset = offsetof(struct manifest, field)
#define MODULE(field)	.offset = offsetof(struct kernel_module, field)
#define POLICY(field)	.offset = offsetof(struct policy, field)

static const struct json_field module_fields[] = {
	JSON_FIELD("name", manifest_read_name, MODULE(name), .required = true),
	JSON_LIST("parameters", struct kernel_module, parameters, json_read_string,
		  .max = WORDS_MAX),
	JSON_FIELD("modules_from", MANIFEST_IMAGE_PATH, MODULE(from)),
};

static int manifest_read_module(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, module_fields, out);
}

/* A directory of the guest, or a SOURCE (README), which is parsed when it is opened. */
static int manifest_read_bundle(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const sources[] = {"initrd:", "virtiofs:", "block:"};
	const char *s = json_text(item);

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (str_starts(s, sources[i]) && s[strlen(sources[i])])
			return json_read_string(r, item, out);
	return manifest_read_path(r, item, out);
}

/* A name or a number, as images have it. */
static int manifest_read_signal(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item))
		return json_read_range(r, item, 1, SIGNAL_MAX, out);
	if (signame_parse(json_text(item), out))
		return json_fault_expected(r, item, "the name of a signal or its number");
	return 0;
}

static int manifest_read_stop_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, STOP_TIMEOUT_MAX_S, out);
}

static const struct json_field container_fields[] = {
	JSON_FIELD("id", manifest_read_name, MANIFEST(container_id)),
	JSON_FIELD("bundle", manifest_read_bundle, MANIFEST(bundle)),
	JSON_FIELD("stop_signal", manifest_read_signal, MANIFEST(stop_signal)),
	JSON_FIELD("stop_timeout_s", manifest_read_stop_timeout, MANIFEST(stop_timeout_s)),
	JSON_LIST("cdi_generator", struct manifest, cdi_generator, json_read_string,
		  .max = WORDS_MAX),
};

static int manifest_read_container(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, container_fields, out);
}

static int manifest_read_unmapped(const struct json_reader *r, const cJSON *item, void *out)
{
	return manifest_read_either(r, item, "warn", "fail", out);
}

static int manifest_read_interrupts(const struct json_reader *r, const cJSON *item, void *out)
{
	return manifest_read_either(r, item, "refuse", "allow", out);
}

static int manifest_read_reserve(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, RESERVE_MIB_MIN, RESERVE_MIB_MAX, out);
}

static int manifest_read_unclaimed(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"drop", "keep", "fail", NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(enum unclaimed *)out = UNCLAIMED_DROP + (unsigned)i;
	return 0;
}

static int manifest_read_lsm(const struct json_reader *r, const cJSON *item, void *out)
{
	return manifest_read_either(r, item, "accept", "require", out);
}

static const struct json_field policy_fields[] = {
	JSON_FIELD("on_unmapped_pci", manifest_read_unmapped, POLICY(unmapped_pci_fails)),
	JSON_FIELD("unsafe_interrupts", manifest_read_interrupts, POLICY(allow_unsafe_interrupts)),
	JSON_FIELD("lock_modules", json_read_bool, POLICY(lock_modules)),
	JSON_FIELD("reserve_mib", manifest_read_reserve, POLICY(reserve_mib)),
	JSON_FIELD("unclaimed_devices", manifest_read_unclaimed, POLICY(unclaimed_devices)),
	JSON_FIELD("lsm", manifest_read_lsm, POLICY(lsm_required)),
};

static int manifest_read_policy(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, policy_fields, out);
}

static const struct json_field manifest_fields[] = {
	JSON_FIELD("version", manifest_read_version, .required = true),
	JSON_FIELD("sandbox_id", manifest_read_name, MANIFEST(sandbox_id), .protojson = true),
	JSON_FIELD("hostname", manifest_read_hostname, MANIFEST(hostname)),
	JSON_FIELD("dns", manifest_net_dns, MANIFEST(network)),
	JSON_LIST("kernel_modules", struct manifest, modules, manifest_read_module,
		  .max = MODULES_MAX, .protojson = true),
	JSON_FIELD("firmware", MANIFEST_IMAGE_PATH, MANIFEST(firmware)),
	JSON_FIELD("interfaces", manifest_net_interfaces, MANIFEST(network)),
	JSON_FIELD("routes", manifest_net_routes, MANIFEST(network)),
	JSON_FIELD("arp_neighbors", manifest_net_neighbors, MANIFEST(network), .protojson = true),
	JSON_FIELD("ARPNeighbors", manifest_net_neighbors, MANIFEST(network)),
#ifdef CONFIG_STORAGES
	JSON_LIST("storages", struct manifest, storages, manifest_storage_read,
		  .max = STORAGES_MAX),
#else
	JSON_FIELD("storages", manifest_read_nothing),
#endif
	JSON_FIELD("devices", manifest_device_list),
	JSON_FIELD("container", manifest_read_container),
#ifdef CONFIG_SERVICES
	JSON_FIELD("services", manifest_service_list),
#else
	JSON_FIELD("services", manifest_read_nothing),
#endif
	JSON_FIELD("policy", manifest_read_policy, MANIFEST(policy)),
};

/* --- the document -------------------------------------------------------------------------- */

void manifest_defaults(struct manifest *out)
{
	*out = (struct manifest){
		.sandbox_id = "",
		.hostname = "",
		.container_id = "",
		.bundle = "",
		.stop_timeout_s = STOP_TIMEOUT_S,
		.policy.reserve_mib = RESERVE_MIB,
	};
}

int manifest_parse(struct arena *a, const char *text, size_t len, struct manifest *out,
		   struct fault *fault)
{
	cJSON *root cleanup(json_free_ptr) = NULL;
	struct json_notes notes = {.lenient = false};
	struct json_reader r = {.arena = a, .fault = fault, .notes = &notes};
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
	err = json_read_object(&r, root, manifest_fields, &m);
	json_notes_end(&r);
	if (err)
		return err;
	*out = m;
	return 0;
}
