// SPDX-License-Identifier: Apache-2.0
/*
 * coldinit: PID 1 of a virtual machine that runs one container with its devices.
 *
 * The steps of a boot stand below in their order; each fills in struct boot. The first one that
 * fails ends the boot. Whatever happens, one verdict is given and the guest is ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/boot.h"
#include "init/bundle/bundle.h"
#include "init/devices/devices.h"
#include "init/source/digest.h"
#include "init/run/guest_hooks.h"
#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "init/guest/modules.h"
#include "init/guest/console.h"
#include "init/guest/mounts.h"
#include "init/network/network.h"
#include "init/devices/drivers.h"
#include "init/run/power.h"
#include "init/report/report.h"
#include "init/end/poweroff.h"
#include "init/end/shutdown.h"
#include "init/source/source.h"
#include "init/run/supervise.h"
#include "init/tool/tool.h"
#include "init/lib/tree.h"
#include "init/guest/wallclock.h"
#include "init/end/watchdog.h"
#include "net/uevent.h"

#define DEFAULT_MANIFEST "initrd:/coldinit/manifest.json"

static struct modules modules;

/* 1. The guest's own file systems, the console and the log. */
static int make_mounts(struct boot *b, struct fault *f)
{
	int err = mounts_make(&b->initrd, &b->root, f), fd;

	if (err)
		return err;
	err = console_open();
	if (err)
		return fault_set(f, err, "cannot open /dev/console: %m");
	/* Else the kernel drops our lines beyond ten in five seconds. */
	err = root_write(b->root, "on", "proc/sys/kernel/printk_devkmsg");
	if (err)
		pr_dbg("printk_devkmsg: %s", strerror(-err));
	fd = root_open(b->root, O_WRONLY, 0, "dev/kmsg");
	if (fd >= 0)
		log_to(fd, true);
	return 0;
}

/* 2. Events: signals, and the kernel's uevents from before the first look at a device. */
static int open_events(struct boot *b, struct fault *f)
{
	int err;

	b->loop = loop_open();
	if (b->loop < 0)
		return fault_set(f, b->loop, "epoll: %m");
	err = signals_open(&b->signals, b->loop);
	if (err)
		return fault_set(f, err, "signalfd: %m");
	err = uevent_open(&b->uevents);
	if (err)
		return fault_set(f, err, "uevent socket: %m");
	return 0;
}

/* 3. What the command line says; from here on there is a deadline that nothing can hold up. */
static int read_command_line(struct boot *b, struct fault *f)
{
	char line[8192];
	ssize_t n = root_read(b->root, line, sizeof(line) / 2, "proc/cmdline");
	int err;

	if (n < 0)
		return fault_set(f, (int)n, "cannot read /proc/cmdline: %m");
	err = options_parse(&b->arena, line, &b->options, f);
	if (err)
		return err;
	log_set_level(b->options.log);
	if (b->options.full)
		pr_warn("the kernel command line has %zd bytes, as many as the kernel takes: it was probably cut",
			n);
	for (size_t i = 0; i < b->options.n_reports; i++) {
		err = report_check(b->options.reports[i], f);
		if (err)
			return fault_prefix(f, err, "coldinit.report");
	}
	err = watchdog_start(b);
	return err ? fault_set(f, err, "cannot start the watchdog: %m") : network_read_word(b, f);
}

/* 4. The modules that the next steps need: only for what is plugged and asked for. */
static int load_modules(struct boot *b, struct fault *f)
{
	int err = modules_open(&modules, b->initrd, b->root, f);

	if (err)
		return err;
	wallclock_set(b->root, &modules);
	return drivers_load(b, &modules, f);
}

/* The manifest's text, NULL if there is none and none was asked for. */
static int fetch_manifest(struct boot *b, char **text, ssize_t *len, struct fault *f)
{
	const char *source = b->options.manifest;

	if (!source && root_exists(b->initrd, "coldinit/manifest.json"))
		source = DEFAULT_MANIFEST;
	if (source) {
		*len = source_read(source, b->initrd, b->root, MANIFEST_MAX, text, f);
		return *len < 0 ? fault_prefix(f, (int)*len, "manifest") : 0;
	}
	if (b->options.sha256)
		return fault_set(f, -ENOENT, "coldinit.sha256= is given, but there is no manifest");
	return 0;
}

/* 5. What the VMM asks for: the manifest, and behind it the command line's devices. */
static int read_manifest(struct boot *b, struct fault *f)
{
	char *text cleanup(free_ptr) = NULL;
	ssize_t len = 0;
	int err;

	manifest_defaults(&b->manifest);
	err = fetch_manifest(b, &text, &len, f);
	if (err)
		return err;
	if (text && b->options.sha256) {
		err = digest_check(text, (size_t)len, b->options.sha256, f);
		if (err)
			return err;
	}
	if (text) {
		err = manifest_parse(&b->arena, text, (size_t)len, &b->manifest, f);
		if (err)
			return fault_prefix(f, err, "manifest");
	}
	err = devices_add_words(b, f);
	return err ? fault_prefix(f, err, "coldinit.device") : network_add_devices(b, f);
}

