// SPDX-License-Identifier: Apache-2.0
/* fork(2) without handlers (pthread_atfork(3)) and locks, of which coldinit has none. */
#include <unistd.h>

pid_t fork(void)
{
	return _Fork();
}
