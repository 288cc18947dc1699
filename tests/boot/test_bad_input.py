# SPDX-License-Identifier: Apache-2.0
"""Bad input gives one clear error and, in time, a failed verdict with what was expected and found.

All that needs no running kernel is refused by `coldinit plan` too, with the same line (fixture refused).
"""

import json
import signal

import pytest

import bundles
import plans
import qemu

EDU = bundles.vfio_device("08/00")
RNG = "virtio-rng-pci"
MAC = "52:54:00:aa:bb:01"  # of the recorded tree


@pytest.fixture
def refused(boot, tmp_path):
    """refused(phase, *said, …): a boot fails with these words, and a plan of it fails with the same line.

    tree: the recorded tree (tests/trees) of a guest with the same devices.
    The other arguments are those of boot(); spec is a small container by default.
    """
    def run(phase, *said, tree="no-device", spec=None, **options):
        spec = bundles.container() if spec is None else spec
        outcome = boot(spec, **options).assert_failed(phase, *said)
        (tmp_path / "plan").mkdir()
        words = {key: options.get(key) for key in ("manifest", "words", "files") if options.get(key) is not None}
        status, out, messages = plans.plan(boot.images.build, tree, tmp_path / "plan", spec, **words)
        assert (status, out, messages[-1:]) == (1, "", [outcome.verdict["error"]])
        return outcome

    return run


# --- devices -------------------------------------------------------------------------------------

def test_missing_device_fails_at_its_deadline(refused, edu):
    outcome = refused("devices", "gone", "09/00", "700 ms", tree="empty-port", spec=bundles.edu_container(),
                      manifest=bundles.manifest(bundles.vfio_device("09/00", id="gone", timeout_ms=700)),
                      devices=[*edu, *qemu.behind_root_port(slot=9)])
    assert 700_000 <= outcome.device()["us"] < 2_000_000
    assert outcome.verdict["expected"] and outcome.verdict["found"]


def test_default_deadline_comes_from_the_command_line(refused):
    outcome = refused("devices", "08/00", manifest=bundles.manifest(bundles.vfio_device("08/00")),
                      words=["coldinit.timeout=1"])
    assert 1_000_000 <= outcome.device()["us"] < 2_500_000


def test_two_functions_in_two_groups(refused, edu):
    outcome = refused("devices", "dev0", "0000:01:00.0", "0000:02:00.0", "group", tree="two-ports",
                      spec=bundles.edu_container(),
                      manifest=bundles.manifest(bundles.vfio_device("08/00", "09/00")),
                      devices=edu + qemu.behind_root_port("edu", slot=9))
    assert outcome.verdict["expected"] != outcome.verdict["found"]


def test_another_device_than_expected(refused, edu):
    outcome = refused("devices", "10de:2330", "1234:11e8", tree="root-port", spec=bundles.edu_container(),
                      manifest=bundles.manifest(bundles.vfio_device("08/00", expect={"ids": ["10de:2330"]})),
                      devices=edu)
    assert "10de:2330" in outcome.verdict["expected"]
    assert "1234:11e8" in outcome.verdict["found"]


def test_companions_check_names_the_members(refused):
    outcome = refused("devices", "0000:01:00.1", "virtio-pci", tree="companion", spec=bundles.edu_container(),
                      manifest=bundles.manifest(bundles.vfio_device("08/00", companions="check")),
                      devices=qemu.behind_root_port("edu", RNG))
    assert "0000:01:00.1" in str(outcome.verdict["group"])


def test_function_without_an_iommu_group(refused, edu):
    refused("devices", "IOMMU group", "intel_iommu=on", tree="no-iommu", spec=bundles.edu_container(),
            manifest=bundles.manifest(EDU), devices=edu, iommu=False)


def test_one_container_path_for_two_devices(refused, edu):
    refused("spec", "conflicting device updates", "/dev/vfio/65", tree="two-ports",
            spec=bundles.with_vfio(bundles.container()),
            manifest=bundles.manifest(bundles.vfio_device("08/00", id="a"),
                                      bundles.vfio_device(id="b", options=["0000:66:00.0=09/00"])),
            devices=edu + qemu.behind_root_port("edu", slot=9))


