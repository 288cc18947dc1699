// SPDX-License-Identifier: Apache-2.0
/*
 * Each field of Kata's messages Device, Storage, Interface, IPAddress, Route, ARPNeighbor and
 * KernelModule (its agent.proto and types.proto), filled in: accepted, or refused by its name with
 * the reason. Fields with an underscore have two spellings, those of proto and of protojson.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/storage/storage.h"
#include "spec/manifest.h"
#include "tests/unit/support/spec_document.h"

#define MAC "52:54:00:12:34:56"

/*
 * One field with a value. @message: the manifest's members, with "%s" for it
 * @refused: what the error says, NULL if it is accepted
 */
struct row {
	const char *message, *field, *refused;
};

#define DEVICE	  "'devices':[{'type':'vfio-pci',%s}]"
#define DEVICE_ID "'devices':[{'id':'gpu0',%s}]"
#define STORAGE	  "'storages':[{'driver':'blk','source':'02/00','fstype':'ext4',%s}]"
#define MOUNTED	  "'storages':[{'mount_point':'/run/m',%s}]"
#define INTERFACE "'interfaces':[{'hwAddr':'" MAC "',%s}]"
#define BY_PATH	  "'interfaces':[{'name':'eth0',%s}]"
#define ADDRESS \
	"'interfaces':[{'hwAddr':'" MAC "','IPAddresses':[{'address':'10.0.2.15','mask':'24',%s}]}]"
#define MASKED	"'interfaces':[{'hwAddr':'" MAC "','IPAddresses':[{'mask':'24',%s}]}]"
#define PREFIX	"'interfaces':[{'hwAddr':'" MAC "','IPAddresses':[{'address':'10.0.2.15',%s}]}]"
#define ROUTE	"'routes':[{'device':'eth0',%s}]"
#define GATEWAY "'routes':[{'gateway':'10.0.2.2',%s}]"
#define NEIGHBOR                                                                               \
	"'ARPNeighbors':[{'toIPAddress':{'address':'10.0.2.2'},'device':'eth0','lladdr':'" MAC \
	"',%s}]"
#define MODULE "'kernel_modules':[{'name':'nvidia',%s}]"

