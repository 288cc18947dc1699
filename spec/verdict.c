// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/json.h"
#include "spec/verdict.h"

const char *phase_name(enum phase phase)
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

/* Signals from 1 on, as every architecture that Kata runs on numbers them. */
static const char signals[] =
	"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

/* A verdict on its way; memory that is out is found out once, at the end. */
struct writer {
	bool failed;
};

/* The kernel's real-time signals begin at 32, whatever the C library keeps for itself. */
static void put_signal(struct writer *w, cJSON *object, int number)
{
	const char *name = signals;
	char text[24];
	int err;

	for (int i = 1; i < number && *name; i++) {
		name += strcspn(name, " ");
		name += *name == ' ';
	}
	if (*name)
		err = str_printf(text, sizeof(text), "SIG%.*s", (int)strcspn(name, " "), name);
	else
		err = str_printf(text, sizeof(text), "SIGRTMIN+%d", number - 32);
	w->failed |= err || json_set_string(object, "signal", text);
}

/* Whatever bytes a text quotes, JSON is UTF-8. */
static void make_utf8(char *s)
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

static cJSON *new_string(const char *text)
{
	cJSON *item = cJSON_CreateString(text);

	if (item)
		make_utf8(item->valuestring);
	return item;
}

static void put_item(struct writer *w, cJSON *object, const char *key, cJSON *item)
{
	if (item && cJSON_AddItemToObject(object, key, item))
		return;
	cJSON_Delete(item);
	w->failed = true;
}

/* A text that is there; "" is left out. */
static void put_text(struct writer *w, cJSON *object, const char *key, const char *text)
{
	if (*text)
		put_item(w, object, key, new_string(text));
}

static void put_number(struct writer *w, cJSON *object, const char *key, uint64_t value)
{
	w->failed |= json_set_number(object, key, (int64_t)value) != 0;
}

/* The members of the group stand in one text, separated by blanks. */
static void put_members(struct writer *w, cJSON *object, const char *members)
{
	char word[sizeof(((struct fault *)0)->members)];
	cJSON *list, *item;
	size_t n;

	if (!*members)
		return;
	list = cJSON_CreateArray();
	for (; *members; members += n) {
		n = strcspn(members, " ");
		memcpy(word, members, n);
		word[n] = '\0';
		item = n ? new_string(word) : NULL;
		w->failed |= n && !cJSON_AddItemToArray(list, item);
		n += members[n] == ' ';
	}
	put_item(w, object, "group", list);
}

static void put_fault(struct writer *w, cJSON *object, const struct fault *fault)
{
	put_text(w, object, "error", fault->text);
	put_text(w, object, "expected", fault->expected);
	put_text(w, object, "found", fault->found);
	put_members(w, object, fault->members);
}

static cJSON *new_device(struct writer *w, const struct device *d, const struct device_result *r)
{
	cJSON *object = cJSON_CreateObject();

	put_text(w, object, "id", d->id);
	put_text(w, object, "type", d->type);
	if (r->ready) {
		put_text(w, object, "host", r->n_pci ? pci_address_text(&r->pci[0].host).s : "");
		put_text(w, object, "guest", r->guest);
		put_text(w, object, "driver", r->driver);
		put_text(w, object, "group", r->group);
		put_text(w, object, "node", r->node);
		put_text(w, object, "interface", r->ifname);
	}
	put_number(w, object, "us", r->us);
	if (!r->ready && r->error)
		put_text(w, object, "error", r->error);
	return object;
}

static void put_devices(struct writer *w, cJSON *object, const struct verdict *v)
{
	cJSON *list = cJSON_CreateArray(), *device;

	for (size_t i = 0; i < v->n_devices; i++) {
		device = new_device(w, &v->devices[i], &v->results[i]);
		if (!device || !cJSON_AddItemToArray(list, device)) {
			cJSON_Delete(device);
			w->failed = true;
		}
	}
	put_item(w, object, "devices", list);
}

static void put_timeline(struct writer *w, cJSON *object, const struct verdict *v)
{
	cJSON *timeline = cJSON_CreateObject();

	for (int i = 0; i < PHASES; i++)
		if (v->timeline_us[i] && i != PHASE_CMDLINE && i != PHASE_NETWORK)
			put_number(w, timeline, phase_name((enum phase)i), v->timeline_us[i]);
	put_item(w, object, "timeline_us", timeline);
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

	put_number(&w, object, "version", 1);
	put_text(&w, object, "outcome", outcomes[v->outcome]);
	put_number(&w, object, "status", (uint64_t)v->status);
	if (v->outcome == OUTCOME_SIGNALED)
		put_signal(&w, object, v->signal);
	put_item(&w, object, "oom", cJSON_CreateBool(v->oom));
	if (v->outcome == OUTCOME_FAILED)
		put_text(&w, object, "phase", phase_name(v->phase));
	if (v->outcome == OUTCOME_FAILED || v->oom)
		put_fault(&w, object, &v->fault);
	put_devices(&w, object, v);
	put_timeline(&w, object, v);
	return w.failed ? NULL : cJSON_PrintUnformatted(object);
}
