// SPDX-License-Identifier: Apache-2.0
/*
 * A virtio-scsi disk: "id" is "SCSI-ID:LUN" on channel 0 of host 0. A host does not report a new
 * disk by itself, so each host is made to scan (Documentation/scsi/scsi_mid_low_api.rst).
 */
#define pr_fmt(fmt) "scsi: " fmt

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/disk.h"
#include "dev/drive_bus.h"
#include "dev/expect.h"
#include "dev/sysfs.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define HOSTS	"sys/class/scsi_host"
#define DEVICES "sys/bus/scsi/devices"

/*
 * struct scsi - a claim's priv
 * @scan: what is written to a host's "scan": channel, id and LUN
 * @name: "0:0:ID:LUN"
 * @next_host: hosts with a smaller number have been made to scan
 */
struct scsi {
	char scan[40], name[40];
	uint32_t next_host;
};

/* "ID:LUN" */
static int scsi_parse(const char *s, struct scsi *out)
{
	size_t n = strcspn(s, ":");
	uint64_t id, lun;

	if (!s[n] || str_number(s, n, 10, UINT32_MAX, &id) ||
	    str_number(s + n + 1, strlen(s + n + 1), 10, UINT64_MAX, &lun))
		return -EINVAL;
	snprintf(out->scan, sizeof(out->scan), "0 %u %llu", (unsigned)id, (unsigned long long)lun);
	snprintf(out->name, sizeof(out->name), "0:0:%u:%llu", (unsigned)id,
		 (unsigned long long)lun);
	return 0;
}

static int scsi_prepare(struct claim *c, const struct dev_env *env)
{
	struct scsi *s = arena_alloc(env->arena, 1, sizeof(*s));

	if (!s)
		return fault_oom(c->fault);
	c->priv = s;
	if (scsi_parse(c->device->id, s))
		return fault_set(c->fault, -EINVAL,
				 "SCSI address \"%.100s\" is not ID:LUN, two numbers",
				 c->device->id);
	return expect_no_ids(c->device, c->fault);
}

/* struct scsi_hosts - a walk through the hosts; @next: the first one from @from on, or NO_HOST */
struct scsi_hosts {
	uint32_t from, next;
	bool any;
};

#define NO_HOST UINT32_MAX

static int scsi_see_host(const char *name, void *arg)
{
	struct scsi_hosts *h = arg;
	uint64_t number;

	if (!str_starts(name, "host") ||
	    str_number(name + 4, strlen(name + 4), 10, NO_HOST - 1, &number))
		return 0;
	h->any = true;
	if (number >= h->from && number < h->next)
		h->next = (uint32_t)number;
	return 0;
}

static int scsi_wait_for_host(struct claim *c)
{
	const struct scsi *s = c->priv;

	return claim_wait(c, NULL, NULL, NULL, "host%u to look for SCSI disk %s", s->next_host - 1,
			  s->name);
}

/* Make one host after another scan. A scan takes a while, so a helper process starts it. */
static int scsi_scan_next_host(struct claim *c, const struct dev_env *env)
{
	struct scsi *s = c->priv;
	struct scsi_hosts hosts = {.from = s->next_host, .next = NO_HOST};
	char path[64];
	pid_t pid;
	int err;

	if (c->helper)
		return scsi_wait_for_host(c);
	if (c->helper_error)
		pr_warn("%.64s: host%u did not look for %s: %s", c->label, s->next_host - 1,
			s->name, strerror(-c->helper_error));
	c->helper_error = 0;
	err = root_each(env->root, scsi_see_host, &hosts, HOSTS);
	if (err && err != -ENOENT)
		return fault_strerror(c->fault, err, "cannot list /" HOSTS);
	if (!hosts.any)
		return claim_wait(c, NULL, NULL, NULL, "a SCSI host (driver virtio_scsi)");
	if (hosts.next == NO_HOST)
		return claim_wait(c, NULL, NULL, NULL, "SCSI disk %s", s->name);
	snprintf(path, sizeof(path), HOSTS "/host%u/scan", hosts.next);
	pid = env->ops->write_async(env->root, path, s->scan);
	if (pid < 0)
		return fault_strerror(c->fault, pid, "cannot write to /%s", path);
	c->helper = pid;
	s->next_host = hosts.next + 1;
	return scsi_wait_for_host(c);
}

static int scsi_advance(struct claim *c, const struct dev_env *env)
{
	struct scsi *s = c->priv;
	char dir[sizeof(DEVICES) + sizeof(s->name)];
	int err;

	snprintf(dir, sizeof(dir), DEVICES "/%s", s->name);
	err = disk_in(c, env, dir, s->name);
	if (err == -EAGAIN) {
		err = drive_bus_claim(c, env, DRIVE_SCSI_DISK);
		err = err < 0 ? err : disk_in(c, env, dir, s->name);
	}
	if (err == -EAGAIN)
		return scsi_scan_next_host(c, env);
	if (err)
		return err;
	snprintf(c->result->guest, sizeof(c->result->guest), "%s", s->name);
	return claim_driver(c, env, dir, s->name);
}

/* The disk, or a host that has not been made to scan. */
static bool scsi_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct scsi *s = c->priv;
	const char *at = strstr(ev->devpath, s->name);

	if (!strcmp(ev->subsystem, "scsi_host") && !strcmp(ev->action, "add"))
		return true;
	return disk_added(ev) && at && at[-1] == '/' && disk_is_whole(at + strlen(s->name));
}

static void scsi_explain(struct claim *c, const struct dev_env *env)
{
	sysfs_explain(env->root, DEVICES, c->fault);
	drive_bus_explain(env, DRIVE_SCSI_DISK, c->fault);
}

static const struct handler scsi_handler = {
	.types = (const char *const[]){"scsi", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = scsi_prepare,
	.advance = scsi_advance,
	.concerns = scsi_concerns,
	.explain = scsi_explain,
};

HANDLER_REGISTER(scsi_handler);
