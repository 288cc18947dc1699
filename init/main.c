// SPDX-License-Identifier: Apache-2.0
/*
 * coldinit: PID 1 of a virtual machine that runs one container with its devices.
 *
 * The steps of a boot are below, in their order. The first one that fails ends the boot. In any
 * case one verdict is given, and then the guest ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/boot.h"
#include "init/bundle/spec.h"
#include "init/devices/drivers.h"
#include "init/end/shutdown.h"
#include "init/end/watchdog.h"
#include "init/guest/console.h"
#include "init/guest/meminfo.h"
#include "init/guest/mounts.h"
#include "init/guest/unpacked.h"
#include "init/guest/seal.h"
#include "init/guest/wallclock.h"
#include "init/guest/warnings.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/live.h"
#include "init/network/network.h"
#include "init/report/report.h"
#include "init/run/leave.h"
#include "init/run/power.h"
#include "init/source/source.h"
#include "init/tool/tool.h"
#include "init/verdict/conclude.h"
#include "net/uevent.h"
#include "spec/json_heap.h"

#define DEFAULT_MANIFEST "initrd:/coldinit/manifest.json"

static pages_apart struct boot boot;

/* --- the steps ----------------------------------------------------------------------------- */

/* 1. The guest's own file systems, the console and the log. */
static int make_mounts(struct boot *b)
{
	int err = mounts_make(&b->initrd, &b->root, &b->fault), no_console, fd;

	if (err)
		return err;
	err = console_open(&no_console);
	if (err)
		return fault_strerror(&b->fault, err, "cannot open /dev/null");
	/* Else the kernel drops our lines beyond ten in five seconds. */
	err = root_write(b->root, "on\n", "proc/sys/kernel/printk_devkmsg");
	if (err)
		pr_dbg("printk_devkmsg: %s", strerror(-err));
	fd = root_open(b->root, O_WRONLY, 0, "dev/kmsg");
	if (fd >= 0)
		log_to(fd, true);
	warnings_start(b->root);
	if (no_console == -ENODEV)
		pr_info("the guest has no console");
	else if (no_console)
		pr_warn("cannot open /dev/console: %s", strerror(-no_console));
	return 0;
}

/* 2. Events: signals, and uevents. The uevent socket is open before any device is looked up. */
static int open_events(struct boot *b)
{
	int err;

	b->loop = loop_open();
	if (b->loop < 0)
		return fault_strerror(&b->fault, b->loop, "epoll");
	err = signals_open(&b->signals, b->loop);
	if (err)
		return fault_strerror(&b->fault, err, "signalfd");
	err = uevent_open(&b->uevents.socket);
	return err ? fault_strerror(&b->fault, err, "uevent socket") : 0;
}

/* 3. The kernel command line. */
static int read_command_line(struct boot *b)
{
	char line[8192];
	ssize_t n = b->ops->read_command_line(b, line, sizeof(line) / 2, &b->fault);
	int err;

	if (n < 0)
		return (int)n;
	err = request_read_options(&b->arena, line, &b->request, &b->fault);
	if (!err && b->request.options.full)
		pr_warn("the kernel command line has %zd bytes, as many as the kernel takes: it was probably cut",
			n);
	return err ? err : request_check_ip(&b->request, b->root, &b->fault);
}

/* From here on every phase has a limit, even if PID 1 hangs in a system call. */
static int start_watchdog(struct boot *b)
{
	int err = watchdog_start(b->root, conclude_hung, b);

	log_set_level(b->request.options.log);
	return err ? fault_strerror(&b->fault, err, "cannot start the watchdog") : 0;
}

/* 4. The kernel modules that the next steps need, for what is plugged in and requested. */
static int load_modules(struct boot *b)
{
	int err = unpacked_check(b->root, b->initrd, &b->fault);

	if (!err)
		err = modules_open(&b->modules, b->initrd, b->root, &b->fault);
	if (err)
		return err;
	wallclock_set(b->root, &b->modules);
	return drivers_load(b->root, &b->modules, &b->request.options, &b->fault);
}

/* 5. The manifest, which completes the request. */
static int read_manifest(struct boot *b)
{
	const char *word = b->request.options.manifest;
	char *text cleanup(memory_free) = NULL;
	struct source ignored;
	ssize_t n;
	int err;

	/* A plan may have no initramfs. */
	err = word || b->initrd < 0 ? 0 : root_look(b->initrd, &b->fault, "coldinit/manifest.json");
	if (err > 0)
		word = DEFAULT_MANIFEST;
	if (err >= 0)
		err = word ? source_parse(word, &ignored, &b->fault) : 0;
	if (err)
		return fault_prefix(&b->fault, err, "manifest");
	n = b->ops->read_manifest(b, word, &text, &b->fault);
	if (n < 0)
		return (int)n;
	return request_read_manifest(&b->arena, text, (size_t)n, &b->request, &b->fault);
}

