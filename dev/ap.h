/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of cryptographic adapters on s390x (Documentation/arch/s390/vfio-ap.rst). */
#ifndef COLDINIT_DEV_AP_H
#define COLDINIT_DEV_AP_H

#include <stdint.h>

#include "init/lib/compiler.h"

/** struct ap_queue - an APQN: adapter and usage domain */
struct ap_queue {
	uint8_t card;
	uint16_t domain;
};

/** struct ap_text - the device of a queue, "card05/05.0011"; its name is &s[AP_NAME_AT] */
struct ap_text {
	char s[16];
};

/** AP_NAME_AT - where the name of the queue begins */
#define AP_NAME_AT 7

/**
 * ap_parse() - parse "XX.YYYY" in hexadecimal
 * @s: the text
 * @out: gets the queue; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int ap_parse(const char *s, struct ap_queue *out) must_check nonnull(1, 2);

/**
 * ap_text() - print a queue's device as the kernel does
 * @queue: the queue
 *
 * Return: the text, to be used in place: ap_text(&queue).s
 */
struct ap_text ap_text(const struct ap_queue *queue) nonnull(1);

#endif
