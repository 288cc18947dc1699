// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "vfio: " fmt

#include <errno.h>
#include <string.h>

#include "dev/vfio.h"
#include "init/lib/log.h"

int vfio_option_parse(const char *s, struct vfio_option *out, struct fault *fault)
{
	const char *equals = strchr(s, '=');
	struct vfio_option o = {0};
	int err;

	if (!equals || strchr(equals + 1, '='))
		return fault_set(
			fault, -EINVAL,
			"malformed VFIO PCI option \"%.100s\": it is not HOST=PATH with one equals sign",
			s);
	if (pci_address_parse(s, (size_t)(equals - s), &o.host))
		return fault_set(
			fault, -EINVAL,
			"malformed VFIO PCI option \"%.100s\": HOST is not an address DDDD:BB:SS.F in hexadecimal",
			s);
	o.path_text = equals + 1;
	if (o.path_text[0]) {
		err = pci_path_parse(o.path_text, &o.path, fault);
		if (err)
			return fault_prefix(fault, err, "malformed VFIO PCI option \"%.100s\"", s);
	}
	*out = o;
	return 0;
}

int vfio_option_read_all(struct claim *c, const struct dev_env *env)
{
	const struct device *d = c->device;
	struct vfio_function *f;
	struct vfio *v;
	int err;

	v = arena_alloc(env->arena, 1, sizeof(*v));
	if (v)
		v->functions = arena_alloc(env->arena, d->n_options, sizeof(*v->functions));
	if (!v || !v->functions)
		return fault_oom(c->fault);
	for (size_t i = 0; i < d->n_options; i++) {
		f = &v->functions[v->n];
		f->dir = -1;
		err = vfio_option_parse(d->options[i], &f->option, c->fault);
		if (err)
			return err;
		if (!f->option.path_text[0])
			pr_warn("%.64s: option \"%.64s\" has no guest path and is left out",
				c->label, d->options[i]);
		else
			v->n++;
	}
	c->priv = v;
	return 0;
}
