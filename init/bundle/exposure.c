// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "config.json: " fmt

#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "init/bundle/exposure.h"
#include "init/lib/log.h"
#include "init/lib/str.h"

/* struct exposure - the keys, as one text */
struct exposure {
	char text[512];
	size_t n;
};

static void exposure_add(struct exposure *e, const char *key, const char *what)
{
	char *end = e->text + e->n;

	if (str_printf(end, sizeof(e->text) - e->n, "%s%s%s%s", e->n ? ", " : "", key,
		       *what ? " " : "", what))
		return; /* there are enough of them to see */
	e->n += strlen(end);
}

static void exposure_capabilities(struct exposure *e, const struct oci_config *config)
{
	const struct oci_process *p = &config->process;
	static const struct {
		const char *name;
		unsigned bit;
	} reach[] = {
		{"CAP_SYS_ADMIN", CAP_SYS_ADMIN},   {"CAP_SYS_PTRACE", CAP_SYS_PTRACE},
		{"CAP_SYS_RAWIO", CAP_SYS_RAWIO},   {"CAP_SYS_BOOT", CAP_SYS_BOOT},
		{"CAP_SYS_MODULE", CAP_SYS_MODULE}, {"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
	};
	uint64_t all = 0;

	if (config->namespaces & CLONE_NEWUSER)
		return; /* they are capabilities over the container's own namespaces */
	for (int set = 0; set < OCI_CAPSETS; set++)
		all |= p->capabilities[set];
	for (size_t i = 0; i < ARRAY_SIZE(reach); i++)
		if (all >> reach[i].bit & 1)
			exposure_add(e, "/process/capabilities", reach[i].name);
}

static void exposure_devices(struct exposure *e, const struct oci_config *config)
{
	bool all = !config->n_rules; /* without rules nothing is denied */

	for (size_t i = 0; i < config->n_rules; i++) {
		const struct oci_device_rule *rule = &config->rules[i];

		if (rule->type == 'a' || (rule->major == OCI_ANY && rule->minor == OCI_ANY &&
					  (rule->read || rule->write)))
			all = rule->allow;
	}
	if (all)
		exposure_add(e, "/linux/resources/devices", "(all)");
}

static bool exposure_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* Does one of the lists cover the path? */
static bool exposure_is_covered(const struct oci_config *config, const char *path)
{
	for (size_t i = 0; i < config->n_readonly_paths; i++)
		if (exposure_is_below(path, config->readonly_paths[i]))
			return true;
	for (size_t i = 0; i < config->n_masked_paths; i++)
		if (exposure_is_below(path, config->masked_paths[i]))
			return true;
	return false;
}

static bool exposure_has_option(const struct oci_mount *m, const char *option)
{
	for (size_t i = 0; i < m->n_options; i++)
		if (!strcmp(m->options[i], option))
			return true;
	return false;
}

static void exposure_proc(struct exposure *e, const struct oci_config *config,
			  const struct oci_mount *m)
{
	static const char *const files[] = {"sys", "sysrq-trigger"};
	char path[256];

	if (config->process.uid || exposure_has_option(m, "ro"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!str_printf(path, sizeof(path), "%s/%s", m->destination, files[i]) &&
		    !exposure_is_covered(config, path))
			exposure_add(e, path, "(writable)");
}

static void exposure_mounts(struct exposure *e, const struct oci_config *config)
{
	static const char *const reach[] = {"/", "/dev", "/run", "/sys/fs/cgroup", NULL};

	for (size_t i = 0; i < config->n_mounts; i++) {
		const struct oci_mount *m = &config->mounts[i];
		bool bind = exposure_has_option(m, "bind") || exposure_has_option(m, "rbind");

		if (!bind && !strcmp(m->type, "proc"))
			exposure_proc(e, config, m);
		else if (bind && str_index(m->source, reach) >= 0)
			exposure_add(e, "/mounts of", m->source);
	}
}

void exposure_warn(const struct oci_config *config)
{
	struct exposure e = {0};

	exposure_capabilities(&e, config);
	exposure_devices(&e, config);
	exposure_mounts(&e, config);
	if (e.n)
		pr_warn("the container can reach the guest through %s: what it then does to coldinit is not prevented (SECURITY.md)",
			e.text);
}
