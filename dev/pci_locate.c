// SPDX-License-Identifier: Apache-2.0
/* From a PCI path to a directory in sysfs, bridge by bridge. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dev/pci.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/*
 * struct walk - how far a path could be followed
 * @dir: the directory that holds, or should hold, the next function
 * @at: that function
 * @index: its element
 */
struct walk {
	char root_dir[SYSFS_DIR_MAX], dir[SYSFS_DIR_MAX];
	struct pci_address at;
	size_t index;
};

/* struct platform_scan - looking for a root bus that hangs on a platform device */
struct platform_scan {
	int root;
	const char *bus;
	char *dir;
};

static int locate_has_bus(const char *name, void *arg)
{
	struct platform_scan *scan = arg;

	return !str_printf(scan->dir, SYSFS_DIR_MAX, "sys/devices/platform/%s/%s", name,
			   scan->bus) &&
	       root_exists(scan->root, "%s", scan->dir);
}

/*
 * The directory of a root bus: under /sys/devices with ACPI, under a platform device with a device
 * tree (arm64), and wherever the class says for roots behind other devices (VMD, Hyper-V).
 */
static int locate_root(int root, const struct pci_address *bus, char dir[SYSFS_DIR_MAX])
{
	char name[24], link[64], *end;
	struct platform_scan scan = {.root = root, .bus = name, .dir = dir};

	snprintf(name, sizeof(name), "pci%04x:%02x", (unsigned)bus->domain, (unsigned)bus->bus);
	snprintf(dir, SYSFS_DIR_MAX, "sys/devices/%s", name);
	if (root_exists(root, "%s", dir))
		return 0;
	if (root_each(root, locate_has_bus, &scan, "sys/devices/platform") == 1)
		return 0;
	snprintf(link, sizeof(link), "sys/class/pci_bus/%s", name + 3);
	if (sysfs_target(root, link, dir))
		return -ENOENT;
	end = strstr(dir, "/pci_bus/");
	if (!end)
		return -ENOENT;
	*end = '\0';
	return str_ends(dir, name) ? 0 : -ENOENT;
}

/* struct bus_scan - the different buses among the names of a directory */
struct bus_scan {
	struct pci_address bus;
	size_t buses;
	bool children; /* the names are functions, not buses */
};

static int locate_see_bus(const char *name, void *arg)
{
	struct bus_scan *scan = arg;
	struct pci_address a;
	bool known;

	if (scan->children) {
		if (pci_address_parse(name, strlen(name), &a))
			return 0;
		a.slot = a.function = 0;
	} else if (pci_bus_parse(name, strlen(name), &a)) {
		return -EINVAL;
	}
	known = scan->buses && pci_address_equal(&a, &scan->bus);
	scan->bus = a;
	scan->buses += !known;
	return 0;
}

/* struct locate_text - "ADDRESS (element N of the path under /ROOT)" */
struct locate_text {
	char s[SYSFS_DIR_MAX + 96];
};

static struct locate_text locate_text(const struct walk *w)
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

/* No bus behind @bridge: it can still get one if it is a bridge, or was plugged in just now. */
static int locate_no_bus(int root, const struct walk *w, const char *bridge,
			 struct pci_place *place, struct fault *fault)
{
	char class[16];

	if (!root_exists(root, "%s", bridge))
		return locate_missing(place, "bridge %s", locate_text(w).s);
	if (root_read(root, class, sizeof(class), "%s/class", bridge) < 0 ||
	    str_starts(class, "0x0604"))
		return locate_missing(place, "a bus behind bridge %s", locate_text(w).s);
	fault_set(fault, 0, "%s is no bridge, but the path leads through it", locate_text(w).s);
	fault_expected(fault, "a bridge (class 0x0604xx) at %s", pci_address_text(&w->at).s);
	fault_found(fault, "class %s at %s", class, pci_address_text(&w->at).s);
	return -ENODEV;
}

/*
 * The secondary bus of the bridge that the walk stands at: the one entry of pci_bus/, else what
 * the functions behind it have in common.
 */
static int locate_bus(int root, const struct walk *w, const char *bridge, struct pci_address *bus,
		      struct pci_place *place, struct fault *fault)
{
	struct bus_scan scan = {0};
	int err;

	err = root_each(root, locate_see_bus, &scan, "%s/pci_bus", bridge);
	if (err == -ENOENT) {
		scan.children = true;
		err = root_each(root, locate_see_bus, &scan, "%s", bridge);
	}
	if (err == -ENOENT || (!err && !scan.buses))
		return locate_no_bus(root, w, bridge, place, fault);
	if (err)
		return fault_set(fault, err, "the bus behind %s cannot be read", locate_text(w).s);
	if (scan.buses > 1)
		return fault_set(fault, -EINVAL, "%s has more than one bus behind it",
				 locate_text(w).s);
	*bus = scan.bus;
	return 0;
}

static void locate_step(struct walk *w, const struct pci_address *bus,
			const struct pci_address *slot)
{
	w->at = *bus;
	w->at.slot = slot->slot;
	w->at.function = slot->function;
}