def test_two_guests_for_one_host_address(refused, edu):
    refused("devices", bundles.HOST_PCI, "0000:01:00.0", "0000:02:00.0", tree="two-ports",
            manifest=bundles.manifest(*({"id": f"d{n}", "type": "vfio-pci-gk",
                                         "options": [f"{bundles.HOST_PCI}=0{n}/00"]} for n in (8, 9))),
            devices=edu + qemu.behind_root_port("edu", slot=9))


def test_device_that_the_spec_does_not_have(refused, edu):
    refused("spec", "missing devices in OCI spec", "/dev/vfio/65", tree="root-port",
            manifest=bundles.manifest(EDU), devices=edu)


def without(kind, **words):
    return {"type": kind, "required": False, "timeout_ms": 300, **words}


ENDPOINTS = "Endpoints of the guest: 1f.2 (8086:2922), 1f.3 (8086:2930), 08/00 (1234:11e8), 08/00.1 (1af4:1044)"

# By id: a bad device, and what the verdict says.
BAD_DEVICES = {
    "no-bridge": (
        without("vfio-pci", options=["0000:40:00.0=08/00/00"]),
        "0000:01:00.0 (element 1 of the path under /sys/devices/pci0000:00) is no bridge, but the "
        "path leads through it; is the path right? " + ENDPOINTS),
    "bridge": (
        without("vfio-pci", options=["0000:41:00.0=08"]),
        "0000:00:08.0 is a bridge, which cannot be given to a container: name a function behind it. "
        + ENDPOINTS),
    "no-root": (
        without("vfio-pci", options=["0000:42:00.0=pci0001:00/05.0"]),
        "waited 300 ms for root bus pci0001:00 (guest path pci0001:00/05.0): /sys/devices has "
        "pci0000:00; is it plugged in, and at that place? " + ENDPOINTS),
    "no-path": (
        without("vfio-pci", options=["0000:43:00.0="]),
        "no VFIO group: no option names a guest path"),
    "host": (
        without("vfio-pci", options=["65:00.0=08/00"]),
        'malformed VFIO PCI option "65:00.0=08/00": HOST is not an address '
        "DDDD:BB:SS.F in hexadecimal"),
    "keeper": (
        without("vfio-pci-gk", options=["0000:44:00.0=08/00.1"], expect={"driver": "nvidia"}),
        "another driver is bound to 0000:01:00.1: expected nvidia, found virtio-pci; is the module "
        "in the initramfs, and named in kernel_modules?"),
    "08/00.1": (
        without("blk"),
        "waited 300 ms for the disk of 0000:01:00.1: 0000:01:00.1 is there with virtio-pci; is it "
        "a disk, and virtio_blk loaded?"),
    "08/00.0": (
        without("blk"),
        "0000:01:00.0 is no virtio device, but 1234:11e8 (type vfio-pci-gk "
        "leaves any device to the guest's driver); is the path right? " + ENDPOINTS),
    "0000:01:00.0": (
        without("net"),
        "waited 300 ms for the network interface of 0000:01:00.0: 0000:01:00.0 is there with no "
        "driver; no module of the initramfs is for it (modalias "
        "pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00): modprobe --resolve-alias finds its "
        "name, mkinitramfs --module NAME puts it into the image"),
    "08/00.2": (
        without("net"),
        "waited 300 ms for PCI function 0000:01:00.2: /sys/devices/pci0000:00/0000:00:08.0 has "
        "0000:01:00.0 0000:01:00.1; is it plugged in, and at that place? " + ENDPOINTS),
    "3:0": (
        without("scsi"),
        "waited 300 ms for a SCSI host (driver virtio_scsi): /sys/bus/scsi/devices has nothing; is "
        "it plugged in, and its driver loaded?"),
    "1:2:3": (without("scsi"), 'SCSI address "1:2:3" is not ID:LUN, two numbers'),
    "mmio": (
        without("mmioblk", vm_path="/dev/vdz"),
        "waited 300 ms for disk /dev/vdz: /sys/class/block has nothing; is it plugged in, and its "
        "driver loaded?"),
    "mmio-path": (
        without("mmioblk", vm_path="/dev/../etc/passwd"),
        'vm_path "/dev/../etc/passwd" names no node'),
    "pmem": (
        without("nvdimm", vm_path="/dev/pmem7"),
        "waited 300 ms for disk /dev/pmem7: /sys/class/block has nothing; is it plugged in, and "
        "its driver loaded?"),
    "0.0.1234": (
        without("blk-ccw"),
        "CCW devices are only on s390x: this guest has no channel subsystem (/sys/bus/ccw)"),
    "ap": (
        without("vfio-ap", options=["05.0011"]),
        "AP queues are only on s390x: this guest has no AP bus (/sys/bus/ap)"),
    "ap-cold": (
        without("vfio-ap-cold", options=["5.11.2"]),
        'AP queue "5.11.2" is not XX.YYYY, adapter and domain in hexadecimal'),
}


