# SPDX-License-Identifier: Apache-2.0
"""arm64: QEMU's virt machine with an SMMUv3, described by a device tree or by ACPI tables."""

import json

import pytest

import bundles
import disks
import foreign
import qemu
import watchers
from test_network import BODY, DEFAULT_ROUTE, MAC, interface, port  # noqa: F401, pylint: disable=unused-import
from test_whole import SHOWN

pytestmark = pytest.mark.slow

# QEMU's words, and the path of the root bus
TABLES = {
    "device-tree": ([], "/sys/devices/platform/4010000000.pcie/pci0000:00"),
    "acpi": (["-bios", qemu.ARM64_UEFI], "/sys/devices/pci0000:00"),
}
EDU = bundles.vfio_device("08/00", id="edu0", expect={"ids": ["1234:11e8"]})


@pytest.fixture
def arm64(tmp_path):
    return foreign.booter("arm64", tmp_path)


@pytest.mark.parametrize("tables", TABLES)
def test_demo(arm64, edu, tables):
    """DMA goes through the SMMU, and the interrupt through the GICv3's translation service."""
    words, root = TABLES[tables]
    outcome = arm64(bundles.edu_container(), bundles.manifest(EDU), devices=edu + words)
    outcome.assert_exited(0)
    group = outcome.device()["group"]
    for line in (f"0000:01:00.0: at {root}/0000:00:08.0/0000:01:00.0, group /dev/vfio/{group} is viable",
                 "0000:01:00.0: factorial of 10 = 3628800", "data verified", "MSI received", "all good"):
        assert line in outcome.console
    assert (outcome.device()["driver"], outcome.device()["guest"]) == ("vfio-pci", "0000:01:00.0")
    assert outcome.log() == outcome.verdict.get("warnings", [])
    # Debian's cloud kernel has no driver for the button of the device tree.
    assert [line.split(":")[0] for line in outcome.log()] == (["power button"] if tables == "device-tree" else [])


@pytest.mark.parametrize("tables", TABLES)
def test_lengths_show_that_nothing_is_missing(arm64, tables):
    """The device tree says how long the initramfs is; firmware with ACPI tables does not, so the log is read."""
    outcome = arm64(bundles.container("true"), bundles.manifest(), devices=TABLES[tables][0],
                    words=["coldinit.log=debug", "loglevel=8"], quiet=False).assert_exited(0)
    assert any(SHOWN in line for line in outcome.log()) == (tables == "device-tree")


@pytest.mark.parametrize("kernel,button", [("6.12", False), ("16k", True)])
def test_everything_on_mmio(arm64, tmp_path, port, kernel, button):  # noqa: F811
    """An interface by its address, a SCSI disk, the report, random numbers, and where the kernel has its driver the
    power button of the device tree."""
    disk = disks.text_image(tmp_path / "disk.img", "hello from the disk")
    commands = ["head /dev/data0", f"fetch 10.0.2.2 {port} /file", "cat /sys/class/misc/hw_random/rng_current"]
    outcome = arm64(
        bundles.add_device(bundles.container(*commands, *(["wait-term"] if button else [])), "/dev/data0", "b", 8, 0),
        bundles.manifest({"id": "3:5", "type": "scsi", "container_path": "/dev/data0"},
                         interfaces=[interface()], routes=[DEFAULT_ROUTE]),
        kernel=kernel, iommu=False, monitored=True,
        watch=watchers.after(("wait-term: ready", watchers.power_button)), devices=[
            "-global", "virtio-mmio.force-legacy=false",
            "-netdev", "user,id=n0", "-device", f"virtio-net-device,netdev=n0,mac={MAC}",
            "-device", "virtio-scsi-device,id=scsi0", *disks.drive(disk),
            "-device", "scsi-hd,drive=d0,bus=scsi0.0,scsi-id=3,lun=5",
            "-device", "virtio-serial-device", "-chardev", f"file,id=port,path={tmp_path}/port",
            "-device", "virtserialport,chardev=port,name=org.coldinit.report",
            "-device", "virtio-rng-device"]).assert_exited(42 if button else 0)
    assert outcome.probe("fetch") == [BODY.strip()]
    assert outcome.probe("head") == ["/dev/data0: hello from the disk"]
    assert outcome.probe("cat")[0].endswith("virtio_rng.0")
    assert json.loads((tmp_path / "port").read_text()) == outcome.document
    said = [] if button else ["power button: gpio-keys has no driver, so that it does nothing"]
    assert [": ".join(line.split(": ")[:2]) for line in outcome.verdict.get("warnings", [])] == said


