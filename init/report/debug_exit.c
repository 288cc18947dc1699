// SPDX-License-Identifier: Apache-2.0
/* QEMU's isa-debug-exit: a byte that is written to its port ends QEMU with 2 * byte + 1. */
#include <errno.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>
#define HAVE_PORT_IO 1
#endif

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "init/report/kind.h"

static int debug_exit_parse(const char *where, uint64_t *port)
{
	if (!str_starts(where, "0x"))
		return -EINVAL;
	return str_number(where + 2, strlen(where + 2), 16, 0xffff, port);
}

static int debug_exit_check(const char *where)
{
	uint64_t port;

	return debug_exit_parse(where, &port);
}

static void debug_exit_end(const char *where, int status)
{
#ifdef HAVE_PORT_IO
	uint64_t port;

	if (debug_exit_parse(where, &port))
		return;
	if (ioperm(port, 1, 1)) {
		pr_warn("debug-exit:%s: %m", where);
		return;
	}
	outb((unsigned char)status, (unsigned short)port);
#else
	(void)where, (void)status;
#endif
}

const struct report_kind report_debug_exit = {
	.prefix = "debug-exit:",
	.form = "debug-exit:0xPORT",
	.check = debug_exit_check,
	.end = debug_exit_end,
};