def test_each_bad_device_says_what_is_wrong(boot, tmp_path):
    """None of them delays another one or the container, which does not require them."""
    manifest = bundles.manifest(*({"id": name, **device} for name, (device, _) in BAD_DEVICES.items()))
    outcome = boot(bundles.container(), manifest, devices=qemu.behind_root_port("edu", RNG))
    outcome.assert_exited(0)
    found, errors = outcome.verdict["devices"], [f"{name}: {says}" for name, (_, says) in BAD_DEVICES.items()]
    assert [d["error"] for d in found] == errors
    assert all(d["us"] < 1_000_000 for d in found)
    status, _, messages = plans.plan(boot.images.build, "companion", tmp_path, bundles.container(), manifest)
    assert status == 0
    prefix, suffix = "coldinit: devices: ", " (not required: going on without it)"
    assert sorted(line.removeprefix(prefix).removesuffix(suffix)
                  for line in messages if line.startswith(prefix)) == sorted(errors)


# --- the manifest --------------------------------------------------------------------------------

DEVICE = {"id": "d", "type": "vfio-pci-gk", "options": ["0000:65:00.0=08/00"]}


def one_device(**changes):
    return json.dumps(bundles.manifest({**DEVICE, **changes}))


@pytest.mark.parametrize("phase,text,words", [
    ("manifest", '{\n\t"version": 1,\n\t"devices": [}\n', ["line 3", "column 14"]),
    ("manifest", "", ["line 1, column 1", "the end of the text"]),
    ("manifest", one_device(drvier="x"), ["/devices/0/drvier", "unknown key"]),
    ("manifest", '{"version": 1, "hostname": "a", "hostname": "b"}', ["/hostname", "duplicate key"]),
    ("manifest", one_device(timeout_ms="3"), ["/devices/0/timeout_ms", "integer", '"3"']),
    ("manifest", '{"version": 2}', ["/version", "2"]),
    ("manifest", '{"devices": []}', ["version"]),
    ("devices", one_device(type="vfio"), ['"vfio"', "known: blk, ", "vfio-pci, vfio-pci-gk"]),
    ("devices", one_device(options=["0000:65:00.0"]), ["malformed VFIO PCI option", "0000:65:00.0"]),
    ("devices", one_device(options=["0000:65:00.0=08/20"]), ["08/20"]),
], ids=["syntax", "empty", "unknown-key", "duplicate-key", "wrong-type", "version", "no-version",
        "device-type", "option", "path"])
def test_manifest_that_is_wrong(refused, phase, text, words):
    """The error has the position and the reason; no device is touched before."""
    refused(phase, *words, manifest=text)


def test_manifest_of_another_digest(refused):
    outcome = refused("manifest", "SHA-256", manifest=bundles.manifest(), words=["coldinit.sha256=" + "00" * 32])
    assert outcome.verdict["expected"] == "00" * 32
    assert len(outcome.verdict["found"]) == 64


@pytest.mark.parametrize("word,words", [
    ("coldinit.manifest=initrd:/etc/nothere.json", ["initrd:/etc/nothere.json", "No such file", "etc has release"]),
    ("coldinit.manifest=base64:e3*", ["base64: 3 characters"]),
    ("coldinit.manifest=block:/dev/vda", ["block: is for bundles"]),
    ("coldinit.manifest=http://example.org/", ["http://example.org/", "initrd:"]),
], ids=["no-file", "bad-base64", "block", "unknown-source"])
def test_source_that_does_not_work(refused, word, words):
    refused("manifest", *words, words=[word], files={"/etc/release": "of the initramfs"})


def test_share_that_is_not_there(boot):
    outcome = boot(bundles.container(), words=["coldinit.manifest=virtiofs:nothere/manifest.json"])
    outcome.assert_failed("manifest", "virtio-fs", "nothere")


LONG = {"name": "m", "parameters": ["x" * 1000, "y" * 24]}