static int locate_too_deep(const struct walk *w, struct fault *fault)
{
	return fault_set(fault, -ENAMETOOLONG, "%s is too deep in sysfs", locate_text(w).s);
}

/* Follow a path to the directory that should hold the function. */
static int walk(int root, const struct pci_path *path, struct walk *w, struct pci_place *place,
		struct fault *fault)
{
	char bridge[SYSFS_DIR_MAX];
	struct pci_address bus = path->root;
	int err;

	locate_step(w, &bus, &path->element[0]);
	w->index = 0;
	if (locate_root(root, &path->root, w->root_dir)) {
		memcpy(w->dir, "sys/devices", sizeof("sys/devices"));
		return locate_missing(place, "root bus pci%04x:%02x", (unsigned)bus.domain,
				      (unsigned)bus.bus);
	}
	memcpy(w->dir, w->root_dir, sizeof(w->dir));
	while (w->index + 1 < path->n) {
		if (str_printf(bridge, sizeof(bridge), "%s/%s", w->dir, pci_address_text(&w->at).s))
			return locate_too_deep(w, fault);
		err = locate_bus(root, w, bridge, &bus, place, fault);
		if (err)
			return err;
		memcpy(w->dir, bridge, sizeof(w->dir));
		w->index++;
		locate_step(w, &bus, &path->element[w->index]);
	}
	return 0;
}

/* A guest address: its link says where it is, on any bus. */
static int locate_plain(int root, const struct pci_path *path, struct pci_place *place,
			struct fault *fault)
{
	char link[64];
	int err;

	snprintf(link, sizeof(link), "sys/bus/pci/devices/%s", pci_address_text(&path->root).s);
	err = sysfs_target(root, link, place->dir);
	if (err == -ENOENT)
		return locate_missing(place, "PCI function %s", pci_address_text(&path->root).s);
	if (err)
		return fault_set(fault, err, "cannot read the link /%s: %m", link);
	place->address = path->root;
	place->name = pci_address_text(&path->root);
	return 0;
}

static int locate_path(int root, const struct pci_path *path, struct pci_place *place,
		       struct fault *fault)
{
	struct walk w;
	int err;

	err = walk(root, path, &w, place, fault);
	if (err)
		return err;
	if (str_printf(place->dir, sizeof(place->dir), "%s/%s", w.dir, pci_address_text(&w.at).s))
		return locate_too_deep(&w, fault);
	place->address = w.at;
	place->name = pci_address_text(&w.at);
	return 0;
}

int pci_locate(int root, const struct pci_path *path, struct pci_place *place, struct fault *fault)
{
	int err;

	if (place->found)
		return 0;
	*place = (struct pci_place){0};
	err = path->plain ? locate_plain(root, path, place, fault)
			  : locate_path(root, path, place, fault);
	if (err)
		return err;
	/* The link comes after the attributes: what is found here is whole. */
	if (!root_exists(root, "sys/bus/pci/devices/%s", place->name.s))
		return locate_missing(place, "PCI function %s", place->name.s);
	place->found = true;
	return 0;
}

/* struct found_list - the functions and root buses of a directory, as text */
struct found_list {
	const struct pci_address *bus; /* only those on this bus, NULL for all */
	char text[224];
};

static bool locate_is_listed(const struct found_list *list, const char *name)
{
	size_t len = strlen(name);
	struct pci_address a;

	if (pci_address_parse(name, len, &a))
		return !list->bus && str_starts(name, "pci") &&
		       !pci_bus_parse(name + 3, len - 3, &a);
	return !list->bus || (list->bus->domain == a.domain && list->bus->bus == a.bus);
}

static int locate_see_function(const char *name, void *arg)
{
	struct found_list *list = arg;
	size_t n = strlen(list->text), room = sizeof(list->text) - n;

	if (!locate_is_listed(list, name))
		return 0;
	if (strlen(name) + sizeof("  ...") > room) {
		snprintf(list->text + n, room, " ...");
		return 1;
	}
	snprintf(list->text + n, room, "%s%s", n ? " " : "", name);
	return 0;
}

void pci_locate_explain(int root, const struct pci_path *path, struct fault *fault)
{
	struct found_list list = {0};
	struct pci_place ignored;
	const char *found;
	struct walk w;

	if (path->plain) {
		w.at = path->root;
		list.bus = &path->root;
		memcpy(w.dir, "sys/bus/pci/devices", sizeof("sys/bus/pci/devices"));
	} else {
		walk(root, path, &w, &ignored, fault);
	}
	if (root_each(root, locate_see_function, &list, "%s", w.dir) < 0 || !list.text[0])
		found = "nothing";
	else
		found = list.text;
	fault_set(fault, 0, "/%s has %s%s; is it plugged in, and at that place?", w.dir, found,
		  list.bus ? " on that bus" : "");
	fault_expected(fault, "a PCI function at %s", pci_address_text(&w.at).s);
	fault_found(fault, "%s in /%s", found, w.dir);
}
