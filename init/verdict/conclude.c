// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/end/poweroff.h"
#include "init/guest/warnings.h"
#include "init/lib/log.h"
#include "init/lib/signame.h"
#include "init/report/report.h"
#include "init/storage/verity.h"
#include "init/verdict/conclude.h"
#include "init/verdict/reasons.h"

static void conclude_fill(const struct boot *b, struct verdict *v)
{
	v->stop = (struct verdict_stop){
		.signal = b->end.stop_signal,
		.by = b->signals.requested,
		.killed = b->end.killed,
	};
	v->devices = b->request.devices;
	v->results = b->found.devices;
	v->n_devices = b->found.devices ? b->request.n_listed : 0;
	memcpy(v->timeline_us, b->timeline_us, sizeof(v->timeline_us));
}

static void conclude_fill_failure(const struct boot *b, enum phase phase, struct verdict *v)
{
	conclude_fill(b, v);
	v->outcome = OUTCOME_FAILED;
	v->phase = phase;
	v->status = b->end.status ? b->end.status : VERDICT_FAILED;
	v->oom = b->end.oom;
	v->fault = b->fault;
}

static void conclude_fill_end(const struct boot *b, struct verdict *v)
{
	conclude_fill(b, v);
	v->outcome = b->end.signal ? OUTCOME_SIGNALED : OUTCOME_EXITED;
	v->status = b->end.status;
	v->signal = b->end.signal;
	v->oom = b->end.oom;
	v->fault = b->end.fault;
	v->timeline_us[PHASE_EXIT] = b->end.exit_us;
}

static char *conclude_text(struct verdict *v)
{
	const struct warnings *w = warnings_kept();

	v->warnings = w->list;
	v->n_warnings = w->n;
	v->n_more_warnings = w->more;
	return verdict_json(v);
}

static const char conclude_no_memory[] =
	"{\"version\":1,\"outcome\":\"failed\",\"status\":125,\"error\":\"out of memory\"}";

static volatile bool conclude_is_given; /* the console has the verdict */

static void conclude_console(struct verdict *v)
{
	char *json = conclude_text(v);

	report_console(json ? json : conclude_no_memory);
	free(json);
	conclude_is_given = true;
}

/* 11. The verdict: first to the reports, whose failures are among its warnings on the console. */
static void conclude_give(const struct boot *b, struct verdict *v)
{
	char *json;

	if (*v->fault.text)
		pr_err("%s", v->fault.text);
	if (b->root >= 0)
		report_open(b->root, &b->request.options);
	json = conclude_text(v);
	report_deliver(json ? json : conclude_no_memory);
	free(json);
	conclude_console(v);
}

static pages_apart struct verdict verdict;

/*
 * PID 1 has its verdict and hangs in sync or unmount, because of a disk that does not answer, or
 * before it has written the verdict to the console. The shutdown of a driver would hang, too: a
 * reset of a virtio disk can even stop the VMM.
 */
static void conclude_end_hung(const struct boot *b, const char *where)
{
	bool failed = verdict.outcome == OUTCOME_FAILED;

	if (!conclude_is_given)
		conclude_console(&verdict);
	log_watch(NULL); /* the verdict is the console's last line */
	pr_err("the guest ends without its last sync and unmount: init is caught in kernel function %s",
	       where);
	if (!failed || b->request.options.on_failure != ON_FAILURE_HALT)
		poweroff_reset(&b->request.options, verdict.status);
}

/* The watchdog process runs this. It shares PID 1's memory, and PID 1 may change its own verdict.
 */
void conclude_hung(void *arg, enum phase phase, const char *where)
{
	static pages_apart struct verdict late;
	struct boot *b = arg;

	conclude_fill_failure(b, phase, &late);
	late.status = VERDICT_FAILED;
	fault_set(
		&late.fault, -ETIME,
		"phase \"%s\" is not finished at its deadline: init is caught in a system call (kernel function %s); a virtio-fs daemon or a device does not answer",
		verdict_phase(phase), where);
	reasons_add(b, phase, true, &late.fault);
	if (watchdog_claim())
		conclude_give(b, &late);
	else
		conclude_end_hung(b, where);
	poweroff_guest(&b->request.options, true, VERDICT_FAILED);
}

static int conclude_once(const struct boot *b)
{
	watchdog_limit(PHASE_EXIT,
		       EXIT_LIMIT_S +
			       REPORT_LIMIT_S * (2 + (unsigned)b->request.options.n_reports));
	while (!watchdog_claim())
		pause();
	conclude_give(b, &verdict);
	return verdict.status;
}

bool conclude_services(struct boot *b, bool failed)
{
	if (!services_end(&b->services, failed, &b->fault) || failed)
		return failed;
	b->phase = PHASE_EXIT;
	b->end.status = VERDICT_FAILED;
	return true;
}

int conclude(const struct boot *b, bool failed)
{
	verity_warn();
	if (failed)
		conclude_fill_failure(b, b->phase, &verdict);
	else
		conclude_fill_end(b, &verdict);
	if (failed || verdict.signal)
		reasons_add(b, failed ? b->phase : PHASE_EXIT, b->run.late, &verdict.fault);
	return conclude_once(b);
}

/* --- a crash ------------------------------------------------------------------------------- */

static struct boot *conclude_boot; /* for the signal handler */

/*
 * A crash of coldinit must end the guest with a verdict, too, and must not panic the kernel. Only
 * the kernel's own signals are a crash: a container without a PID namespace can send them to PID 1.
 */
static void conclude_crashed(int signal, siginfo_t *info, void *context)
{
	static volatile sig_atomic_t again;

	(void)context;
	if (info->si_code <= 0 && getpid() == 1)
		return;
	/* A helper process just dies, and so does the verdict of a crash that crashes. */
	if (getpid() != 1)
		_exit(128 + signal);
	if (again++)
		poweroff_guest(&conclude_boot->request.options, true, VERDICT_FAILED);
	fault_set(&conclude_boot->fault, -EFAULT,
		  "coldinit itself has failed with %s at address 0x%lx; this is a bug of coldinit",
		  signame_text(signal).s, (unsigned long)info->si_addr);
	conclude_fill_failure(conclude_boot, conclude_boot->phase, &verdict);
	conclude_once(conclude_boot);
	poweroff_guest(&conclude_boot->request.options, true, VERDICT_FAILED);
}

void conclude_crashes(struct boot *b)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	struct sigaction sa = {.sa_sigaction = conclude_crashed,
			       .sa_flags = SA_SIGINFO | SA_NODEFER};

	conclude_boot = b;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], &sa, NULL))
			pr_warn("a crash by signal %d has no verdict: %m", signals[i]);
	/* write(2) reports a reader that has gone. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		pr_warn("SIGPIPE is not ignored: %m");
}
