# SPDX-License-Identifier: Apache-2.0
"""The command blocks of docs/cloud-hypervisor.md, as they are: make test-cloud-hypervisor. See test_pages_host.py."""

import pytest

import blocks
import cloud_hypervisor as vmm
import conftest
import test_pages_host as pages

cloud_hypervisor = vmm.cloud_hypervisor  # the fixture

PAGE = "docs/cloud-hypervisor.md"
LAUNCHER = "initramfs/run --vmm cloud-hypervisor --device 0000:65:00.0 docker-archive:gpu.tar"
BY_HAND = "cat build/initramfs.cpio.gz second.cpio.gz >initrd"


def page_manifest():
    """Return: the manifest that the page shows."""
    [text] = [block.text for block in blocks.read(PAGE, conftest.TOP) if block.language == "json"]
    return text


@pytest.mark.parametrize("first", [LAUNCHER, BY_HAND], ids=["launcher", "by hand"])
def test_block(cloud_hypervisor, images, programs, boot, tmp_path, first):  # pylint: disable=redefined-outer-name
    script = blocks.find(PAGE, first, conftest.TOP).text

    def prepare(bundle):
        pages.write_host(bundle / "rootfs", images, programs, tmp_path / "desk", page_manifest())
        vmm.copy_libraries(cloud_hypervisor, bundle / "rootfs")
        pages.copy(cloud_hypervisor, bundle / "rootfs/usr/bin/cloud-hypervisor")

    (tmp_path / "desk").mkdir()
    spec = pages.container(script)
    spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]})
    outer = pages.boot_host(boot, spec, prepare)
    outer.assert_exited(0)
    assert "edu: all good" in [line.strip() for line in outer.console.splitlines()]
