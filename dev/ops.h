/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLDINIT_DEV_OPS_H
#define COLDINIT_DEV_OPS_H

#include "dev/handler.h"

/**
 * dev_ops_live - what changes the real system, or whatever the root descriptor stands for
 *
 * Its mknod makes missing directories (0755) and accepts a node that is already there, which is
 * what devtmpfs leaves, if it is the same; another one in its place is -EEXIST. Its write_async
 * ends with the errno of the write as its exit status.
 */
extern const struct dev_ops dev_ops_live;

#endif
