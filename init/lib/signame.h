/* SPDX-License-Identifier: Apache-2.0 */
/* Names of signals, as images, manifests and verdicts write them. */
#ifndef COLDINIT_LIB_SIGNAME_H
#define COLDINIT_LIB_SIGNAME_H

#include "init/lib/compiler.h"

/** struct signame - the name of a signal: "SIGTERM", "SIGRTMIN+3" */
struct signame {
	char s[24];
};

/**
 * signame_text() - the name of a signal
 * @number: of the kernel; its real-time signals begin at 32, the C libraries' SIGRTMIN at 34 or 35
 *
 * Return: the name; real-time signals count from 34, as engines do.
 */
struct signame signame_text(int number) must_check;

/**
 * signame_parse() - read a signal
 * @text: a name with or without SIG, in any case ("TERM", "SIGRTMIN+3", "rtmax-1"), or a number
 * @out: gets the number, from 1 to 64; untouched on failure
 *
 * Return: 0, or -EINVAL for another text.
 */
int signame_parse(const char *text, int *out) must_check nonnull(1, 2);

/**
 * signame_end() - how a process has ended
 * @wait_status: as waitpid(2) gives it
 *
 * Return: "status 3", or the name of the signal that ended it.
 */
struct signame signame_end(int wait_status) must_check;

#endif