/* 6. The drivers that the manifest names, then all devices and storages' disks together. */
static int find_devices(struct boot *b, struct fault *f)
{
	int err = bundle_plan(b, f);

	if (!err)
		err = drivers_load_named(b, &modules, f);
	if (err)
		return err;
	watchdog_limit(PHASE_DEVICES, devices_limit_s(b));
	return devices_find(b, &modules, f);
}

/* 7. The network, on the interfaces that were found among the devices. */
static int set_up_network(struct boot *b, struct fault *f)
{
	return network_set_up(b, f);
}

/* 8. The bundle, and its config.json patched for the devices that were found. */
static int patch_spec(struct boot *b, struct fault *f)
{
	int err = bundle_open(b, f);

	if (!err)
		err = bundle_config(b, f);
	if (!err)
		err = network_give_files(b, f);
	return err ? err : hook_programs_check(b, f);
}

/* policy.lock_modules: from here on the kernel and PID 1's own root stay as they are. */
static int lock(const struct boot *b, struct fault *f)
{
	int err;

	power_load();
	err = root_write(b->root, "1", "proc/sys/kernel/modules_disabled");
	if (!err || err == -ENOENT) /* a kernel without modules */
		err = mounts_lock();
	return err ? fault_set(f, err, "policy.lock_modules: %m") : 0;
}

/* 9. The container, after the initramfs is gone but for a bundle that came in it. */
static int start_container(struct boot *b, struct fault *f)
{
	struct stat bundle;
	int err;

	err = drivers_load_mounts(b, &modules, f);
	if (err)
		return err;
	power_hold(&modules);
	modules_close(&modules);
	err = hook_programs_keep(b, f);
	if (err)
		return err;
	/* Whoever wants a shell after a failure keeps its files, and a way back to them. */
	if (b->options.on_failure != ON_FAILURE_SHELL) {
		tree_empty(b->initrd,
			   root_stat(b->root, &bundle, "%s", b->bundle) ? NULL : &bundle);
		close(b->initrd);
		b->initrd = -1;
	}
	err = b->manifest.policy.lock_modules ? lock(b, f) : 0;
	return err ? err : supervise_launch(b, f);
}

static const struct step {
	enum phase phase;
	unsigned limit_s; /* the watchdog's, above every deadline of the step itself */
	int (*run)(struct boot *b, struct fault *f);
} steps[] = {
	{PHASE_MOUNTS, 10, make_mounts},	{PHASE_MOUNTS, 10, open_events},
	{PHASE_CMDLINE, 10, read_command_line}, {PHASE_MODULES, 60, load_modules},
	{PHASE_MANIFEST, 30, read_manifest},	{PHASE_DEVICES, 60, find_devices},
	{PHASE_NETWORK, 30, set_up_network},	{PHASE_SPEC, 60, patch_spec},
	{PHASE_EXEC, 60, start_container},
};

/* 10. Run the steps, then look after the container until its end. */
static void run(struct boot *b)
{
	struct verdict *v = &b->verdict;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		watchdog_limit(steps[i].phase, steps[i].limit_s);
		if (steps[i].run(b, &v->fault)) {
			v->outcome = OUTCOME_FAILED;
			v->phase = steps[i].phase;
			v->status = v->status ? v->status : 125;
			return;
		}
		/* The container knows best when its program was about to run. */
		if (steps[i].phase != PHASE_EXEC)
			v->timeline_us[steps[i].phase] = clock_us();
	}
	watchdog_limit(PHASE_EXIT, 0);
	supervise_run(b);
}

/* 11. The verdict: one line, behind which only a report that cannot be delivered is told. */
static void give_verdict(const struct boot *b)
{
	const struct verdict *v = &b->verdict;
	char *json;

	watchdog_limit(PHASE_EXIT,
		       EXIT_LIMIT_S + REPORT_LIMIT_S * (2 + (unsigned)b->options.n_reports));
	/* Too late: the watchdog has given it and is ending the guest. */
	while (!watchdog_claim())
		pause();
	if (v->outcome == OUTCOME_FAILED || v->oom)
		pr_err("%s", v->fault.text);
	json = verdict_json(v);
	report_verdict(
		b->root, &b->options,
		json ? json
		     : "{\"version\":1,\"outcome\":\"failed\",\"status\":125,\"error\":\"out of memory\"}");
	free(json);
}

static struct boot boot;

/* A fault of our own must not panic the kernel either. */
static void crashed(int signal)
{
	/* A helper process may die of it. */
	if (getpid() != 1)
		return;
	fault_set(&boot.verdict.fault, -EFAULT,
		  "coldinit itself has failed with signal %d; this is a bug of coldinit", signal);
	boot.verdict.outcome = OUTCOME_FAILED;
	boot.verdict.status = 125;
	give_verdict(&boot);
	poweroff_guest(&boot.options, true, 125);
}

static void catch_crashes(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	struct sigaction sa = {.sa_handler = crashed, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
	/* A report's reader that goes away is an error of write(2). */
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct boot *b = &boot;

	if (getpid() != 1)
		return tool_main(argc, argv);
	b->verdict.timeline_us[PHASE_INIT] = clock_us();
	b->initrd = b->root = b->loop = -1;
	options_default(&b->options);
	catch_crashes();
	run(b);
	give_verdict(b);
	/* 12. Sync, unmount, power off. */
	shutdown_guest(&b->options, b->initrd, b->verdict.outcome == OUTCOME_FAILED,
		       b->verdict.status);
}
