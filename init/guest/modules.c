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
#include "init/guest/modules_softdep.h"
#include "init/guest/modules_words.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define MODULES_DEP_MAX	   (4 * 1024 * 1024)
#define COMMAND_LINE_SIZE  4096
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
	if (uname(&u))
		return fault_perror(fault, "cannot read the kernel's release");
	if (str_printf(m->dir, sizeof(m->dir), "lib/modules/%s", u.release))
		return fault_set(fault, -EINVAL, "the kernel's release is too long for a path");
	n = root_read_all(initrd, &m->dep, MODULES_DEP_MAX, "%s/modules.dep", m->dir);
	if (n < 0)
		m->dep = NULL;
	if (n == -ENOENT && root_each(initrd, modules_see_release, m, "lib/modules") <= 0)
		m->hint[0] = '\0';
	if (n < 0 && n != -ENOENT)
		return fault_strerror(fault, (int)n, "cannot read /%s/modules.dep", m->dir);
	if (!m->dep)
		return 0;
	m->line = malloc(COMMAND_LINE_SIZE);
	n = m->line ? root_read(root, m->line, COMMAND_LINE_SIZE, "proc/cmdline") : -ENOMEM;
	if (n < 0)
		return fault_strerror(fault, (int)n, "cannot read /proc/cmdline");
	if (strstr(m->line, "blacklist="))
		m->blacklist = m->line;
	return 0;
}

