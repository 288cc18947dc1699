// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/netif.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/ifname.h"

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

/*
 * struct netif_search - a walk through the interfaces
 * @name: the first match, by name
 * @n: number of matches
 */
struct netif_search {
	int root;
	const struct netif_match *match;
	char name[SYSFS_NAME_MAX];
	size_t n;
};

/* Return: 1, 0, or -errno. */
static int netif_matches(const struct netif_search *search, const char *name)
{
	const struct netif_match *m = search->match;
	struct hw_address address;
	char text[64];
	ssize_t n;

	if (netif_is_any(m))
		return root_exists(search->root, NETIF_CLASS "/%s/device", name);
	if (!m->by_address)
		return !strcmp(name, m->name);
	n = root_read(search->root, text, sizeof(text), NETIF_CLASS "/%s/address", name);
	if (n < 0) /* "bonding_masters", or an interface that is removed in the meantime */
		return n == -ENOENT || n == -ENOTDIR || n == -EINVAL ? 0 : (int)n;
	return !hw_address_parse(text, &address) && !memcmp(&address, &m->address, sizeof(address));
}

static int netif_see(const char *name, void *arg)
{
	struct netif_search *search = arg;
	int matches = netif_matches(search, name);

	if (matches <= 0)
		return matches;
	search->n++;
	/* Of several with one hardware address the first is the one above the others (failover). */
	if (!search->name[0] || strcmp(name, search->name) < 0)
		return str_copy(search->name, sizeof(search->name), name);
	return 0;
}

/* struct netif_all - "NAME (ADDRESS), …" of all interfaces */
struct netif_all {
	int root;
	struct sysfs_list list;
};

static int netif_note(const char *name, void *arg)
{
	char address[64], text[SYSFS_NAME_MAX + sizeof(address)];
	struct netif_all *all = arg;

	if (root_read(all->root, address, sizeof(address), NETIF_CLASS "/%s/address", name) < 0)
		return 0; /* not an interface: "bonding_masters" */
	snprintf(text, sizeof(text), "%s (%s)", name, address);
	return sysfs_list_add(&all->list, ", ", text);
}

static const char *netif_list(struct netif_all *all)
{
	int err = root_each_sorted(all->root, netif_note, all, NETIF_CLASS);

	if (err < 0 && err != -ENOENT)
		return "not known: /" NETIF_CLASS " cannot be listed";
	return all->list.text[0] ? all->list.text : "none";
}

/* The network has more than one interface, and the request is for the only one. */
static int netif_ambiguous(int root, size_t n, struct fault *fault)
{
	struct netif_all all = {.root = root};
	const char *list = netif_list(&all);

	fault_set(fault, 0, "there are %zu network interfaces, and nothing says which one: %s", n,
		  list);
	return fault_facts(fault, -ENOTUNIQ, "one network interface", list);
}

int netif_find(int root, const struct netif_match *m, char name[SYSFS_NAME_MAX],
	       struct fault *fault)
{
	struct netif_search search = {.root = root, .match = m};
	int err = root_each(root, netif_see, &search, NETIF_CLASS);

	if (err && err != -ENOENT)
		return fault_strerror(fault, err, "cannot list /" NETIF_CLASS);
	if (!search.n)
		return -ENOENT;
	if (search.n > 1 && netif_is_any(m))
		return netif_ambiguous(root, search.n, fault);
	memcpy(name, search.name, SYSFS_NAME_MAX);
	return 0;
}

void netif_add(int root, struct fault *fault)
{
	struct netif_all all = {.root = root};

	fault_add(fault, "; the interfaces are %s", netif_list(&all));
}

void netif_explain(int root, struct fault *fault)
{
	struct netif_all all = {.root = root};
	const char *list = netif_list(&all);

	fault_set(fault, 0,
		  "the interfaces are %s; is the network card plugged in, and its module loaded?",
		  list);
	fault_found(fault, "%s", list);
}
