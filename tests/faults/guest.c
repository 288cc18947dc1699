// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's state that boots in one VM share: devtmpfs, sysfs, cgroups, modules, drivers. It is
 * restored after each boot. Mounts, host name and processes end with the boot's namespaces.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "faults.h"

#define STAGE	    "/stage"
#define CASE_ROOT   "/case"
#define CGROUPS	    "/sys/fs/cgroup"
#define UNDOS_MAX   32
#define RMDIR_TRIES 500

/* What was there before the first boot: device nodes and modules, each between two blanks. */
static struct {
	char nodes[65536], modules[8192];
	struct {
		const char *path, *text;
	} undos[UNDOS_MAX];
	size_t n_undos;
} guest;

/* Call @fn for each entry of a directory, without "." and "..". */
static void each_entry(const char *dir, void (*fn)(const char *path, const struct dirent *e))
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[4096];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		fn(path, e);
	}
	if (d)
		closedir(d);
}

static bool is_noted(const char *list, const char *name)
{
	char key[4100];

	snprintf(key, sizeof(key), " %s ", name);
	return strstr(list, key) != NULL;
}

static void note(char *list, size_t size, const char *name)
{
	size_t n = strlen(list);

	if ((size_t)snprintf(list + n, size - n, " %s ", name) >= size - n)
		say("NOTE\ttoo many names: %s\n", name);
}

/* --- modules ------------------------------------------------------------------------------------
 */

static void note_modules(void)
{
	char text[16384], name[64], *line = text;

	read_file("/proc/modules", text, sizeof(text));
	for (; sscanf(line, "%63s", name) == 1; line += strcspn(line, "\n") + 1)
		note(guest.modules, sizeof(guest.modules), name);
}

/* Remove the modules that nothing uses. Return: whether there were any. */
static bool remove_unused_modules(void)
{
	char text[16384], name[64], *line = text;
	bool any = false;
	int users;

	read_file("/proc/modules", text, sizeof(text));
	for (; sscanf(line, "%63s %*d %d", name, &users) == 2; line += strcspn(line, "\n") + 1)
		if (!users && !is_noted(guest.modules, name))
			any |= !syscall(SYS_delete_module, name, O_NONBLOCK);
	return any;
}

/* --- /dev ---------------------------------------------------------------------------------------
 */

static void note_node(const char *path, const struct dirent *e)
{
	note(guest.nodes, sizeof(guest.nodes), path);
	if (e->d_type == DT_DIR && strcmp(e->d_name, "pts"))
		each_entry(path, note_node);
}

static void remove_new_node(const char *path, const struct dirent *e)
{
	if (e->d_type == DT_DIR && strcmp(e->d_name, "pts"))
		each_entry(path, remove_new_node);
	if (is_noted(guest.nodes, path))
		return;
	/* The kernel's own nodes of a driver that is still loaded come and go with it. */
	if (e->d_type == DT_DIR)
		rmdir(path);
	else if (e->d_type != DT_CHR && e->d_type != DT_BLK)
		unlink(path);
}

/* --- cgroups ------------------------------------------------------------------------------------
 */

static void remove_cgroup(const char *path, const struct dirent *e)
{
	int tries = RMDIR_TRIES;

	if (e->d_type != DT_DIR)
		return;
	each_entry(path, remove_cgroup);
	while (rmdir(path) && errno == EBUSY && --tries)
		usleep(2000);
	if (!tries)
		say("NOTE\t%s: %s\n", path, strerror(errno));
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void loopback_down(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &request))
		say("NOTE\tlo: %s\n", strerror(errno));
	close(fd);
}

/* coldinit makes what it can read-only before it ends. */
static void make_writable(void)
{
	static const char *const mounts[] = {"/sys", "/dev", "/proc", "/dev/pts", CGROUPS};

	for (size_t i = 0; i < COUNT(mounts); i++)
		if (mount(NULL, mounts[i], NULL, MS_REMOUNT,
			  strcmp(mounts[i], CGROUPS) ? NULL : "nsdelegate"))
			say("NOTE\t%s: %s\n", mounts[i], strerror(errno));
}

void guest_note(void)
{
	note_modules();
	each_entry("/dev", note_node);
}

void guest_undo(const char *path, const char *text)
{
	if (guest.n_undos == UNDOS_MAX) {
		say("NOTE\ttoo many actions: %s\n", path);
		return;
	}
	guest.undos[guest.n_undos].path = strdup(path);
	guest.undos[guest.n_undos++].text = strcmp(text, "\\n") ? strdup(text) : "\n";
}

void guest_restore(bool modules)
{
	make_writable();
	each_entry(CGROUPS, remove_cgroup);
	loopback_down();
	/* Most of them fail: a driver was not bound, a controller not switched on. */
	for (size_t i = 0; i < guest.n_undos; i++)
		write_file(guest.undos[i].path, guest.undos[i].text);
	while (modules && remove_unused_modules())
		;
	each_entry("/dev", remove_new_node);
}

/* --- the initramfs ------------------------------------------------------------------------------
 */

static void copy_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	while (sendfile(out, in, NULL, 1 << 24) > 0)
		;
	fchmod(out, mode);
	close(in);
	close(out);
}

static void copy_link(const char *from, const char *to)
{
	char target[4096];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	if (symlink(target, to))
		perror(to);
}

static void copy_entry(const char *path, const struct dirent *e)
{
	char to[4096];
	struct stat st;

	(void)e;
	snprintf(to, sizeof(to), CASE_ROOT "%s", path + strlen(STAGE));
	if (lstat(path, &st))
		return;
	if (S_ISLNK(st.st_mode)) {
		copy_link(path, to);
	} else if (!S_ISDIR(st.st_mode)) {
		copy_file(path, to, st.st_mode & 07777);
	} else {
		mkdir(to, 0755);
		each_entry(path, copy_entry);
		chmod(to, st.st_mode & 07777);
	}
}

void guest_enter_initramfs(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (mkdir(CASE_ROOT, 0755) && errno != EEXIST) ||
	    mount("tmpfs", CASE_ROOT, "tmpfs", 0, "mode=755")) {
		perror(CASE_ROOT);
		_exit(98);
	}
	each_entry(STAGE, copy_entry);
	mkdir(CASE_ROOT "/dev", 0755);
	if (chdir(CASE_ROOT) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/")) {
		perror("pivot_root");
		_exit(98);
	}
	/* As the kernel has it in the initramfs that it has built in. */
	if (mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1)))
		perror("/dev/console");
}
