// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "spec/json.h"
#include "spec/verdict.h"

const char *verdict_phase(enum phase phase)
{
	static const char *const names[PHASES] = {
		[PHASE_INIT] = "init",	       [PHASE_MOUNTS] = "mounts",
		[PHASE_CMDLINE] = "cmdline",   [PHASE_MODULES] = "modules",
		[PHASE_MANIFEST] = "manifest", [PHASE_DEVICES] = "devices",
		[PHASE_NETWORK] = "network",   [PHASE_SPEC] = "spec",
		[PHASE_EXEC] = "exec",	       [PHASE_EXIT] = "exit",
	};

	return names[phase];
}

/*
 * struct writer - a verdict that is being written
 * @failed: memory was out; checked once, at the end
 */
struct writer {
	bool failed;
};

/* Replace each byte that is not part of valid UTF-8 by "?": messages may quote any bytes. */
static void verdict_make_utf8(char *s)
{
	size_t left = strlen(s), n;

	for (; left; s += n, left -= n) {
		for (n = 1; n <= 4 && n <= left; n++)
			if (str_is_utf8(s, n))
				break;
		if (n <= 4 && n <= left)
			continue;
		*s = '?';
		n = 1;
	}
}

static cJSON *verdict_new_string(const char *text)
{
	cJSON *item = cJSON_CreateString(text);

	if (item)
		verdict_make_utf8(item->valuestring);
	return item;
}

static void verdict_put_item(struct writer *w, cJSON *object, const char *key, cJSON *item)
{
	if (item && cJSON_AddItemToObject(object, key, item))
		return;
	cJSON_Delete(item);
	w->failed = true;
}

/* Add a text unless it is "". */
static void verdict_put_text(struct writer *w, cJSON *object, const char *key, const char *text)
{
	if (*text)
		verdict_put_item(w, object, key, verdict_new_string(text));
}

static void verdict_put_number(struct writer *w, cJSON *object, const char *key, uint64_t value)
{
	w->failed |= json_set_number(object, key, (int64_t)value) != 0;
}

/* Add the members of the IOMMU group, which blanks separate in the fault, as a list. */
static void verdict_put_members(struct writer *w, cJSON *object, const char *members)
{
	char word[sizeof(((struct fault *)0)->members)];
	cJSON *list;
	size_t n;

	if (!*members)
		return;
	list = cJSON_CreateArray();
	for (; *members; members += n) {
		n = strcspn(members, " ");
		memcpy(word, members, n);
		word[n] = '\0';
		w->failed |= n && json_append(list, verdict_new_string(word));
		n += members[n] == ' ';
	}
	verdict_put_item(w, object, "group", list);
}

static void verdict_put_fault(struct writer *w, cJSON *object, const struct fault *fault)
{
	verdict_put_text(w, object, "error", fault->text);
	verdict_put_text(w, object, "expected", fault->expected);
	verdict_put_text(w, object, "found", fault->found);
	verdict_put_members(w, object, fault->members);
}

#ifdef CONFIG_DEVICE_LOSS

/* Add all functions of a device that has several: its other keys are about the first one. */
static void verdict_put_functions(struct writer *w, cJSON *object, const struct device_result *r)
{
	cJSON *list, *item;

	if (r->n_pci < 2)
		return;
	list = cJSON_CreateArray();
	for (size_t i = 0; i < r->n_pci; i++) {
		item = cJSON_CreateObject();
		verdict_put_text(w, item, "host", pci_address_text(&r->pci[i].host).s);
		verdict_put_text(w, item, "guest", pci_address_text(&r->pci[i].guest).s);
		if (i < r->n_functions)
			verdict_put_text(w, item, "driver", r->functions[i].driver);
		w->failed |= json_append(list, item) != 0;
	}
	verdict_put_item(w, object, "functions", list);
}

#endif

