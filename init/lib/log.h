/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one line for each event, with the kernel's priorities. In PID 1 each line is one write
 * to /dev/kmsg, in the tool one to stderr. A file gives its lines a name by defining pr_fmt before
 * it includes this header:
 *
 *	#define pr_fmt(fmt) "modules: " fmt
 */
#ifndef COLDINIT_LIB_LOG_H
#define COLDINIT_LIB_LOG_H

#include <stdbool.h>

#include "init/lib/compiler.h"

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

/** enum log_level - how urgent a line is; the kernel's numbers (linux/kern_levels.h) */
enum log_level {
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/**
 * log_to() - choose where lines are written; stderr before the first call
 * @fd: file descriptor, which stays the caller's and must stay open
 * @kmsg: put the kernel's <priority> in front of each line
 */
void log_to(int fd, bool kmsg);

/**
 * log_sink - gets the lines of a process that has no descriptor to write them to
 * @level: how urgent the line is
 * @line: the line, without prefix and newline
 */
typedef void log_sink(enum log_level level, const char *line);

/**
 * log_to_sink() - give the lines to a function instead of writing them
 * @sink: the function; NULL to write them again
 */
void log_to_sink(log_sink *sink);

/**
 * log_watch() - give each line to a function, too, after it was written
 * @watcher: gets it; NULL for none
 */
void log_watch(log_sink *watcher);

/**
 * log_set_level() - choose which lines are written
 * @level: the least urgent one
 */
void log_set_level(enum log_level level);

/**
 * log_tame() - replace the control characters of a line by '?'
 * @s: the line, which may quote any text: a newline or an escape in it must not forge another line
 *
 * Return: the end of the line.
 */
char *log_tame(char *s) nonnull(1);

/**
 * log_line() - write one line; callers use the pr_ macros instead
 * @level: how urgent it is
 * @fmt: printf format of the line, without newline; control characters become '?', and a line that
 *	does not fit into a record of the kernel's log ends in "..."
 */
void log_line(enum log_level level, const char *fmt, ...) nonnull(2) printf_like(2, 3);

#define pr_err(fmt, ...)  log_line(LOG_LEVEL_ERR, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...) log_line(LOG_LEVEL_WARN, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...) log_line(LOG_LEVEL_INFO, pr_fmt(fmt), ##__VA_ARGS__)

#ifdef CONFIG_DEBUG_LOG
#define LOG_DEBUG_BUILT true
#else
#define LOG_DEBUG_BUILT false
#endif
/* Always type-checked, compiled out unless configured. */
#define pr_dbg(fmt, ...)                                                       \
	do {                                                                   \
		if (LOG_DEBUG_BUILT)                                           \
			log_line(LOG_LEVEL_DEBUG, pr_fmt(fmt), ##__VA_ARGS__); \
	} while (0)

#endif
