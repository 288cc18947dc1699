// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "power button: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dev/drive_bus.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/run/power.h"

/* An input device that has the key KEY_POWER, 0x74: what makes its node is a module, too. */
#define POWER_INPUT "input:b0019v0000p0000e0000-e0,1,k74,ramlsfw"

#define BUTTONS_MAX 4 /* keyboards have one too */
#define LONG_BITS   (8 * sizeof(long))

struct button {
	struct loop_source source;
	int loop;
	struct signals *signals;
};

static struct modules_held held;
static struct modules *unsearched; /* of power_hold(), if power_missing() has something to do */
static struct button buttons[BUTTONS_MAX];
static size_t n_buttons;

/* struct power_hold - the search for buttons without a driver */
struct power_hold {
	struct modules *modules;
	const struct dev_env *env;
};

/* A button that is plugged in but not usable is a warning: the VMM's request would be ignored. */
static int power_hold_one(const char *dir, void *arg)
{
	const struct power_hold *hold = arg;
	char modalias[DRIVE_MODALIAS_MAX], hint[512];
	struct fault fault;
	ssize_t n = root_read(hold->env->root, modalias, sizeof(modalias), "%s/modalias", dir);
	int found;

	if (n < 0 && n != -ENOENT)
		pr_warn("cannot read /%s/modalias: %s", dir, strerror((int)-n));
	if (n <= 0)
		return 0;
	found = modules_hold(hold->modules, modalias, &held, &fault);
	if (found < 0)
		pr_warn("%s", fault.text);
	if (found || !(drive_bus_named(strrchr(dir, '/') + 1) & DRIVE_BUTTON))
		return 0;
	drive_hint(hold->env, dir, false, hint, sizeof(hint));
	pr_warn("%s has no driver, so that it does nothing: %s", strrchr(dir, '/') + 1, hint);
	return 0;
}

static void power_find(int root, struct modules *modules)
{
	const struct dev_env env = {.root = root, .releases = modules->hint};
	struct power_hold hold = {modules, &env};
	struct fault fault;
	int err = drive_bus_each(root, DRIVE_BUTTON, power_hold_one, &hold);

	if (err)
		pr_warn("cannot look for it in /sys/bus: %s", strerror(-err));
	if (modules_hold(modules, POWER_INPUT, &held, &fault) < 0)
		pr_warn("%s", fault.text);
}

void power_hold(int root, struct modules *modules)
{
	/* Without modules only warnings can come of it. */
	if (modules->dep)
		power_find(root, modules);
	else
		unsearched = modules;
}

void power_missing(int root)
{
	if (unsearched)
		power_find(root, unsearched);
	unsearched = NULL;
}

void power_load(void)
{
	int err = modules_load_held(&held);

	if (err)
		pr_warn("the kernel refuses a module for it: %s", strerror(-err));
}

static void power_pressed(struct loop_source *source)
{
	struct button *button = container_of(source, struct button, source);
	struct input_event event;
	ssize_t n = read(source->fd, &event, sizeof(event));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(event)) { /* the device was unplugged */
		loop_remove(button->loop, source);
		close(source->fd);
		return;
	}
	if (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1)
		signals_request_stop(button->signals, "power button", 0);
}

/* Return: 1, 0, or -errno. */
static int power_has_button(int fd)
{
	unsigned long keys[KEY_CNT / LONG_BITS + 1] = {0};

	if (ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) < 0)
		return -errno;
	return keys[KEY_POWER / LONG_BITS] >> KEY_POWER % LONG_BITS & 1;
}

/* struct power_search - where to look for buttons, and what they stop */
struct power_search {
	int root, loop;
	struct signals *signals;
};

static int power_look(const char *name, void *arg)
{
	const struct power_search *search = arg;
	struct button *button = &buttons[n_buttons];
	int has;

	if (strncmp(name, "event", strlen("event")) != 0)
		return 0;
	int fd cleanup(fd_close) =
		root_open(search->root, O_RDONLY | O_NONBLOCK, 0, "dev/input/%s", name);
	has = fd < 0 ? fd : power_has_button(fd);
	*button = (struct button){{fd, power_pressed}, search->loop, search->signals};
	if (has > 0)
		has = loop_add(search->loop, &button->source) ?: 1;
	/* ENOENT, ENODEV: it was unplugged in the meantime. */
	if (has < 0 && has != -ENOENT && has != -ENODEV)
		pr_warn("cannot watch /dev/input/%s: %s", name, strerror(-has));
	if (has <= 0)
		return 0;
	button->source.fd = fd_take(&fd);
	return ++n_buttons == BUTTONS_MAX;
}

void power_watch(int root, int loop, struct signals *signals)
{
	struct power_search search = {root, loop, signals};

	int err;

	power_load();
	err = root_each(root, power_look, &search, "sys/class/input");
	if (err < 0 && err != -ENOENT)
		pr_warn("cannot list /sys/class/input: %s", strerror(-err));
	else if (!n_buttons)
		pr_dbg("none found");
}
