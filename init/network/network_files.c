// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/network/network.h"
#include "init/lib/tree.h"

/* Where the files lie on PID 1's own file system. */
#define FILES "/run/coldinit/etc"

/* What the C libraries ask (MAXNS of <resolv.h>). */
#define NAME_SERVERS 3

/* "ADDRESS NAME SHORT" with their ends */
#define HOSTS_LINE_MAX 256

/* struct text - a file being made; what does not fit is an error at the end */
struct text {
	char *s;
	size_t n, size;
};

static void add(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if (t->n + n < t->size)
		memcpy(t->s + t->n, word, n + 1);
	t->n += n;
}

/* --- what stands in them --------------------------------------------------------------------- */

static void make_resolv(struct text *t, const struct network *net)
{
	size_t servers = 0;

	for (size_t i = 0; i < net->n_dns; i++) {
		struct ip_address ignored;
		bool plain = !ip_parse(net->dns[i], &ignored);

		servers += plain || str_starts(net->dns[i], "nameserver");
		add(t, plain ? "nameserver " : "");
		add(t, net->dns[i]);
		add(t, "\n");
	}
	if (servers > NAME_SERVERS)
		pr_warn("%zu name servers: programs ask the first %d only", servers, NAME_SERVERS);
}

/* A name with dots has its first part as a second name. */
static void add_host(struct text *t, const char *address, const char *name)
{
	size_t n = strcspn(name, ".");
	char line[HOSTS_LINE_MAX];

	snprintf(line, sizeof(line), "%s\t%s%s%.*s\n", address, name, name[n] ? " " : "",
		 name[n] ? (int)n : 0, name);
	add(t, line);
}

static void make_hosts(struct text *t, const struct network *net, const char *name)
{
	bool known = false;

	add(t, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	for (size_t i = 0; i < net->n_interfaces && *name; i++)
		for (size_t k = 0; k < net->interfaces[i].n_addresses; k++) {
			add_host(t, ip_text(&net->interfaces[i].addresses[k].address).s, name);
			known = true;
		}
	if (*name && !known)
		add_host(t, "127.0.1.1", name);
}

/* --- where they go --------------------------------------------------------------------------- */

/* Are two absolute paths the same but for slashes that mean nothing? */
static bool same_path(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "/");
		b += strspn(b, "/");
		size_t n = strcspn(a, "/");

		if (n != strcspn(b, "/") || strncmp(a, b, n) != 0)
			return false;
		if (!n)
			return true;
		a += n;
		b += n;
	}
}

static bool is_mounted(const struct oci_config *c, const char *destination)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (same_path(c->mounts[i].destination, destination))
			return true;
	return false;
}

static int write_file(int root, const char *path, const struct text *t, struct fault *f)
{
	int fd cleanup(close_fd) = root_open(root, O_WRONLY | O_CREAT | O_TRUNC, 0644, "%s", path);
	ssize_t n = fd < 0 ? -1 : write(fd, t->s, t->n);

	int err = fd < 0 ? fd : n < 0 ? -errno : (size_t)n == t->n ? 0 : -ENOSPC;

	return err ? fault_set(f, err, "cannot write %s: %m", path) : 0;
}

/* The config's mounts end with room for these. */
static int give(struct boot *b, const char *source, const char *destination, const struct text *t,
		struct fault *f)
{
	static const char *options[] = {"rbind", "rprivate", "nosuid", "nodev", "noexec", NULL};
	struct oci_config *c = &b->config;
	int err;

	if (is_mounted(c, destination))
		return 0;
	err = write_file(b->root, source, t, f);
	if (!err)
		c->mounts[c->n_mounts++] = (struct oci_mount){
			.destination = destination,
			.type = "bind",
			.source = source,
			.options = options,
			.n_options = ARRAY_SIZE(options) - 1,
			.optional = true,
		};
	return err;
}

static int widen_mounts(struct boot *b)
{
	struct oci_config *c = &b->config;
	struct oci_mount *mounts = arena_alloc(&b->arena, c->n_mounts + 3, sizeof(*mounts));

	if (!mounts)
		return -ENOMEM;
	if (c->n_mounts)
		memcpy(mounts, c->mounts, c->n_mounts * sizeof(*mounts));
	c->mounts = mounts;
	return 0;
}

static size_t size_of_files(const struct network *net)
{
	size_t size = 4096;

	for (size_t i = 0; i < net->n_interfaces; i++)
		size += net->interfaces[i].n_addresses * HOSTS_LINE_MAX;
	for (size_t i = 0; i < net->n_dns; i++)
		size += strlen(net->dns[i]) + sizeof("nameserver \n");
	return size;
}

int network_give_files(struct boot *b, struct fault *f)
{
	const struct network *net = &b->manifest.network;
	bool named = net->n_interfaces || *b->manifest.hostname;
	struct text t = {.size = size_of_files(net)};
	const char *name = *b->config.hostname ? b->config.hostname : b->manifest.hostname;
	int err;

	if (!named && !net->n_dns)
		return 0;
	t.s = arena_alloc(&b->arena, 1, t.size);
	if (!t.s || widen_mounts(b))
		return fault_oom(f);
	err = tree_mkdir(b->root, FILES);
	if (err)
		return fault_set(f, err, "cannot make " FILES ": %m");
	if (net->n_dns) {
		make_resolv(&t, net);
		err = give(b, FILES "/resolv.conf", "/etc/resolv.conf", &t, f);
	}
	if (named && !err) {
		t.n = 0;
		make_hosts(&t, net, name);
		err = give(b, FILES "/hosts", "/etc/hosts", &t, f);
	}
	if (named && *name && !err) {
		t.n = 0;
		add(&t, name);
		add(&t, "\n");
		err = give(b, FILES "/hostname", "/etc/hostname", &t, f);
	}
	return err;
}
