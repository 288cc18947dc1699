// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "dev/drive.h"
#include "dev/endpoints.h"
#include "dev/expect.h"
#include "dev/function.h"

int function_parse(struct function *f, struct claim *c)
{
	if (!c->device->id[0])
		return fault_set(c->fault, -EINVAL,
				 "a %.32s device needs its PCI path, such as 02/00, as \"id\"",
				 c->device->type);
	return pci_path_parse(c->device->id, &f->path, c->fault);
}

int function_find(struct function *f, struct claim *c, const struct dev_env *env)
{
	int err;

	err = pci_locate(env, &f->path, &f->place, NULL, c->fault);
	if (err == -EAGAIN)
		return claim_wait(c, NULL, NULL, NULL, "%s", f->place.missing);
	if (err == -ENODEV)
		endpoints_add(env->root, c->device, c->fault);
	return err ? err : expect_ids(c->device, env->root, &f->place.address, c->fault);
}

int function_drive(struct function *f, struct claim *c, const struct dev_env *env)
{
	return drive_claim(c, env, f->place.dir);
}

int function_give(const struct function *f, struct claim *c, const struct dev_env *env)
{
	memcpy(c->result->guest, f->place.name.s, PCI_ADDRESS_LEN);
	return claim_driver(c, env, f->place.dir, f->place.name.s);
}

void function_explain(const struct function *f, struct claim *c, const struct dev_env *env,
		      const char *what, const char *hint)
{
	const char *at = f->place.name.s;
	char driver[SYSFS_DRIVER_MAX], why[512];

	if (!f->place.found) {
		pci_locate_explain(env->root, &f->path, c->fault);
		endpoints_add(env->root, c->device, c->fault);
		return;
	}
	if (pci_driver(env->root, &f->place.address, driver, c->fault) || !driver[0]) {
		memcpy(driver, "no driver", sizeof("no driver"));
		drive_hint(env, f->place.dir, false, why, sizeof(why));
		hint = why;
	}
	fault_set(c->fault, 0, "%s is there with %s; %s", at, driver, hint);
	fault_expected(c->fault, "%s at %s", what, at);
	fault_found(c->fault, "%s with %s", at, driver);
}

bool function_is_at(struct function *f, const struct dev_env *env, const struct pci_address *at)
{
	struct fault ignored;

	return !pci_locate(env, &f->path, &f->place, NULL, &ignored) &&
	       pci_address_equal(&f->place.address, at);
}
