/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of virtio consoles (VIRTIO 1.2, 5.3). */
#ifndef COLDINIT_REPORT_PORT_H
#define COLDINIT_REPORT_PORT_H

#include <stdbool.h>

#include "init/lib/compiler.h"

/**
 * port_possible() - find out whether the guest can have named ports
 * @root: descriptor of the guest's "/"
 *
 * Return: whether it has a virtio console device.
 */
bool port_possible(int root) must_check;

#endif
