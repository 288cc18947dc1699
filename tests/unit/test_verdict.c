// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/verdict.h"

#define TIMELINE                                                                                 \
	"\"timeline_us\":{\"init\":1021000,\"mounts\":1021500,\"modules\":1030000,\"manifest\":" \
	"1030400,\"devices\":1033000,\"spec\":1033300,\"exec\":1034000,\"exit\":1200000}}"

static const uint64_t whole_timeline[PHASES] = {
	[PHASE_INIT] = 1021000,	    [PHASE_MOUNTS] = 1021500,  [PHASE_MODULES] = 1030000,
	[PHASE_MANIFEST] = 1030400, [PHASE_DEVICES] = 1033000, [PHASE_SPEC] = 1033300,
	[PHASE_EXEC] = 1034000,	    [PHASE_EXIT] = 1200000,
};

static void assert_verdict(const struct verdict *v, const char *expected)
{
	char *json = verdict_json(v);

	assert_non_null(json);
	assert_string_equal(json, expected);
	free(json);
}

static void an_exit_with_its_devices_and_times(void **state)
{
	const struct pci_mapping pair = {{0, 0x65, 0, 0}, {0, 1, 0, 0}};
	const struct device devices[] = {{.id = "gpu0", .type = "vfio-pci"}};
	const struct device_result results[] = {{.ready = true,
						 .pci = &pair,
						 .n_pci = 1,
						 .guest = "0000:01:00.0",
						 .driver = "vfio-pci",
						 .group = "3",
						 .node = "/dev/vfio/3",
						 .us = 812}};
	struct verdict v = {
		.outcome = OUTCOME_EXITED, .devices = devices, .results = results, .n_devices = 1};

	memcpy(v.timeline_us, whole_timeline, sizeof(v.timeline_us));
	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":0,\"oom\":false,\"devices\":[{\"id\":\"gpu0\",\"type\":\"vfio-pci\",\"host\":"
		"\"0000:65:00.0\",\"guest\":\"0000:01:00.0\",\"driver\":\"vfio-pci\","
		"\"group\":\"3\",\"node\":\"/dev/vfio/3\",\"us\":812}]," TIMELINE);
}

/* A GPU and its audio function; its other keys are about the first one. */
static void all_functions_of_a_device_are_listed(void **state)
{
	const struct pci_mapping pairs[] = {{{0, 0x65, 0, 0}, {0, 1, 0, 0}},
					    {{0, 0x65, 0, 1}, {0, 1, 0, 1}}};
	const struct device_function functions[] = {{{0, 1, 0, 0}, "vfio-pci"}, {{0, 1, 0, 1}, ""}};
	const struct device devices[] = {{.id = "gpu0", .type = "vfio-pci"}};
	const struct device_result results[] = {{.ready = true,
						 .pci = pairs,
						 .n_pci = 2,
						 .functions = functions,
						 .n_functions = 2,
						 .guest = "0000:01:00.0",
						 .driver = "vfio-pci"}};
	const struct verdict v = {
		.outcome = OUTCOME_EXITED, .devices = devices, .results = results, .n_devices = 1};

	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":0,\"oom\":false,\"devices\":[{\"id\":\"gpu0\",\"type\":\"vfio-pci\",\"host\":"
		"\"0000:65:00.0\",\"guest\":\"0000:01:00.0\",\"driver\":\"vfio-pci\",\"functions\":["
		"{\"host\":\"0000:65:00.0\",\"guest\":\"0000:01:00.0\",\"driver\":\"vfio-pci\"},"
		"{\"host\":\"0000:65:00.1\",\"guest\":\"0000:01:00.1\"}],\"us\":0}],\"timeline_us\":{}}");
}

static void an_interface_is_reported_instead_of_a_node(void **state)
{
	const struct device devices[] = {{.id = "02", .type = "net"}};
	const struct device_result results[] = {
		{.ready = true, .guest = "0000:00:02.0", .driver = "virtio-pci", .ifname = "eth0"}};
	const struct verdict v = {
		.outcome = OUTCOME_EXITED, .devices = devices, .results = results, .n_devices = 1};

	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":0,\"oom\":false,\"devices\":[{\"id\":\"02\",\"type\":\"net\",\"guest\":"
		"\"0000:00:02.0\",\"driver\":\"virtio-pci\",\"interface\":\"eth0\","
		"\"us\":0}],\"timeline_us\":{}}");
}

