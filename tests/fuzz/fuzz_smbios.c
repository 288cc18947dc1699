// SPDX-License-Identifier: Apache-2.0
/* An SMBIOS structure of OEM strings: any bytes. */
#include "init/source/source.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *raw = (const char *)data, *value = NULL;
	int found = smbios_oem_strings(raw, size, "coldinit.manifest=", &value);

	if (found < 0 || !found)
		return value ? abort(), 0 : 0;
	/* It ends inside the structure, behind the prefix. */
	if (value < raw + 5 || !memchr(value, 0, (size_t)(raw + size - value)))
		abort();
	if (memcmp(value - strlen("coldinit.manifest="),
		   "coldinit.manifest=", strlen("coldinit.manifest=")) != 0)
		abort();
	return 0;
}
