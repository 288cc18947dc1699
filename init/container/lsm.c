// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "init/container/lsm_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* The file exists without AppArmor too, but it can be read only if AppArmor is active. */
static int lsm_has_apparmor(int root, struct fault *fault)
{
	static const char path[] = "/proc/self/attr/apparmor/current";
	char text[PATH_MAX];
	ssize_t n = root_read(root, text, sizeof(text), path);

	if (n >= 0)
		return 1;
	return n == -ENOENT || n == -EINVAL
		       ? 0
		       : fault_strerror(fault, (int)n, "process.apparmorProfile: cannot read %s",
					path);
}

/* The guest does not know the profile or label: by policy, an error or a warning. */
static int lsm_unknown(const struct oci_process *p, int err, struct fault *fault)
{
	if (p->lsm_required)
		return err;
	pr_warn("%s; it is ignored", fault->text);
	return 0;
}

static int lsm_set_profile(int root, const struct oci_process *p, struct fault *fault)
{
	const char *profile = p->apparmor_profile;
	char text[PATH_MAX];
	int err, active;

	if (!profile || !*profile || !strcmp(profile, "unconfined"))
		return 0;
	active = lsm_has_apparmor(root, fault);
	if (active < 0)
		return active;
	if (!active) {
		err = fault_set(fault, -ENOTSUP,
				"process.apparmorProfile: the guest kernel does not run AppArmor");
		return lsm_unknown(p, err, fault);
	}
	err = str_printf(text, sizeof(text), "exec %s", profile);
	if (!err)
		err = root_write(root, text, "/proc/self/attr/apparmor/exec");
	if (err == -ENOENT) {
		fault_set(
			fault, err,
			"process.apparmorProfile: the profile \"%s\" is not loaded in the guest (a createRuntime hook can load it)",
			profile);
		return lsm_unknown(p, err, fault);
	}
	if (err)
		return fault_strerror(
			fault, err, "process.apparmorProfile: the guest's AppArmor refuses \"%s\"",
			profile);
	return 0;
}

/*
 * Without a policy SELinux accepts any label and ignores it; the label it reports has no colon.
 * Return: 1, 0, or -errno.
 */
static int lsm_has_policy(int root)
{
	char text[PATH_MAX];
	ssize_t n = root_read(root, text, sizeof(text), "/proc/self/attr/exec");

	return n < 0 ? (int)n : strchr(text, ':') != NULL;
}

static int lsm_set_label(int root, const struct oci_process *p, struct fault *fault)
{
	const char *label = p->selinux_label;
	int err, there;

	if (!label || !*label)
		return 0;
	there = root_look(root, fault, "/sys/fs/selinux");
	if (there < 0)
		return fault_prefix(fault, there, "process.selinuxLabel");
	if (!there) {
		err = fault_set(fault, -ENOTSUP,
				"process.selinuxLabel: the guest kernel does not run SELinux");
		return lsm_unknown(p, err, fault);
	}
	err = root_write(root, label, "/proc/self/attr/exec");
	if (err)
		fault_strerror(fault, err,
			       "process.selinuxLabel: the guest's SELinux refuses \"%s\"", label);
	/* -EINVAL: the policy has no such context. */
	if (err)
		return err == -EINVAL ? lsm_unknown(p, err, fault) : err;
	there = lsm_has_policy(root);
	if (there < 0)
		return fault_strerror(fault, there,
				      "process.selinuxLabel: cannot read /proc/self/attr/exec");
	if (there)
		return 0;
	err = fault_set(
		fault, -ENOENT,
		"process.selinuxLabel: the guest's SELinux has no policy (a createRuntime hook can load one)");
	return lsm_unknown(p, err, fault);
}

int lsm_apply(int root, const struct oci_process *p, struct fault *fault)
{
	int err = lsm_set_profile(root, p, fault);

	return err ? err : lsm_set_label(root, p, fault);
}