static void a_signal_is_named(void **state)
{
	static const struct {
		int number;
		const char *name;
	} rows[] = {
		{SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"},
		{SIGSYS, "SIGSYS"},   {SIGHUP, "SIGHUP"},   {SIGSTKFLT, "SIGSTKFLT"},
		{34, "SIGRTMIN"},     {37, "SIGRTMIN+3"},   {64, "SIGRTMIN+30"},
		{32, "SIG32"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict v = {.outcome = OUTCOME_SIGNALED,
				    .status = 128 + rows[i].number,
				    .signal = rows[i].number,
				    .oom = true,
				    .fault.text = "out"};
		char expected[160];

		snprintf(
			expected, sizeof(expected),
			"{\"version\":1,\"outcome\":\"signaled\",\"status\":%d,\"signal\":\"%s\",\"oom\":true,\"error\":\"out\",\"devices\":[],\"timeline_us\":{}}",
			128 + rows[i].number, rows[i].name);
		assert_verdict(&v, expected);
	}
}

static void every_signal_has_a_name(void **state)
{
	for (int i = 1; i < 32; i++) {
		struct verdict v = {.outcome = OUTCOME_SIGNALED,
				    .status = 128 + i,
				    .signal = i,
				    .fault.text = "a cause"};
		const char *name = sigabbrev_np(i);
		char *json = verdict_json(&v), expected[40];

		/* The C library calls it POLL. */
		snprintf(expected, sizeof(expected), "\"signal\":\"SIG%s\"",
			 i == SIGIO ? "IO" : name);
		assert_non_null(strstr(json, expected));
		assert_text(json, "\"error\":\"a cause\"");
		free(json);
	}
}

static void a_failure_with_its_facts(void **state)
{
	struct verdict v = {.outcome = OUTCOME_FAILED, .status = 125, .phase = PHASE_DEVICES};

	fault_set(&v.fault, -22, "gpu0: \"0000:01:00.0\" is not there");
	v.timeline_us[PHASE_INIT] = 5;
	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"failed\",\"status\":125,\"oom\":false,\"phase\":\"devices\",\"error\":\"gpu0: \\\"0000:01:00.0\\\" is not "
		"there\",\"devices\":[],\"timeline_us\":{\"init\":5}}");
	fault_expected(&v.fault, "vfio-pci");
	fault_found(&v.fault, "nvidia");
	fault_member(&v.fault, "0000:01:00.0");
	fault_member(&v.fault, "0000:01:00.1");
	v.status = 127;
	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"failed\",\"status\":127,\"oom\":false,\"phase\":\"devices\",\"error\":\"gpu0: \\\"0000:01:00.0\\\" is not "
		"there\",\"expected\":\"vfio-pci\",\"found\":\"nvidia\",\"group\":["
		"\"0000:01:00.0\",\"0000:01:00.1\"],\"devices\":[],\"timeline_us\":{\"init\":5}}");
}

static void a_device_that_is_not_ready_has_an_error(void **state)
{
	const struct device devices[] = {{.id = "", .type = "blk"}, {.id = "a", .type = "net"}};
	struct device_result results[2] = {{.us = 7, .driver = "x"},
					   {.us = UINT32_MAX, .ready = 1}};
	struct verdict v = {
		.outcome = OUTCOME_EXITED, .devices = devices, .results = results, .n_devices = 2};

	results[0].error = "it did not come";
	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":0,\"oom\":false,\"devices\":[{\"type\":\"blk\",\"us\":7,\"error\":\"it did not come\"},"
		"{\"id\":\"a\",\"type\":\"net\",\"us\":4294967295}],\"timeline_us\":{}}");
}

static void the_text_is_one_line_of_utf8(void **state)
{
	struct verdict v = {.outcome = OUTCOME_FAILED, .status = 125};
	char all[256], *json;

	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	fault_set(&v.fault, -22, "%s", all);
	fault_member(&v.fault, "\xff");
	json = verdict_json(&v);
	assert_true(str_is_utf8(json, strlen(json)));
	for (const char *c = json; *c; c++)
		assert_true((unsigned char)*c >= 0x20);
	free(json);

	fault_set(&v.fault, -22, "\xc3\xa4\xff\xe2\x82\xac\xe2\x82");
	json = verdict_json(&v);
	assert_non_null(strstr(json, "\"error\":\"\xc3\xa4?\xe2\x82\xac??\""));
	free(json);
}

static void large_times_keep_their_digits(void **state)
{
	struct verdict v = {.outcome = OUTCOME_EXITED, .status = 255};

	v.timeline_us[PHASE_EXIT] = INT64_MAX;
	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":255,\"oom\":false,\"devices\":[],\"timeline_us\":{\"exit\":9223372036854775807}}");
}

static void a_stop_and_the_warnings_are_listed(void **state)
{
	static const char lines[2][VERDICT_WARNING_SIZE] = {"one", "two \xff"};
	const struct verdict v = {
		.outcome = OUTCOME_EXITED,
		.stop = {.signal = 37, .by = "power button", .killed = true},
		.warnings = lines,
		.n_warnings = 2,
		.n_more_warnings = 3,
	};
	const struct verdict early = {.outcome = OUTCOME_EXITED, .stop = {.by = "SIGTERM"}};

	assert_verdict(
		&v,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":0,\"oom\":false,\"devices\":[],\"stop\":{\"signal\":\"SIGRTMIN+3\",\"by\":\"power button\",\"killed\":true},"
		"\"warnings\":[\"one\",\"two ?\",\"\xe2\x80\xa6 and 3 more\"],\"timeline_us\":{}}");
	assert_verdict(
		&early,
		"{\"version\":1,\"outcome\":\"exited\",\"status\":0,\"oom\":false,\"devices\":[],\"stop\":{\"by\":\"SIGTERM\",\"killed\":false},\"timeline_us\":{}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exit_with_its_devices_and_times),
		cmocka_unit_test(all_functions_of_a_device_are_listed),
		cmocka_unit_test(an_interface_is_reported_instead_of_a_node),
		cmocka_unit_test(a_signal_is_named),
		cmocka_unit_test(every_signal_has_a_name),
		cmocka_unit_test(a_failure_with_its_facts),
		cmocka_unit_test(a_device_that_is_not_ready_has_an_error),
		cmocka_unit_test(the_text_is_one_line_of_utf8),
		cmocka_unit_test(large_times_keep_their_digits),
		cmocka_unit_test(a_stop_and_the_warnings_are_listed),
	};

	return RUN_TESTS(tests);
}
