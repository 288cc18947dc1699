// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/report/report.h"

static void reports_are_checked_before_they_are_needed(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{"virtio-serial:org.coldinit.report", 0},
		{"vsock:2:1024", 0},
		{"virtiofs:TAG/v.json", 0},
		{"debug-exit:0x501", 0},
		{"virtio-serial:", -EINVAL},
		{"vsock:2", -EINVAL},
		{"vsock:two:1", -EINVAL},
		{"vsock:2:99999999999", -EINVAL},
		{"virtiofs:TAG", -EINVAL},
		{"virtiofs:/v", -EINVAL},
		{"debug-exit:501", -EINVAL},
		{"debug-exit:0x10000", -EINVAL},
		{"carrier-pigeon:1", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fault f;

		assert_int_equal(report_check(rows[i].text, &f), rows[i].err);
	}
}

static void reports_have_their_modules(void **state)
{
	assert_string_equal(report_modules("vsock:2:1")[0], "vmw_vsock_virtio_transport");
	assert_null(report_modules("vsock:2:1")[1]);
	assert_string_equal(report_modules("virtiofs:TAG/v")[0], "virtiofs");
	assert_null(report_modules("virtiofs:TAG/v")[1]);
	assert_null(report_modules("debug-exit:0x501")[0]);
	assert_null(report_modules("carrier-pigeon:1")[0]);
	assert_null(report_modules("")[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_checked_before_they_are_needed),
		cmocka_unit_test(reports_have_their_modules),
	};

	return RUN_TESTS(tests);
}