static cJSON *verdict_new_device(struct writer *w, const struct device *d,
				 const struct device_result *r)
{
	cJSON *object = cJSON_CreateObject();

	verdict_put_text(w, object, "id", d->id);
	verdict_put_text(w, object, "type", d->type);
	if (r->ready) {
		verdict_put_text(w, object, "host",
				 r->n_pci ? pci_address_text(&r->pci[0].host).s : "");
		verdict_put_text(w, object, "guest", r->guest);
		verdict_put_text(w, object, "driver", r->driver);
		verdict_put_text(w, object, "group", r->group);
		verdict_put_text(w, object, "node", r->node);
		verdict_put_text(w, object, "interface", r->ifname);
#ifdef CONFIG_DEVICE_LOSS /* presence_note() keeps their drivers */
		verdict_put_functions(w, object, r);
#endif
	}
	verdict_put_number(w, object, "us", r->us);
	if (!r->ready && r->error)
		verdict_put_text(w, object, "error", r->error);
	return object;
}

static void verdict_put_devices(struct writer *w, cJSON *object, const struct verdict *v)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < v->n_devices; i++)
		w->failed |= json_append(list, verdict_new_device(w, &v->devices[i],
								  &v->results[i])) != 0;
	verdict_put_item(w, object, "devices", list);
}

static void verdict_put_stop(struct writer *w, cJSON *object, const struct verdict_stop *stop)
{
	cJSON *item;

	if (!stop->by)
		return;
	item = cJSON_CreateObject();
	if (stop->signal)
		verdict_put_text(w, item, "signal", signame_text(stop->signal).s);
	verdict_put_text(w, item, "by", stop->by);
	verdict_put_item(w, item, "killed", cJSON_CreateBool(stop->killed));
	verdict_put_item(w, object, "stop", item);
}

static void verdict_put_warnings(struct writer *w, cJSON *object, const struct verdict *v)
{
	cJSON *list;
	char more[48];

	if (!v->n_warnings)
		return;
	list = cJSON_CreateArray();
	for (size_t i = 0; i < v->n_warnings; i++)
		w->failed |= json_append(list, verdict_new_string(v->warnings[i])) != 0;
	if (v->n_more_warnings) {
		w->failed |= str_printf(more, sizeof(more), "\xe2\x80\xa6 and %zu more",
					v->n_more_warnings) != 0;
		w->failed |= json_append(list, verdict_new_string(more)) != 0;
	}
	verdict_put_item(w, object, "warnings", list);
}

static void verdict_put_timeline(struct writer *w, cJSON *object, const struct verdict *v)
{
	cJSON *timeline = cJSON_CreateObject();

	for (int i = 0; i < PHASES; i++)
		if (v->timeline_us[i] && i != PHASE_CMDLINE && i != PHASE_NETWORK)
			verdict_put_number(w, timeline, verdict_phase((enum phase)i),
					   v->timeline_us[i]);
	verdict_put_item(w, object, "timeline_us", timeline);
}

char *verdict_json(const struct verdict *v)
{
	static const char *const outcomes[] = {
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_EXITED] = "exited",
		[OUTCOME_SIGNALED] = "signaled",
	};
	cJSON *object cleanup(json_free_ptr) = cJSON_CreateObject();
	struct writer w = {0};

	verdict_put_number(&w, object, "version", 1);
	verdict_put_text(&w, object, "outcome", outcomes[v->outcome]);
	verdict_put_number(&w, object, "status", (uint64_t)v->status);
	if (v->outcome == OUTCOME_SIGNALED)
		verdict_put_text(&w, object, "signal", signame_text(v->signal).s);
	verdict_put_item(&w, object, "oom", cJSON_CreateBool(v->oom));
	if (v->outcome == OUTCOME_FAILED)
		verdict_put_text(&w, object, "phase", verdict_phase(v->phase));
	if (v->outcome != OUTCOME_EXITED || v->oom)
		verdict_put_fault(&w, object, &v->fault);
	verdict_put_devices(&w, object, v);
	verdict_put_stop(&w, object, &v->stop);
	verdict_put_warnings(&w, object, v);
	verdict_put_timeline(&w, object, v);
	return w.failed ? NULL : json_print(object, false);
}
