// SPDX-License-Identifier: Apache-2.0
/* A CDI spec file in JSON: any bytes. */
#define FUZZ_CDI_PATH "/etc/cdi/fuzz.json"
#include "tests/fuzz/cdi.h"
