/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one line an event, kernel priorities. In PID 1 each line is one write to /dev/kmsg, in
 * the tool one to stderr. A file names itself with pr_fmt before it includes this:
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

enum log_level {
	LOG_LEVEL_ERR = 3, /* the kernel's numbers */
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/** log_to() - send lines to file descriptor @fd; @kmsg: put the kernel's <priority> in front */
void log_to(int fd, bool kmsg);

/** log_set_level() - drop lines less urgent than @level */
void log_set_level(enum log_level level);

/** log_line() - write one line; use the pr_ macros instead */
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
