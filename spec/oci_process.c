// SPDX-License-Identifier: Apache-2.0
/* "process" of config.json (OCI runtime spec, config.md, sections Process and POSIX process) */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

#define PROCESS(field) .offset = offsetof(struct oci_process, field)

static int read_args(const struct json_reader *r, const cJSON *item, void *out)
{
	size_t n;

	if (cJSON_IsArray(item) && !item->child)
		return json_fault(r, item, "expected the program to run, found an empty array");
	return json_strings(r, item, SIZE_MAX, out, &n);
}

static int read_env(const struct json_reader *r, const cJSON *item, void *out)
{
	size_t n;

	return json_strings(r, item, SIZE_MAX, out, &n);
}

static int read_oom_score_adj(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;
	int64_t v = 0;
	int err = json_integer(r, item, -1000, 1000, &v);

	if (err)
		return err;
	p->has_oom_score_adj = true;
	p->oom_score_adj = (int)v;
	return 0;
}

/* The place of a word in a list with blanks between them. Return: -1 if it is not there. */
static int word_index(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (int i = 0; *list; i++) {
		n = strcspn(list, " ");
		if (n == len && !memcmp(list, word, len))
			return i;
		list += n;
		list += *list == ' ';
	}
	return -1;
}

/* --- user ---------------------------------------------------------------------------------- */

/* All but (uid_t)-1, which means "no change" to the kernel. */
static int read_id(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t id = 0;
	int err = json_integer(r, item, 0, UINT32_MAX - 1, &id);

	if (!err)
		*(uint32_t *)out = (uint32_t)id;
	return err;
}

static int read_umask(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;
	int64_t mask = 0;
	int err = json_integer(r, item, 0, 0777, &mask);

	if (err)
		return err;
	p->umask = (uint32_t)mask;
	p->has_umask = true;
	return 0;
}

static int read_additional_gids(const struct json_reader *r, const cJSON *item, void *out)
{
	const size_t max = 65536; /* NGROUPS_MAX */
	struct oci_process *p = out;
	void *gids = NULL;
	int err = json_list(r, item, max, sizeof(uint32_t), read_id, &gids, &p->n_additional_gids);

	if (!err)
		p->additional_gids = gids;
	return err;
}

static const struct json_field user_fields[] = {
	JSON_FIELD("uid", read_id, PROCESS(uid)),
	JSON_FIELD("gid", read_id, PROCESS(gid)),
	JSON_FIELD("umask", read_umask),
	JSON_FIELD("additionalGids", read_additional_gids),
	JSON_FIELD("username", oci_unsupported),
	{0},
};

static int read_user(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, user_fields, out);
}

/* --- capabilities -------------------------------------------------------------------------- */

/* The names of linux/capability.h without CAP_, by number. */
static const char capabilities[] =
	"CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP "
	"LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER "
	"SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE "
	"SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP "
	"MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF "
	"CHECKPOINT_RESTORE";

/* Unknown capabilities are those of a newer kernel: as other runtimes do, warn once and go on. */
static int read_capability_set(const struct json_reader *r, const cJSON *item, void *out)
{
	bool warned = false;
	int bit;

	if (!cJSON_IsArray(item))
		return json_expected(r, item, "an array");
	for (const cJSON *c = item->child; c; c = c->next) {
		if (!cJSON_IsString(c) || !str_starts(c->valuestring, "CAP_"))
			return json_expected(r, c, "a capability such as \"CAP_CHOWN\"");
		bit = word_index(capabilities, c->valuestring + strlen("CAP_"));
		if (bit >= 0) {
			*(uint64_t *)out |= 1ULL << bit;
		} else if (!warned) {
			pr_warn("%s: unknown capability %.64s ignored", item->string,
				c->valuestring);
			warned = true;
		}
	}
	return 0;
}

static const struct json_field capability_fields[] = {
	JSON_FIELD("bounding", read_capability_set, PROCESS(capabilities[OCI_BOUNDING])),
	JSON_FIELD("effective", read_capability_set, PROCESS(capabilities[OCI_EFFECTIVE])),
	JSON_FIELD("inheritable", read_capability_set, PROCESS(capabilities[OCI_INHERITABLE])),
	JSON_FIELD("permitted", read_capability_set, PROCESS(capabilities[OCI_PERMITTED])),
	JSON_FIELD("ambient", read_capability_set, PROCESS(capabilities[OCI_AMBIENT])),
	{0},
};

static int read_capabilities(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;

	p->has_capabilities = true;
	return json_object(r, item, capability_fields, out);
}

/* --- rlimits ------------------------------------------------------------------------------- */

/* By number, as every architecture that Kata runs on has them (asm-generic/resource.h) */
static const char rlimits[] =
	"CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME";
