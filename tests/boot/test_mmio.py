# SPDX-License-Identifier: Apache-2.0
"""virtio on MMIO: QEMU's microvm, whose devices ACPI tables describe."""

import json

import pytest

import bundles
import disks
import watchers
from test_network import BODY, DEFAULT_ROUTE, MAC, interface, port  # noqa: F401, pylint: disable=unused-import

KERNELS = ["6.12", pytest.param("6.1", marks=pytest.mark.slow), pytest.param("full", marks=pytest.mark.slow),
           pytest.param("next", marks=pytest.mark.slow)]
CARD = ["-netdev", "user,id=n0", "-device", f"virtio-net-device,netdev=n0,mac={MAC}"]
RNG = ["-device", "virtio-rng-device"]
RNG_USED = ["cat /sys/class/misc/hw_random/rng_current"]


def report(file):
    return ["-device", "virtio-serial-device", "-chardev", f"file,id=port,path={file}",
            "-device", "virtserialport,chardev=port,name=org.coldinit.report"]


def scsi(image):
    return ["-device", "virtio-scsi-device,id=scsi0", *disks.drive(image), "-device",
            "scsi-hd,drive=d0,bus=scsi0.0,scsi-id=3,lun=5"]


@pytest.fixture
def text(tmp_path):
    return disks.text_image(tmp_path / "disk.img", "hello from the disk")


@pytest.fixture
def microvm(boot):
    def start(*arguments, devices=(), **options):
        return boot(*arguments, devices=["-global", "virtio-mmio.force-legacy=false", *devices], arch="microvm",
                    iommu=False, **options)
    return start


def with_disk(*commands):
    return bundles.add_device(bundles.container("head /dev/data0", *commands), "/dev/data0", "b", 8, 0)


@pytest.mark.parametrize("kernel", KERNELS)
def test_everything_at_once(microvm, tmp_path, text, port, kernel):  # noqa: F811
    """An interface by its address, a SCSI disk, the report, random numbers, the power button."""
    outcome = microvm(
        with_disk(f"fetch 10.0.2.2 {port} /file", *RNG_USED, "wait-term"),
        bundles.manifest({"id": "3:5", "type": "scsi", "container_path": "/dev/data0"},
                         interfaces=[interface()], routes=[DEFAULT_ROUTE]),
        kernel=kernel, monitored=True, devices=[*CARD, *scsi(text), *report(tmp_path / "port"), *RNG],
        watch=watchers.after(("wait-term: ready", watchers.power_button))).assert_exited(42)
    assert outcome.probe("fetch") == [BODY.strip()]
    assert outcome.probe("head") == ["/dev/data0: hello from the disk"]
    assert outcome.probe("cat")[0].endswith("virtio_rng.0")
    assert json.loads((tmp_path / "port").read_text()) == outcome.document


@pytest.mark.parametrize("kernel", KERNELS)
def test_disk_by_the_name_of_its_node(microvm, text, kernel):
    outcome = microvm(with_disk(), bundles.manifest(
        {"vm_path": "/dev/vda", "type": "mmioblk", "container_path": "/dev/data0"}), kernel=kernel, devices=[
            *disks.drive(text), "-device", "virtio-blk-device,drive=d0"]).assert_exited(0)
    assert outcome.probe("head") == ["/dev/data0: hello from the disk"]


def test_only_interface(microvm):
    outcome = microvm(bundles.container(), bundles.manifest({"vm_path": "*", "type": "net"}), devices=CARD)
    assert outcome.assert_exited(0).device()["interface"] == "eth0"


def test_what_is_not_requested_is_not_driven(microvm):
    """The interface's driver is not loaded, that of the random numbers is."""
    outcome = microvm(bundles.container("ls /sys/class/net", *RNG_USED), devices=[*CARD, *RNG]).assert_exited(0)
    assert outcome.probe("ls") == ["/sys/class/net: lo"]
    assert outcome.probe("cat")[0].endswith("virtio_rng.0")


def test_a_driver_that_is_not_in_the_image(microvm):
    """The error names the device and its alias."""
    outcome = microvm(bundles.container(), bundles.manifest({"vm_path": "*", "type": "net", "timeout_ms": 300}),
                      words=["modprobe.blacklist=virtio_net"], devices=CARD)
    outcome.assert_failed("devices", "waited 300 ms for a network interface", "virtio0 has no driver",
                          "modalias virtio:d00000001v")
