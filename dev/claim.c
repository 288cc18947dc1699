// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dev/handler.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

int claim_wait(struct claim *c, const char *subsystem, const char *action, const char *name,
	       const char *fmt, ...)
{
	va_list ap;

	c->wake = (struct wake){.subsystem = subsystem, .action = action};
	if (name)
		snprintf(c->wake.name, sizeof(c->wake.name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(c->waiting_for, sizeof(c->waiting_for), fmt, ap);
	va_end(ap);
	return -EAGAIN;
}

bool claim_woken(const struct claim *c, const struct uevent *ev)
{
	const struct wake *w = &c->wake;
	const char *name;

	if (!w->subsystem || strcmp(ev->subsystem, w->subsystem) || strcmp(ev->action, w->action))
		return false;
	name = strrchr(ev->devpath, '/');
	return !w->name[0] || (name && !strcmp(name + 1, w->name));
}

/* "MAJOR:MINOR" */
static int parse_numbers(const char *s, uint32_t *major, uint32_t *minor)
{
	size_t len = strcspn(s, ":");
	uint64_t a, b;

	if (!s[len] || str_number(s, len, 10, UINT32_MAX, &a) ||
	    str_number(s + len + 1, strlen(s + len + 1), 10, UINT32_MAX, &b))
		return -EINVAL;
	*major = (uint32_t)a;
	*minor = (uint32_t)b;
	return 0;
}

int claim_node(struct claim *c, const struct dev_env *env, char type, const char *dir,
	       const char *name)
{
	struct device_result *r = c->result;
	uint32_t major, minor;
	char numbers[32];
	ssize_t n;
	int ret;

	n = root_read(env->root, numbers, sizeof(numbers), "%s/dev", dir);
	if (n == -ENOENT)
		return -ENOENT;
	if (n < 0 || parse_numbers(numbers, &major, &minor))
		return fault_set(c->fault, -EINVAL, "/%s/dev holds no MAJOR:MINOR", dir);
	if (str_printf(r->node, sizeof(r->node), "/dev/%s", name))
		return fault_set(c->fault, -ENAMETOOLONG, "the node's name %.100s is too long",
				 name);
	ret = env->ops->mknod(env->root, r->node + 1, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600,
			      major, minor);
	if (ret)
		return fault_set(c->fault, ret, "cannot make the node %s (%c %u:%u): %s", r->node,
				 type, major, minor,
				 ret == -EEXIST ? "something else has its name" : strerror(-ret));
	r->node_type = type;
	r->major = major;
	r->minor = minor;
	return 0;
}

enum asked claim_asked(const struct claim *c, const struct dev_env *env,
		       const struct pci_address *at, const struct claim **other)
{
	enum asked asked, most = ASKED_NOTHING;

	for (size_t i = 0; i < c->n_all; i++) {
		struct claim *o = &c->all[i];

		if (o == c || o->state == CLAIM_FAILED || !o->handler->asks)
			continue;
		asked = o->handler->asks(o, env, at);
		if (asked <= most)
			continue;
		most = asked;
		*other = o;
	}
	return most;
}
