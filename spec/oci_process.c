// SPDX-License-Identifier: Apache-2.0
/* "process" of config.json (OCI runtime spec, config.md, "Process" and "POSIX process") */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

#define GIDS_MAX 65536 /* the kernel's NGROUPS_MAX */

#define PROCESS(field) .offset = offsetof(struct oci_process, field)

static int oci_process_args(const struct json_reader *r, const cJSON *item, void *out)
{
	size_t n = 0;
	int err = json_read_list(r, item, SIZE_MAX, sizeof(char *), json_read_string, out, &n);

	if (!err && !n)
		return json_fault(r, item, "expected the program to run, found an empty array");
	return err;
}

/* environment_build() leaves one without "=" out, as crun does. */
static int oci_process_variable(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!strchr(json_text(item), '='))
		json_warn(r, item, "has no \"=\" and is ignored");
	return json_read_string(r, item, out);
}

static int oci_process_oom_score_adj(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;
	int64_t v = 0;
	int err = json_read_integer(r, item, -1000, 1000, &v);

	if (err)
		return err;
	p->has_oom_score_adj = true;
	p->oom_score_adj = (int)v;
	return 0;
}

/* All names have the same room: one with another first letter, as most, is passed over at once. */
#define NAME_ROOM 19

/* Return: the index of a name, in any case, among @n; -1 if it is not there. */
static int oci_process_name_index(const char (*names)[NAME_ROOM], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (*names[i] == toupper((unsigned char)*name) && !strcasecmp(names[i], name))
			return i;
	return -1;
}

/* --- user ---------------------------------------------------------------------------------- */

/* All but (uid_t)-1, which means "no change" to the kernel. */
static int oci_process_id(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, UINT32_MAX - 1, out);
}

static int oci_process_umask(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;
	int err = json_read_uint32(r, item, &p->umask);

	/* umask(2) uses only these bits. */
	p->umask &= 0777;
	p->has_umask = true;
	return err;
}

static const struct json_field user_fields[] = {
	JSON_FIELD("uid", oci_process_id, PROCESS(uid)),
	JSON_FIELD("gid", oci_process_id, PROCESS(gid)),
	JSON_FIELD("umask", oci_process_umask),
	JSON_LIST("additionalGids", struct oci_process, additional_gids, oci_process_id,
		  .max = GIDS_MAX),
	JSON_FIELD("username", oci_config_platform),
};

static int oci_process_user(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, user_fields, out);
}

/* --- capabilities -------------------------------------------------------------------------- */

/* The names of linux/capability.h without CAP_, in the order of their numbers */
static const char capabilities[][NAME_ROOM] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

/* A newer kernel has the unknown capabilities: warn once and go on, as runc and crun do. */
static int oci_process_capability_set(const struct json_reader *r, const cJSON *item, void *out)
{
	bool warned = false;
	const char *name;
	int bit;

	if (!cJSON_IsArray(item) && !json_is_empty(item))
		return json_fault_expected(r, item, "an array");
	for (const cJSON *c = item->child; c; c = c->next) {
		name = json_text(c);
		if (!*name)
			return json_fault_expected(r, c, "a capability such as \"CAP_CHOWN\"");
		bit = strncasecmp(name, "CAP_", strlen("CAP_"))
			      ? -1
			      : oci_process_name_index(capabilities, ARRAY_SIZE(capabilities),
						       name + strlen("CAP_"));
		if (bit >= 0) {
			*(uint64_t *)out |= 1ULL << bit;
		} else if (!warned) {
			json_warn(r, c, "unknown capability %.64s ignored", c->valuestring);
			warned = true;
		}
	}
	return 0;
}

static const struct json_field capability_fields[] = {
	JSON_FIELD("bounding", oci_process_capability_set, PROCESS(capabilities[OCI_BOUNDING])),
	JSON_FIELD("effective", oci_process_capability_set, PROCESS(capabilities[OCI_EFFECTIVE])),
	JSON_FIELD("inheritable", oci_process_capability_set,
		   PROCESS(capabilities[OCI_INHERITABLE])),
	JSON_FIELD("permitted", oci_process_capability_set, PROCESS(capabilities[OCI_PERMITTED])),
	JSON_FIELD("ambient", oci_process_capability_set, PROCESS(capabilities[OCI_AMBIENT])),
};

static int oci_process_capabilities(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;

	p->has_capabilities = true;
	return json_read_object(r, item, capability_fields, out);
}

/* --- rlimits ------------------------------------------------------------------------------- */

/* The names of asm-generic/resource.h without RLIMIT_, in the order of their numbers */
static const char rlimits[][NAME_ROOM] = {
	"CPU",	   "FSIZE", "DATA",  "STACK",	   "CORE",     "RSS",  "NPROC",	 "NOFILE",
	"MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
};
_Static_assert(RLIMIT_CPU == 0 && RLIMIT_NOFILE == 7 && RLIMIT_RTTIME == 15,
	       "resource limits in the order of asm-generic");

