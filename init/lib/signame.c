// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#include "init/lib/signame.h"
#include "init/lib/str.h"

#define LAST	  64
#define RT_FIRST  34 /* as containers' C libraries have SIGRTMIN */
#define RT_MIN	  "RTMIN"
#define RT_MAX	  "RTMAX"
#define WORD_SIZE 7 /* of the longest name in the table */

/* The names from 1 on (asm-generic/signal.h, which all of our architectures use) */
static const char signame_table[][WORD_SIZE] = {
	"HUP",	"INT",	"QUIT", "ILL",	  "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1", "SEGV",
	"USR2", "PIPE", "ALRM", "TERM",	  "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN", "TTOU",
	"URG",	"XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};

struct signame signame_text(int number)
{
	struct signame name;

	if (number >= 1 && (size_t)number <= ARRAY_SIZE(signame_table))
		snprintf(name.s, sizeof(name.s), "SIG%s", signame_table[number - 1]);
	else if (number == RT_FIRST)
		snprintf(name.s, sizeof(name.s), "SIGRTMIN");
	else if (number > RT_FIRST)
		snprintf(name.s, sizeof(name.s), "SIGRTMIN+%d", number - RT_FIRST);
	else
		snprintf(name.s, sizeof(name.s), "SIG%d", number);
	return name;
}

struct signame signame_end(int wait_status)
{
	struct signame end;

	if (WIFSIGNALED(wait_status))
		return signame_text(WTERMSIG(wait_status));
	snprintf(end.s, sizeof(end.s), "status %d", WEXITSTATUS(wait_status));
	return end;
}

/* "+3" behind RTMIN, "-1" behind RTMAX; nothing is 0. */
static int signame_offset(const char *text, char sign, int *out)
{
	uint64_t n = 0;

	if (*text &&
	    (*text != sign || str_number(text + 1, strlen(text + 1), 10, LAST - RT_FIRST, &n)))
		return -EINVAL;
	*out = sign == '+' ? RT_FIRST + (int)n : LAST - (int)n;
	return 0;
}

static bool signame_starts(const char *name, const char *prefix)
{
	return !strncasecmp(name, prefix, strlen(prefix));
}

/* Other names of these signals (signal(7)), which engines accept, too. */
static const char *signame_alias(const char *name)
{
	static const char aliases[][2][WORD_SIZE] = {
		{"CLD", "CHLD"}, {"IOT", "ABRT"}, {"POLL", "IO"}, {"UNUSED", "SYS"}};

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcasecmp(name, aliases[i][0]))
			return aliases[i][1];
	return name;
}

int signame_parse(const char *text, int *out)
{
	const char *name = signame_starts(text, "SIG") ? text + 3 : text;
	uint64_t n;

	if (!str_number(text, strlen(text), 10, LAST, &n) && n) {
		*out = (int)n;
		return 0;
	}
	if (signame_starts(name, RT_MIN))
		return signame_offset(name + strlen(RT_MIN), '+', out);
	if (signame_starts(name, RT_MAX))
		return signame_offset(name + strlen(RT_MAX), '-', out);
	name = signame_alias(name);
	for (size_t i = 0; i < ARRAY_SIZE(signame_table); i++) {
		if (strcasecmp(signame_table[i], name) != 0)
			continue;
		*out = (int)i + 1;
		return 0;
	}
	return -EINVAL;
}
