// SPDX-License-Identifier: Apache-2.0
/*
 * The output of a job
 *
 * A program that prints without end must neither fill the log nor keep PID 1 busy. In one second the
 * log has LINES_MAX lines of a job; the next ones are counted, and one line says how many they were.
 * After BYTES_MAX bytes the pipe is not read until the second is over, so that the program waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/str.h"
#include "init/services/job_output.h"

#define LINES_MAX 100
#define BYTES_MAX (1 << 20)
#define SECOND_US 1000000

static void job_output_report(struct job *j)
{
	if (j->dropped)
		pr_info("%s: %u lines were left out: it prints more than %d in a second", j->label,
			j->dropped, LINES_MAX);
	j->lines = j->dropped = 0;
	j->bytes = 0;
}

static void job_output_disarm(struct job *j)
{
	if (j->timer.fd <= 0)
		return;
	loop_remove(j->loop, &j->timer);
	close(j->timer.fd);
	j->timer.fd = -1;
}

static void job_output_over(struct loop_source *timer)
{
	struct job *j = container_of(timer, struct job, timer);

	job_output_disarm(j);
	job_output_report(j);
	if (loop_watch(j->loop, &j->output, true, false))
		job_output_close(j);
}

/* The second begins with the first output after the last one, and needs a timer only in a flood. */
static void job_output_begin(struct job *j)
{
	uint64_t now = clock_us();

	if (j->timer.fd > 0 || now - j->second < SECOND_US)
		return;
	job_output_report(j);
	j->second = now;
}

static int job_output_arm(struct job *j)
{
	uint64_t end = j->second + SECOND_US;
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(end / 1000000),
					       .tv_nsec = (long)(end % 1000000) * 1000}};
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	j->timer = (struct loop_source){fd, job_output_over};
	err = timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) ? -errno : 0;
	if (!err)
		err = loop_add(j->loop, &j->timer);
	if (err)
		job_output_disarm(j);
	return err;
}

static void job_output_limit(struct job *j)
{
	if (!j->dropped && j->bytes < BYTES_MAX)
		return;
	/* Without a timer the next output ends the second. */
	if (j->timer.fd <= 0 && job_output_arm(j))
		return;
	if (j->bytes >= BYTES_MAX)
		loop_remove(j->loop, &j->output);
}

static void job_output_line(struct job *j)
{
	if (j->used && j->lines < LINES_MAX) {
		pr_info("%s: %.*s", j->label, (int)j->used, j->line);
		j->lines++;
	} else if (j->used) {
		j->dropped++;
	}
	j->used = 0;
}

static void job_output_put(struct job *j, char c)
{
	if (c == '\n' || j->used == sizeof(j->line))
		job_output_line(j);
	if (c != '\n')
		j->line[j->used++] = (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
	tail_add(&j->tail, &c, 1);
	if (j->awaited && !j->seen && str_ends(j->tail.text, j->awaited))
		j->seen = true;
}

bool job_output_read(struct job *j)
{
	char data[4096];
	ssize_t n = read(j->output.fd, data, sizeof(data));

	if (n > 0)
		job_output_begin(j);
	for (ssize_t i = 0; i < n; i++)
		job_output_put(j, data[i]);
	j->bytes += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static void job_output_ready(struct loop_source *source)
{
	struct job *j = container_of(source, struct job, output);

	if (job_output_read(j))
		job_output_limit(j);
	else
		job_output_close(j);
}

int job_output_open(struct job *j, int loop, int fd)
{
	j->output = (struct loop_source){fd, job_output_ready};
	j->loop = loop;
	return fcntl(fd, F_SETFL, O_NONBLOCK) ? -errno : loop_add(loop, &j->output);
}

void job_output_close(struct job *j)
{
	if (j->output.fd <= 0)
		return;
	job_output_line(j);
	job_output_report(j);
	loop_remove(j->loop, &j->output);
	close(j->output.fd);
	j->output.fd = -1;
	job_output_disarm(j);
}