/* 6. The drivers that the manifest names, then all devices, interfaces and disks together. */
static int find_devices(struct boot *b)
{
	struct devices_env env = {
		.dev =
			{
				.root = b->root,
				.ops = b->ops->dev,
				.arena = &b->arena,
				.timeout_ms = b->request.options.timeout_s * 1000,
				.allow_unsafe_interrupts =
					b->request.manifest.policy.allow_unsafe_interrupts,
				.drive = b->ops->drive,
				.drive_arg = b,
				.releases = b->modules.hint,
			},
		.uevents = b->uevents.socket,
		.load = b->ops->load_module,
		.wait = b->ops->wait_devices,
		.arg = b,
	};
	int err = drivers_check(&b->request.manifest, &b->fault);

	watchdog_limit(PHASE_DEVICES, devices_limit_s(&b->request));
	if (!err)
		err = b->ops->load_drivers(b, &env, &b->fault);
	if (err)
		return err;
	/* Driver images have waited for their disks already. */
	watchdog_limit(PHASE_DEVICES, devices_limit_s(&b->request));
	b->uevents.presence.root = b->root;
	b->uevents.presence.devices = b->request.devices;
	b->uevents.presence.n = b->request.n_devices;
	return devices_find(&env, &b->request, &b->found, &b->fault);
}

/* 7. The network, on the interfaces that were found. */
static int set_up_network(struct boot *b)
{
	int err = network_check(&b->request, &b->found, &b->fault);

	return err ? err : b->ops->set_up_network(b, &b->fault);
}

/* 8. The bundle, and its config.json patched for the devices that were found. */
static int patch_spec(struct boot *b)
{
	struct spec_env env = {
		.arena = &b->arena,
		.root = b->root,
		.file = "config.json",
		.live = b->ops->live,
		.inject = b->ops->inject_cdi,
		.prepare = b->ops->prepare_source,
		.has_program = b->ops->has_program,
		.arg = b,
	};
	char *text cleanup(memory_free) = NULL;
	ssize_t n;
	int err = bundle_check(&b->request, &b->fault);

	if (!err)
		err = b->ops->open_bundle(b, &b->fault);
	if (err)
		return err;
	env.dir = b->bundle.dir;
	env.bundle = b->bundle.path;
	n = b->ops->read_config(b, &text, &b->fault);
	if (n < 0)
		return (int)n;
	err = spec_patch(&env, text, (size_t)n, &b->request, &b->found, &b->doc, &b->fault);
	return err ? err : spec_config(&env, b->doc, &b->request, &b->config, &b->fault);
}

static int find_root(struct boot *b)
{
	oci_free(b->doc);
	b->doc = NULL;
	b->config.bundle_dir = b->bundle.dir;
	b->run.rootfs = bundle_find_root(b->root, b->config.root_path, &b->bundle, &b->fault);
	return b->run.rootfs < 0 ? b->run.rootfs : 0;
}

/* The manifest's, else that of the image, else what all programs know. */
static int stop_signal(const struct boot *b)
{
	if (b->request.manifest.stop_signal)
		return b->request.manifest.stop_signal;
	return b->config.stop_signal ? b->config.stop_signal : SIGTERM;
}

/* The container's share of the memory, also in the tmpfs that have its root or an overlay's top. */
static int share_memory(struct boot *b)
{
	const char *const targets[] = {"/run", b->bundle.in_initramfs ? b->bundle.path : NULL};
	int err = meminfo_share(b->root, b->request.manifest.policy.reserve_mib,
				&b->config.memory_max, &b->fault);

	for (size_t i = 0; i < ARRAY_SIZE(targets) && targets[i] && !err; i++) {
		err = meminfo_resize(targets[i], b->config.memory_max);
		if (err)
			fault_strerror(&b->fault, err, "cannot set the size of %s", targets[i]);
	}
	return err;
}

/* No device and no service may have gone away when the program is executed. */
static int check_devices(void *arg, struct fault *fault)
{
	struct boot *b = arg;
	int err = uevents_check(&b->uevents, fault);

	return err ? err : services_check(&b->services, fault);
}

