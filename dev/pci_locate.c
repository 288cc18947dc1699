// SPDX-License-Identifier: Apache-2.0
/* From a PCI path to a directory in sysfs, bridge by bridge. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dev/ops.h"
#include "dev/pci.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/*
 * struct locate_walk - how far a path has been followed
 * @round: remembers the last bridge; may be NULL
 * @place, @fault: what pci_locate() fills in
 * @root_dir: the directory of the root bus
 * @dir: the directory that contains, or should contain, the next function
 * @at: the next function
 * @index: its element of the path
 */
struct locate_walk {
	int root;
	struct dev_round *round;
	struct pci_place *place;
	struct fault *fault;
	char root_dir[SYSFS_DIR_MAX], dir[SYSFS_DIR_MAX];
	struct pci_address at;
	size_t index;
};

/* struct locate_platform - the search for a root bus below the platform devices */
struct locate_platform {
	int root;
	const char *bus;
	char *dir;
};

static int locate_see_platform(const char *name, void *arg)
{
	struct locate_platform *search = arg;

	return str_printf(search->dir, SYSFS_DIR_MAX, "sys/devices/platform/%s/%s", name,
			  search->bus)
		       ? 0
		       : root_exists(search->root, "%s", search->dir);
}

/*
 * The directory of a root bus is below /sys/devices with ACPI, below a platform device with a
 * device tree (arm64), and anywhere for roots behind other devices (VMD, Hyper-V), which the class
 * knows. @dir is that of ACPI, and gets the right one. Return: 0, -ENOENT if there is none, or another
 * negative errno.
 */
static int locate_root(int root, char dir[SYSFS_DIR_MAX])
{
	char name[24], link[64], *end;
	struct locate_platform search = {.root = root, .bus = name, .dir = dir};
	int err;

	snprintf(name, sizeof(name), "%s", dir + strlen("sys/devices/"));
	err = root_exists(root, "%s", dir);
	if (!err)
		err = root_each(root, locate_see_platform, &search, "sys/devices/platform");
	if (err && err != -ENOENT)
		return err < 0 ? err : 0;
	snprintf(link, sizeof(link), "sys/class/pci_bus/%s", name + 3);
	err = sysfs_target(root, link, dir);
	if (err)
		return err;
	end = strstr(dir, "/pci_bus/");
	if (!end)
		return -ENOENT;
	*end = '\0';
	return str_ends(dir, name) ? 0 : -ENOENT;
}

/*
 * struct locate_buses - the different buses among the names of a directory
 * @children: the names are functions, not buses
 */
struct locate_buses {
	struct pci_address bus;
	size_t n;
	bool children;
};

static int locate_see_bus(const char *name, void *arg)
{
	struct locate_buses *buses = arg;
	struct pci_address a;
	bool known;

	if (buses->children) {
		if (pci_address_parse(name, strlen(name), &a))
			return 0;
		a.slot = a.function = 0;
	} else if (pci_bus_parse(name, strlen(name), &a)) {
		return -EINVAL;
	}
	known = buses->n && pci_address_equal(&a, &buses->bus);
	buses->bus = a;
	buses->n += !known;
	return 0;
}

/* struct locate_text - "ADDRESS (element N of the path under /ROOT)" */
struct locate_text {
	char s[SYSFS_DIR_MAX + 96];
};

static struct locate_text locate_text(const struct locate_walk *w)
{
	struct locate_text text;

	snprintf(text.s, sizeof(text.s), "%s (element %zu of the path under /%s)",
		 pci_address_text(&w->at).s, w->index, w->root_dir);
	return text;
}

static int printf_like(2, 3) locate_missing(struct pci_place *place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(place->missing, sizeof(place->missing), fmt, ap);
	va_end(ap);
	return -EAGAIN;
}

static int locate_too_deep(const struct locate_walk *w)
{
	return fault_set(w->fault, -ENAMETOOLONG, "%s is too deep in sysfs", locate_text(w).s);
}