@pytest.mark.parametrize("tables", TABLES)
def test_pages_of_16_kib(arm64, edu, tables):
    outcome = arm64(bundles.edu_container(), bundles.manifest(EDU), devices=edu + TABLES[tables][0], kernel="16k")
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console


def test_virtio_iommu(arm64, edu):
    """It remaps no interrupts, but the ITS isolates them: no policy needs to allow anything."""
    outcome = arm64(bundles.edu_container(), bundles.manifest(EDU), iommu=False,
                    devices=["-device", "virtio-iommu-pci,bus=pcie.0,addr=2", *edu])
    outcome.assert_exited(0)
    for line in ("data verified", "MSI received", "all good"):
        assert line in outcome.console


@pytest.mark.parametrize("path", ["04", "pci0000:00/04.0", "0000:00:04.0"])
def test_root_bus(arm64, path):
    """The root bus has another place than on x86; all names of it work."""
    outcome = arm64(bundles.edu_container(), bundles.manifest(bundles.vfio_device(path)),
                    devices=["-device", "edu,bus=pcie.0,addr=0x4"])
    outcome.assert_exited(0)
    assert outcome.device()["guest"] == "0000:00:04.0"
    assert "all good" in outcome.console


def test_group_comes_with_the_driver(arm64):
    """A function without a driver has no IOMMU group, so coldinit must read it after the binding."""
    links = [f"/sys/bus/pci/devices/0000:0{bus}:00.0/iommu_group" for bus in (1, 2)]
    outcome = arm64(bundles.with_vfio(bundles.container(*(f"stat {link}" for link in links))),
                    bundles.manifest(EDU),
                    devices=qemu.behind_root_port("edu") + qemu.behind_root_port("edu", slot=9))
    outcome.assert_exited(0)
    bound, unbound = outcome.probe("stat")
    assert bound.endswith(f"/iommu_groups/{outcome.device()['group']}")
    assert unbound == f"{links[1]}: No such file or directory"


def test_functions_of_one_slot(arm64):
    """The container gets two functions; the third one has a driver that would make the group unusable."""
    spec = bundles.edu_container()
    spec["process"]["env"][-1] += ",0000:65:00.1"
    outcome = arm64(spec, bundles.manifest(bundles.vfio_device("08/00.0", "08/00.1")),
                    devices=qemu.behind_root_port("edu", "edu", "virtio-rng-pci"))
    outcome.assert_exited(0)
    for function in (0, 1):
        assert f"0000:01:00.{function}: MSI received" in outcome.console
    assert "edu: all good" in outcome.console


def test_disk(arm64, tmp_path):
    """The device program allows one virtio disk and denies the other."""
    words, spec = [], bundles.container("head /dev/data0", "open /dev/data1 r")
    for number in (0, 1):
        disk = disks.text_image(tmp_path / f"disk{number}.img", f"hello from disk {number}")
        words += disks.virtio_blk(disk, number, slot=5 + number)
    bundles.add_device(spec, "/dev/data0", "b", 8, 0)
    bundles.add_device(spec, "/dev/data1", "b", 254, 16, access="")
    outcome = arm64(spec, bundles.manifest({"id": "05", "type": "blk", "container_path": "/dev/data0"},
                                           policy={"unclaimed_devices": "keep"}), devices=words)
    outcome.assert_exited(0)
    assert outcome.probe("head") == ["/dev/data0: hello from disk 0"]
    assert outcome.probe("open") == ["/dev/data1 r: Operation not permitted"]


def test_seccomp(arm64):
    """The filter uses the system call numbers of arm64, which differ from those of x86."""
    spec = bundles.container("run /bin/syscalls x")
    spec["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
        "syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "errnoRet": 11},
                     {"names": ["personality"], "action": "SCMP_ACT_ERRNO",
                      "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 0}]}]}
    outcome = arm64(spec)
    outcome.assert_exited(0)
    assert outcome.probe("syscalls") == [
        "getpid: ok", "personality(~0): ok", "personality(0): Operation not permitted",
        "mount: Operation not permitted", "unshare: Resource temporarily unavailable"]


def test_function_that_never_comes(arm64):
    outcome = arm64(bundles.edu_container(), bundles.manifest(bundles.vfio_device("08/00", timeout_ms=300)),
                    devices=qemu.behind_root_port())
    outcome.assert_failed("devices", "dev0: waited 300 ms for PCI function 0000:01:00.0 (guest path 08/00)")
