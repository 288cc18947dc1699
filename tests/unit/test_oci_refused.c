// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/support/spec_config.h"

#define REFUSED ": not supported by this build of coldinit, remove it"

static const struct {
	const char *text, *fault;
} refusals[] = {
	{PROCESS("\"scheduler\":\"SCHED_IDLE\""),
	 "/process/scheduler: expected an object, found \"SCHED_IDLE\""},
	{LINUX("\"netDevices\":{\"eth0\":{\"name\":\"x/y\"}}"),
	 "/linux/netDevices/eth0/name: expected the name of an interface, found \"x/y\""},
	{LINUX("\"netDevices\":{\"an interface\":{\"name\":\"x\"}}"),
	 "/linux/netDevices/an interface: the key is no name of an interface"},
	{LINUX("\"rootfsPropagation\":\"rshare\""),
	 "/linux/rootfsPropagation: expected one of \"\", \"private\", \"slave\", \"shared\", "
	 "\"unbindable\", \"rprivate\", \"rslave\", \"rshared\", \"runbindable\", found "
	 "\"rshare\""},
	{LINUX("\"personality\":\"LINUX32\""),
	 "/linux/personality: expected an object, found \"LINUX32\""},
	{LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"x\"]}"),
	 "/linux/personality/flags" REFUSED},
	{LINUX("\"resources\":{\"network\":{\"classID\":1}}"), "/linux/resources/network" REFUSED},
	{LINUX("\"namespaces\":[{\"type\":\"mount\",\"path\":\"/proc/1/ns/mnt\"}]"),
	 "/linux/namespaces/0: the guest has no mount namespace to join: remove the path"},
	{LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]"),
	 "/linux/namespaces/1: the namespace \"pid\" is listed twice"},
};

static void unsupported_keys_are_refused_by_name(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		assert_config_refused(refusals[i].text, refusals[i].fault);
}

#define WITH_ROOT(version, process) \
	"{\"ociVersion\":\"" version "\",\"root\":{\"path\":\"r\"},\"process\":{" process "}}"