/* No bus behind @bridge: it can still get one if it is a bridge, or if it was just plugged in. */
static int locate_no_bus(const struct locate_walk *w, const char *bridge)
{
	char class[16] = "";
	int there = root_look(w->root, w->fault, "%s", bridge);
	ssize_t n;

	if (there < 0)
		return there;
	if (!there)
		return locate_missing(w->place, "bridge %s", locate_text(w).s);
	n = root_read(w->root, class, sizeof(class), "%s/class", bridge);
	if (n < 0 && n != -ENOENT)
		return fault_strerror(w->fault, (int)n, "cannot read the class of %s",
				      locate_text(w).s);
	if (n < 0 || str_starts(class, "0x0604"))
		return locate_missing(w->place, "a bus behind bridge %s", locate_text(w).s);
	fault_set(w->fault, 0, "%s is no bridge, but the path leads through it; is the path right?",
		  locate_text(w).s);
	fault_expected(w->fault, "a bridge (class 0x0604xx) at %s", pci_address_text(&w->at).s);
	fault_found(w->fault, "class %s at %s", class, pci_address_text(&w->at).s);
	return -ENODEV;
}

/*
 * The secondary bus of the bridge that the walk has reached: the one entry of pci_bus/, else the
 * bus that all functions behind the bridge are on. Many functions are often behind one bridge.
 */
static int locate_bus(const struct locate_walk *w, const char *bridge, struct pci_address *bus)
{
	struct dev_round *round = w->round;
	struct locate_buses buses = {0};
	int err;

	if (round && !strcmp(round->bridge, bridge)) {
		*bus = round->bus;
		return 0;
	}
	err = root_each(w->root, locate_see_bus, &buses, "%s/pci_bus", bridge);
	if (err == -ENOENT) {
		buses.children = true;
		err = root_each(w->root, locate_see_bus, &buses, "%s", bridge);
	}
	if (err == -ENOENT || (!err && !buses.n))
		return locate_no_bus(w, bridge);
	if (err)
		return fault_strerror(w->fault, err, "cannot read the bus behind %s",
				      locate_text(w).s);
	if (buses.n > 1)
		return fault_set(w->fault, -EINVAL, "%s has more than one bus behind it",
				 locate_text(w).s);
	*bus = buses.bus;
	if (round && !str_copy(round->bridge, sizeof(round->bridge), bridge))
		round->bus = *bus;
	return 0;
}

static void locate_step(struct locate_walk *w, const struct pci_address *bus,
			const struct pci_address *slot)
{
	w->at = *bus;
	w->at.slot = slot->slot;
	w->at.function = slot->function;
}

/* Append the next function to the directory. */
static int locate_enter(struct locate_walk *w)
{
	const struct pci_address_text name = pci_address_text(&w->at);
	size_t n = strlen(w->dir);

	w->dir[n] = '/';
	if (!str_copy(w->dir + n + 1, sizeof(w->dir) - n - 1, name.s))
		return 0;
	w->dir[n] = '\0';
	return locate_too_deep(w);
}

/* Follow a path from the root bus to the directory that should contain the function. */
static int locate_bridges(struct locate_walk *w, const struct pci_path *path)
{
	struct pci_address bus = path->root;
	size_t parent;
	int err;

	locate_step(w, &bus, &path->element[0]);
	w->index = 0;
	memcpy(w->dir, w->root_dir, sizeof(w->dir));
	while (w->index + 1 < path->n) {
		parent = strlen(w->dir);
		err = locate_enter(w);
		if (err)
			return err;
		err = locate_bus(w, w->dir, &bus);
		if (err) {
			w->dir[parent] = '\0';
			return err;
		}
		w->index++;
		locate_step(w, &bus, &path->element[w->index]);
	}
	return 0;
}

static int locate_follow(struct locate_walk *w, const struct pci_path *path)
{
	unsigned domain = path->root.domain, bus = path->root.bus;
	int err;

	/* A bridge that is found where it is with ACPI needs no search for its root bus. */
	snprintf(w->root_dir, sizeof(w->root_dir), "sys/devices/pci%04x:%02x", domain, bus);
	err = path->n > 1 ? locate_bridges(w, path) : -EAGAIN;
	if (err != -EAGAIN)
		return err;
	err = locate_root(w->root, w->root_dir);
	if (!err)
		return locate_bridges(w, path);
	if (err != -ENOENT)
		return fault_strerror(w->fault, err, "cannot look for root bus pci%04x:%02x",
				      domain, bus);
	memcpy(w->dir, "sys/devices", sizeof("sys/devices"));
	return locate_missing(w->place, "root bus pci%04x:%02x", domain, bus);
}

