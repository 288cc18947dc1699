// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "init/lib/memory.h"

void memory_free(void *p)
{
	free(*(void **)p);
}
