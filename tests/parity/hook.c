// SPDX-License-Identifier: Apache-2.0
/*
 * The same program as a hook: it writes its facts to a file, which the probe prints later.
 *
 *	hook FILE [ARGUMENT...]
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

#define HOOKS "/hooks"

/* Print a member of the state that a hook gets on its standard input; not a whole JSON parser. */
static void show_member(FILE *out, const char *state, const char *name)
{
	const char *at = strstr(state, keyed("\"%s\"", name));

	if (!at) {
		fprintf(out, "state/%s (none)\n", name);
		return;
	}
	at = strchr(at, ':') + 1;
	at += strspn(at, " \n");
	fprintf(out, "state/%s %.*s\n", name, (int)strcspn(at, ",}\n"), at);
}

static void show_state(FILE *out)
{
	static const char *const names[] = {"id", "status", "bundle"};
	char state[8192];
	size_t n = fread(state, 1, sizeof(state) - 1, stdin);
	const char *pid;

	state[n] = '\0';
	for (size_t i = 0; i < COUNT(names); i++)
		show_member(out, state, names[i]);
	pid = strstr(state, "\"pid\"");
	fprintf(out, "state/pid %s\n", pid ? "some" : "(none)");
}

static void show_place(FILE *out)
{
	static const char *const names[] = {"mnt", "pid", "uts", "ipc"};
	char target[4096];
	ssize_t n;

	fprintf(out, "cwd %s\n", getcwd(target, sizeof(target)) ? target : "(none)");
	for (size_t i = 0; i < COUNT(names); i++) {
		n = readlink(keyed("/proc/self/ns/%s", names[i]), target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		fprintf(out, "ns/%s %s\n", names[i], target);
	}
	fprintf(out, "container-root %s\n", access("/home/worker", F_OK) ? "no" : "yes");
	fprintf(out, "uid %u\n", geteuid());
}

int run_hook(char **argv)
{
	FILE *out = argv[1] ? fopen(argv[1], "we") : NULL;

	if (!out)
		return 91;
	for (int i = 0; argv[i]; i++)
		fprintf(out, "argv/%d %s\n", i, argv[i]);
	for (int i = 0; environ[i]; i++)
		fprintf(out, "env/%d %s\n", i, environ[i]);
	show_state(out);
	show_place(out);
	return fclose(out) ? 92 : 0;
}

static void show_hook(const char *name)
{
	FILE *in = fopen(keyed(HOOKS "/%s", name), "re");
	char line[4096];

	while (in && fgets(line, sizeof(line), in)) {
		char *value = line + strcspn(line, " ");

		line[strcspn(line, "\n")] = '\0';
		if (*value)
			*value++ = '\0';
		fact(keyed("hook/%s/%s", name, line), "%s", value);
	}
	if (in)
		fclose(in);
}

void show_hooks(void)
{
	struct dirent **entries;
	int n = scandir(HOOKS, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			show_hook(entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}
