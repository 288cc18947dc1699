/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of malloc(3), for cleanup(). */
#ifndef COLDINIT_LIB_MEMORY_H
#define COLDINIT_LIB_MEMORY_H

#include "init/lib/compiler.h"

/**
 * memory_free() - free(3) what a variable points to; for cleanup()
 * @p: address of the variable, which may be NULL
 */
void memory_free(void *p) nonnull(1);

#endif
