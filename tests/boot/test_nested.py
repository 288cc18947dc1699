# SPDX-License-Identifier: Apache-2.0
"""A VMM under KVM cold-plugs a real vfio-pci device, which coldinit sets up in the inner guest.

QEMU's TCG emulates AMD's SVM. So the outer guest, which coldinit boots as well, has KVM and binds
edu to vfio-pci; its container is a VMM that gives that device to the inner guest.
"""

import pytest

import bundles
import images as parts
import nested


def inner_files(directory, images, programs):
    """Return: kernel and initramfs of the inner guest, with the demo's container."""
    vmlinuz, cpio = images["6.12"]
    bundle = bundles.write_bundle(directory / "inner/bundle", bundles.edu_container(), programs)
    file = bundles.write_json(directory / "inner/manifest.json",
                              bundles.manifest(bundles.vfio_device("08/00", expect={"ids": ["1234:11e8"]})))
    second = parts.pack_bundle(file, bundle, directory / "inner/second.cpio.gz")
    return {"vmlinuz": vmlinuz, "initrd": parts.concatenate([cpio, second], directory / "inner/initrd")}


@pytest.mark.slow
def test_vmm_with_kvm_cold_plugs_a_vfio_pci_device(boot, images, programs, tmp_path):
    """The inner container uses DMA through two IOMMUs and an interrupt through two hypervisors."""
    inner = tmp_path / "inner.console"
    files = inner_files(tmp_path, images, programs)

    outer = boot(nested.vmm_container("0000:01:00.0"),
                 bundles.manifest(bundles.vfio_device("08/00"), kernel_modules=[{"name": "kvm_amd"}]),
                 kernel="6.12+kvm-amd", via="virtiofs", iommu=False, memory=2048, timeout=400,
                 accel="tcg", prepare=lambda bundle: nested.write_rootfs(bundle / "rootfs", files),
                 devices=[*nested.OUTER, "-serial", f"file:{inner}"])
    outer.assert_exited(0)

    verdict = nested.check_inner(inner, "0000:01:00.0", "has id 0x010000ed")
    assert verdict["devices"][0]["driver"] == "vfio-pci"
