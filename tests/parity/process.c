// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int prctl(int, ...); /* not together with linux/prctl.h */

/* Lines that change from run to run, or only show usage. */
static const char *const unsteady[] = {
	"Vm",	"Rss",	   "Hugetlb",	"voluntary_ctxt", "nonvoluntary_ctxt",
	"SigQ", "Kthread", "x86_Thread"};

static int starts_with_any(const char *line, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strncmp(line, list[i], strlen(list[i])))
			return 1;
	return 0;
}

/* /proc/self/status: capabilities, groups, signals, filters, no_new_privs, umask, ids. */
static void show_status(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[1024];

	if (!status)
		fact("status", "%s", outcome(-1));
	while (status && fgets(line, sizeof(line), status)) {
		char *colon = strchr(line, ':');

		if (!colon || starts_with_any(line, unsteady, COUNT(unsteady)))
			continue;
		*colon++ = '\0';
		colon += strspn(colon, "\t ");
		colon[strcspn(colon, "\n")] = '\0';
		for (char *tab = colon; (tab = strchr(tab, '\t'));)
			*tab = ' ';
		fact(keyed("status/%s", line), "%s", colon);
	}
	if (status)
		fclose(status);
}

static void show_words(char **argv)
{
	char path[4096];

	for (int i = 0; argv[i]; i++)
		fact(keyed("argv/%02d", i), "%s", argv[i]);
	for (int i = 0; environ[i]; i++)
		fact(keyed("env/%02d", i), "%s", environ[i]);
	fact("cwd", "%s", syscall(SYS_getcwd, path, sizeof(path)) > 0 ? path : outcome(-1));
	fact("execfn", "%s", (const char *)getauxval(AT_EXECFN));
	fact("secure", "%lu", getauxval(AT_SECURE));
}

static void show_limits(void)
{
	static const char *const names[] = {
		"CPU",	   "FSIZE", "DATA",  "STACK",	   "CORE",     "RSS",  "NPROC",	 "NOFILE",
		"MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct rlimit limit;

		if (getrlimit((int)i, &limit))
			fact(keyed("rlimit/%s", names[i]), "%s", outcome(-1));
		else
			fact(keyed("rlimit/%s", names[i]), "%lld:%lld", (long long)limit.rlim_cur,
			     (long long)limit.rlim_max);
	}
}

static void show_prctl(void)
{
	static const struct {
		const char *name;
		int number, by_pointer;
	} list[] = {
		{"dumpable", PR_GET_DUMPABLE, 0},
		{"keepcaps", PR_GET_KEEPCAPS, 0},
		{"securebits", PR_GET_SECUREBITS, 0},
		{"pdeathsig", PR_GET_PDEATHSIG, 1},
		{"subreaper", PR_GET_CHILD_SUBREAPER, 1},
		{"timerslack", PR_GET_TIMERSLACK, 0},
		{"thp_disable", PR_GET_THP_DISABLE, 0},
		{"io_flusher", PR_GET_IO_FLUSHER, 0},
		{"mdwe", 66, 0},
	};

	for (size_t i = 0; i < COUNT(list); i++) {
		int value = 0;
		int ret = list[i].by_pointer ? prctl(list[i].number, (uintptr_t)&value, 0, 0, 0)
					     : (value = prctl(list[i].number, 0, 0, 0, 0));

		if (ret < 0)
			fact(keyed("prctl/%s", list[i].name), "%s", outcome(-1));
		else
			fact(keyed("prctl/%s", list[i].name), "%d", value);
	}
}

static void show_scheduling(void)
{
	cpu_set_t cpus;

	fact("sched/policy", "%ld", syscall(SYS_sched_getscheduler, 0));
	fact("sched/nice", "%d", getpriority(PRIO_PROCESS, 0));
	fact("sched/ioprio", "%ld", syscall(SYS_ioprio_get, 1, 0));
	if (!sched_getaffinity(0, sizeof(cpus), &cpus))
		fact("sched/cpus", "%d", CPU_COUNT(&cpus));
	fact("personality", "%#x", (unsigned)personality(0xffffffff));
}

/* The session keyring's description, without its serial number. */
static void show_keyring(void)
{
	char text[256] = "";
	long id = syscall(SYS_keyctl, 0L, -3L, 0L, 0L, 0L);

	if (id < 0 || syscall(SYS_keyctl, 6L, id, text, sizeof(text), 0L) < 0)
		fact("keyring/session", "%s", outcome(-1));
	else
		fact("keyring/session", "%s", text);
}

static void show_proc(void)
{
	static const char *const files[] = {"oom_score_adj",
					    "oom_adj",
					    "loginuid",
					    "coredump_filter",
					    "timens_offsets",
					    "uid_map",
					    "gid_map",
					    "setgroups",
					    "comm",
					    "attr/current",
					    "attr/apparmor/current",
					    "projid_map",

					    "sessionid"};
	char target[4096];
	ssize_t n = readlink("/proc/self/exe", target, sizeof(target) - 1);

	for (size_t i = 0; i < COUNT(files); i++)
		fact(keyed("proc/%s", files[i]), "%s", read_line(keyed("/proc/self/%s", files[i])));
	target[n > 0 ? n : 0] = '\0';
	fact("proc/exe", "%s", n > 0 ? target : outcome(-1));
}

void show_process(char **argv)
{
	mode_t mask = umask(0);

	umask(mask);
	fact("umask", "%04o", mask);
	fact("ids/pid", "%d", getpid());
	fact("ids/ppid", "%d", getppid());
	fact("ids/sid", "%d", getsid(0));
	fact("ids/pgid", "%d", getpgid(0));
	show_words(argv);
	show_status();
	show_limits();
	show_prctl();
	show_scheduling();
	show_keyring();
	show_proc();
}
