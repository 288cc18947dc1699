/* SPDX-License-Identifier: Apache-2.0 */
/* What a job prints: the log has its lines, as many as the log can take. */
#ifndef COLDINIT_SERVICES_JOB_OUTPUT_H
#define COLDINIT_SERVICES_JOB_OUTPUT_H

#include "init/services/job.h"

/**
 * job_output_open() - read the output of a job that has started
 * @j: has no output yet
 * @loop: the event loop
 * @fd: the pipe's end, which the job gets
 *
 * Return: 0, or -errno of fcntl(2) and epoll_ctl(2).
 */
int job_output_open(struct job *j, int loop, int fd) must_check nonnull(1);

/**
 * job_output_read() - read once
 * @j: has output
 *
 * Return: whether something was read.
 */
bool job_output_read(struct job *j) nonnull(1);

/**
 * job_output_close() - log what is left, and close the pipe
 * @j: with or without output
 */
void job_output_close(struct job *j) nonnull(1);

#endif