static const struct {
	const char *text, *fault;
} malformed[] = {
	{"{}",
	 "top level: the key \"ociVersion\" is missing; top level: the key \"process\" is missing; top level: the key \"root\" is missing"},
	{"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}",
	 "top level: the key \"process\" is missing"},
	{"{\"ociVersion\":0,\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}}",
	 "/ociVersion: expected a version 1.x of the OCI runtime spec, found the number 0"},
	{"{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}}",
	 "top level: the key \"root\" is missing"},
	{WITH_ROOT("2.0.0", "\"args\":[\"a\"],\"cwd\":\"/\""),
	 "/ociVersion: expected a version 1.x of the OCI runtime spec, found \"2.0.0\""},
	{WITH_ROOT("v10.0.0", "\"args\":[\"a\"],\"cwd\":\"/\""),
	 "/ociVersion: expected a version 1.x of the OCI runtime spec, found \"v10.0.0\""},
	{WITH_ROOT("1.0.0", ""),
	 "/process: the key \"args\" is missing; /process: the key \"cwd\" is missing"},
	{WITH_ROOT("1.0.0", "\"args\":null,\"cwd\":\"/\""),
	 "/process: the key \"args\" is missing"},
	{WITH_ROOT("1.0.0", "\"args\":[],\"cwd\":\"/\""),
	 "/process/args: expected the program to run, found an empty array"},
	{WITH_ROOT("1.0.0", "\"args\":[\"a\"],\"cwd\":\"\""),
	 "/process/cwd: expected an absolute path, found \"\""},
	{"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}}",
	 "/root/path: expected a path, found \"\""},
	{PROCESS("\"user\":{\"uid\":4294967295}"),
	 "/process/user/uid: expected an integer from 0 to 4294967294, found the number 4294967295"},
	{PROCESS("\"user\":{\"gid\":-1}"),
	 "/process/user/gid: expected an integer from 0 to 4294967294, found the number -1"},
	{PROCESS("\"user\":{\"umask\":-1}"),
	 "/process/user/umask: expected an integer from 0 to 4294967295, found the number -1"},
	{PROCESS("\"user\":{\"additionalGids\":[1,\"2\"]}"),
	 "/process/user/additionalGids/1: expected an integer from 0 to 4294967294, found \"2\""},
	{PROCESS("\"oomScoreAdj\":1001"),
	 "/process/oomScoreAdj: expected an integer from -1000 to 1000, found the number 1001"},
	{PROCESS("\"capabilities\":{\"bounding\":[1]}"),
	 "/process/capabilities/bounding/0: expected a capability such as \"CAP_CHOWN\", found the number 1"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":1}]"),
	 "/process/rlimits/0/type: expected a resource limit such as \"RLIMIT_NOFILE\", found \"RLIMIT_X\""},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":-2,\"hard\":1}]"),
	 "/process/rlimits/0/soft: expected an integer from 0 to 18446744073709551615, found the number -2"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":18446744073709551616,\"hard\":1}]"),
	 "/process/rlimits/0/soft: expected an integer from 0 to 18446744073709551615, found the number 18446744073709551616"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
	 "/process/rlimits/0: the soft limit is above the hard limit"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
	 "/process/rlimits: element 1 repeats a limit"},
	{PROCESS("\"noNewPrivileges\":1"),
	 "/process/noNewPrivileges: expected true or false, found the number 1"},
	{TOP("\"hostname\":\"a1234567890123456789012345678901234567890123456789012345678901234\""),
	 "/hostname: expected a name of at most 64 characters, found \"a1234567890123456789012345678901234567890123456789012345678901234\""},
	{TOP("\"annotations\":{\"a\":1}"), "/annotations/a: expected a string, found the number 1"},
	{TOP("\"mounts\":[{\"type\":\"proc\"}]"), "/mounts/0: the key \"destination\" is missing"},
	{LINUX("\"devices\":[{\"path\":\"/dev/a\",\"type\":\"c\",\"major\":1}]"),
	 "/linux/devices/0: a device of type 'c' needs major and minor"},
	{LINUX("\"devices\":[{\"path\":\"/dev/a\",\"type\":\"x\"}]"),
	 "/linux/devices/0/type: expected one of \"b\", \"c\", \"u\", \"p\", found \"x\""},
	{LINUX("\"devices\":[{\"path\":\"dev/a\",\"type\":\"p\"}]"),
	 "/linux/devices/0/path: expected an absolute path, found \"dev/a\""},
	{LINUX("\"devices\":[{\"path\":\"/a\",\"type\":\"c\",\"major\":2147483648}]"),
	 "/linux/devices/0/major: expected an integer from 0 to 2147483647, found the number 2147483648"},
	{LINUX("\"devices\":[{\"path\":\"/a\",\"type\":\"p\",\"fileMode\":4294967296}]"),
	 "/linux/devices/0/fileMode: expected an integer from 0 to 4294967295, found the number 4294967296"},
	{LINUX("\"devices\":[{\"path\":\"/a\",\"type\":\"p\",\"fileMode\":8630}]"),
	 "/linux/devices/0: fileMode 020666 does not belong to a device of type 'p'"},
	{LINUX("\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}"),
	 "/linux/resources/devices/0/access: expected a device access of 'r', 'w' and 'm', found \"rx\""},
	{LINUX("\"resources\":{\"devices\":[{\"allow\":true,\"minor\":-2}]}"),
	 "/linux/resources/devices/0/minor: expected an integer from -1 to 2147483647, found the number -2"},
	{LINUX("\"maskedPaths\":[\"\"]"),
	 "/linux/maskedPaths/0: expected an absolute path, found \"\""},
};

static void malformed_values_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		assert_config_refused(malformed[i].text, malformed[i].fault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsupported_keys_are_refused_by_name),
		cmocka_unit_test(malformed_values_are_refused),
	};

	return RUN_TESTS(tests);
}