void modules_close(struct modules *m)
{
	free(m->dep);
	free(m->line);
	free(m->alias);
	free(m->softdep);
	m->dep = m->line = m->alias = m->softdep = NULL;
	if (m->from)
		fd_close(&m->initrd);
	if (m->next)
		modules_close(m->next);
	m->next = NULL;
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

static bool modules_is_blacklisted(const struct modules *m, const char *name)
{
	return m->blacklist && modules_words_blacklisted(m->blacklist, name);
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

/* Add a text to the parameters of a module. */
static int modules_add_parameters(char out[MODULES_PARAMETERS], const char *text)
{
	size_t n = strlen(out);

	return str_printf(out + n, MODULES_PARAMETERS - n, "%s%s", n && *text ? " " : "", text);
}

/* The parameters of a module: those of the kernel command line, then the manifest's, which prevail.
 */
static int modules_parameters(const struct modules *m, struct module_path file,
			      char out[MODULES_PARAMETERS], struct fault *fault)
{
	char name[MODULES_NAME_MAX];
	int err = modules_dep_name(file, name, sizeof(name));

	if (!err)
		err = modules_words_parameters(m->line, name, out, MODULES_PARAMETERS);
	for (size_t i = 0; i < m->n_options && !err; i++)
		if (modules_words_same(m->options[i].name, name))
			err = modules_add_parameters(out, m->options[i].text);
	return err ? fault_set(fault, err, "module %.*s has too many parameters", file.len,
			       file.text)
		   : 0;
}

static int modules_open_file(const struct modules *m, struct module_path file, struct fault *fault)
{
	int fd = root_open(m->initrd, O_RDONLY, 0, "%s/%.*s", m->dir, file.len, file.text);

	return fd < 0 ? fault_strerror(fault, fd, "module file /%s/%.*s", m->dir, file.len,
				       file.text)
		      : fd;
}

static int modules_load_path(const struct modules *m, struct module_path file, struct fault *fault)
{
	char parameters[MODULES_PARAMETERS];
	int err;

	if (modules_is_loaded(m, file))
		return 0;
	err = modules_parameters(m, file, parameters, fault);
	if (err)
		return err;
	int fd cleanup(fd_close) = modules_open_file(m, file, fault);
	if (fd < 0)
		return modules_errno(fault);
	if (syscall(SYS_finit_module, fd, parameters, modules_flags(file)) && errno != EEXIST) {
		err = -errno;
		fault_set(fault, err, "the kernel refuses module %.*s: %m (parameters: \"%s\")%s",
			  file.len, file.text, parameters, modules_hint(err));
		return modules_errno(fault);
	}
	pr_dbg("loaded %.*s", file.len, file.text);
	return 0;
}

/*
 * struct modules_chain - the modules that are being loaded, the innermost first
 *
 * Soft dependencies may form a circle.
 */
struct modules_chain {
	const char *name;
	const struct modules_chain *outer;
};

static int modules_load_name(struct modules *m, const char *name, const struct modules_chain *outer,
			     struct fault *fault);

#ifdef CONFIG_MODULES_ALIAS

/* Read a list of depmod's that most boots do not need, once. */
static int modules_read(const struct modules *m, char **text, const char *name, struct fault *fault)
{
	ssize_t n =
		*text ? 0 : root_read_all(m->initrd, text, MODULES_DEP_MAX, "%s/%s", m->dir, name);

	if (n == -ENOENT) {
		*text = calloc(1, 1);
		return *text ? 0 : fault_oom(fault);
	}
	return n < 0 ? fault_strerror(fault, (int)n, "cannot read /%s/%s", m->dir, name) : 0;
}

static bool modules_is_outer(const struct modules_chain *chain, const char *name)
{
	for (; chain; chain = chain->outer)
		if (modules_words_same(chain->name, name))
			return true;
	return false;
}

/* Load what modules.softdep has for a module, before or after it. */
static int modules_load_soft(struct modules *m, bool post, const struct modules_chain *chain,
			     struct fault *fault)
{
	char name[MODULES_NAME_MAX];
	struct fault ignored;
	int err = modules_read(m, &m->softdep, "modules.softdep", fault);
	struct modules_softdep walk = {.at = m->softdep};

	while (!err && modules_softdep_next(&walk, chain->name, post, name))
		if (!modules_is_outer(chain, name) && modules_load_name(m, name, chain, &ignored))
			pr_dbg("soft dependency of %s: %s", chain->name, ignored.text);
	return err;
}

static int modules_load_aliased(struct modules *m, const char *alias,
				const struct modules_chain *outer, struct fault *fault)
{
	int err = modules_read(m, &m->alias, "modules.alias", fault), found = 0;
	const char *at = m->alias;
	char name[MODULES_NAME_MAX];
	struct modules_dep dep;

	while (!err && (at = modules_alias_next(at, alias, name))) {
		if (modules_is_blacklisted(m, name) || !modules_find(m, name, &dep) ||
		    modules_is_outer(outer, name))
			continue;
		found = 1;
		err = modules_load_name(m, name, outer, fault);
		/* Of several modules for one alias some may not be for this machine. */
		err = err == -ENODEV || err == -ENODATA ? 0 : err;
	}
	return err ? err : found;
}

int modules_load_alias(struct modules *m, const char *modalias, struct fault *fault)
{
	int found = 0, err = 0;

	for (struct modules *each = m; each && err >= 0; each = each->next) {
		err = each->dep ? modules_load_aliased(each, modalias, NULL, fault) : 0;
		found |= err > 0;
	}
	return err < 0 ? err : found;
}

#else

static int modules_load_soft(struct modules *m, bool post, const struct modules_chain *chain,
			     struct fault *fault)
{
	(void)m, (void)post, (void)chain, (void)fault;
	return 0;
}

static int modules_load_aliased(struct modules *m, const char *alias,
				const struct modules_chain *outer, struct fault *fault)
{
	(void)m, (void)alias, (void)outer, (void)fault;
	return 0;
}

#endif

/* Load one file with its soft dependencies. */
static int modules_load_file_of(struct modules *m, struct module_path file,
				const struct modules_chain *outer, struct fault *fault)
{
	char name[MODULES_NAME_MAX];
	const struct modules_chain chain = {name, outer};
	int err;

	if (modules_is_loaded(m, file))
		return 0;
	if (modules_dep_name(file, name, sizeof(name)))
		return modules_load_path(m, file, fault);
	err = modules_load_soft(m, false, &chain, fault);
	if (!err)
		err = modules_load_path(m, file, fault);
	return err ? err : modules_load_soft(m, true, &chain, fault);
}

static int modules_load_name(struct modules *m, const char *name, const struct modules_chain *outer,
			     struct fault *fault)
{
	struct module_path file;
	struct modules_dep dep;
	int err;

	if (!modules_find(m, name, &dep)) {
		/* A module of an image may need one of the initramfs. */
		if (m->first && modules_find(m->first, name, &dep))
			return modules_load_name(m->first, name, outer, fault);
		err = m->dep ? modules_load_aliased(m, name, outer, fault) : 0;
		if (err)
			return err > 0 ? 0 : err;
		return fault_set(fault, -ENOENT, "no module %s in /%s/modules.dep of %s%s", name,
				 m->dir, m->from ? m->from : "the initramfs", m->hint);
	}
	if (modules_is_loaded(m, dep.file))
		return 0;
	while (modules_dep_pop(&dep, &file)) {
		err = modules_load_file_of(m, file, outer, fault);
		if (err)
			return fault_prefix(fault, err, "module %s", name);
	}
	return modules_load_file_of(m, dep.file, outer, fault);
}

int modules_load(struct modules *m, const char *name, struct fault *fault)
{
	return modules_load_name(m, name, NULL, fault);
}

int modules_want(struct modules *m, const char *name, struct fault *fault)
{
	int err;

	if (!m->dep && !m->first)
		return 0;
	if (modules_is_blacklisted(m, name)) {
		pr_info("%s is blacklisted on the kernel command line", name);
		return 0;
	}
	err = modules_load(m, name, fault);
	return err == -ENOENT || err == -ENODEV || err == -ENODATA ? 0 : err;
}

int modules_want_all(struct modules *m, const char *const *names, struct fault *fault)
{
	int err = 0;

	for (; *names && !err; names++)
		err = modules_want(m, *names, fault);
	return err;
}

/* A type with a dot has a subtype, of which the kernel knows nothing ("fuse.sshfs"). */
int modules_want_fs(struct modules *m, const char *fstype, struct fault *fault)
{
	char alias[MODULES_NAME_MAX];
	int len = (int)strcspn(fstype, ".");

	if (str_printf(alias, sizeof(alias), "fs-%.*s", len, fstype))
		return 0; /* no module has such a name */
	return modules_want(m, alias, fault);
}

#ifdef CONFIG_POWER_BUTTON

static int modules_hold_path(const struct modules *m, struct module_path file,
			     struct modules_held *held, struct fault *fault)
{
	struct module_file *out = &held->file[held->n];
	char parameters[MODULES_PARAMETERS];
	int err = modules_parameters(m, file, parameters, fault);

	if (err || modules_is_loaded(m, file))
		return err;
	if (held->n == MODULES_HELD_MAX)
		return fault_set(fault, -E2BIG, "too many modules to load later");
	int fd cleanup(fd_close) = modules_open_file(m, file, fault);
	if (fd < 0)
		return fd;
	*out = (struct module_file){-1, modules_flags(file), strdup(parameters)};
	if (!out->parameters)
		return fault_oom(fault);
	out->fd = fd_take(&fd);
	held->n++;
	return 0;
}

int modules_hold(struct modules *m, const char *modalias, struct modules_held *held,
		 struct fault *fault)
{
	int err = m->dep ? modules_read(m, &m->alias, "modules.alias", fault) : 0, found = 0;
	const char *at = m->alias ? m->alias : "";
	char name[MODULES_NAME_MAX];
	struct module_path file;
	struct modules_dep dep;

	while (!err && (at = modules_alias_next(at, modalias, name))) {
		if (modules_is_blacklisted(m, name) || !modules_find(m, name, &dep))
			continue;
		found = 1;
		while (!err && modules_dep_pop(&dep, &file))
			err = modules_hold_path(m, file, held, fault);
		if (!err)
			err = modules_hold_path(m, dep.file, held, fault);
	}
	return err ? err : found;
}

int modules_load_held(struct modules_held *held)
{
	int err = 0;

	for (size_t i = 0; i < held->n; i++) {
		struct module_file *file = &held->file[i];

		if (syscall(SYS_finit_module, file->fd, file->parameters, file->flags) &&
		    errno != EEXIST && !err)
			err = -errno;
		fd_close(&file->fd);
		free(file->parameters);
	}
	held->n = 0;
	return err;
}

#endif
