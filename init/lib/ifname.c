// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "init/lib/ifname.h"
#include "init/lib/str.h"

bool ifname_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= IFNAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	/* The kernel replaces "%d" in a name by a number. */
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || strchr("/:%", *name))
			return false;
	return true;
}

int ifname_set_up(int socket, const char *name)
{
	struct ifreq r = {0};
	int err = str_copy(r.ifr_name, sizeof(r.ifr_name), name);

	if (err)
		return err;
	if (ioctl(socket, SIOCGIFFLAGS, &r))
		return -errno;
	r.ifr_flags |= IFF_UP;
	return ioctl(socket, SIOCSIFFLAGS, &r) ? -errno : 0;
}