/* A guest address: its link says where the function is, on any bus. */
static int locate_plain(int root, const struct pci_path *path, struct pci_place *place,
			struct fault *fault)
{
	char link[64];
	int err;

	snprintf(link, sizeof(link), PCI_DEVICES "/%s", pci_address_text(&path->root).s);
	err = sysfs_target(root, link, place->dir);
	if (err == -ENOENT)
		return locate_missing(place, "PCI function %s", pci_address_text(&path->root).s);
	if (err)
		return fault_strerror(fault, err, "cannot read the link /%s", link);
	place->address = path->root;
	place->name = pci_address_text(&path->root);
	return 0;
}

static int locate_path(const struct dev_env *env, const struct pci_path *path,
		       struct pci_place *place, struct fault *fault)
{
	struct locate_walk w = {
		.root = env->root, .round = env->round, .place = place, .fault = fault};
	int err;

	err = locate_follow(&w, path);
	if (err)
		return err;
	place->address = w.at;
	place->name = pci_address_text(&w.at);
	err = locate_enter(&w);
	if (!err)
		memcpy(place->dir, w.dir, sizeof(place->dir));
	return err;
}

int pci_locate(const struct dev_env *env, const struct pci_path *path, struct pci_place *place,
	       int *dir, struct fault *fault)
{
	int err;

	if (place->found)
		return 0;
	*place = (struct pci_place){0};
	err = path->plain ? locate_plain(env->root, path, place, fault)
			  : locate_path(env, path, place, fault);
	if (err)
		return err;
	/* The kernel makes the link after the attributes: with the link the function is complete.
	 */
	int fd cleanup(fd_close) =
		root_open(env->root, O_PATH | O_DIRECTORY, 0, PCI_DEVICES "/%s", place->name.s);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return locate_missing(place, "PCI function %s", place->name.s);
	if (fd < 0)
		return fault_strerror(fault, fd, "cannot look at /" PCI_DEVICES "/%s",
				      place->name.s);
	place->found = true;
	if (dir)
		*dir = fd_take(&fd);
	return 0;
}

/*
 * struct locate_found - the functions and root buses of a directory, as text
 * @bus: only functions on this bus, NULL for all
 */
struct locate_found {
	const struct pci_address *bus;
	struct sysfs_list list;
};

static bool locate_is_listed(const struct locate_found *found, const char *name)
{
	size_t len = strlen(name);
	struct pci_address a;

	if (pci_address_parse(name, len, &a))
		return !found->bus && str_starts(name, "pci") &&
		       !pci_bus_parse(name + 3, len - 3, &a);
	return !found->bus || (found->bus->domain == a.domain && found->bus->bus == a.bus);
}

static int locate_see_function(const char *name, void *arg)
{
	struct locate_found *found = arg;

	return locate_is_listed(found, name) ? sysfs_list_add(&found->list, " ", name) : 0;
}

void pci_locate_explain(int root, const struct pci_path *path, struct fault *fault)
{
	struct pci_place ignored;
	struct locate_walk w = {.root = root, .place = &ignored, .fault = fault};
	struct locate_found found = {0};
	const char *text;
	int err;

	if (path->plain) {
		w.at = path->root;
		found.bus = &path->root;
		memcpy(w.dir, PCI_DEVICES, sizeof(PCI_DEVICES));
	} else {
		locate_follow(&w, path);
	}
	err = root_each_sorted(root, locate_see_function, &found, "%s", w.dir);
	text = sysfs_list_text(&found.list, err);
	fault_set(fault, 0, "/%s has %s%s; is it plugged in, and at that place?", w.dir, text,
		  found.bus ? " on that bus" : "");
	fault_expected(fault, "a PCI function at %s", pci_address_text(&w.at).s);
	fault_found(fault, "%s in /%s", text, w.dir);
}
