// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "init/guest/seal.h"
#include "init/lib/root.h"

int seal_helpers(int root, struct fault *fault)
{
	/* An empty line is an empty path; without a path dumps go to the process's directory. */
	static const struct {
		const char *path, *text;
	} helpers[] = {
		{"proc/sys/kernel/modprobe", "\n"},
		{"sys/kernel/uevent_helper", "\n"},
		{"proc/sys/kernel/core_pattern", "core\n"},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(helpers) && !err; i++) {
		err = root_write(root, helpers[i].text, "%s", helpers[i].path);
		if (err == -ENOENT)
			err = 0;
		if (err)
			fault_strerror(fault, err, "cannot write /%s", helpers[i].path);
	}
	return err;
}
