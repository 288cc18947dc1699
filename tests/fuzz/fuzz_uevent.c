// SPDX-License-Identifier: Apache-2.0
/* A uevent: any bytes. Its strings are inside the message, and agree with it. */
#include "net/uevent.h"
#include "tests/fuzz/fuzz.h"

static void check_inside(const char *s, const char *buf, size_t len)
{
	if (s[0] && (s < buf || s + strlen(s) >= buf + len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uevent ev;
	char *buf;

	if (!size || size > UEVENT_MAX)
		return 0;
	/* On the heap, so that the sanitizer sees a read behind the end. */
	buf = malloc(size);
	if (!buf)
		return 0;
	memcpy(buf, data, size);
	if (!uevent_parse(buf, size, &ev)) {
		check_inside(ev.action, buf, size);
		check_inside(ev.devpath, buf, size);
		check_inside(ev.subsystem, buf, size);
		check_inside(ev.devname, buf, size);
		check_inside(ev.driver, buf, size);
		check_inside(ev.interface, buf, size);
		check_inside(ev.pci_slot_name, buf, size);
		if (ev.devpath[0] != '/' || !ev.action[0] ||
		    strncmp(buf, ev.action, strlen(ev.action)))
			abort();
	}
	free(buf);
	return 0;
}
