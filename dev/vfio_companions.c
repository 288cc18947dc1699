// SPDX-License-Identifier: Apache-2.0
/*
 * The other functions of an IOMMU group. User space can use a group only while no function of it
 * has another driver than those of VFIO; the audio and USB functions of a GPU usually have one.
 */
#define pr_fmt(fmt) "vfio: " fmt

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/vfio.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define MEMBERS_DIR VFIO_IOMMU_GROUPS "/%s/devices"

/*
 * struct companion_walk - a walk through the functions of an IOMMU group
 * @others: how many of them are not the claim's own
 * @bad: how many of them prevent the use of the group
 * @text: names of these, with the reason
 * @see, @err: what is called for each function, and its error with the claim's fault set
 */
struct companion_walk {
	struct claim *c;
	const struct dev_env *env;
	struct vfio *v;
	size_t others, bad;
	char text[400];
	int (*see)(const char *name, void *arg);
	int err;
};

static bool companions_is_own(const struct vfio *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->functions[i].place.name.s, name))
			return true;
	return false;
}

/* No driver, or one that leaves the group to user space (driver_managed_dma in the kernel). */
static bool companions_is_viable(const char *driver)
{
	return !driver[0] || strstr(driver, "vfio") || !strcmp(driver, "pci-stub") ||
	       !strcmp(driver, "pcieport");
}

static struct vfio_companion *companions_get(struct vfio *v, const struct dev_env *env,
					     const struct pci_address *at)
{
	struct vfio_companion *m;

	for (m = v->companions; m; m = m->next)
		if (pci_address_equal(&m->binding.at, at))
			return m;
	m = arena_alloc(env->arena, 1, sizeof(*m));
	if (!m)
		return NULL;
	m->binding.at = *at;
	m->binding.name = pci_address_text(at);
	m->next = v->companions;
	v->companions = m;
	return m;
}

/* Bind a member to vfio-pci. If one without a driver does not bind, the group can still be used. */
static int companions_bind(struct companion_walk *w, const struct pci_address *at)
{
	struct vfio_companion *m = companions_get(w->v, w->env, at);
	char driver[SYSFS_DRIVER_MAX];
	int err;

	if (!m)
		return fault_oom(w->c->fault);
	if (m->refused)
		return 0;
	err = bind_vfio(&m->binding, w->c, w->env, -1);
	if (!err || err == -EAGAIN)
		return err;
	if (pci_driver(w->env->root, at, driver, w->c->fault) || driver[0])
		return fault_prefix(w->c->fault, err, "IOMMU group %s is not viable", w->v->group);
	m->refused = true;
	pr_warn("%.64s: companion %s: %s", w->c->label, m->binding.name.s, w->c->fault->text);
	return 0;
}

/* Policy "bind": bind every other endpoint that no device of the manifest uses. */
static int companions_take(const char *name, void *arg)
{
	struct companion_walk *w = arg;
	const struct claim *other;
	struct pci_address at;
	int class;

	if (companions_is_own(w->v, name))
		return 0;
	w->others++;
	if (pci_address_parse(name, strlen(name), &at))
		return 0;
	class = pci_class(w->env->root, &at);
	if (class < 0)
		return fault_strerror(w->c->fault, class, "cannot read the class of %s", name);
	if (pci_class_is_bridge(class))
		return 0;
	/* Another device binds it or must keep it: companions_check() waits for that or reports it.
	 */
	if (claim_other_use(w->c, w->env, &at, CLAIM_USE_NONE, &other) != CLAIM_USE_NONE)
		return 0;
	return companions_bind(w, &at);
}

static void companions_add_bad(struct companion_walk *w, const char *name, const char *why,
			       const char *whose)
{
	size_t n = strlen(w->text);

	snprintf(w->text + n, sizeof(w->text) - n, "%s%s (%s%.64s)", n ? ", " : "", name, why,
		 whose);
	w->bad++;
}

