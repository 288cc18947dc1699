// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support/cdi_wait.h"

/* A service that is still starting. */
static bool produces(void *arg)
{
	(void)arg;
	return true;
}

int wait_setup(void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	*state = s;
	s->env = (struct cdi_env){
		.arena = &s->arena,
		.root = temp_root(s->root),
		.initrd = temp_root(s->initrd),
		.loop = loop_open(),
		.signals = &s->signals,
		.request = &s->request,
		.found = &s->found,
		.producing = produces,
	};
	s->env.specs = s->env.root;
	put_dir(s->env.root, "dev");
	options_default(&s->request.options);
	manifest_defaults(&s->request.manifest);
	assert_int_equal(signals_open(&s->signals, s->env.loop), 0);
	s->doc = document(ASK);
	return 0;
}

int wait_teardown(void **state)
{
	struct state *s = *state;

	oci_free(s->doc);
	arena_free(&s->arena);
	close(s->signals.source.fd);
	close(s->env.loop);
	temp_root_remove(s->root, s->env.root);
	temp_root_remove(s->initrd, s->env.initrd);
	free(s);
	return 0;
}

void later(const struct state *s, void (*fn)(const struct state *s))
{
	struct timespec ts = {.tv_nsec = 60000000};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return;
	nanosleep(&ts, NULL);
	fn(s);
	_exit(0);
}

int wait_for(struct state *s)
{
	return cdi_devices(&s->env, s->doc, &s->fault);
}
