# SPDX-License-Identifier: Apache-2.0
"""s390x, which has big-endian numbers and a channel subsystem for its devices."""

import hashlib
import json

import pytest

import bundles
import disks
import foreign
from test_network import BODY, DEFAULT_ROUTE, MAC, interface, port  # noqa: F401, pylint: disable=unused-import

pytestmark = pytest.mark.slow

DISK = {"id": "0.0.1234", "type": "blk-ccw", "container_path": "/dev/data0"}


@pytest.fixture
def s390x(tmp_path):
    """Guests of s390x: its kernel has no VFIO, so QEMU gets no IOMMU."""
    return foreign.booter("s390x", tmp_path)


def drive(tmp_path, number):
    """Return: QEMU's words for a disk with its text."""
    return disks.drive(disks.text_image(tmp_path / f"disk{number}.img", f"hello from disk {number}"), number)


def disk_container(*commands):
    return bundles.add_device(bundles.container("head /dev/data0", *commands), "/dev/data0", "b", 8, 0)


def test_disks(s390x, tmp_path):
    """The device program allows one disk and denies the other."""
    spec = disk_container("stat /dev/data0", "open /dev/data1 r")
    bundles.add_device(spec, "/dev/data1", "b", 253, 0, access="")
    words = []
    for number, devno in enumerate(("1234", "1235")):
        words += [*drive(tmp_path, number), "-device", f"virtio-blk-ccw,drive=d{number},devno=fe.0.{devno}"]
    outcome = s390x(spec, bundles.manifest(DISK, policy={"unclaimed_devices": "keep"}), devices=words)
    outcome.assert_exited(0)
    assert outcome.probe("head") == ["/dev/data0: hello from disk 0"]
    assert outcome.probe("open") == ["/dev/data1 r: Operation not permitted"]
    assert outcome.device()["guest"] == "0.0.1234"  # the kernel numbers the disks as they come online
    assert outcome.log() == []


def test_disk_of_another_subchannel_set(s390x, tmp_path):
    outcome = s390x(disk_container(), bundles.manifest({**DISK, "id": "0.2.00aB"}), devices=[
        *drive(tmp_path, 0), "-device", "virtio-blk-ccw,drive=d0,devno=fe.2.00ab"])
    outcome.assert_exited(0)
    assert outcome.probe("head") == ["/dev/data0: hello from disk 0"]


def test_disk_plugged_late(s390x, tmp_path):
    """The wait for it ends with the kernel's uevent."""
    waiting = "coldinit: devices: 0.0.1234: waiting for"
    seen = [""]

    def plug(guest, text):
        before, seen[0] = seen[0], seen[0] + text
        if waiting in seen[0] and waiting not in before:
            monitor = guest.monitor()
            monitor.plug("virtio-blk-ccw", drive="d0", devno="fe.0.1234", id="late")
            monitor.close()

    outcome = s390x(disk_container(), bundles.manifest({**DISK, "timeout_ms": 20000}), quiet=False,
                    monitored=True, watch=plug, devices=drive(tmp_path, 0))
    outcome.assert_exited(0)
    assert waiting in outcome.console
    assert outcome.probe("head") == ["/dev/data0: hello from disk 0"]
    assert outcome.device()["us"] < 5_000_000


def test_disk_that_never_comes(s390x):
    outcome = s390x(disk_container(), bundles.manifest({**DISK, "timeout_ms": 300}))
    outcome.assert_failed("devices", "waited 300 ms for", "0.0.1234")


def test_network(s390x):
    outcome = s390x(bundles.container(), bundles.manifest({"id": "0.0.0042", "type": "net"}), devices=[
        "-netdev", "user,id=n0", "-device", "virtio-net-ccw,netdev=n0,devno=fe.0.0042"])
    outcome.assert_exited(0)
    device = outcome.device()
    assert (device["driver"], device["interface"]) == ("virtio_ccw", "eth0")


def test_everything_at_once(s390x, tmp_path, port):  # noqa: F811
    """An interface by its address, a SCSI disk, the report, random numbers."""
    outcome = s390x(
        disk_container(f"fetch 10.0.2.2 {port} /file", "cat /sys/class/misc/hw_random/rng_current"),
        bundles.manifest({"id": "3:5", "type": "scsi", "container_path": "/dev/data0"},
                         interfaces=[interface()], routes=[DEFAULT_ROUTE]),
        devices=["-netdev", "user,id=n0", "-device", f"virtio-net-ccw,netdev=n0,mac={MAC}",
                 "-device", "virtio-scsi-ccw,id=scsi0", *drive(tmp_path, 0),
                 "-device", "scsi-hd,drive=d0,bus=scsi0.0,scsi-id=3,lun=5",
                 "-device", "virtio-serial-ccw", "-chardev", f"file,id=port,path={tmp_path}/port",
                 "-device", "virtserialport,chardev=port,name=org.coldinit.report",
                 "-device", "virtio-rng-ccw"]).assert_exited(0)
    assert outcome.probe("fetch") == [BODY.strip()]
    assert outcome.probe("head") == ["/dev/data0: hello from disk 0"]
    assert outcome.probe("cat")[0].endswith("virtio_rng.0")
    assert json.loads((tmp_path / "port").read_text()) == outcome.document
    assert outcome.log() == []


def test_report_that_is_lost(s390x):
    """It is a warning, also with "quiet"."""
    outcome = s390x(bundles.container(), words=["coldinit.report=virtio-serial:org.example.absent"], devices=[
        "-device", "virtio-serial-ccw"]).assert_exited(0)
    [warning] = outcome.verdict["warnings"]
    assert warning.startswith("report: virtio-serial:org.example.absent: cannot be opened")
    assert outcome.log() == [warning]


@pytest.mark.parametrize("path", ["0012:00:00.0", "pci0012:00/00"])
def test_disk_on_pci(s390x, tmp_path, path):
    """Each function is in a separate PCI domain, whose number is its uid."""
    outcome = s390x(disk_container(), bundles.manifest({**DISK, "type": "blk", "id": path}), devices=[
        *drive(tmp_path, 0), "-device", "zpci,uid=18,fid=19,target=disk",
        "-device", "virtio-blk-pci,drive=d0,id=disk"])
    outcome.assert_exited(0)
    assert outcome.probe("head") == ["/dev/data0: hello from disk 0"]


def test_digest_of_the_manifest(s390x):
    text = json.dumps(bundles.manifest())
    digest = hashlib.sha256(text.encode()).hexdigest()
    s390x(bundles.container(), text, words=[f"coldinit.sha256={digest}"]).assert_exited(0)


def test_vfio_is_not_in_this_kernel(s390x):
    outcome = s390x(bundles.edu_container(), bundles.manifest(bundles.vfio_device("0012:00:00.0")), devices=[
        "-device", "zpci,uid=18,fid=19,target=rng", "-device", "virtio-rng-pci,id=rng"])
    outcome.assert_failed("devices", "vfio-pci")
