// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/netif.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/ifname.h"

#define CLASS "sys/class/net"

int netif_match_parse(const char *id, const char *name, struct netif_match *out)
{
	struct netif_match m = {.name = name};

	m.by_address = *id;
	if (*id ? hw_address_parse(id, &m.address) : !ifname_is_valid(name))
		return -EINVAL;
	*out = m;
	return 0;
}

static bool netif_is_any(const struct netif_match *m)
{
	return !m->by_address && !strcmp(m->name, "*");
}

void netif_match_text(const struct netif_match *m, char *buf, size_t size)
{
	if (m->by_address)
		snprintf(buf, size, "the network interface with hardware address %s",
			 hw_address_text(&m->address).s);
	else if (netif_is_any(m))
		snprintf(buf, size, "a network interface");
	else
		snprintf(buf, size, "the network interface %.15s", m->name);
}

/* struct walk - @name: the first match by name; @names: all there is, with hardware addresses */
struct walk {
	int root;
	const struct netif_match *match;
	char name[SYSFS_NAME_MAX];
	size_t n;
	char names[192];
};

static bool netif_matches(const struct walk *w, const char *name)
{
	const struct netif_match *m = w->match;
	struct hw_address a;
	char text[64];

	if (netif_is_any(m))
		return root_exists(w->root, CLASS "/%s/device", name);
	if (!m->by_address)
		return !strcmp(name, m->name);
	return root_read(w->root, text, sizeof(text), CLASS "/%s/address", name) >= 0 &&
	       !hw_address_parse(text, &a) && !memcmp(&a, &m->address, sizeof(a));
}

static int netif_see(const char *name, void *arg)
{
	struct walk *w = arg;

	if (!netif_matches(w, name))
		return 0;
	w->n++;
	/* Of several with one hardware address the first is the one above the others (failover). */
	if (!w->name[0] || strcmp(name, w->name) < 0)
		return str_copy(w->name, sizeof(w->name), name);
	return 0;
}

static int netif_note(const char *name, void *arg)
{
	size_t n = strlen(((struct walk *)arg)->names);
	struct walk *w = arg;
	char text[64];

	if (root_read(w->root, text, sizeof(text), CLASS "/%s/address", name) < 0)
		return 0; /* no interface: "bonding_masters" */
	if (n + strlen(name) + strlen(text) + sizeof(", () ...") > sizeof(w->names)) {
		snprintf(w->names + n, sizeof(w->names) - n, " ...");
		return 1;
	}
	snprintf(w->names + n, sizeof(w->names) - n, "%s%s (%s)", n ? ", " : "", name, text);
	return 0;
}

static void netif_list(int root, struct walk *w)
{
	w->root = root;
	if (root_each(root, netif_note, w, CLASS) < 0 || !w->names[0])
		snprintf(w->names, sizeof(w->names), "none");
}

int netif_find(int root, const struct netif_match *m, char name[SYSFS_NAME_MAX],
	       struct fault *fault)
{
	struct walk w = {.root = root, .match = m};
	int err = root_each(root, netif_see, &w, CLASS);

	if (err && err != -ENOENT)
		return fault_set(fault, err, "cannot list /" CLASS ": %m");
	if (!w.n)
		return -ENOENT;
	if (w.n > 1 && netif_is_any(m)) {
		netif_list(root, &w);
		fault_set(fault, 0,
			  "there are %zu network interfaces, and nothing says which one: %s", w.n,
			  w.names);
		fault_expected(fault, "one network interface");
		fault_found(fault, "%s", w.names);
		return -ENOTUNIQ;
	}
	memcpy(name, w.name, SYSFS_NAME_MAX);
	return 0;
}

void netif_explain(int root, const struct netif_match *m, struct fault *fault)
{
	struct walk w = {.match = m};

	netif_list(root, &w);
	fault_set(fault, 0,
		  "the interfaces are %s; is the network card plugged in, and its module loaded?",
		  w.names);
	fault_found(fault, "%s", w.names);
}
