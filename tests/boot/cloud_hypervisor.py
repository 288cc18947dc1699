# SPDX-License-Identifier: Apache-2.0
"""Cloud Hypervisor cold-plugs a real vfio-pci device, as QEMU does in test_nested.py: make test-cloud-hypervisor.

The outer guest has KVM under QEMU's emulation; its container is Cloud Hypervisor, which Debian does not
have. So the name of this file is not one that the other boot tests are found by.
"""

import os
import shutil
import subprocess

import pytest

import bundles
import images as parts
import nested

ALLOW = {"unsafe_interrupts": "allow"}  # virtio-iommu, the only IOMMU there, cannot remap interrupts
PLACE = "path=/sys/bus/pci/devices/0000:01:00.0/,iommu=on,pci_device_id=5"

# A device's path in the manifest, its address in the guest, and Cloud Hypervisor's words.
CASES = {
    "root bus": ("05", "0000:00:05.0", ["--device", PLACE]),
    "explicit root": ("pci0000:00/05.0", "0000:00:05.0", ["--device", PLACE]),
    "second segment": ("pci0001:00/05.0", "0001:00:05.0",
                       ["--device", f"{PLACE},pci_segment=1", "--platform", "num_pci_segments=2"]),
}


@pytest.fixture(scope="session")
def cloud_hypervisor():
    """The binary."""
    found = os.environ.get("CLOUD_HYPERVISOR") or shutil.which("cloud-hypervisor")
    if not found or not os.access(found, os.X_OK):
        pytest.fail("cloud-hypervisor is missing: put it into PATH, or its path into $CLOUD_HYPERVISOR "
                    "(github.com/cloud-hypervisor/cloud-hypervisor has releases)", pytrace=False)
    return found


def command(words):
    # panic=0: a guest that reboots is started again by the same process
    return ["/usr/bin/cloud-hypervisor", "--kernel", "/guest/vmlinuz", "--initramfs", "/guest/initrd",
            "--cmdline", "console=ttyS0 panic=0 no_timer_check quiet", "--cpus", "boot=1", "--memory", "size=512M",
            "--serial", f"file={nested.INNER_CONSOLE}", "--console", "off", *words]


def copy_libraries(binary, rootfs):
    """A release is static or not."""
    if subprocess.run(["ldd", binary], capture_output=True, check=False).returncode == 0:
        parts.copy_program(binary, rootfs)


def write_rootfs(rootfs, binary, files):
    copy_libraries(binary, rootfs)
    (rootfs / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(binary, rootfs / "usr/bin/cloud-hypervisor")
    (rootfs / "guest").mkdir()
    for name, content in files.items():
        shutil.copy(content, rootfs / "guest" / name)


def inner_files(directory, images, programs, path):
    vmlinuz, cpio = images["6.12"]
    bundle = bundles.write_bundle(directory / "inner/bundle", bundles.edu_container(), programs)
    file = bundles.write_json(directory / "inner/manifest.json", bundles.manifest(
        bundles.vfio_device(path, expect={"ids": ["1234:11e8"]}), policy=ALLOW))
    second = parts.pack_bundle(file, bundle, directory / "inner/second.cpio.gz")
    return {"vmlinuz": vmlinuz, "initrd": parts.concatenate([cpio, second], directory / "inner/initrd")}


@pytest.mark.parametrize("case", CASES)
def test_cold_plugged_device(cloud_hypervisor, boot, images, programs, tmp_path, case):
    path, place, words = CASES[case]
    console = tmp_path / "inner.console"
    files = inner_files(tmp_path, images, programs, path)
    spec = nested.vmm_container("0000:01:00.0")
    spec["process"]["args"] = command(words)

    outer = boot(spec, bundles.manifest(bundles.vfio_device("08/00"), kernel_modules=[{"name": "kvm_amd"}]),
                 kernel="6.12+kvm-amd", via="virtiofs", iommu=False, memory=2048, timeout=400, accel="tcg",
                 prepare=lambda bundle: write_rootfs(bundle / "rootfs", cloud_hypervisor, files),
                 devices=[*nested.OUTER, "-serial", f"file:{console}"])
    outer.assert_exited(0)

    nested.check_inner(console, place)
