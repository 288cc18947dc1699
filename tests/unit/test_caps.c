// SPDX-License-Identifier: Apache-2.0
/* The bounding set, on a kernel that knows the capabilities up to LAST. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "init/container/caps_private.h"

#define LAST 40

static uint64_t dropped;
static int failing, error; /* a drop that fails, -1 for none, and its errno */

int __wrap_prctl(int option, ...);

int __wrap_prctl(int option, ...)
{
	unsigned cap;
	va_list ap;

	va_start(ap, option);
	cap = va_arg(ap, unsigned);
	va_end(ap);
	if (cap > LAST) {
		errno = EINVAL;
		return -1;
	}
	if (option == PR_CAPBSET_READ)
		return 1;
	assert_int_equal(option, PR_CAPBSET_DROP);
	if ((int)cap == failing) {
		errno = error;
		return -1;
	}
	dropped |= UINT64_C(1) << cap;
	return 0;
}

static void all_others_are_dropped(void **state)
{
	struct fault fault;

	failing = -1;
	dropped = 0;
	assert_int_equal(caps_bound(5, &fault), 0);
	assert_true(dropped == ((UINT64_C(2) << LAST) - 1 - 5));
}

/* EINVAL is the end of the list only for a capability that the kernel does not know. */
static void a_drop_that_fails_is_an_error(void **state)
{
	static const int errors[] = {EPERM, EINVAL, ENOMEM};
	struct fault fault;

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		failing = 1;
		error = errors[i];
		assert_int_equal(caps_bound(0, &fault), -errors[i]);
		assert_text(fault.text, "cannot drop capability 1: ");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_others_are_dropped),
		cmocka_unit_test(a_drop_that_fails_is_an_error),
	};

	return RUN_TESTS(tests);
}