static int oci_process_rlimit_type(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *name = json_text(item);
	int resource = -1;

	if (str_starts(name, "RLIMIT_"))
		resource = oci_process_name_index(rlimits, ARRAY_SIZE(rlimits),
						  name + strlen("RLIMIT_"));
	if (resource < 0)
		return json_fault_expected(r, item, "a resource limit such as \"RLIMIT_NOFILE\"");
	*(int *)out = resource;
	return 0;
}

/* Some tools write -1 for no limit, which is RLIM_INFINITY as a signed number. */
static int oci_process_limit(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!json_is_number(item) || strcmp(item->valuestring, "-1") != 0)
		return json_read_uint64(r, item, out);
	*(rlim_t *)out = RLIM_INFINITY;
	return 0;
}

#define RLIMIT(field) .offset = offsetof(struct oci_rlimit, field), .required = true

static const struct json_field rlimit_fields[] = {
	JSON_FIELD("type", oci_process_rlimit_type, RLIMIT(resource)),
	JSON_FIELD("soft", oci_process_limit, RLIMIT(limit.rlim_cur)),
	JSON_FIELD("hard", oci_process_limit, RLIMIT(limit.rlim_max)),
};

static int oci_process_rlimit(const struct json_reader *r, const cJSON *item, void *out)
{
	const struct oci_rlimit *l = out;
	int err = json_read_object(r, item, rlimit_fields, out);

	if (!err && l->limit.rlim_cur > l->limit.rlim_max)
		return json_fault(r, item, "the soft limit is above the hard limit");
	return err;
}

static int oci_process_rlimits(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;
	unsigned seen = 0;
	int err = json_read_list(r, item, SIZE_MAX, sizeof(*p->rlimits), oci_process_rlimit,
				 &p->rlimits, &p->n_rlimits);

	if (err)
		return err;
	for (size_t i = 0; i < p->n_rlimits; i++) {
		if (seen & 1U << p->rlimits[i].resource)
			return json_fault(r, item, "element %zu repeats a limit", i);
		seen |= 1U << p->rlimits[i].resource;
	}
	return 0;
}

/* --- terminal ------------------------------------------------------------------------------ */

#ifdef CONFIG_TERMINAL

static int oci_process_lines(const struct json_reader *r, const cJSON *item, void *out)
{
	uint32_t v = 0;
	int err = json_read_range(r, item, 0, UINT16_MAX, &v);

	if (!err)
		*(uint16_t *)out = (uint16_t)v;
	return err;
}

static const struct json_field size_fields[] = {
	JSON_FIELD("height", oci_process_lines, PROCESS(console_height)),
	JSON_FIELD("width", oci_process_lines, PROCESS(console_width)),
};

static int oci_process_console_size(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, size_fields, out);
}

#endif

#ifndef CONFIG_SCHEDULING

static int oci_process_scheduler(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return oci_config_default(r, item, "SCHED_OTHER");
}

#endif

/* --- the object ---------------------------------------------------------------------------- */

static const struct json_field process_fields[] = {
	JSON_FIELD("args", oci_process_args, PROCESS(args), .required = true),
	JSON_FIELD("env", oci_process_variable, PROCESS(env), .size = sizeof(char *)),
	JSON_FIELD("cwd", oci_config_path, PROCESS(cwd), .required = true),
	JSON_FIELD("user", oci_process_user),
	JSON_FIELD("capabilities", oci_process_capabilities),
	JSON_FIELD("rlimits", oci_process_rlimits),
	JSON_FIELD("noNewPrivileges", json_read_bool, PROCESS(no_new_privileges)),
	JSON_FIELD("oomScoreAdj", oci_process_oom_score_adj),
#ifdef CONFIG_LSM
	JSON_FIELD("apparmorProfile", json_read_string, PROCESS(apparmor_profile)),
	JSON_FIELD("selinuxLabel", json_read_string, PROCESS(selinux_label)),
#else
	JSON_FIELD("apparmorProfile", oci_config_unsupported),
	JSON_FIELD("selinuxLabel", oci_config_unsupported),
#endif
#ifdef CONFIG_TERMINAL
	JSON_FIELD("terminal", json_read_bool, PROCESS(terminal)),
	JSON_FIELD("consoleSize", oci_process_console_size),
#else
	JSON_FIELD("terminal", oci_config_unsupported),
	JSON_FIELD("consoleSize", oci_config_unsupported),
#endif
	JSON_FIELD("commandLine", oci_config_platform),
#ifdef CONFIG_SCHEDULING
	JSON_FIELD("scheduler", oci_sched_scheduler, PROCESS(scheduler)),
	JSON_FIELD("ioPriority", oci_sched_io, PROCESS(io_priority)),
	JSON_FIELD("execCPUAffinity", oci_sched_affinity, PROCESS(cpus)),
#else
	JSON_FIELD("scheduler", oci_process_scheduler),
	JSON_FIELD("ioPriority", oci_config_unsupported),
	JSON_FIELD("execCPUAffinity", oci_config_unsupported),
#endif
};

int oci_process_read(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *none[] = {NULL};
	struct oci_process *p = out;

	*p = (struct oci_process){.env = none};
	return json_read_object(r, item, process_fields, p);
}
