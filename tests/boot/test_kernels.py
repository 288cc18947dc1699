# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels for all machines, whose drivers, file systems and checksums are modules: that of the backports
of this release, and the newest one, that of the next release's, which comes in several packages."""

import pytest

import bundles
import disks
import watchers
from test_storage import GREETING, READ, storage, with_data

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("kernel", ["full", "next"])]


@pytest.fixture
def image(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "greeting").write_text("hello from the image\n")
    return lambda kind: disks.make_image(kind, tree, tmp_path / f"{kind}.img")


def test_demo(boot, edu, kernel):
    outcome = boot(bundles.edu_container(), bundles.manifest(bundles.vfio_device("08/00")), devices=edu,
                   kernel=kernel).assert_exited(0)
    assert "all good" in outcome.console


@pytest.mark.parametrize("kind", ["erofs", "squashfs", "ext4"])
def test_file_systems_of_a_disk(boot, image, kind, kernel):
    """The checksums of erofs and ext4 are soft dependencies."""
    options = ["ro"] if kind == "ext4" else []
    outcome = boot(with_data(*READ), bundles.manifest(storages=[storage("blk", "05", kind, *options)]),
                   kernel=f"{kernel}-disk", devices=disks.virtio_blk(image(kind))).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]
    assert outcome.probe("write") == ["/data/new: Read-only file system"]


def test_scsi(boot, image, kernel):
    outcome = boot(with_data(*READ), bundles.manifest(storages=[storage("scsi", "3:5", "squashfs")]),
                   kernel=f"{kernel}-disk", devices=disks.virtio_scsi(image("squashfs"), 3, 5)).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]


def test_nvdimm(boot, image, kernel):
    outcome = boot(with_data(*READ), bundles.manifest(storages=[storage("nvdimm", "/dev/pmem0", "ext4", "ro")]),
                   kernel=f"{kernel}-disk", devices=disks.nvdimm(image("ext4"))).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]


def test_network(boot, kernel):
    outcome = boot(bundles.container(), bundles.manifest({"id": "05", "type": "net"}), kernel=kernel, devices=[
        "-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,bus=pcie.0,addr=0x5"]).assert_exited(0)
    device = outcome.device()
    assert (device["driver"], device["interface"]) == ("virtio-pci", "eth0")


def test_power_button(boot, kernel):
    boot(bundles.container("wait-term"), kernel=kernel, monitored=True,
         watch=watchers.after(("wait-term: ready", watchers.power_button))).assert_exited(42)
