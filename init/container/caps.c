// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/caps_private.h"
#include "init/lib/log.h"

#define CAP_BITS 64

/* capabilities(7): both calls say EINVAL for a capability that the kernel does not know */
static bool caps_is_known(unsigned cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0 || errno != EINVAL;
}

int caps_bound(uint64_t keep, struct fault *fault)
{
	int err;

	for (unsigned cap = 0; cap < CAP_BITS; cap++) {
		if (keep & (UINT64_C(1) << cap))
			continue;
		if (!prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			continue;
		err = -errno;
		if (err == -EINVAL && !caps_is_known(cap)) /* nor any after it */
			break;
		return fault_strerror(fault, err, "cannot drop capability %u", cap);
	}
	return 0;
}

uint64_t caps_ambient(const uint64_t sets[OCI_CAPSETS])
{
	return sets[OCI_AMBIENT] & sets[OCI_PERMITTED] & sets[OCI_INHERITABLE];
}

static int caps_raise_ambient(uint64_t set, struct fault *fault)
{
	for (unsigned cap = 0; cap < CAP_BITS; cap++)
		if (set & (UINT64_C(1) << cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			return fault_perror(fault, "cannot raise ambient capability %u", cap);
	return 0;
}

int caps_set(const uint64_t sets[OCI_CAPSETS], struct fault *fault)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	uint64_t ambient = caps_ambient(sets);

	for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].effective = (uint32_t)(sets[OCI_EFFECTIVE] >> (32 * i));
		data[i].permitted = (uint32_t)(sets[OCI_PERMITTED] >> (32 * i));
		data[i].inheritable = (uint32_t)(sets[OCI_INHERITABLE] >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data))
		return fault_set(
			fault, -errno,
			"cannot set process.capabilities: %m; effective ones must be permitted, inheritable ones in the bounding set");
	if (ambient != sets[OCI_AMBIENT])
		pr_info("process.capabilities.ambient: left out those not permitted and inheritable");
	return caps_raise_ambient(ambient, fault);
}