/* Does a member prevent the use of the group? If another device will bind it, wait for that. */
static int companions_check(const char *name, void *arg)
{
	struct companion_walk *w = arg;
	const struct claim *other = NULL;
	enum claim_use use = CLAIM_USE_NONE;
	char driver[SYSFS_DRIVER_MAX] = "";
	struct pci_address at;
	bool is_bridge = false;
	int err;

	if (companions_is_own(w->v, name))
		return 0;
	if (!pci_address_parse(name, strlen(name), &at)) {
		is_bridge = pci_class_is_bridge(pci_class(w->env->root, &at));
		use = claim_other_use(w->c, w->env, &at, use, &other);
	}
	err = root_link_name(w->env->root, driver, sizeof(driver), MEMBERS_DIR "/%s/driver",
			     w->v->group, name);
	err = sysfs_driver(err, name, driver, w->c->fault);
	if (err)
		return err;
	if (use == CLAIM_USE_KERNEL)
		companions_add_bad(w, name, "kept by the guest kernel for ", other->label);
	else if (companions_is_viable(driver))
		return 0;
	/* Some drivers of bridges keep the group in some kernels: see vfio_try.c. */
	else if (is_bridge && w->env->ops->try_group)
		snprintf(w->v->doubt, sizeof(w->v->doubt), "%s (driver %.32s)", name, driver);
	else if (is_bridge && !strcmp(driver, "shpchp"))
		return 0;
	else if (use == CLAIM_USE_VFIO && other->state == CLAIM_WAITING)
		return claim_wait(w->c, "pci", "bind", name,
				  "%.64s to bind %s of the same IOMMU group", other->label, name);
	else
		companions_add_bad(w, name, "driver ", driver);
	return 0;
}

static int companions_name(const char *name, void *arg)
{
	struct companion_walk *w = arg;

	fault_member(w->c->fault, "%s", name);
	return 0;
}

static int companions_see(const char *name, void *arg)
{
	struct companion_walk *w = arg;

	return w->err = w->see(name, w);
}

static int companions_each(struct companion_walk *w, int (*see)(const char *name, void *arg))
{
	int err;

	w->see = see;
	w->err = 0;
	err = root_each_sorted(w->env->root, companions_see, w, MEMBERS_DIR, w->v->group);
	/* Without the list, the members are not known. */
	return err && err != -ENOENT && !w->err
		       ? fault_strerror(w->c->fault, err, "cannot list IOMMU group %s", w->v->group)
		       : err;
}

static int companions_not_viable(struct companion_walk *w)
{
	const char *hint =
		w->c->device->companions == COMPANIONS_CHECK
			? "companions \"bind\" would bind them to vfio-pci"
			: "put them into separate slots with ACS, or boot without that driver";

	fault_set(w->c->fault, 0, "IOMMU group %s is not viable: %s; %s", w->v->group, w->text,
		  hint);
	fault_expected(w->c->fault, "all of IOMMU group %s on vfio-pci or without a driver",
		       w->v->group);
	fault_found(w->c->fault, "%s", w->text);
	return -EBUSY;
}

void vfio_companions_name(struct claim *c, const struct dev_env *env)
{
	struct companion_walk w = {.c = c, .env = env, .v = c->priv};

	if (root_each_sorted(env->root, companions_name, &w, MEMBERS_DIR, w.v->group))
		pr_warn("%.64s: cannot list IOMMU group %s", c->label, w.v->group);
}

int vfio_companions(struct claim *c, const struct dev_env *env)
{
	struct companion_walk w = {.c = c, .env = env, .v = c->priv};
	bool bind;
	int err;

	if (c->device->companions == COMPANIONS_IGNORE)
		return 0;
	bind = c->device->companions == COMPANIONS_BIND;
	err = companions_each(&w, bind ? companions_take : companions_check);
	/* After all of them are bound. */
	if (!err && bind && w.others)
		err = companions_each(&w, companions_check);
	if (err == -ENOENT && !w.err) {
		pr_warn("%.64s: the members of IOMMU group %s are not known", c->label, w.v->group);
		return 0;
	}
	if (!err && w.bad)
		err = companions_not_viable(&w);
	if (err && err != -EAGAIN)
		vfio_companions_name(c, env);
	return err;
}
