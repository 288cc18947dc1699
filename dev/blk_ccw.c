// SPDX-License-Identifier: Apache-2.0
/* A virtio-blk disk on the channel subsystem of s390x: "id" is its CCW id. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/ccw.h"
#include "dev/disk.h"
#include "dev/drive.h"
#include "dev/expect.h"

static int blk_ccw_prepare(struct claim *c, const struct dev_env *env)
{
	struct ccw_id *id = arena_alloc(env->arena, 1, sizeof(*id));

	if (!id)
		return fault_oom(c->fault);
	c->priv = id;
	return ccw_parse(c->device->id, id) ? ccw_refuse(c) : expect_no_ids(c->device, c->fault);
}

static int blk_ccw_advance(struct claim *c, const struct dev_env *env)
{
	struct ccw_text name = ccw_text(c->priv);
	char dir[48];
	int err;

	err = ccw_check(c, env);
	if (err)
		return err;
	snprintf(dir, sizeof(dir), CCW_DEVICES "/%s", name.s);
	err = disk_of_virtio(c, env, dir, name.s);
	if (err == -EAGAIN) {
		err = drive_claim(c, env, dir);
		err = err < 0 ? err : disk_of_virtio(c, env, dir, name.s);
	}
	if (err)
		return err;
	memcpy(c->result->guest, name.s, sizeof(name.s));
	return claim_driver(c, env, dir, name.s);
}

static bool blk_ccw_concerns(const struct claim *c, const struct uevent *ev)
{
	const char *tail = ccw_below(ev->devpath, c->priv);

	return disk_added(ev) && tail && disk_is_virtio(tail);
}

static const struct handler blk_ccw_handler = {
	.types = (const char *const[]){"blk-ccw", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = blk_ccw_prepare,
	.advance = blk_ccw_advance,
	.concerns = blk_ccw_concerns,
	.explain = ccw_explain,
};

HANDLER_REGISTER(blk_ccw_handler);