/* 9. The container. */
static int start_container(struct boot *b)
{
	int err = drivers_load_mounts(&b->modules, &b->config, &b->fault);

	/* Hooks are programs that may need them. */
	if (!err && b->config.state)
		err = mounts_extra(&b->fault);
	if (err)
		return err;
	power_hold(b->root, &b->modules);
	modules_close(&b->modules);
	err = leave_initramfs(&b->initrd, b->root, &b->config, b->bundle.dir,
			      b->request.options.on_failure == ON_FAILURE_SHELL,
			      services_keep_initramfs(&b->services), &b->fault);
	if (!err)
		err = share_memory(b);
	if (!err && b->request.manifest.policy.lock_modules)
		err = leave_lock(b->root, &b->fault);
	if (err)
		return err;
	/* Not as a whole: it has buffers, and most of their pages are never used. */
	b->run.root = b->root;
	b->run.loop = b->loop;
	b->run.signals = &b->signals;
	b->run.config = &b->config;
	b->run.arena = &b->arena;
	b->run.stop_signal = stop_signal(b);
	b->run.grace_s = b->request.manifest.stop_timeout_s;
	b->run.check = check_devices;
	b->run.arg = b;
	err = supervise_launch(&b->run, &b->end);
	if (err)
		b->fault = b->end.fault;
	b->uevents.presence.running = b->services.running = !err;
	b->timeline_us[PHASE_EXEC] = b->end.exec_us;
	return err;
}

/* What the end needs is opened before the container exists, and the kernel starts no programs. */
static int open_reports(struct boot *b)
{
	if (b->config.process.terminal)
		console_take_keys();
	report_open(b->root, &b->request.options);
	shutdown_hold(b->root);
	return seal_helpers(b->root, &b->fault);
}

/*
 * struct step - one step of a boot
 * @phase: as the verdict names it
 * @limit_s: limit of the watchdog in seconds, longer than the deadlines of the step itself
 * @live: needs a kernel and decides nothing: a plan skips it
 * @run: the step. Return: 0 or -errno with the boot's fault set
 */
static const struct step {
	enum phase phase;
	unsigned limit_s;
	bool live;
	int (*run)(struct boot *b);
} steps[] = {
	{PHASE_MOUNTS, 10, true, make_mounts},	       {PHASE_MOUNTS, 10, true, open_events},
	{PHASE_CMDLINE, 10, false, read_command_line}, {PHASE_CMDLINE, 10, true, start_watchdog},
	{PHASE_MODULES, 60, true, load_modules},       {PHASE_MANIFEST, 30, false, read_manifest},
	{PHASE_DEVICES, 60, false, find_devices},      {PHASE_NETWORK, 30, false, set_up_network},
	{PHASE_SPEC, 60, false, patch_spec},	       {PHASE_SPEC, 60, true, find_root},
	{PHASE_EXEC, 60, true, open_reports},	       {PHASE_EXEC, 60, true, start_container},
};

/* A stop request before the container's program runs ends the boot. */
static int check_stop(struct boot *b)
{
	if (b->signals.source.fd <= 0 || b->run.runs)
		return 0;
	signals_poll(&b->signals);
	if (!b->signals.requested)
		return 0;
	return fault_set(&b->fault, -EINTR,
			 "a stop was requested (%s) before the container was started",
			 b->signals.requested);
}

static int run_steps(struct boot *b, enum phase *failed)
{
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (steps[i].live && !b->ops->live)
			continue;
		b->phase = steps[i].phase;
		watchdog_limit(b->phase, steps[i].limit_s);
		fault_clear(&b->fault);
		err = steps[i].run(b);
		if (!err)
			err = check_stop(b);
		if (err) {
			*failed = steps[i].phase;
			return fault_check(&b->fault, err, verdict_phase(b->phase));
		}
		/* The child process measures the end of this phase itself. */
		if (steps[i].phase != PHASE_EXEC)
			b->timeline_us[steps[i].phase] = clock_us();
	}
	return 0;
}

/* --- PID 1 --------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
	struct boot *b = &boot;
	bool failed;
	int status;

	if (getpid() != 1)
		return tool_main(argc, argv, run_steps);
	b->ops = &live_ops;
	b->timeline_us[PHASE_INIT] = clock_us();
	b->initrd = b->root = b->loop = b->bundle.dir = -1;
	options_default(&b->request.options);
	conclude_crashes(b);
	console_inherit();
	failed = run_steps(b, &b->phase) != 0;
	if (!failed) {
		/* 10. Supervise the container until its end. */
		watchdog_limit(PHASE_EXIT, 0);
		json_heap_trim(); /* not before: this takes time */
		supervise_run(&b->run, &b->end);
	}
	failed = conclude_services(b, failed);
	/* 11. The verdict. */
	status = conclude(b, failed);
	/* 12. Sync, unmount, power off. */
	shutdown_guest(&b->request.options, b->initrd, failed, status);
}
