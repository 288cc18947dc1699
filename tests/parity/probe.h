/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parity probe: one static program that prints what a process can see, a line for each fact:
 *
 *	parity: GROUP/KEY = VALUE
 *
 * Keys are unique. The same facts under another runtime are compared line by line.
 */
#ifndef COLDINIT_PARITY_PROBE_H
#define COLDINIT_PARITY_PROBE_H

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/** fact() - print one fact: its key, then the value's format; control characters are escaped */
void fact(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** keyed() - a key made of a format; valid for the next three calls */
const char *keyed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** outcome() - "ok" for a result >= 0, else the name of errno */
const char *outcome(long result);

/** read_line() - the first line of a file, or the name of the error */
const char *read_line(const char *path);

/** show_process() - ids, capabilities, limits, signals, session, scheduling */
void show_process(char **argv);

/** show_descriptors() - open descriptors, and the terminal if there is one */
void show_descriptors(void);

/** show_mounts() - the mount table, as in mountinfo but without its numbers */
void show_mounts(void);

/** show_files() - paths that runtimes mask or protect, /dev, the root's tree */
void show_files(void);

/** show_devices() - which device nodes can be made and opened */
void show_devices(void);

/** show_kernel() - namespaces, names, sysctls, cgroup */
void show_kernel(void);

/** show_hooks() - facts that hooks have written to /hooks */
void show_hooks(void);

/** run_hook() - be a hook. Return: the exit status. */
int run_hook(char **argv);

/** show_syscalls() - results of calls that filters often deny */
void show_syscalls(void);

#endif
