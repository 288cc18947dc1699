# SPDX-License-Identifier: Apache-2.0
"""Bad input gives one clear error and, in time, a failed verdict with what was expected and found."""

import json
import signal

import pytest

import bundles
import qemu

EDU = bundles.vfio_device("08/00")
RNG = "virtio-rng-pci"


# --- devices -------------------------------------------------------------------------------------

def test_missing_device_fails_at_its_deadline(boot, edu):
    outcome = boot(bundles.edu_container(), bundles.manifest(
        bundles.vfio_device("09/00", id="gone", timeout_ms=700)), devices=[
            *edu, *qemu.behind_root_port(slot=9)])
    outcome.assert_failed("devices", "gone", "09/00", "700 ms")
    assert 700_000 <= outcome.device()["us"] < 2_000_000
    assert outcome.verdict["expected"] and outcome.verdict["found"]


def test_default_deadline_comes_from_the_command_line(boot):
    outcome = boot(bundles.container(), bundles.manifest(bundles.vfio_device("08/00")),
                   words=["coldinit.timeout=1"])
    outcome.assert_failed("devices", "08/00")
    assert 1_000_000 <= outcome.device()["us"] < 2_500_000


def test_two_functions_in_two_groups(boot):
    outcome = boot(bundles.edu_container(), bundles.manifest(bundles.vfio_device("08/00", "09/00")),
                   devices=qemu.behind_root_port("edu") + qemu.behind_root_port("edu", slot=9))
    outcome.assert_failed("devices", "dev0", "0000:01:00.0", "0000:02:00.0", "group")
    assert outcome.verdict["expected"] != outcome.verdict["found"]


def test_another_device_than_expected(boot, edu):
    outcome = boot(bundles.edu_container(), bundles.manifest(
        bundles.vfio_device("08/00", expect={"ids": ["10de:2330"]})), devices=edu)
    outcome.assert_failed("devices", "10de:2330", "1234:11e8")
    assert "10de:2330" in outcome.verdict["expected"]
    assert "1234:11e8" in outcome.verdict["found"]


def test_companions_check_names_the_members(boot):
    outcome = boot(bundles.edu_container(), bundles.manifest(
        bundles.vfio_device("08/00", companions="check")),
        devices=qemu.behind_root_port("edu", RNG))
    outcome.assert_failed("devices", "0000:01:00.1", "virtio-pci")
    assert "0000:01:00.1" in str(outcome.verdict["group"])


def test_function_without_an_iommu_group(boot, edu):
    outcome = boot(bundles.edu_container(), bundles.manifest(EDU), devices=edu, iommu=False)
    outcome.assert_failed("devices", "IOMMU group", "intel_iommu=on")


def test_one_container_path_for_two_devices(boot):
    outcome = boot(bundles.with_vfio(bundles.container()), bundles.manifest(
        bundles.vfio_device("08/00", id="a"),
        bundles.vfio_device(id="b", options=["0000:66:00.0=09/00"])),
        devices=qemu.behind_root_port("edu") + qemu.behind_root_port("edu", slot=9))
    outcome.assert_failed("spec", "conflicting device updates", "/dev/vfio/65")


def test_two_guests_for_one_host_address(boot, edu):
    outcome = boot(bundles.container(), bundles.manifest(
        *({"id": f"d{n}", "type": "vfio-pci-gk", "options": [f"{bundles.HOST_PCI}=0{n}/00"]}
          for n in (8, 9))), devices=edu + qemu.behind_root_port("edu", slot=9))
    outcome.assert_failed("devices", bundles.HOST_PCI, "0000:01:00.0", "0000:02:00.0")


def test_device_that_the_spec_does_not_have(boot, edu):
    outcome = boot(bundles.container(), bundles.manifest(EDU), devices=edu)
    outcome.assert_failed("spec", "missing devices in OCI spec", "/dev/vfio/65")


def without(kind, **words):
    return {"type": kind, "required": False, "timeout_ms": 300, **words}


