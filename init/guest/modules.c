// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "modules: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init/guest/modules.h"
#include "init/guest/modules_alias.h"
#include "init/guest/modules_dep.h"
#include "init/guest/modules_words.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define MODULES_DEP_MAX	   (4 * 1024 * 1024)
#define MODULES_PARAMETERS 2048 /* the parameters of one module, with their end, in bytes */

/* Find a release whose modules the initramfs has. */
static int modules_see_release(const char *name, void *arg)
{
	struct modules *m = arg;

	return root_exists(m->initrd, "lib/modules/%s/modules.dep", name) > 0 &&
	       !str_printf(m->hint, sizeof(m->hint),
			   "; the initramfs has the modules of %.64s, the kernel is %.64s", name,
			   m->dir + strlen("lib/modules/"));
}

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
	if (n == -ENOENT && root_each(initrd, modules_see_release, m, "lib/modules") <= 0)
		m->hint[0] = '\0';
	if (n < 0 && n != -ENOENT)
		return fault_set(fault, (int)n, "cannot read /%s/modules.dep: %m", m->dir);
	n = root_read(root, m->line, sizeof(m->line), "proc/cmdline");
	return n < 0 ? fault_set(fault, (int)n, "cannot read /proc/cmdline: %m") : 0;
}

void modules_close(struct modules *m)
{
	free(m->dep);
	free(m->alias);
	m->dep = m->alias = NULL;
}

/* The kernel knows this too, but only after it has read the file and checked its signature. */
static bool modules_is_loaded(const struct modules *m, struct module_path file)
{
	char name[64];

	/* If sysfs cannot be looked at, the file is loaded, and the kernel decides (EEXIST). */
	return !modules_dep_name(file, name, sizeof(name)) &&
	       root_exists(m->root, "sys/module/%s/initstate", name) > 0;
}

static bool modules_find(const struct modules *m, const char *name, struct modules_dep *out)
{
	return m->dep && modules_dep_find(m->dep, name, out);
}

static int modules_flags(struct module_path file)
{
	return modules_dep_is_compressed(file) ? MODULE_INIT_COMPRESSED_FILE : 0;
}

/* What a module's refusal usually means. */
static const char *modules_hint(int err)
{
	if (err == -EKEYREJECTED)
		return "; it takes signed modules only: see mkinitramfs --signed-modules";
	if (err == -ENOENT)
		return "; it uses a symbol that nothing has (\"Unknown symbol\" in the kernel's log names it): a module that it depends on is missing, or of another kernel";
	return "";
}

/* To modules_want() -ENOENT means that modules.dep has no such module. */
static int modules_errno(struct fault *fault)
{
	if (fault->err == -ENOENT)
		fault->err = -ENOEXEC;
	return fault->err;
}

/* The parameters of a module: those of the kernel command line, then @more, which prevail. */
static int modules_parameters(const struct modules *m, struct module_path file, const char *more,
			      char out[MODULES_PARAMETERS], struct fault *fault)
{
	char name[MODULES_NAME_MAX];
	size_t n;
	int err = modules_dep_name(file, name, sizeof(name));

	if (!err)
		err = modules_words_parameters(m->line, name, out, MODULES_PARAMETERS);
	n = err ? 0 : strlen(out);
	if (!err)
		err = str_printf(out + n, MODULES_PARAMETERS - n, "%s%s", n && *more ? " " : "",
				 more);
	return err ? fault_set(fault, err, "module %.*s has too many parameters", file.len,
			       file.text)
		   : 0;
}

static int modules_load_path(const struct modules *m, struct module_path file, const char *more,
			     struct fault *fault)
{
	char parameters[MODULES_PARAMETERS];
	int err;

	if (!*more && modules_is_loaded(m, file))
		return 0;
	err = modules_parameters(m, file, more, parameters, fault);
	if (err)
		return err;
	int fd cleanup(fd_close) =
		root_open(m->initrd, O_RDONLY, 0, "%s/%.*s", m->dir, file.len, file.text);

	if (fd < 0) {
		fault_set(fault, fd, "module file /%s/%.*s: %m", m->dir, file.len, file.text);
		return modules_errno(fault);
	}
	if (syscall(SYS_finit_module, fd, parameters, modules_flags(file)) && errno != EEXIST) {
		err = -errno;
		fault_set(fault, err, "the kernel refuses module %.*s: %m (parameters: \"%s\")%s",
			  file.len, file.text, parameters, modules_hint(err));
		return modules_errno(fault);
	}
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
		return fault_set(fault, -ENOENT,
				 "no module %s in /%s/modules.dep of the initramfs%s", name, m->dir,
				 m->hint);
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
	int err;

	if (modules_words_blacklisted(m->line, name)) {
		pr_info("%s is blacklisted on the kernel command line", name);
		return 0;
	}
	err = modules_load(m, name, "", fault);
	return err == -ENOENT || err == -ENODEV || err == -ENODATA ? 0 : err;
}

int modules_want_all(const struct modules *m, const char *const *names, struct fault *fault)
{
	int err = 0;

	for (; *names && !err; names++)
		err = modules_want(m, *names, fault);
	return err;
}

#ifdef CONFIG_MODULES_ALIAS

/* modules.alias is several times as long as modules.dep, and most boots do not need it. */
static int modules_read_alias(struct modules *m, struct fault *fault)
{
	ssize_t n;

	if (m->alias || !m->dep)
		return 0;
	n = root_read_all(m->initrd, &m->alias, MODULES_DEP_MAX, "%s/modules.alias", m->dir);
	if (n >= 0 || n == -ENOENT)
		return 0;
	m->alias = NULL;
	return fault_set(fault, (int)n, "cannot read /%s/modules.alias: %m", m->dir);
}

int modules_load_alias(struct modules *m, const char *modalias, struct fault *fault)
{
	int err = modules_read_alias(m, fault), found = 0;
	const char *at = m->alias ? m->alias : "";
	char name[MODULES_NAME_MAX];

	while (!err && (at = modules_alias_next(at, modalias, name))) {
		if (modules_words_blacklisted(m->line, name))
			continue;
		found = 1;
		err = modules_want(m, name, fault);
	}
	return err ? err : found;
}

#endif

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
