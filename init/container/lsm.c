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
static bool lsm_has_apparmor(int root)
{
	char text[PATH_MAX];

	return root_read(root, text, sizeof(text), "/proc/self/attr/apparmor/current") >= 0;
}

static int lsm_set_profile(int root, const char *profile, struct fault *fault)
{
	char text[PATH_MAX];
	int err;

	if (!profile || !*profile || !strcmp(profile, "unconfined"))
		return 0;
	if (!lsm_has_apparmor(root)) {
		pr_info("process.apparmorProfile is ignored: the guest kernel does not run AppArmor");
		return 0;
	}
	err = str_printf(text, sizeof(text), "exec %s", profile);
	if (!err)
		err = root_write(root, text, "/proc/self/attr/apparmor/exec");
	if (err == -ENOENT)
		return fault_set(
			fault, err,
			"process.apparmorProfile: the profile \"%s\" is not loaded in the guest: load it in a createRuntime hook, remove the key, or boot with apparmor=0",
			profile);
	if (err)
		return fault_set(fault, err,
				 "process.apparmorProfile: the guest's AppArmor refuses \"%s\": %m",
				 profile);
	return 0;
}

/* Without a policy SELinux accepts any label and ignores it; the label it reports has no colon. */
static bool lsm_has_policy(int root)
{
	char text[PATH_MAX];

	return root_read(root, text, sizeof(text), "/proc/self/attr/exec") >= 0 &&
	       strchr(text, ':');
}

static int lsm_set_label(int root, const char *label, struct fault *fault)
{
	int err;

	if (!label || !*label)
		return 0;
	if (!root_exists(root, "/sys/fs/selinux")) {
		pr_info("process.selinuxLabel is ignored: the guest kernel does not run SELinux");
		return 0;
	}
	err = root_write(root, label, "/proc/self/attr/exec");
	if (err)
		return fault_set(fault, err,
				 "process.selinuxLabel: the guest's SELinux refuses \"%s\": %m",
				 label);
	if (!lsm_has_policy(root))
		return fault_set(
			fault, -ENOENT,
			"process.selinuxLabel: the guest's SELinux has no policy: load one in a createRuntime hook, or remove the key");
	return 0;
}

int lsm_apply(int root, const struct oci_process *p, struct fault *fault)
{
	int err = lsm_set_profile(root, p->apparmor_profile, fault);

	return err ? err : lsm_set_label(root, p->selinux_label, fault);
}