_Static_assert(RLIMIT_CPU == 0 && RLIMIT_NOFILE == 7 && RLIMIT_RTTIME == 15,
	       "resource limits in the order of asm-generic");

static int read_rlimit_type(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *name = cJSON_IsString(item) ? item->valuestring : "";
	int resource = -1;

	if (str_starts(name, "RLIMIT_"))
		resource = word_index(rlimits, name + strlen("RLIMIT_"));
	if (resource < 0)
		return json_expected(r, item, "a resource limit such as \"RLIMIT_NOFILE\"");
	*(int *)out = resource;
	return 0;
}

/* RLIM_INFINITY is the largest 64-bit number. */
static int read_rlim(const struct json_reader *r, const cJSON *item, void *out)
{
	uint64_t v;

	if (!json_is_number(item) ||
	    str_number(item->valuestring, strlen(item->valuestring), 10, UINT64_MAX, &v))
		return json_expected(r, item, "an integer from 0 to 18446744073709551615");
	*(rlim_t *)out = v;
	return 0;
}

#define RLIMIT(field) .offset = offsetof(struct oci_rlimit, field), .required = true

static const struct json_field rlimit_fields[] = {
	JSON_FIELD("type", read_rlimit_type, RLIMIT(resource)),
	JSON_FIELD("soft", read_rlim, RLIMIT(limit.rlim_cur)),
	JSON_FIELD("hard", read_rlim, RLIMIT(limit.rlim_max)),
	{0},
};

static int read_rlimit(const struct json_reader *r, const cJSON *item, void *out)
{
	const struct oci_rlimit *l = out;
	int err = json_object(r, item, rlimit_fields, out);

	if (!err && l->limit.rlim_cur > l->limit.rlim_max)
		return json_fault(r, item, "the soft limit is above the hard limit");
	return err;
}

static int read_rlimits(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;
	void *list = NULL;
	unsigned seen = 0;
	int err = json_list(r, item, SIZE_MAX, sizeof(struct oci_rlimit), read_rlimit, &list,
			    &p->n_rlimits);

	if (err)
		return err;
	p->rlimits = list;
	for (size_t i = 0; i < p->n_rlimits; i++) {
		if (seen & 1U << p->rlimits[i].resource)
			return json_fault(r, item, "element %zu sets a limit for a second time", i);
		seen |= 1U << p->rlimits[i].resource;
	}
	return 0;
}

/* --- terminal ------------------------------------------------------------------------------ */

#ifdef CONFIG_TERMINAL

static int read_lines(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = json_integer(r, item, 0, UINT16_MAX, &v);

	if (!err)
		*(uint16_t *)out = (uint16_t)v;
	return err;
}

static const struct json_field size_fields[] = {
	JSON_FIELD("height", read_lines, PROCESS(console_height), .required = true),
	JSON_FIELD("width", read_lines, PROCESS(console_width), .required = true),
	{0},
};

static int read_console_size(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, size_fields, out);
}

#endif

static int read_scheduler(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return oci_default(r, item, "SCHED_OTHER");
}

/* --- the whole ----------------------------------------------------------------------------- */

static const struct json_field process_fields[] = {
	JSON_FIELD("args", read_args, PROCESS(args), .required = true),
	JSON_FIELD("env", read_env, PROCESS(env)),
	JSON_FIELD("cwd", json_path, PROCESS(cwd), .required = true),
	JSON_FIELD("user", read_user),
	JSON_FIELD("capabilities", read_capabilities),
	JSON_FIELD("rlimits", read_rlimits),
	JSON_FIELD("noNewPrivileges", json_bool, PROCESS(no_new_privileges)),
	JSON_FIELD("oomScoreAdj", read_oom_score_adj),
#ifdef CONFIG_LSM
	JSON_FIELD("apparmorProfile", json_string, PROCESS(apparmor_profile)),
	JSON_FIELD("selinuxLabel", json_string, PROCESS(selinux_label)),
#else
	JSON_FIELD("apparmorProfile", oci_unsupported),
	JSON_FIELD("selinuxLabel", oci_unsupported),
#endif
#ifdef CONFIG_TERMINAL
	JSON_FIELD("terminal", json_bool, PROCESS(terminal)),
	JSON_FIELD("consoleSize", read_console_size),
#else
	JSON_FIELD("terminal", oci_unsupported),
	JSON_FIELD("consoleSize", oci_unsupported),
#endif
	JSON_FIELD("commandLine", oci_unsupported),
	JSON_FIELD("scheduler", read_scheduler),
	JSON_FIELD("ioPriority", oci_unsupported),
	JSON_FIELD("execCPUAffinity", oci_unsupported),
	{0},
};

static const char *no_strings[] = {NULL};

int oci_read_process(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_process *p = out;

	*p = (struct oci_process){.env = no_strings};
	return json_object(r, item, process_fields, p);
}
