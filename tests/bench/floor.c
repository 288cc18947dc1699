// SPDX-License-Identifier: Apache-2.0
/*
 * The floor: PID 1 that makes only the system calls that the job needs. It binds the functions that its
 * arguments name to vfio-pci and starts one container, whose config.json is in its code.
 *
 * It reads, checks and promises nothing, and leaves the initramfs as it is. What coldinit takes longer
 * is the price of what it does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROOTFS	   "/coldinit/bundle/rootfs"
#define GROUPS_MAX 256
#define MARKS_MAX  8
#define SAFE	   (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Docker's capabilities, as in the bench's config.json. */
#define CAP(name) (1U << CAP_##name)
#define CAPS                                                                                      \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) | CAP(MKNOD) | CAP(NET_RAW) | \
	 CAP(SETGID) | CAP(SETUID) | CAP(SETFCAP) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) |        \
	 CAP(SYS_CHROOT) | CAP(KILL) | CAP(AUDIT_WRITE))

/* VFIO groups: path of the node, and its device. */
static struct group {
	char node[24];
	dev_t device;
} groups[GROUPS_MAX];
static size_t n_groups;

/* The ends of phases, printed when the container has ended. */
static struct mark {
	const char *name;
	struct timespec at;
} marks[MARKS_MAX];
static size_t n_marks;

static void mark(const char *name)
{
	marks[n_marks].name = name;
	clock_gettime(CLOCK_BOOTTIME, &marks[n_marks++].at);
}

static _Noreturn void stop(const char *what)
{
	perror(what);
	reboot(RB_POWER_OFF);
	_exit(1);
}

#define must(call)                           \
	({                                   \
		long result_ = (long)(call); \
		if (result_ < 0)             \
			stop(#call);         \
		(int)result_;                \
	})

/* --- the guest --------------------------------------------------------------------------------- */

static void mount_guest(void)
{
	must(mount("proc", "/proc", "proc", SAFE, NULL));
	must(mount("sysfs", "/sys", "sysfs", SAFE, NULL));
	must(mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL));
	must(mount("cgroup2", "/sys/fs/cgroup", "cgroup2", SAFE, NULL));
}

/* @link: what "iommu_group" of a function says */
static void add_group(const char *link)
{
	struct group *group = &groups[n_groups];
	struct stat st;

	snprintf(group->node, sizeof(group->node), "/dev/vfio/%s", strrchr(link, '/') + 1);
	if (n_groups && !strcmp(group[-1].node, group->node))
		return;
	must(stat(group->node, &st));
	group->device = st.st_rdev;
	n_groups++;
}

/* @name: the function's address, "0000:01:00.0" */
static void bind(int probe, const char *name)
{
	char path[80] = "/sys/bus/pci/devices/0000:00:00.0/driver_override", link[128];
	size_t at = strlen("/sys/bus/pci/devices/"), len = strlen(name);
	int fd;

	memcpy(path + at, name, len);
	fd = must(open(path, O_WRONLY | O_CLOEXEC));
	must(write(fd, "vfio-pci", strlen("vfio-pci")));
	close(fd);
	must(write(probe, name, len));
	memcpy(path + at + len, "/iommu_group", sizeof("/iommu_group"));
	link[must(readlink(path, link, sizeof(link) - 1))] = '\0';
	add_group(link);
}

static void bind_all(char **names)
{
	int probe = must(open("/sys/bus/pci/drivers_probe", O_WRONLY | O_CLOEXEC));

	for (; *names; names++)
		bind(probe, *names);
	close(probe);
}

/* --- the cgroup and its device program ----------------------------------------------------------- */

#define INSN(op, dst, src, where, value) \
	((struct bpf_insn){              \
		.code = (op), .dst_reg = (dst), .src_reg = (src), .off = (where), .imm = (value)})
#define JUMP(op, reg, value) INSN(BPF_JMP | (op) | BPF_K, reg, 0, 0, value)

static struct bpf_insn program[64 + 2 * GROUPS_MAX];
static int n_insns, allowed[GROUPS_MAX + 16], n_allowed;

static int add(struct bpf_insn insn)
{
	program[n_insns] = insn;
	return n_insns++;
}

static void allow(unsigned major_number, unsigned minor_number)
{
	add(INSN(BPF_JMP | BPF_JNE | BPF_K, 3, 0, 1, (int)major_number));
	allowed[n_allowed++] = add(JUMP(BPF_JEQ, 4, (int)minor_number));
}

static void jump_to(int from, int to)
{
	program[from].off = (short)(to - from - 1);
}

static void make_program(void)
{
	static const unsigned char usual[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},
						 {1, 9}, {5, 0}, {5, 2}, {10, 196}};
	int block, pts, deny, end;

	add(INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0));
	add(INSN(BPF_LDX | BPF_MEM | BPF_W, 3, 1, 4, 0));
	add(INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 8, 0));
	add(INSN(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff));
	block = add(JUMP(BPF_JNE, 2, BPF_DEVCG_DEV_CHAR));
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		allow(usual[i][0], usual[i][1]);
	pts = add(JUMP(BPF_JEQ, 3, 136));
	for (size_t i = 0; i < n_groups; i++)
		allow(major(groups[i].device), minor(groups[i].device));
	deny = add(INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0));
	add(INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	end = add(INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1));
	add(INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	jump_to(block, deny);
	jump_to(pts, end);
	for (int i = 0; i < n_allowed; i++)
		jump_to(allowed[i], end);
}