static const struct row rows[] = {
	/* Device */
	{DEVICE, "'id':'gpu0'", NULL},
	{DEVICE_ID, "'type':'vfio-pci'", NULL},
	{DEVICE, "'vm_path':'/dev/vda'", NULL},
	{DEVICE, "'vmPath':'/dev/vda'", NULL},
	{DEVICE, "'id':'a','container_path':'/dev/vfio/65'", NULL},
	{DEVICE, "'id':'a','containerPath':'/dev/vfio/65'", NULL},
	{DEVICE, "'options':['0000:65:00.0=02/00']", NULL},
	/* Storage */
	{MOUNTED, "'driver':'virtio-fs','source':'kataShared','fstype':'virtiofs'", NULL},
	{STORAGE, "'mount_point':'/run/m'", NULL},
	{STORAGE, "'mountPoint':'/run/m'", NULL},
	{STORAGE, "'mount_point':'/run/m','driver_options':['encryption_key=ephemeral']",
	 "/storages/0/driver_options: coldinit does not encrypt, make or pull file systems: leave it empty"},
	{STORAGE, "'mount_point':'/run/m','driverOptions':['a=b']",
	 "/storages/0/driverOptions: coldinit does not encrypt, make or pull"},
	{STORAGE, "'mount_point':'/run/m','options':['ro','noload']", NULL},
	{STORAGE, "'mount_point':'/run/m','options':['']", NULL},
	{STORAGE, "'mount_point':'/run/m','options':['ro,,noload,','']", NULL},
	{STORAGE,
	 "'mount_point':'/run/m','options':['atime,diratime','norelatime','nostrictatime,lazytime','async','silent,loud']",
	 NULL},
	{STORAGE, "'mount_point':'/'", "/ belongs to the guest; use a path below /run"},
	{MOUNTED,
	 "'driver':'ephemeral','source':'nodev','fstype':'hugetlbfs','options':['pagesize=2097152,size=524288000']",
	 NULL},
	{STORAGE,
	 "'mount_point':'/run/m','fs_group':{'group_id':1000,'group_change_policy':'OnRootMismatch'}",
	 NULL},
	{STORAGE, "'mount_point':'/run/m','fsGroup':{'groupId':1000,'groupChangePolicy':1}", NULL},
	{STORAGE, "'mount_point':'/run/m','fsGroup':{'groupId':1000,'groupChangePolicy':0}", NULL},
	{STORAGE, "'mount_point':'/run/m','fsGroup':{'groupChangePolicy':2}",
	 "/storages/0/fsGroup/groupChangePolicy: "},
	{STORAGE, "'mount_point':'/run/m','shared':true", NULL},
	{MOUNTED, "'driver':'9p','source':'kataShared','fstype':'9p'",
	 "driver \"9p\" is not supported"},
	{MOUNTED, "'driver':'watchable-bind','source':'/a','fstype':'bind'",
	 "driver \"watchable-bind\" is not supported"},
	{MOUNTED, "'driver':'blk','source':'02/00','fstype':'bind','options':['bind']",
	 "driver blk needs fstype ext4, erofs, xfs or another file system of disks, found \"bind\""},
	/* Interface */
	{INTERFACE, "'device':'tap0_kata'", NULL},
	{INTERFACE, "'name':'eth0'", NULL},
	{INTERFACE, "'IPAddresses':[{'family':'v4','address':'10.0.2.15','mask':'24'}]", NULL},
	{INTERFACE, "'mtu':1500", NULL},
	{INTERFACE, "'mtu':'1500'", NULL},
	{BY_PATH, "'hwAddr':'" MAC "'", NULL},
	{BY_PATH, "'devicePath':'02/00'", NULL},
	{BY_PATH, "'pciPath':'02/00'", NULL},
	{INTERFACE, "'type':'veth'", NULL},
	{INTERFACE, "'raw_flags':128", NULL},
	{INTERFACE, "'rawFlags':128", NULL},
	{INTERFACE, "'raw_flags':8", "/interfaces/0/raw_flags: expected 0 or 128 (IFF_NOARP)"},
	/* IPAddress */
	{ADDRESS, "'family':'v4'", NULL},
	{ADDRESS, "'family':0", NULL},
	{MASKED, "'family':1,'address':'fd00::15'", NULL},
	{MASKED, "'family':0,'address':'fd00::15'", NULL},
	{MASKED, "'family':'v4','address':'fd00::15'", "the address fd00::15 is not of family v4"},
	{PREFIX, "'mask':'24'", NULL},
	{ADDRESS, "'family':'v6'", "the address 10.0.2.15 is not of family v6"},
	/* Route */
	{ROUTE, "'dest':'10.9.0.0/16'", NULL},
	{ROUTE, "'gateway':'10.0.2.2'", NULL},
	{GATEWAY, "'device':'eth0'", NULL},
	{ROUTE, "'source':'10.0.2.15'", NULL},
	{ROUTE, "'scope':253", NULL},
	{ROUTE, "'family':'v6'", NULL},
	{ROUTE, "'family':1", NULL},
	{ROUTE, "'family':0,'dest':'fd00::/64','gateway':'fe80::1'", NULL},
	{ROUTE, "'family':'v4','dest':'fd00::/64'", "the address fd00:: is not of family v4"},
	{ROUTE, "'family':0,'dest':'10.0.0.0/8','gateway':'fe80::1'",
	 "the address fe80::1 is not of family v4"},
	{ROUTE, "'flags':4", NULL},
	{ROUTE, "'flags':16", "/routes/0/flags: expected 0 or 4 (RTNH_F_ONLINK)"},
	{ROUTE, "'mtu':1400", NULL},
	{ROUTE, "'mtu':67", "/routes/0/mtu: expected 0 or an MTU from 68 to 65535"},
	/* ARPNeighbor */
	{"'arp_neighbors':[{'device':'eth0','lladdr':'" MAC "',%s}]",
	 "'toIPAddress':{'family':'v4','address':'10.0.2.2','mask':''}", NULL},
	{"'arpNeighbors':[{'device':'eth0','lladdr':'" MAC "',%s}]",
	 "'toIPAddress':{'family':1,'address':'fd00::2'}", NULL},
	{"'ARPNeighbors':[{'toIPAddress':{'address':'10.0.2.2'},'lladdr':'" MAC "',%s}]",
	 "'device':'eth0'", NULL},
	{"'ARPNeighbors':[{'toIPAddress':{'address':'10.0.2.2'},'device':'eth0',%s}]",
	 "'lladdr':'" MAC "'", NULL},
	{NEIGHBOR, "'state':128", NULL},
	{NEIGHBOR, "'state':-1", "/ARPNeighbors/0/state: "},
	{NEIGHBOR, "'flags':128", NULL},
	/* KernelModule */
	{"'kernel_modules':[{%s}]", "'name':'nvidia'", NULL},
	{"'kernelModules':[{%s}]", "'name':'nvidia'", NULL},
	{MODULE, "'parameters':['NVreg_A=1','NVreg_B=2']", NULL},
};

static int check(const char *members, struct fault *f)
{
	struct arena a = {0};
	struct manifest m;
	const char *text = manifest_text(&a, members);
	int err = manifest_parse(&a, text, strlen(text), &m, f);

	for (size_t i = 0; i < m.n_storages && !err; i++)
		err = storage_check(&m.storages[i], f);
	arena_free(&a);
	return err;
}

static void each_field_is_accepted_or_refused_by_its_name(void **state)
{
	char members[512];
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *slot = strstr(rows[i].message, "%s");
		int err;

		snprintf(members, sizeof(members), "%.*s%s%s", (int)(slot - rows[i].message),
			 rows[i].message, rows[i].field, slot + 2);
		err = check(members, &f);
		if (!err != !rows[i].refused)
			fail_msg("%s: %s", members, err ? f.text : "accepted");
		if (err && !strstr(f.text, rows[i].refused))
			fail_msg("%s: %s", members, f.text);
	}
}

/* A field that the messages do not have is refused, with the nearest name that there is. */
static void other_fields_are_refused(void **state)
{
	static const struct row others[] = {
		{DEVICE, "'id':'a','vmpath':'/dev/vda'",
		 "vmpath: unknown key; did you mean \"vm_path\"?"},
		{STORAGE, "'mount_point':'/run/m','fsgroup':{}",
		 "fsgroup: unknown key; did you mean"},
		{INTERFACE, "'hwaddr':'" MAC "'", "hwaddr: unknown key; did you mean \"hwAddr\"?"},
		{ROUTE, "'metric':1", "metric: unknown key"},
	};
	char members[512];
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const char *slot = strstr(others[i].message, "%s");

		snprintf(members, sizeof(members), "%.*s%s%s", (int)(slot - others[i].message),
			 others[i].message, others[i].field, slot + 2);
		assert_true(check(members, &f) < 0);
		if (!strstr(f.text, others[i].refused))
			fail_msg("%s: %s", members, f.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_accepted_or_refused_by_its_name),
		cmocka_unit_test(other_fields_are_refused),
	};

	return RUN_TESTS(tests);
}
