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

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/guest/modules.h"

#define DEP_MAX (4 * 1024 * 1024)

int modules_open(struct modules *m, int initrd, int root, struct fault *f)
{
	struct utsname u;
	ssize_t n;

	*m = (struct modules){.initrd = initrd, .root = root};
	if (uname(&u) || str_printf(m->dir, sizeof(m->dir), "lib/modules/%s", u.release))
		return fault_set(f, -EINVAL, "the kernel's release has no usable name");
	n = root_read_all(initrd, &m->dep, DEP_MAX, "%s/modules.dep", m->dir);
	/* A kernel with everything built in comes without. */
	if (n < 0 && n != -ENOENT)
		return fault_set(f, (int)n, "cannot read /%s/modules.dep: %m", m->dir);
	if (n == -ENOENT)
		m->dep = NULL;
	return 0;
}

void modules_close(struct modules *m)
{
	free(m->dep);
	m->dep = NULL;
}

/* Is @path (up to @len) the file of module @name: directories, '-' or '_', .ko and a suffix? */
static bool is_module(const char *path, size_t len, const char *name)
{
	const char *base = memrchr(path, '/', len);
	size_t n = strlen(name);

	base = base ? base + 1 : path;
	if ((size_t)(path + len - base) < n + 3 || memcmp(base + n, ".ko", 3) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (base[i] != name[i] && !(strchr("-_", base[i]) && strchr("-_", name[i])))
			return false;
	return true;
}

/* The line of @name in modules.dep: "path: dependency dependency ...". NULL if there is none. */
static const char *find_line(const struct modules *m, const char *name)
{
	const char *colon;

	for (const char *line = m->dep; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		colon = strchr(line, ':');
		if (!colon)
			return NULL;
		if (is_module(line, (size_t)(colon - line), name))
			return line;
	}
	return NULL;
}

/*
 * Is the module of this file loaded? The kernel says so too, but only after it has read the file
 * and checked its signature.
 */
static bool is_loaded(const struct modules *m, const char *path, int len)
{
	const char *base = memrchr(path, '/', (size_t)len), *end;
	char name[64];

	base = base ? base + 1 : path;
	end = memmem(base, (size_t)(path + len - base), ".ko", 3);
	if (!end || str_printf(name, sizeof(name), "%.*s", (int)(end - base), base))
		return false;
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return root_exists(m->root, "sys/module/%s/initstate", name);
}

static int module_flags(const char *path, int len)
{
	return memmem(path, (size_t)len, ".ko.", 4) ? MODULE_INIT_COMPRESSED_FILE : 0;
}

static int load_file(const struct modules *m, const char *path, int len, const char *parameters,
		     struct fault *f)
{
	if (!*parameters && is_loaded(m, path, len))
		return 0;
	int fd cleanup(close_fd) = root_open(m->initrd, O_RDONLY, 0, "%s/%.*s", m->dir, len, path);

	if (fd < 0)
		return fault_set(f, fd, "module file /%s/%.*s: %m", m->dir, len, path);
	if (syscall(SYS_finit_module, fd, parameters, module_flags(path, len)) && errno != EEXIST)
		return fault_set(
			f, -errno, "the kernel refuses module %.*s: %m (parameters: \"%s\")%s", len,
			path, parameters,
			errno == EKEYREJECTED
				? "; it takes signed modules only: see mkinitramfs --signed-modules"
				: "");
	pr_dbg("loaded %.*s", len, path);
	return 0;
}

int modules_load(const struct modules *m, const char *name, const char *parameters, struct fault *f)
{
	const char *line = find_line(m, name), *first, *end, *word;
	int err;

	if (!line)
		return fault_set(f, -ENOENT, "no module %s in /%s/modules.dep of the initramfs",
				 name, m->dir);
	first = strchr(line, ':') + 1;
	if (!*parameters && is_loaded(m, line, (int)(first - 1 - line)))
		return 0;
	end = strchrnul(first, '\n');
	/* depmod lists the dependencies so that the last one comes first. */
	while (end > first) {
		word = memrchr(first, ' ', (size_t)(end - first));
		word = word ? word + 1 : first;
		if (end > word) {
			err = load_file(m, word, (int)(end - word), "", f);
			if (err)
				return fault_prefix(f, err, "module %s", name);
		}
		end = word > first ? word - 1 : first;
	}
	return load_file(m, line, (int)(first - 1 - line), parameters, f);
}

int modules_want(const struct modules *m, const char *name, struct fault *f)
{
	int err = modules_load(m, name, "", f);

	return err == -ENOENT || err == -ENODEV || err == -ENODATA ? 0 : err;
}

int module_file_open(const struct modules *m, const char *name, struct module_file *out)
{
	const char *line = find_line(m, name), *colon;
	int len, fd;

	colon = line ? strchr(line, ':') : NULL;
	if (!colon)
		return -ENOENT;
	len = (int)(colon - line);
	if (strcspn(colon + 1, "\n"))
		return -EINVAL;
	if (is_loaded(m, line, len))
		return -ENOENT;
	fd = root_open(m->initrd, O_RDONLY, 0, "%s/%.*s", m->dir, len, line);
	if (fd < 0)
		return fd;
	*out = (struct module_file){fd, module_flags(line, len)};
	return 0;
}

int module_file_load(struct module_file *file)
{
	int err = syscall(SYS_finit_module, file->fd, "", file->flags) && errno != EEXIST ? -errno
											  : 0;

	close_fd(&file->fd);
	return err;
}
