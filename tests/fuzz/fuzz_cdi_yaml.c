// SPDX-License-Identifier: Apache-2.0
/* A CDI spec file in YAML: any bytes. */
#define FUZZ_CDI_PATH "/etc/cdi/fuzz.yaml"
#include "tests/fuzz/cdi.h"