@pytest.mark.parametrize("phase,manifest,words", [
    ("devices", {"storages": [{"driver": "blk", "source": "05", "fstype": "erofs", "mount_point": "/run/s"}]},
     ["storage /run/s: waited 1000 ms for PCI function 0000:00:05.0", "0000:00:1f.0"]),
    ("devices", {"storages": [{"driver": "ephemeral", "source": "", "fstype": "tmpfs", "mount_point": "/run/s",
                               "options": ["size=1m", "quiet"]}]},
     ['storage /run/s: unknown mount option "quiet" for tmpfs']),
    ("devices", {"storages": [{"driver": "local", "source": "", "fstype": "", "mount_point": "/proc/s"}]},
     ["storage /proc/s: /proc/s belongs to the guest"]),
    ("devices", {"storages": [{"driver": "overlayfs", "source": "", "fstype": "", "mount_point": "/run/s",
                               "options": ["lowerdir=/a:b"]}]},
     ['storage /run/s: lowerdir: "b" is no absolute path']),
    ("devices", {"kernel_modules": [LONG]}, ["kernel module m: more than 1023 bytes of parameters"]),
    ("devices", {"interfaces": [{"devicePath": "05", "name": "eth0", "IPAddresses": []}]},
     ["waited 1000 ms for PCI function 0000:00:05.0", "0000:00:1f.0"]),
], ids=["no-disk", "storage-option", "mount-point", "overlay", "module-parameters", "no-interface"])
def test_manifest_that_cannot_be_served(refused, phase, manifest, words):
    refused(phase, *words, manifest=bundles.manifest(**manifest), words=["coldinit.timeout=1"])


@pytest.mark.parametrize("phase,interfaces,words", [
    ("devices", [{"hwAddr": "52:54:00:aa:bb:02"}], [f"the interfaces are eth0 ({MAC}), lo (00:00:00:00:00:00);"]),
    ("devices", [{"devicePath": "08/01", "hwAddr": "52:54:00:aa:bb:02"}],
     ["/sys/devices/pci0000:00/0000:00:08.0 has 0000:01:00.0;", "08/00 (1af4:1041)"
      f"; no interface has the hardware address 52:54:00:aa:bb:02; the interfaces are eth0 ({MAC}), lo"]),
    ("network", [{"devicePath": "08/00", "name": "a"}, {"hwAddr": MAC, "name": "b"}],
     ["the interface eth0 would get two names: a and b"]),
], ids=["no-such-address", "found-by-neither", "two-names"])
def test_interface_that_is_another_one(refused, phase, interfaces, words):
    refused(phase, *words, tree="network-card",
            manifest=bundles.manifest(interfaces=[{"name": "eth0", "IPAddresses": [], **i} for i in interfaces]),
            words=["coldinit.timeout=1"], devices=["-netdev", "user,id=n0", *qemu.behind_root_port(
                f"virtio-net-pci,netdev=n0,mac={MAC}")])


# --- the command line ----------------------------------------------------------------------------

@pytest.mark.parametrize("phase,words,expected", [
    ("cmdline", ["coldinit.manfest=initrd:/x"], ["coldinit.manfest", "coldinit.manifest"]),
    ("cmdline", ["coldinit.log=info", "coldinit.log=debug"], ["coldinit.log", "twice"]),
    ("cmdline", ["coldinit.timeout=soon"], ["coldinit.timeout", "soon"]),
    ("cmdline", ["coldinit.report=fax:1"], ["coldinit.report", "fax:1"]),
    ("cmdline", ["ip=10.0.2.300::::::off"], ["ip=10.0.2.300", "10.0.2.300"]),
    ("manifest", ["coldinit.device=vfio-pci-gk,id=d,colour=red"], ["coldinit.device", "colour"]),
    ("manifest", ["coldinit.bundle=block:vda"], ["block:/dev/NAME", "block:vda"]),
    ("spec", ["coldinit.bundle=fw_cfg:opt/x"], ["a bundle is a directory: fw_cfg:opt/x cannot be one"]),
    ("spec", ["coldinit.bundle=http://example.org/"], ["bundle", "http://example.org/", "initrd:"]),
], ids=["unknown", "twice", "value", "report", "ip", "device-key", "block", "file", "unknown-source"])
def test_parameter_that_is_wrong(refused, phase, words, expected):
    refused(phase, *expected, words=words)


# --- the bundle ----------------------------------------------------------------------------------

def test_no_bundle_at_all(boot):
    boot().assert_failed("spec", "bundle", "coldinit.bundle")


