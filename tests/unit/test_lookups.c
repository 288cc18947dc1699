// SPDX-License-Identifier: Apache-2.0
/*
 * "Cannot look" is not "not there". Each look-up of each scenario fails once with EIO: then the
 * device fails at once with an error that says so, or nothing differs.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/bundle/spec.h"
#include "init/container/lsm_private.h"
#include "init/devices/drivers.h"
#include "init/lib/log.h"
#include "init/run/hook_programs.h"
#include "init/source/source.h"
#include "tests/unit/support/failing_lookup.h"
#include "tests/unit/support/fake_kernel.h"

static bool warned;

static void watch(enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_WARN && strstr(line, "Input/output error"))
		warned = true;
}

static struct device device;
static char good_log[sizeof(k.log)];

/* Let the device settle, without a wait; its result is in r[0]. Return: 0, -EAGAIN or -errno. */
static int settle(unsigned fails_at)
{
	struct settle *s;
	int err;

	memset(&fault, 0, sizeof(fault));
	memset(r, 0, sizeof(r));
	k.log[0] = '\0';
	warned = false;
	failing_lookup = fails_at;
	err = settle_begin(&s, &k.env, &device, r, 1, 0, &fault);
	if (!err && k.helpers) {
		fake_helpers_end(&k, s, 0);
		k.helpers = 0;
	}
	if (!err)
		err = settle_pending(s) ? -EAGAIN : settle_end(s, &fault);
	return err;
}

static const char *first_option[] = {"0000:65:00.0=02/00"}, *queue[] = {"05.0011"};

static void plug_gpu(void)
{
	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	fake_file(&k, "10:124\n", "sys/class/misc/iommu/dev");
	fake_link(&k, "/sys/bus/virtio", "sys/bus/pci/devices/0000:01:00.0/iommu/device/subsystem");
	fake_file(&k, "N\n", "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
	k.env.allow_unsafe_interrupts = true;
	device = fake_device("vfio-pci", "gpu0", first_option, 1);
	device.companions = COMPANIONS_BIND;
}

static void plug_disk(void)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "1af4:1042", "0x010000\n");
	fake_bind(&k, "0000:00:0a.0", "virtio-pci");
	fake_disk(&k, "sys/devices/pci0000:00/0000:00:0a.0", "virtio4", "vda");
	device = fake_device("blk", "0a", NULL, 0);
}

static void plug_card(void)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0b.0", "1af4:1041", "0x020000\n");
	fake_bind(&k, "0000:00:0b.0", "virtio-pci");
	fake_file(&k, "52:54:00:00:00:01\n",
		  "sys/devices/pci0000:00/0000:00:0b.0/virtio5/net/eth0/address");
	fake_link(&k, "../../devices/pci0000:00/0000:00:0b.0/virtio5/net/eth0",
		  "sys/class/net/eth0");
	fake_file(&k, "", "sys/class/net/bonding_masters");
	device = fake_device("net", "0b", NULL, 0);
}

static void plug_card_with_address(void)
{
	plug_card();
	device.id = "52:54:00:00:00:01";
}

static void plug_queue(void)
{
	fake_file(&k, "0\n", "sys/bus/ap/scans");
	fake_file(&k, "10:123\n", "sys/class/misc/z90crypt/dev");
	fake_dir(&k, "sys/devices/ap/card05/05.0011");
	fake_link(&k, "/sys/bus/ap/drivers/cex4queue", "sys/devices/ap/card05/05.0011/driver");
	device = fake_device("vfio-ap", "crypto0", queue, 1);
}

static void plug_ccw_disk(void)
{
	fake_file(&k, "94:0\n", "sys/bus/ccw/devices/0.0.1234/virtio0/block/vda/dev");
	device = fake_device("blk-ccw", "0.0.1234", NULL, 0);
}

static void plug_scsi_disk(void)
{
	fake_file(&k, "8:16\n", "sys/bus/scsi/devices/0:0:1:2/block/sdb/dev");
	device = fake_device("scsi", "1:2", NULL, 0);
}

static void refuse_gpu(void)
{
	plug_gpu();
	k.refuse = "0000:01:00.0";
}

static void (*const scenarios[])(void) = {
	plug_gpu,   plug_disk,	   plug_card,	   plug_card_with_address,
	plug_queue, plug_ccw_disk, plug_scsi_disk, refuse_gpu,
};

/* A fresh kernel for each look-up, as drivers are bound in it. */
static int again(void (*plug)(void), unsigned fails_at)
{
	void *state = NULL;

	fake_teardown(&state);
	fake_setup(&state);
	plug();
	return settle(fails_at);
}

