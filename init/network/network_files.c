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

#define FILES NETWORK_FILES_DIR

/* Without a network there are neither addresses nor name servers. */
#ifdef CONFIG_NET
#define ADDRESSES true
#else
#define ADDRESSES false
#endif

#define RESOLV	 "/etc/resolv.conf"
#define HOSTS	 "/etc/hosts"
#define HOSTNAME "/etc/hostname"

/* As many as C libraries use (MAXNS of <resolv.h>). */
#define NAME_SERVERS 3

/* room for "ADDRESS NAME SHORT" */
#define HOSTS_LINE_MAX 256

/* struct network_file_text - the text of a file; network_file_size() has chosen @size */
struct network_file_text {
	char *s;
	size_t n, size;
};

static void network_file_add(struct network_file_text *t, const char *word)
{
	size_t n = strlen(word);

	if (t->n + n < t->size)
		memcpy(t->s + t->n, word, n + 1);
	t->n += n;
}

/* --- their text ---------------------------------------------------------------------------- */

static void network_file_resolv(struct network_file_text *t, const struct network *net)
{
	size_t servers = 0;

	for (size_t i = 0; ADDRESSES && i < net->n_dns; i++) {
		struct ip_address ignored;
		bool plain = !ip_parse(net->dns[i], &ignored);

		servers += plain || str_starts(net->dns[i], "nameserver");
		network_file_add(t, plain ? "nameserver " : "");
		network_file_add(t, net->dns[i]);
		network_file_add(t, "\n");
	}
	if (servers > NAME_SERVERS)
		pr_warn("%zu name servers: programs use only the first %d", servers, NAME_SERVERS);
}

/* The part of a name before its first dot is a second name. */
static void network_file_host(struct network_file_text *t, const char *address, const char *name)
{
	size_t n = strcspn(name, ".");
	char line[HOSTS_LINE_MAX];

	snprintf(line, sizeof(line), "%s\t%s%s%.*s\n", address, name, name[n] ? " " : "",
		 name[n] ? (int)n : 0, name);
	network_file_add(t, line);
}

static void network_file_hosts(struct network_file_text *t, const struct network *net,
			       const char *name)
{
	bool known = false;

	network_file_add(t, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	for (size_t i = 0; ADDRESSES && i < net->n_interfaces && *name; i++)
		for (size_t k = 0; k < net->interfaces[i].n_addresses; k++) {
			network_file_host(t, ip_text(&net->interfaces[i].addresses[k].address).s,
					  name);
			known = true;
		}
	if (*name && !known)
		network_file_host(t, "127.0.1.1", name);
}

/* --- their mounts -------------------------------------------------------------------------- */

bool network_file_same_path(const char *a, const char *b)
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

bool network_file_is_one(const char *destination)
{
	return network_file_same_path(destination, RESOLV) ||
	       network_file_same_path(destination, HOSTS) ||
	       network_file_same_path(destination, HOSTNAME);
}

/* The container's own mount at @destination, NULL if it has none. */
static struct oci_mount *network_file_mount(const struct oci_config *config,
					    const char *destination)
{
	for (size_t i = 0; i < config->n_mounts; i++)
		if (network_file_same_path(config->mounts[i].destination, destination))
			return &config->mounts[i];
	return NULL;
}

/* Must a file be made although there is no content for it? */
static bool network_file_is_missing(const struct oci_config *config, const char *destination)
{
	const struct oci_mount *m = network_file_mount(config, destination);

	return m && m->missing;
}

static int network_file_write(int root, const char *path, const struct network_file_text *t,
			      struct fault *fault)
{
	int fd cleanup(fd_close) = root_open(root, O_WRONLY | O_CREAT | O_TRUNC, 0644, "%s", path);
	ssize_t n = fd < 0 ? -1 : write(fd, t->s, t->n);
	int err = fd < 0 ? fd : n < 0 ? -errno : (size_t)n == t->n ? 0 : -ENOSPC;

	return err ? fault_strerror(fault, err, "cannot write %s", path) : 0;
}

/*
 * struct network_file_job - the files of one container
 * @out, @n: the mounts so far
 */
struct network_file_job {
	int root;
	const struct oci_config *config;
	struct network_file_text text;
	struct oci_mount *out;
	int n;
};

/* In a read-only root it is read-only, too. */
static int network_file_give(struct network_file_job *job, const char *source,
			     const char *destination, struct fault *fault)
{
	static const char *options[] = {"rbind",  "rprivate", "nosuid", "nodev",
					"noexec", "ro",	      NULL};
	struct oci_mount *own = network_file_mount(job->config, destination);
	int err;

	if (own && !own->missing)
		return 0;
	err = network_file_write(job->root, source, &job->text, fault);
	if (!err && own)
		own->source = source;
	else if (!err)
		job->out[job->n++] = (struct oci_mount){
			.destination = destination,
			.type = "bind",
			.source = source,
			.options = options,
			.n_options = ARRAY_SIZE(options) - 2 + job->config->root_readonly,
			.optional = true,
		};
	return err;
}

static int network_file_give_all(struct network_file_job *job, const struct network *net,
				 const char *name, bool named, struct fault *fault)
{
	const struct oci_config *c = job->config;
	int err = 0;

	if (net->n_dns || network_file_is_missing(c, RESOLV)) {
		network_file_resolv(&job->text, net);
		err = network_file_give(job, FILES "/resolv.conf", RESOLV, fault);
	}
	if (!err && (named || network_file_is_missing(c, HOSTS))) {
		job->text.n = 0;
		network_file_hosts(&job->text, net, name);
		err = network_file_give(job, FILES "/hosts", HOSTS, fault);
	}
	if (!err && ((named && *name) || network_file_is_missing(c, HOSTNAME))) {
		job->text.n = 0;
		network_file_add(&job->text, *name ? name : "localhost");
		network_file_add(&job->text, "\n");
		err = network_file_give(job, FILES "/hostname", HOSTNAME, fault);
	}
	return err;
}

static size_t network_file_size(const struct network *net)
{
	size_t size = 4096;

	for (size_t i = 0; i < net->n_interfaces; i++)
		size += net->interfaces[i].n_addresses * HOSTS_LINE_MAX;
	for (size_t i = 0; i < net->n_dns; i++)
		size += strlen(net->dns[i]) + sizeof("nameserver \n");
	return size;
}

int network_files(struct arena *arena, int root, const struct request *request,
		  struct oci_config *config, struct oci_mount out[NETWORK_FILES_MAX],
		  struct fault *fault)
{
	const struct manifest *m = &request->manifest;
	const struct network *net = &m->network;
	bool named = net->n_interfaces || *m->hostname;
	struct network_file_job job = {.root = root, .config = config, .out = out};
	int err;

	if (!named && !net->n_dns && !network_file_is_missing(config, RESOLV) &&
	    !network_file_is_missing(config, HOSTS) && !network_file_is_missing(config, HOSTNAME))
		return 0;
	job.text.size = network_file_size(net);
	job.text.s = arena_alloc(arena, 1, job.text.size);
	if (!job.text.s)
		return fault_oom(fault);
	err = tree_mkdir(root, FILES);
	if (err)
		return fault_strerror(fault, err, "cannot make " FILES);
	err = network_file_give_all(&job, net, *config->hostname ? config->hostname : m->hostname,
				    named, fault);
	return err ? err : job.n;
}