@pytest.mark.parametrize("word,words", [
    ("coldinit.bundle=initrd:/nothere", ["/nothere"]),
    ("coldinit.bundle=virtiofs:nothere/bundle", ["virtio-fs", "nothere"]),
])
def test_bundle_that_is_not_there(boot, word, words):
    boot(bundles.container(), words=[word]).assert_failed("spec", *words)


def test_bundle_without_a_config(boot, tmp_path):
    def prepare(bundle):
        (bundle / "config.json").unlink()

    outcome = boot(bundles.container(), prepare=prepare, via="share",
                   words=["coldinit.bundle=virtiofs:demo/bundle"])
    outcome.assert_failed("spec", "config.json", "No such file")


def changed(change):
    spec = bundles.container()
    change(spec)
    return spec


@pytest.mark.parametrize("change,words", [
    (lambda spec: spec["process"].update(args=[]), ["/process/args"]),
    (lambda spec: spec["linux"].update(seccomp={"defaultAction": "SCMP_ACT_ERRNO"}),
     ["/linux/seccomp: does not allow execve"]),
    (lambda spec: spec["linux"]["namespaces"].append({"type": "users"}), ["/linux/namespaces/5/type", '"users"']),
    (lambda spec: spec.update(annotations={"cdi.k8s.io/a": "vendor.com/class"}), ["/annotations/cdi.k8s.io~1a", '"vendor.com/class"']),
    (lambda spec: spec.update(annotations={"cdi.k8s.io/a": "coldinit.test/made=b"}), ["coldinit.test/made=b"]),
    (lambda spec: spec.update(annotations={"cdi.k8s.io/a": "coldinit.test/made=hook"}),
     ["/hooks/createContainer/0: /usr/bin/nvidia-cdi-hook, which a CDI device adds, is not in the guest"]),
], ids=["no-args", "seccomp", "namespace", "cdi-name", "cdi-device", "cdi-hook"])
def test_spec_that_cannot_be_honoured(refused, change, words):
    """A field that is not supported is refused by name, never ignored."""
    refused("spec", *words, spec=changed(change), files={"/etc/cdi/made.json": json.dumps({
        "cdiVersion": "0.5.0", "kind": "coldinit.test/made", "devices": [
            {"name": "hook", "containerEdits": {"hooks": [
                {"hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook"}]}}]})},
            words=["coldinit.cdi_timeout=1"])


def test_generator_without_an_absolute_path(refused):
    refused("spec", 'container.cdi_generator: "nvidia-ctk" is not an absolute path',
            spec=changed(lambda spec: spec.update(annotations={"cdi.k8s.io/a": "coldinit.test/made=a"})),
            manifest=bundles.manifest(container={"cdi_generator": ["nvidia-ctk"]}))


def test_config_that_is_no_json(refused):
    refused("spec", "config.json", "line 2", spec='{"ociVersion": "1.1.0",\n')


@pytest.mark.parametrize("phase,change,words", [
    ("spec", lambda spec: spec["root"].update(path="nothere"), ["/root/path", "nothere"]),
    ("exec", lambda spec: spec["mounts"].append({"destination": "/x", "type": "tmpfs", "source": "x",
                                                 "options": ["bogus=1"]}), ["/x", "bogus=1"]),
], ids=["no-root", "mount-option"])
def test_spec_that_the_guest_cannot_honour(boot, phase, change, words):
    boot(changed(change)).assert_failed(phase, *words)


# --- no answer ------------------------------------------------------------------------------------

def test_virtiofs_daemon_that_hangs(boot):
    """A system call never returns; the phase has its deadline nevertheless."""
    seen = ""

    def watch(guest, text):
        nonlocal seen
        before, seen = seen, seen + text
        for mark, number in (("Run /init as init process", signal.SIGSTOP),
                             ("coldinit-verdict", signal.SIGCONT)):  # QEMU resets the device
            if mark in seen and mark not in before:
                guest.signal_shares(number)

    outcome = boot(bundles.container(), bundles.manifest(), via="virtiofs", quiet=False,
                   timeout=90, watch=watch)
    assert (outcome.verdict["outcome"], outcome.verdict["phase"]) == ("failed", "manifest")
    assert "virtio-fs daemon" in outcome.verdict["error"]
    assert "the manifest is virtiofs:demo/manifest.json" in outcome.verdict["error"]
