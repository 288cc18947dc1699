// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "power button: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/run/power.h"

/* The drivers of the button with ACPI and without it, and that of the nodes in /dev/input. */
static const char *const wanted[] = {"button", "gpio_keys", "evdev"};

#define BUTTONS_MAX 4 /* keyboards have one too */
#define LONG_BITS   (8 * sizeof(long))

struct button {
	struct loop_source source;
	int loop;
	struct signals *signals;
};

static struct module_file held[ARRAY_SIZE(wanted)];
static size_t n_held;
static struct button buttons[BUTTONS_MAX];
static size_t n_buttons;

void power_hold(const struct modules *modules)
{
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		int err = modules_open_file(modules, wanted[i], &held[n_held]);

		n_held += !err;
		/* Else the module is built in, or the initramfs lacks it. */
		if (err && err != -ENOENT)
			pr_warn("cannot open module %s: %s", wanted[i], strerror(-err));
	}
}

void power_load(void)
{
	for (size_t i = 0; i < n_held; i++) {
		int err = modules_load_file(&held[i]);

		if (err)
			pr_warn("the kernel refuses a module for it: %s", strerror(-err));
	}
	n_held = 0;
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
