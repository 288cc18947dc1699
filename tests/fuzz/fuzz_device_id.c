// SPDX-License-Identifier: Apache-2.0
/*
 * The words of a device of each type, and a uevent for it: any bytes without a NUL. The first line
 * is the device's id, vm_path and option, the rest is the uevent's devpath.
 */
#include "dev/ap.h"
#include "dev/ccw.h"
#include "dev/handler.h"
#include "tests/fuzz/fuzz.h"

/* The text of an id is parsed to the same id. */
static void check_parsers(const char *word)
{
	struct ap_queue queue, queue_again;
	struct ccw_id ccw, ccw_again;

	if (!ccw_parse(word, &ccw) && (ccw_parse(ccw_text(&ccw).s, &ccw_again) ||
				       ccw.ssid != ccw_again.ssid || ccw.devno != ccw_again.devno))
		abort();
	if (!ap_parse(word, &queue) &&
	    (ap_parse(ap_text(&queue).s + AP_NAME_AT, &queue_again) ||
	     queue.card != queue_again.card || queue.domain != queue_again.domain))
		abort();
}

static void check_type(const struct handler *h, const char *type, const char *word,
		       const char *devpath)
{
	struct device d = {
		.id = word,
		.type = type,
		.vm_path = word,
		.container_path = "",
		.options = &word,
		.n_options = 1,
		.expect_driver = "",
		.cdi = "",
	};
	struct uevent ev = {"add", devpath, "", "", "", "eth0", "", 1};
	static const char *const subsystems[] = {"block", "net", "pci", "ap", "scsi_host"};
	struct device_result r = {0};
	struct fault fault = {0};
	struct arena arena = {0};
	struct dev_env env = {.root = -1, .arena = &arena};
	struct claim c = {.device = &d, .handler = h, .result = &r, .fault = &fault};

	c.label = "fuzz";
	if (h->prepare(&c, &env)) {
		if (!fault.text[0])
			abort();
	} else if (h->concerns) {
		for (size_t i = 0; i < ARRAY_SIZE(subsystems); i++) {
			ev.subsystem = subsystems[i];
			h->concerns(&c, &ev);
		}
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct handler *h;
	char *word = fuzz_need(calloc(1, size + 2)), *rest;

	memcpy(word, data, size);
	rest = word + strcspn(word, "\n");
	if (*rest)
		*rest++ = '\0';
	/* uevent_parse() accepts no other devpath. */
	*rest = '/';
	check_parsers(word);
	for (size_t i = 0; (h = handler_nth(i)); i++)
		for (const char *const *type = h->types; *type; type++)
			check_type(h, *type, word, rest);
	free(word);
	return 0;
}
