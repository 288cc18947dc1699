// SPDX-License-Identifier: Apache-2.0
/* verity_parse(): what a disk has as the superblock of dm-verity. */
#include <stdlib.h>
#include <string.h>

#include "init/storage/verity.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char sb[VERITY_SUPERBLOCK] = "verity";
	struct verity v;
	struct fault fault;

	if (size > sizeof(sb) - 8)
		return 0;
	memcpy(sb + 8, data, size);
	if (!verity_parse(sb, size * 4096, 32, &v, &fault) && (!v.blocks || v.salt_size > 256))
		abort();
	return 0;
}
