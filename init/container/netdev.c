// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "init/container/netdev_private.h"
#include "init/lib/fd.h"
#include "init/lib/ifname.h"
#include "init/lib/str.h"

/* Return: 0, or the error of the step that failed. */
static int netdev_rename(int socket, const struct oci_net_device *d)
{
	struct ifreq r = {0};
	int err = str_copy(r.ifr_name, sizeof(r.ifr_name), d->guest);

	if (!err)
		err = str_copy(r.ifr_newname, sizeof(r.ifr_newname), d->name);
	if (err)
		return err;
	if (strcmp(d->guest, d->name) && ioctl(socket, SIOCSIFNAME, &r))
		return -errno;
	return ifname_set_up(socket, d->name);
}

static const char *netdev_reason(int err)
{
	switch (err) {
	case -ENODEV:
		return "the guest has no such interface";
	case -EEXIST:
		return "another interface has the name";
	case -EBUSY:
		return "it is up, and this kernel renames only interfaces that are down; give it the name in the manifest";
	default:
		return strerror(-err);
	}
}

int netdev_apply(const struct oci_config *config, struct fault *fault)
{
	int err = 0;

	if (!config->n_net_devices)
		return 0;
	int any cleanup(fd_close) = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (any < 0)
		return fault_perror(fault, "linux.netDevices: cannot open a socket");
	for (size_t i = 0; i < config->n_net_devices && !err; i++) {
		const struct oci_net_device *d = &config->net_devices[i];

		err = netdev_rename(any, d);
		if (err)
			fault_set(fault, err,
				  "linux.netDevices: cannot make %s the interface %s: %s", d->guest,
				  d->name, netdev_reason(err));
	}
	return err;
}
