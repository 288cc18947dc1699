// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/container/sysctl_private.h"
#include "init/lib/root.h"

int sysctl_apply(int root, const struct oci_config *config, struct fault *fault)
{
	if (!config->n_sysctls)
		return 0;
	/* No path leaves this directory: it is the root of the writes. */
	int dir cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "proc/sys");
	if (dir < 0)
		return fault_strerror(fault, dir, "linux.sysctl: cannot open /proc/sys");
	for (size_t i = 0; i < config->n_sysctls; i++) {
		const struct oci_sysctl *s = &config->sysctls[i];
		int err = root_write(dir, s->value, "%s", s->path);

		if (err)
			return fault_set(fault, err,
					 "linux.sysctl: cannot set /proc/sys/%s to \"%s\": %s",
					 s->path, s->value,
					 err == -ENOENT ? "the guest kernel does not have it"
							: strerror(-err));
	}
	return 0;
}
