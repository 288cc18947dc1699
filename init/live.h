/* SPDX-License-Identifier: Apache-2.0 */
/* How the steps of a boot reach the guest that PID 1 runs in. */
#ifndef COLDINIT_LIVE_H
#define COLDINIT_LIVE_H

#include "init/boot.h"

/** live_ops - the operations of PID 1; those of a plan are in init/tool/plan.c */
extern const struct boot_ops live_ops;

#endif
