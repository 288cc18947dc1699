/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An error as a value: the one line that a stranger reads, and the facts behind it.
 *
 * The layers below init/ fill one in and return a negative errno; init/ logs it and puts it into
 * the verdict, the tool prints it on stderr. So an error is told once, and always whole.
 */
#ifndef COLDINIT_LIB_FAULT_H
#define COLDINIT_LIB_FAULT_H

#include "init/lib/compiler.h"

/**
 * struct fault - what went wrong
 * @text: one line: what was wanted, what was found, what to try
 * @expected: the verdict's "expected", "" if there is nothing to compare
 * @found: the verdict's "found", "" as above
 * @members: the verdict's "group": members of the IOMMU group, separated by blanks, "" as above
 *
 * The texts are for people: what does not fit is cut and ends in "...".
 */
struct fault {
	char text[1024];
	char expected[256];
	char found[256];
	char members[512];
};

/**
 * fault_set() - replace the whole fault by one line of text
 * @f: where to; the facts are emptied
 * @err: the negative errno that the caller returns
 * @fmt: printf format of the line, without newline; %m is the text of @err
 *
 * Return: @err, so that "return fault_set(f, -EINVAL, ...)" reads as one step.
 */
int fault_set(struct fault *f, int err, const char *fmt, ...) nonnull(1, 3) printf_like(3, 4);

/** fault_oom() - replace the whole fault: memory is out. Return: -ENOMEM. */
int fault_oom(struct fault *f) nonnull(1);

/** fault_add() - put more at the end of the text */
void fault_add(struct fault *f, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/** fault_prefix() - put context in front of the text: "context: text". Return: @err. */
int fault_prefix(struct fault *f, int err, const char *fmt, ...) nonnull(1, 3) printf_like(3, 4);

/** fault_expected() - say what was expected */
void fault_expected(struct fault *f, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/** fault_found() - say what was found instead */
void fault_found(struct fault *f, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/** fault_member() - add one member of the IOMMU group to the facts */
void fault_member(struct fault *f, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

#endif
