// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "modules: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init/guest/modules.h"
#include "init/guest/modules_dep.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define MODULES_DEP_MAX (4 * 1024 * 1024)

int modules_open(struct modules *m, int initrd, int root, struct fault *fault)
{
	struct utsname u;
	ssize_t n;

	*m = (struct modules){.initrd = initrd, .root = root};
	if (uname(&u) || str_printf(m->dir, sizeof(m->dir), "lib/modules/%s", u.release))
		return fault_set(fault, -EINVAL, "the kernel's release is too long for a path");
	n = root_read_all(initrd, &m->dep, MODULES_DEP_MAX, "%s/modules.dep", m->dir);
	if (n < 0)
		m->dep = NULL;
	return n < 0 && n != -ENOENT
		       ? fault_set(fault, (int)n, "cannot read /%s/modules.dep: %m", m->dir)
		       : 0;
}

void modules_close(struct modules *m)
{
	free(m->dep);
	m->dep = NULL;
}

/* The kernel knows this too, but only after it has read the file and checked its signature. */
static bool modules_is_loaded(const struct modules *m, struct module_path file)
{
	char name[64];

	return !modules_dep_name(file, name, sizeof(name)) &&
	       root_exists(m->root, "sys/module/%s/initstate", name);
}

static bool modules_find(const struct modules *m, const char *name, struct modules_dep *out)
{
	return m->dep && modules_dep_find(m->dep, name, out);
}

static int modules_flags(struct module_path file)
{
	return modules_dep_is_compressed(file) ? MODULE_INIT_COMPRESSED_FILE : 0;
}

static int modules_load_path(const struct modules *m, struct module_path file,
			     const char *parameters, struct fault *fault)
{
	if (!*parameters && modules_is_loaded(m, file))
		return 0;
	int fd cleanup(fd_close) =
		root_open(m->initrd, O_RDONLY, 0, "%s/%.*s", m->dir, file.len, file.text);

	if (fd < 0)
		return fault_set(fault, fd, "module file /%s/%.*s: %m", m->dir, file.len,
				 file.text);
	if (syscall(SYS_finit_module, fd, parameters, modules_flags(file)) && errno != EEXIST)
		return fault_set(
			fault, -errno, "the kernel refuses module %.*s: %m (parameters: \"%s\")%s",
			file.len, file.text, parameters,
			errno == EKEYREJECTED
				? "; it takes signed modules only: see mkinitramfs --signed-modules"
				: "");
	pr_dbg("loaded %.*s", file.len, file.text);
	return 0;
}

int modules_load(const struct modules *m, const char *name, const char *parameters,
		 struct fault *fault)
{
	struct module_path file;
	struct modules_dep dep;
	int err;

	if (!modules_find(m, name, &dep))
		return fault_set(fault, -ENOENT, "no module %s in /%s/modules.dep of the initramfs",
				 name, m->dir);
	if (!*parameters && modules_is_loaded(m, dep.file))
		return 0;
	while (modules_dep_pop(&dep, &file)) {
		err = modules_load_path(m, file, "", fault);
		if (err)
			return fault_prefix(fault, err, "module %s", name);
	}
	return modules_load_path(m, dep.file, parameters, fault);
}

int modules_want(const struct modules *m, const char *name, struct fault *fault)
{
	int err = modules_load(m, name, "", fault);

	return err == -ENOENT || err == -ENODEV || err == -ENODATA ? 0 : err;
}

int modules_want_all(const struct modules *m, const char *const *names, struct fault *fault)
{
	int err = 0;

	for (; *names && !err; names++)
		err = modules_want(m, *names, fault);
	return err;
}

int modules_open_file(const struct modules *m, const char *name, struct module_file *out)
{
	struct module_path other;
	struct modules_dep dep;
	int fd;

	if (!modules_find(m, name, &dep) || modules_is_loaded(m, dep.file))
		return -ENOENT;
	if (modules_dep_pop(&dep, &other))
		return -EINVAL;
	fd = root_open(m->initrd, O_RDONLY, 0, "%s/%.*s", m->dir, dep.file.len, dep.file.text);
	if (fd < 0)
		return fd;
	*out = (struct module_file){fd, modules_flags(dep.file)};
	return 0;
}

int modules_load_file(struct module_file *file)
{
	bool loaded = !syscall(SYS_finit_module, file->fd, "", file->flags) || errno == EEXIST;
	int err = loaded ? 0 : -errno;

	fd_close(&file->fd);
	return err;
}
