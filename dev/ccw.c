// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/ccw.h"
#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define SSID_MAX 3
#define CSS	 "/devices/css0/"

int ccw_parse(const char *s, struct ccw_id *out)
{
	uint64_t ssid, devno;

	if (!str_starts(s, "0.") || !s[2] || s[3] != '.' ||
	    str_number(s + 2, 1, 10, SSID_MAX, &ssid) || strlen(s + 4) > 4 ||
	    str_number(s + 4, strlen(s + 4), 16, UINT16_MAX, &devno))
		return -EINVAL;
	*out = (struct ccw_id){(uint8_t)ssid, (uint16_t)devno};
	return 0;
}

struct ccw_text ccw_text(const struct ccw_id *id)
{
	struct ccw_text text;

	snprintf(text.s, sizeof(text.s), "0.%u.%04x", (unsigned)id->ssid & SSID_MAX, id->devno);
	return text;
}

int ccw_refuse(struct claim *c)
{
	fault_set(
		c->fault, 0,
		"CCW id \"%.100s\" is not 0.S.DDDD, a subchannel set from 0 to 3 and a hexadecimal device number",
		c->device->id);
	return fault_facts(c->fault, -EINVAL, "a CCW id as 0.0.1234", c->device->id);
}

int ccw_check(struct claim *c, const struct dev_env *env)
{
	int there = root_look(env->root, c->fault, CCW_DEVICES);

	if (there)
		return there < 0 ? there : 0;
	fault_set(
		c->fault, 0,
		"CCW devices are only on s390x: this guest has no channel subsystem (/sys/bus/ccw)");
	fault_expected(c->fault, "a CCW device %s", c->device->id);
	fault_found(c->fault, "no CCW bus");
	return -ENODEV;
}

const char *ccw_below(const char *devpath, const struct ccw_id *id)
{
	struct ccw_text name = ccw_text(id);
	char subchannel[16];
	struct ccw_id parent;
	size_t n;

	if (!str_starts(devpath, CSS))
		return NULL;
	devpath += strlen(CSS);
	n = strcspn(devpath, "/");
	if (n >= sizeof(subchannel) || !devpath[n])
		return NULL;
	memcpy(subchannel, devpath, n);
	subchannel[n] = '\0';
	devpath += n + 1;
	n = strlen(name.s);
	if (ccw_parse(subchannel, &parent) || strncmp(devpath, name.s, n) || devpath[n] != '/')
		return NULL;
	return devpath + n;
}

void ccw_explain(struct claim *c, const struct dev_env *env)
{
	sysfs_explain(env->root, CCW_DEVICES, c->fault);
}