static void a_lookup_that_fails_is_an_error(void **state)
{
	size_t lookups = 0;

	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC), false);
	log_watch(watch);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		int expected = again(scenarios[i], 0);
		struct device_result good = r[0];

		memcpy(good_log, k.log, sizeof(good_log));
		assert_int_not_equal(expected, -EAGAIN);
		for (unsigned n = 1; !failing_lookup; n++) {
			int err = again(scenarios[i], n);

			if (failing_lookup) /* there are fewer */
				break;
			lookups++;
			assert_string_not_equal(err ? fault.text : "ready", "");
			if (err == -EIO && strstr(fault.text, "Input/output error"))
				continue;
			if (!err && warned) /* a companion can stay without a driver */
				continue;
			/* what is only for the text of another error */
			if (err != expected || strcmp(k.log, good_log))
				print_error("scenario %zu, look-up %u: %d, %s\n", i, n, err,
					    fault.text);
			assert_int_equal(err, expected);
			assert_string_equal(k.log, good_log);
			assert_string_equal(r[0].node, good.node);
			assert_string_equal(r[0].ifname, good.ifname);
			assert_string_equal(r[0].driver, good.driver);
			assert_int_equal(r[0].n_extra, good.n_extra);
		}
		failing_lookup = 0;
	}
	assert_true(lookups > 100);
}

/* --- other steps ----------------------------------------------------------------------------- */

static int check_ip(int root, struct fault *error)
{
	struct request request = {.ip = {.dynamic = true}, .options = {.ip = "dhcp"}};

	put_file(root, "proc/net/pnp", "#PROTO: DHCP\n");
	return request_check_ip(&request, root, error);
}

static int read_source(const char *word, int root, struct fault *error)
{
	char *text = NULL;
	ssize_t n = source_read(word, root, root, 100, &text, error);

	free(text);
	return n < 0 ? (int)n : 0;
}

static int read_initrd(int root, struct fault *error)
{
	put_file(root, "coldinit/manifest.json", "{}");
	return read_source("initrd:coldinit/manifest.json", root, error);
}

static int read_fw_cfg(int root, struct fault *error)
{
	put_file(root, "sys/firmware/qemu_fw_cfg/by_name/opt/a/size", "2");
	put_file(root, "sys/firmware/qemu_fw_cfg/by_name/opt/a/raw", "{}");
	return read_source("fw_cfg:opt/a", root, error);
}

static int read_no_smbios(int root, struct fault *error)
{
	put_dir(root, "sys/firmware/dmi");
	return read_source("smbios", root, error);
}

static int has_program(void *arg, const char *path, struct fault *error)
{
	return hook_programs_has(*(int *)arg, *(int *)arg, path, error);
}

static int keep_hooks(int root, struct fault *error)
{
	struct oci_hook one = {.path = "/bin/hook"};
	struct oci_hook_list hooks[OCI_HOOK_POINTS] = {[OCI_PRESTART] = {&one, 1}};
	const struct spec_env env = {.has_program = has_program, .arg = &root};
	int err;

	put_file(root, "bin/hook", "");
	err = spec_hooks(&env, hooks, error);
	if (!err)
		assert_int_equal(hooks[OCI_PRESTART].n, 1);
	return err;
}

static int label(int root, struct fault *error)
{
	const struct oci_process process = {.apparmor_profile = "a", .selinux_label = "u:r:t"};

	put_file(root, "proc/self/attr/apparmor/current", "unconfined");
	put_file(root, "proc/self/attr/apparmor/exec", "");
	put_file(root, "sys/fs/selinux/load", "");
	put_file(root, "proc/self/attr/exec", "a:b");
	return lsm_apply(root, &process, error);
}

static int load_drivers(int root, struct fault *error)
{
	static char empty[] = "";
	struct modules m = {.initrd = root, .root = root, .dir = "m", .dep = empty, .line = empty};
	struct options options;

	put_file(root, "sys/bus/pci/devices/0000:00:01.0/vendor", "0x1af4\n");
	put_file(root, "sys/bus/pci/devices/0000:00:01.0/device", "0x1057\n");
	options_default(&options);
	return drivers_load(root, &m, &options, error);
}

static const struct {
	int (*run)(int root, struct fault *error);
	int expected;
} steps[] = {
	{check_ip, 0},	 {read_initrd, 0}, {read_fw_cfg, 0},  {read_no_smbios, -ENOENT},
	{keep_hooks, 0}, {label, 0},	   {load_drivers, 0},
};

static void a_lookup_of_another_step_is_an_error(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		unsigned n = 0;

		do {
			struct fault error = {0};
			char path[64];
			int root = temp_root(path), err;

			failing_lookup = n;
			err = steps[i].run(root, &error);
			if (failing_lookup || !n)
				assert_int_equal(err, steps[i].expected);
			else if (err != -EIO || !strstr(error.text, "Input/output error"))
				fail_msg("step %zu, look-up %u: %d %s", i, n, err, error.text);
			n++;
			temp_root_remove(path, root);
		} while (!failing_lookup);
		assert_true(n > 2); /* there was one */
		failing_lookup = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(a_lookup_that_fails_is_an_error),
		cmocka_unit_test(a_lookup_of_another_step_is_an_error),
	};

	return RUN_TESTS(tests);
}
