// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "dev/drive.h"
#include "dev/sysfs.h"
#include "init/lib/pci_address.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define DRIVE_DEPTH_MAX 10 /* a disk of a SCSI host is 6 levels below its function */
#define DRIVE_ROUNDS	3  /* one for each bus: PCI, virtio, SCSI */

/* struct drive_walk - one directory of a walk */
struct drive_walk {
	int root;
	const char *dir;
	unsigned depth;
	drive_fn *fn;
	void *arg;
};

static int drive_walk(const struct drive_walk *w);

/*
 * A directory of sysfs that is a device, or contains devices of one class. Return: 1, 0, or -errno.
 */
static int drive_is_inside(const struct drive_walk *w, const char *name)
{
	struct pci_address behind;
	int fd cleanup(fd_close) = -1;

	if (!strcmp(name, "power") || !pci_address_parse(name, strlen(name), &behind))
		return 0;
	fd = root_open(w->root, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, "%s/%s", w->dir, name);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP) /* a file or a link */
		return 0;
	return fd < 0 ? fd : 1;
}

static int drive_see(const char *name, void *arg)
{
	const struct drive_walk *w = arg;
	struct drive_walk below = *w;
	char dir[SYSFS_DIR_MAX];
	int inside = drive_is_inside(w, name);

	if (inside <= 0)
		return inside;
	if (str_printf(dir, sizeof(dir), "%s/%s", w->dir, name))
		return -ENAMETOOLONG;
	below.dir = dir;
	below.depth++;
	return drive_walk(&below);
}

static int drive_walk(const struct drive_walk *w)
{
	int err = w->fn(w->dir, w->arg);

	if (!err && w->depth < DRIVE_DEPTH_MAX)
		err = root_each(w->root, drive_see, (void *)w, "%s", w->dir);
	return err == -ENOENT ? 0 : err; /* it has just gone away */
}

int drive_each(int root, const char *dir, drive_fn *fn, void *arg)
{
	struct drive_walk w = {.root = root, .dir = dir, .fn = fn, .arg = arg};

	return drive_walk(&w);
}

/*
 * struct drive_job - the search for modules
 * @found: there was one
 * @err: the error that ended it, with the claim's fault set
 */
struct drive_job {
	int err;
	struct claim *c;
	const struct dev_env *env;
	bool found;
};

int drive_device(const struct dev_env *env, const char *dir, struct fault *fault)
{
	char modalias[DRIVE_MODALIAS_MAX];
	ssize_t n = root_read(env->root, modalias, sizeof(modalias), "%s/modalias", dir);
	int bound;

	if (n < 0 && n != -ENOENT)
		return fault_strerror(fault, (int)n, "cannot read /%s/modalias", dir);
	if (n <= 0 || !env->drive)
		return 0;
	bound = root_look(env->root, fault, "%s/driver", dir);
	if (bound)
		return bound < 0 ? bound : 0;
	return env->drive(env->drive_arg, modalias, fault);
}

static int drive_one(const char *dir, void *arg)
{
	struct drive_job *job = arg;
	int found = drive_device(job->env, dir, job->c->fault);

	job->found |= found > 0;
	return job->err = found < 0 ? found : 0;
}

/* A driver makes devices that need drivers, too: virtio_pci, then virtio_net. */
int drive_load(struct claim *c, const struct dev_env *env, const char *dir)
{
	struct drive_job job = {.c = c, .env = env, .found = true};
	int any = 0, err = 0;

	for (int round = 0; env->drive && job.found && !err && round < DRIVE_ROUNDS; round++) {
		job.found = false;
		err = drive_each(env->root, dir, drive_one, &job);
		any |= job.found;
	}
	if (err && !job.err)
		return fault_strerror(c->fault, err, "cannot look below /%s", dir);
	if (err)
		return fault_prefix(c->fault, err, "the driver of %s", strrchr(dir, '/') + 1);
	return any;
}

int drive_claim(struct claim *c, const struct dev_env *env, const char *dir)
{
	c->drives = env->drive;
	return drive_load(c, env, dir);
}

void drive_hint(const struct dev_env *env, const char *dir, bool loaded, char *buf, size_t size)
{
	const char *releases = env->releases ? env->releases : "";
	char modalias[DRIVE_MODALIAS_MAX];

	if (root_read(env->root, modalias, sizeof(modalias), "%s/modalias", dir) <= 0)
		memcpy(modalias, "unknown", sizeof("unknown"));
	if (loaded)
		snprintf(
			buf, size,
			"its module is loaded but did not bind to it: see the kernel's log (modalias %s)",
			modalias);
	else
		snprintf(
			buf, size,
			"no module of the initramfs is for it (modalias %s): modprobe --resolve-alias finds its name, mkinitramfs --module NAME puts it into the image%s",
			modalias, releases);
}
