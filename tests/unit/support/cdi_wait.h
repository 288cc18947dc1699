/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that waits for a CDI device and for what its spec names. */
#ifndef COLDINIT_TEST_CDI_WAIT_H
#define COLDINIT_TEST_CDI_WAIT_H

#include "init/bundle/cdi.h"
#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"
#include "tests/unit/test.h"

#define ASK "{\"annotations\":{\"cdi.k8s.io/a\":\"v/c=d\"}}"
#define FILE_OF(device, edits)                                           \
	"{'cdiVersion':'0.5.0','kind':'v/c','devices':[{'name':'" device \
	"','containerEdits':{" edits "}}]}"
#define GOOD FILE_OF("d", "'env':['A=1']")
#define NODE FILE_OF("d", "'deviceNodes':[{'path':'/dev/sub/dir/node'}]")

/**
 * struct state - one wait
 * @arena, @signals, @request, @found: for @env
 * @env: the environment of the wait, with roots in temporary directories
 * @root, @initrd: paths of those directories
 * @doc: the config.json ASK
 * @fault: the error of the wait
 */
struct state {
	struct arena arena;
	struct signals signals;
	struct request request;
	struct found found;
	struct cdi_env env;
	char root[64], initrd[64];
	struct oci_document *doc;
	struct fault fault;
};

/**
 * wait_setup() - a config.json that requests a device, and a guest without a spec
 * @state: cmocka's, gets a struct state
 *
 * Return: 0.
 */
int wait_setup(void **state);

/**
 * wait_teardown() - end what wait_setup() has begun
 * @state: cmocka's
 *
 * Return: 0.
 */
int wait_teardown(void **state);

/**
 * later() - a process that does something 60 ms later
 * @s: the state
 * @fn: what it does
 */
void later(const struct state *s, void (*fn)(const struct state *s));

/**
 * wait_for() - wait for the devices of @s->doc
 * @s: the state, whose fault is set on errors
 *
 * Return: see cdi_devices().
 */
int wait_for(struct state *s);

#define TEST(name) cmocka_unit_test_setup_teardown(name, wait_setup, wait_teardown)

#endif
