// SPDX-License-Identifier: Apache-2.0
/* "services" of the manifest: programs of the guest that run beside the container. */
#include <errno.h>
#include <string.h>

#include "spec/manifest.h"
#include "spec/manifest_device.h"
#include "spec/manifest_read.h"

#define SERVICES_MAX 64
#define WORDS_MAX    256
#define TEXT_MAX     200 /* of ready.output: shorter than a line of the log */

/* --- one service --------------------------------------------------------------------------- */

/* "NAME=value" */
static int manifest_service_env(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item), *sign = strchr(s, '=');

	if (!sign || sign == s)
		return json_fault_expected(r, item, "NAME=value");
	return json_read_string(r, item, out);
}

static int manifest_service_kind(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"oneshot", "daemon", NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(bool *)out = i == 1;
	return 0;
}

static int manifest_service_on_exit(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"warn", "restart", "fail", NULL};
	struct service *s = out;
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	s->on_exit = (enum service_exit)i;
	s->has_on_exit = true;
	return 0;
}

static int manifest_service_text(const struct json_reader *r, const cJSON *item, void *out)
{
	size_t n = strlen(json_text(item));

	if (!n || n > TEXT_MAX)
		return json_fault_expected(r, item, "a text of 1 to 200 bytes");
	return json_read_string(r, item, out);
}

static int manifest_service_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, DEVICE_TIMEOUT_MAX, out);
}

#define SERVICE(field) .offset = offsetof(struct service, field)

static const struct json_field ready_fields[] = {
	JSON_FIELD("path", manifest_read_path, SERVICE(ready_path)),
	JSON_FIELD("socket", manifest_read_path, SERVICE(ready_socket)),
	JSON_FIELD("output", manifest_service_text, SERVICE(ready_output)),
};

static int manifest_service_ready(const struct json_reader *r, const cJSON *item, void *out)
{
	struct service *s = out;
	int err = json_read_object(r, item, ready_fields, s);

	if (err)
		return err;
	if (!!s->ready_path + !!s->ready_socket + !!s->ready_output != 1)
		return json_fault_expected(r, item, "one of \"path\", \"socket\" and \"output\"");
	return 0;
}

static const struct json_field user_fields[] = {
	JSON_FIELD("uid", json_read_uint32, SERVICE(uid), .required = true),
	JSON_FIELD("gid", json_read_uint32, SERVICE(gid)),
};

static int manifest_service_user(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, user_fields, out);
}

static const struct json_field service_fields[] = {
	JSON_FIELD("name", manifest_read_name, SERVICE(name), .required = true),
	JSON_LIST("args", struct service, args, json_read_string, .max = WORDS_MAX,
		  .required = true),
	JSON_LIST("env", struct service, env, manifest_service_env, .max = SERVICE_ENV_MAX),
	JSON_FIELD("user", manifest_service_user),
	JSON_FIELD("root", manifest_read_path, SERVICE(root)),
	JSON_LIST("after", struct service, after, manifest_read_name, .max = SERVICES_MAX),
	JSON_FIELD("kind", manifest_service_kind, SERVICE(daemon)),
	JSON_FIELD("ready", manifest_service_ready),
	JSON_FIELD("timeout_ms", manifest_service_timeout, SERVICE(timeout_ms)),
	JSON_FIELD("required", json_read_bool, SERVICE(required)),
	JSON_FIELD("on_exit", manifest_service_on_exit),
};

static int manifest_service_read(const struct json_reader *r, const cJSON *item, void *out)
{
	struct service *s = out;
	int err;

	*s = (struct service){.required = true};
	err = json_read_object(r, item, service_fields, s);
	if (err)
		return err;
	if (!s->n_args || !manifest_path_is_safe(s->args[0]))
		return json_fault(
			r, item,
			"args must begin with the absolute path of a program, without \"..\"");
	if (!s->daemon && (s->has_on_exit || s->ready_path || s->ready_socket || s->ready_output))
		return json_fault(
			r, item,
			"\"ready\" and \"on_exit\" are for the kind \"daemon\": a oneshot is ready when it has ended");
	return 0;
}

/* --- all services -------------------------------------------------------------------------- */

static const struct service *manifest_service_find(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_services; i++)
		if (!strcmp(m->services[i].name, name))
			return &m->services[i];
	return NULL;
}

/* Can a service start when all that are marked in @placed have started? */
static bool manifest_service_is_free(const struct manifest *m, const struct service *s,
				     const bool *placed)
{
	for (size_t i = 0; i < s->n_after; i++)
		if (!placed[manifest_service_find(m, s->after[i]) - m->services])
			return false;
	return true;
}

/* Without a circle, each round finds at least one service that can start. */
static int manifest_service_check_order(const struct json_reader *r, const cJSON *item,
					const struct manifest *m)
{
	bool placed[SERVICES_MAX] = {false}, found = true;
	const struct service *left = NULL;

	while (found) {
		found = false;
		left = NULL;
		for (size_t i = 0; i < m->n_services; i++) {
			if (placed[i])
				continue;
			placed[i] = manifest_service_is_free(m, &m->services[i], placed);
			found |= placed[i];
			left = placed[i] ? left : &m->services[i];
		}
	}
	return left ? json_fault(r, item,
				 "the service \"%s\" can never start: \"after\" forms a circle",
				 left->name)
		    : 0;
}

int manifest_service_list(const struct json_reader *r, const cJSON *item, void *out)
{
	struct manifest *m = out;
	int err = json_read_list(r, item, SERVICES_MAX, sizeof(*m->services), manifest_service_read,
				 &m->services, &m->n_services);

	if (err)
		return err;
	for (size_t i = 0; i < m->n_services; i++) {
		const struct service *s = &m->services[i];

		if (manifest_service_find(m, s->name) != s)
			return json_fault(r, item, "two services have the name \"%s\"", s->name);
		for (size_t k = 0; k < s->n_after; k++)
			if (!manifest_service_find(m, s->after[k]))
				return json_fault(
					r, item,
					"the service \"%s\" is to start after \"%s\", which is no service",
					s->name, s->after[k]);
	}
	return manifest_service_check_order(r, item, m);
}
