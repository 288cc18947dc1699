// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "report: " fmt

#include <errno.h>
#include <string.h>

#include "init/guest/console.h"
#include "init/guest/warnings.h"
#include "init/lib/arena.h"
#include "init/lib/fd.h"
#include "init/lib/log.h"
#include "init/lib/str.h"
#include "init/report/courier.h"
#include "init/report/kind.h"
#include "init/report/report.h"
#include "init/report/send.h"
#include "spec/verdict.h"

static const struct report_kind *const report_kinds[] = {
	&report_virtio_serial,
#ifdef CONFIG_REPORT_VSOCK
	&report_vsock,
#endif
#ifdef CONFIG_REPORT_VIRTIOFS
	&report_virtiofs,
#endif
#ifdef CONFIG_REPORT_DEBUG_EXIT
	&report_debug_exit,
#endif
};

static const struct report_kind *report_find(const char *report, const char **where)
{
	for (size_t i = 0; i < ARRAY_SIZE(report_kinds); i++) {
		if (!str_starts(report, report_kinds[i]->prefix))
			continue;
		*where = report + strlen(report_kinds[i]->prefix);
		return report_kinds[i];
	}
	return NULL;
}

const char *const *report_modules(const char *report)
{
	static const char *const none[] = {NULL};
	const char *where;
	const struct report_kind *kind = report_find(report, &where);

	return kind && kind->modules ? kind->modules : none;
}

int report_check(const char *report, struct fault *fault)
{
	const char *where;
	const struct report_kind *kind = report_find(report, &where);

	if (kind && !kind->check(where))
		return 0;
	fault_set(fault, -EINVAL, "\"%s\" is not one of", report);
	for (size_t i = 0; i < ARRAY_SIZE(report_kinds); i++)
		fault_add(fault, "%s %s", i ? "," : "", report_kinds[i]->form);
	return -EINVAL;
}

/* --- the reports that are open ------------------------------------------------------------- */

/*
 * struct report - one of them
 * @kind: what it is
 * @name: as messages call it
 * @where: what follows the kind's prefix
 * @fd: what the verdict is written to; -1 if it could not be opened
 * @courier: the helper process for one that may block
 */
struct report {
	const struct report_kind *kind;
	const char *name, *where;
	int fd;
	struct courier courier;
};

static struct {
	bool open;
	struct report list[OPTIONS_REPORTS_MAX + 1];
	size_t n;
} reports;

static void report_open_one(int root, const struct report_kind *kind, const char *name,
			    const char *where)
{
	struct report *r = &reports.list[reports.n];
	int err = 0;

	if (!kind->open)
		return;
	*r = (struct report){.kind = kind, .name = name, .where = where};
	r->fd = kind->open(root, where);
	if (r->fd >= 0 && kind->blocks)
		err = courier_start(&r->courier, r->fd);
	if (r->fd >= 0 && !err) {
		reports.n++;
		return;
	}
	err = err ? err : r->fd;
	/* The default port need not be there. */
	if (kind != &report_default || err != -ENODEV)
		pr_warn("%s: cannot be opened, it will not get the verdict: %s", name,
			strerror(-err));
	fd_close(&r->fd);
}

void report_open(int root, const struct options *o)
{
	if (reports.open)
		return;
	reports.open = true;
	for (size_t i = 0; i < o->n_reports; i++) {
		const char *where = NULL;
		const struct report_kind *kind = report_find(o->reports[i], &where);

		if (kind)
			report_open_one(root, kind, o->reports[i], where);
	}
	if (!o->n_reports)
		report_open_one(root, &report_default, report_default.form, "");
}

static int report_deliver_one(struct report *r, const char *text)
{
	int err = r->kind->blocks ? courier_deliver(&r->courier, text, REPORT_LIMIT_S * 1000)
				  : -ESRCH;

	/* Without its helper process it is delivered here: the watchdog is still there. */
	return err == -ESRCH ? r->kind->deliver(r->fd, r->where, text) : err;
}

void report_deliver(const char *json)
{
	struct arena arena cleanup(arena_free) = {0};
	const char *text = arena_printf(&arena, "%s\n", json);

	for (size_t i = 0; i < reports.n && text; i++) {
		struct report *r = &reports.list[i];
		int err = report_deliver_one(r, text);

		if (err)
			pr_warn("%s: cannot deliver the verdict: %s", r->name, strerror(-err));
		/* close(2) waits for a daemon that does not answer, too. */
		if (!err || !r->kind->blocks)
			fd_close(&r->fd);
	}
	/* Exactly one document for each. */
	reports.n = 0;
}

void report_console(const char *json)
{
	struct arena arena cleanup(arena_free) = {0};
	const char *text = arena_printf(&arena, "\n" VERDICT_PREFIX "%s\n", json);
	int err;

	console_restore();
	warnings_console_off();
	err = text ? console_line(text, SEND_MS) : -ENOMEM;
	/* Once more, on a new line. A console that takes nothing has had its time. */
	if (err && text && err != -ETIMEDOUT)
		err = console_line(text, SEND_MS);
	if (err)
		pr_err("the console cannot be written: %s; " VERDICT_PREFIX "%s", strerror(-err),
		       json);
	console_drain(SEND_MS);
}

void report_end(const struct options *o, int status)
{
	for (size_t i = 0; i < o->n_reports; i++) {
		const char *where;
		const struct report_kind *kind = report_find(o->reports[i], &where);

		if (kind && kind->end)
			kind->end(where, status);
	}
}