static int make_cgroup(void)
{
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
	int cgroup, loaded;

	must(mkdir("/sys/fs/cgroup/c1", 0755));
	cgroup = must(open("/sys/fs/cgroup/c1", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	make_program();
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = (unsigned)n_insns;
	attr.license = (uintptr_t) "GPL";
	loaded = must(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
	attr = (union bpf_attr){0};
	attr.target_fd = (unsigned)cgroup;
	attr.attach_bpf_fd = (unsigned)loaded;
	attr.attach_type = BPF_CGROUP_DEVICE;
	must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)));
	return cgroup;
}

/* The root is then a mount that pivot_root(2) can leave. */
static void leave_initramfs(void)
{
	must(mkdir("/new", 0755));
	must(mount("/", "/new", NULL, MS_BIND | MS_REC, NULL));
	must(chdir("/new"));
	must(mount(".", "/", NULL, MS_MOVE, NULL));
	must(chroot("."));
}

/* --- the container ------------------------------------------------------------------------------- */

static void mount_container(void)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mount(ROOTFS, ROOTFS, NULL, MS_BIND | MS_REC, NULL));
	must(chdir(ROOTFS));
	must(mkdir("proc", 0755));
	must(mkdir("dev", 0755));
	must(mkdir("sys", 0755));
	must(mount("proc", "proc", "proc", 0, NULL));
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
	must(mkdir("dev/pts", 0755));
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666,mode=0620,gid=5"));
	must(mkdir("dev/shm", 0755));
	must(mount("shm", "dev/shm", "tmpfs", SAFE, "mode=1777,size=65536k"));
	must(mkdir("dev/mqueue", 0755));
	must(mount("mqueue", "dev/mqueue", "mqueue", SAFE, NULL));
	must(mount("sysfs", "sys", "sysfs", SAFE | MS_RDONLY, NULL));
	must(mount("cgroup", "sys/fs/cgroup", "cgroup2", SAFE | MS_RDONLY | MS_RELATIME, NULL));
}

static void make_nodes(void)
{
	static const struct {
		const char *path;
		unsigned char major, minor;
	} usual[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},	  {"dev/full", 1, 7},
		     {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
	static const char *const links[][2] = {{"pts/ptmx", "dev/ptmx"},
					       {"/proc/self/fd", "dev/fd"},
					       {"/proc/self/fd/0", "dev/stdin"},
					       {"/proc/self/fd/1", "dev/stdout"},
					       {"/proc/self/fd/2", "dev/stderr"}};

	umask(0);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		must(mknod(usual[i].path, S_IFCHR | 0666, makedev(usual[i].major, usual[i].minor)));
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		must(symlink(links[i][0], links[i][1]));
	if (n_groups) {
		must(mkdir("dev/vfio", 0755));
		must(mknod("dev/vfio/vfio", S_IFCHR | 0666, makedev(10, 196)));
	}
	for (size_t i = 0; i < n_groups; i++)
		must(mknod(groups[i].node + 1, S_IFCHR | 0666, groups[i].device));
	umask(022);
}

/* A kernel may not have the file (the small one has no sysrq). */
static void make_readonly(const char *path)
{
	if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) && errno == ENOENT)
		return;
	must(mount(NULL, path, NULL, SAFE | MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
}

static void limit_process(void)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{CAPS, CAPS, 0}};

	must(setrlimit(RLIMIT_MEMLOCK, &all));
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (i > 31 || !(CAPS >> i & 1))
			must(prctl(PR_CAPBSET_DROP, i, 0, 0, 0));
	must(syscall(SYS_capset, &header, data));
	must(setsid());
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static _Noreturn void run_container(void)
{
	char *argv[] = {"/bin/first", NULL}, *env[] = {"PATH=/usr/bin:/bin", NULL};

	must(unshare(CLONE_NEWCGROUP));
	mount_container();
	make_nodes();
	must(syscall(SYS_pivot_root, ".", "."));
	must(umount2(".", MNT_DETACH));
	must(chdir("/"));
	make_readonly("/proc/sys");
	make_readonly("/proc/sysrq-trigger");
	limit_process();
	execve(argv[0], argv, env);
	stop(argv[0]);
}

int main(int argc, char **argv)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP | CLONE_NEWPID | CLONE_NEWNS |
					   CLONE_NEWIPC | CLONE_NEWUTS,
				  .exit_signal = SIGCHLD};

	(void)argc;
	mark("init");
	mount_guest();
	mark("mounts");
	bind_all(argv + 1);
	mark("devices");
	args.cgroup = (uint64_t)make_cgroup();
	leave_initramfs();
	if (!must(syscall(SYS_clone3, &args, sizeof(args))))
		run_container();
	wait(NULL);
	for (size_t i = 0; i < n_marks; i++)
		printf("bench: phase %s %lld\n", marks[i].name,
		       marks[i].at.tv_sec * 1000000000LL + marks[i].at.tv_nsec);
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 1;
}
