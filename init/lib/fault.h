/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An error as a value: the one line that a stranger reads, and the facts behind it.
 *
 * The layers below init/ fill one in and return a negative errno; init/ logs it and puts it into
 * the verdict, the tool prints it on stderr. So an error is reported once, and completely.
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
 * @err: the negative errno that the text is for, 0 if that is not known
 *
 * The texts are for people: one that does not fit is cut and ends in "...".
 */
struct fault {
	char text[1024];
	char expected[256];
	char found[256];
	char members[512];
	int err;
};

/**
 * fault_clear() - empty a fault before a step, so that fault_check() finds what the step leaves out
 * @fault: gets no text and no facts
 */
void fault_clear(struct fault *fault) nonnull(1);

/**
 * fault_check() - make sure that the error of a step has its text
 * @fault: emptied by fault_clear() before the step
 * @err: what the step returned
 * @step: its name, for a text that is missing
 *
 * A step that fails without setting a text is a bug. A build with CONFIG_FAULT_CHECK aborts;
 * any other one names the step and the errno, behind a text that is for another errno.
 * Return: @err.
 */
int fault_check(struct fault *fault, int err, const char *step) nonnull(1, 3);

/**
 * fault_set() - replace the whole fault by one line of text
 * @fault: gets the text; its facts are emptied
 * @err: the negative errno that the caller returns
 * @fmt: printf format of the line, without newline; %m is the text of @err
 *
 * Return: @err, so that "return fault_set(fault, -EINVAL, ...)" is one step.
 */
int fault_set(struct fault *fault, int err, const char *fmt, ...) nonnull(1, 3) printf_like(3, 4);

/**
 * fault_strerror() - replace the whole fault by "text: what the error means"
 * @fault: gets the text; its facts are emptied
 * @err: the negative errno that the caller returns
 * @fmt: printf format of the text
 *
 * Return: @err.
 */
int fault_strerror(struct fault *fault, int err, const char *fmt, ...) nonnull(1, 3)
	printf_like(3, 4);

/**
 * fault_perror() - fault_strerror() with the errno of the system call that has just failed
 * @fault: gets the text; its facts are emptied
 * @fmt: printf format of the text
 *
 * Return: -errno.
 */
int fault_perror(struct fault *fault, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/**
 * fault_oom() - replace the whole fault by "out of memory"
 * @fault: gets the text; its facts are emptied
 *
 * Return: -ENOMEM.
 */
int fault_oom(struct fault *fault) nonnull(1);

/**
 * fault_add() - append to the text
 * @fault: one that is set
 * @fmt: printf format of what is appended
 */
void fault_add(struct fault *fault, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/**
 * fault_prefix() - put context in front of the text: "context: text"
 * @fault: one that is set
 * @err: the negative errno that the caller returns
 * @fmt: printf format of the context
 *
 * Return: @err.
 */
int fault_prefix(struct fault *fault, int err, const char *fmt, ...) nonnull(1, 3)
	printf_like(3, 4);

/**
 * fault_expected() - set the fact "expected"
 * @fault: one that is set
 * @fmt: printf format of the fact
 */
void fault_expected(struct fault *fault, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/**
 * fault_found() - set the fact "found"
 * @fault: one that is set
 * @fmt: printf format of the fact
 */
void fault_found(struct fault *fault, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

/**
 * fault_facts() - set both facts, for a value that is not the expected one
 * @fault: one that is set
 * @err: the negative errno that the caller returns
 * @expected: the fact "expected"
 * @found: the fact "found"
 *
 * Return: @err.
 */
int fault_facts(struct fault *fault, int err, const char *expected, const char *found)
	nonnull(1, 3, 4);

/**
 * fault_member() - add one member of the IOMMU group to the facts
 * @fault: one that is set
 * @fmt: printf format of the member
 */
void fault_member(struct fault *fault, const char *fmt, ...) nonnull(1, 2) printf_like(2, 3);

#endif