# By id: a bad device, and what the verdict says.
BAD_DEVICES = {
    "no-bridge": (
        without("vfio-pci", options=["0000:40:00.0=08/00/00"]),
        "0000:01:00.0 (element 1 of the path under /sys/devices/pci0000:00) is no bridge, but the "
        "path leads through it"),
    "bridge": (
        without("vfio-pci", options=["0000:41:00.0=08"]),
        "0000:00:08.0 is a bridge, which cannot be given to a container: name a function behind it"),
    "no-root": (
        without("vfio-pci", options=["0000:42:00.0=pci0001:00/05.0"]),
        "waited 300 ms for root bus pci0001:00 (guest path pci0001:00/05.0): /sys/devices has "
        "pci0000:00; is it plugged in, and at that place?"),
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
        "0000:01:00.0 is no virtio device, but 1234:11e8: is the path right? (type vfio-pci-gk "
        "leaves any device to the guest's driver)"),
    "0000:01:00.0": (
        without("net"),
        "waited 300 ms for the network interface of 0000:01:00.0: 0000:01:00.0 is there with no "
        "driver; is it a network card, and its module loaded?"),
    "08/00.2": (
        without("net"),
        "waited 300 ms for PCI function 0000:01:00.2: /sys/devices/pci0000:00/0000:00:08.0 has "
        "0000:01:00.0 0000:01:00.1; is it plugged in, and at that place?"),
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


def test_each_bad_device_says_what_is_wrong(boot):
    """None of them delays another one or the container, which does not require them."""
    outcome = boot(bundles.container(), bundles.manifest(
        *({"id": name, **device} for name, (device, _) in BAD_DEVICES.items())),
        devices=qemu.behind_root_port("edu", RNG))
    outcome.assert_exited(0)
    found = outcome.verdict["devices"]
    assert [d["error"] for d in found] == [f"{name}: {says}" for name, (_, says) in BAD_DEVICES.items()]
    assert all(d["us"] < 1_000_000 for d in found)


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
def test_manifest_that_is_wrong(boot, phase, text, words):
    """The error has position and reason, and comes before any device is touched."""
    boot(bundles.container(), text).assert_failed(phase, *words)


def test_manifest_of_another_digest(boot):
    outcome = boot(bundles.container(), bundles.manifest(), words=["coldinit.sha256=" + "00" * 32])
    outcome.assert_failed("manifest", "SHA-256")
    assert outcome.verdict["expected"] == "00" * 32
    assert len(outcome.verdict["found"]) == 64


@pytest.mark.parametrize("word,words", [
    ("coldinit.manifest=initrd:/nothere.json", ["initrd:/nothere.json", "No such file"]),
    ("coldinit.manifest=virtiofs:nothere/manifest.json", ["virtio-fs", "nothere"]),
    ("coldinit.manifest=base64:e30", ["base64"]),
    ("coldinit.manifest=http://example.org/", ["http://example.org/", "initrd:"]),
], ids=["no-file", "no-share", "bad-base64", "unknown-source"])
def test_source_that_does_not_work(boot, word, words):
    outcome = boot(bundles.container(), words=[word])
    outcome.assert_failed("manifest", *words)


# --- the command line ----------------------------------------------------------------------------

@pytest.mark.parametrize("phase,words,expected", [
    ("cmdline", ["coldinit.manfest=initrd:/x"], ["coldinit.manfest", "coldinit.manifest"]),
    ("cmdline", ["coldinit.log=info", "coldinit.log=debug"], ["coldinit.log", "twice"]),
    ("cmdline", ["coldinit.timeout=soon"], ["coldinit.timeout", "soon"]),
    ("manifest", ["coldinit.device=vfio-pci-gk,id=d,colour=red"], ["coldinit.device", "colour"]),
], ids=["unknown", "twice", "value", "device-key"])
def test_parameter_that_is_wrong(boot, phase, words, expected):
    boot(bundles.container(), words=words).assert_failed(phase, *expected)


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


@pytest.mark.parametrize("phase,change,words", [
    ("spec", lambda spec: spec["process"].update(args=[]), ["/process/args"]),
    ("spec", lambda spec: spec["root"].update(path="nothere"), ["/root/path", "nothere"]),
    ("spec", lambda spec: spec["linux"].update(seccomp={"defaultAction": "SCMP_ACT_ERRNO"}),
     ["/linux/seccomp: does not allow execve"]),
    ("spec", lambda spec: spec["linux"]["namespaces"].append({"type": "user"}),
     ["/linux/namespaces", "user"]),
    ("exec", lambda spec: spec["mounts"].append({"destination": "/x", "type": "tmpfs", "source": "x",
                                                 "options": ["bogus=1"]}), ["/x", "bogus=1"]),
], ids=["no-args", "no-root", "seccomp", "user-namespace", "mount-option"])
def test_spec_that_cannot_be_honoured(boot, phase, change, words):
    """A field that is not supported is refused by name, never ignored."""
    spec = bundles.container()
    change(spec)
    boot(spec).assert_failed(phase, *words)


def test_config_that_is_no_json(boot):
    boot('{"ociVersion": "1.1.0",\n').assert_failed("spec", "config.json", "line 2")


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
