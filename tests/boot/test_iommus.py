# SPDX-License-Identifier: Apache-2.0
"""IOMMUs other than Intel's, or none: groups, interrupts, and what the workload can do."""

import pytest

import bundles

EDU = bundles.vfio_device("08/00")
VIRTIO_IOMMU = ["-device", "virtio-iommu-pci,bus=pcie.0,addr=2"]
UNSAFE = {"policy": {"unsafe_interrupts": "allow"}}


def assert_driven(outcome):
    outcome.assert_exited(0)
    for word in ("data verified", "MSI received", "edu: all good"):
        assert word in outcome.console
    assert outcome.log() == []


def test_virtio(boot, edu):
    """Its driver is loaded first; without it the kernel defers every probe and no function has a group."""
    outcome = boot(bundles.edu_container(), bundles.manifest(EDU, **UNSAFE), iommu=False,
                   devices=[*VIRTIO_IOMMU, *edu])
    assert_driven(outcome)


def test_virtio_without_the_policy(boot, edu):
    """It does not remap interrupts: that is an error of coldinit, not an EPERM in the container."""
    outcome = boot(bundles.edu_container(), bundles.manifest(EDU), iommu=False,
                   devices=[*VIRTIO_IOMMU, *edu])
    outcome.assert_failed("devices", "dev0", "0000:01:00.0", "virtio-iommu", "EPERM",
                          'policy.unsafe_interrupts to "allow"')
    assert "allow_unsafe_interrupts" in outcome.verdict["expected"]


UNMAPPED = ["-device", "intel-iommu,intremap=off,caching-mode=on"]


def test_intel_without_remapping(boot, edu):
    """What counts is whether the group can be used, not which IOMMU it has."""
    boot(bundles.edu_container(), bundles.manifest(EDU), iommu=False, devices=[*UNMAPPED, *edu]).assert_failed(
        "devices", "dev0", "0000:01:00.0", "dmar0", "EPERM", 'policy.unsafe_interrupts to "allow"')


def test_intel_without_remapping_by_the_kernel_line(boot, edu):
    """The module gets its parameter from the kernel command line, as from modprobe."""
    assert_driven(boot(bundles.edu_container(), bundles.manifest(EDU), iommu=False, devices=[*UNMAPPED, *edu],
                       words=["vfio_iommu_type1.allow_unsafe_interrupts=1"]))


def test_remapping_that_the_kernel_does_not_use(boot, edu):
    """The IOMMU can remap interrupts, but the kernel does not use that."""
    boot(bundles.edu_container(), bundles.manifest(EDU), devices=edu, words=["intremap=off"]).assert_failed(
        "devices", "dmar0", "EPERM")


def test_path_of_a_function_node_without_iommufd(boot, edu):
    """The host's kernel has IOMMUFD, the guest's has not: the container gets the group, and /dev/vfio/vfio."""
    spec = bundles.edu_container()
    spec["linux"]["devices"] = [{"path": "/dev/iommu", "type": "c", "major": 10, "minor": 124}]
    bundles.add_device(spec, "/dev/vfio/devices/vfio65", "c", 511, 7)
    outcome = boot(spec, bundles.manifest(bundles.vfio_device(
        "08/00", container_path="/dev/vfio/devices/vfio65")), devices=edu)
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console
    group, iommu = outcome.verdict["warnings"]
    assert "the container gets the group's node" in group and "for /dev/vfio/devices/vfio65" in group
    assert "/dev/iommu" in iommu and "left out" in iommu


# Debian's cloud kernels have no driver for AMD's IOMMU and no no-IOMMU mode.

@pytest.mark.slow
def test_amd(boot):
    """The function is on the root bus, because QEMU 7.2's AMD IOMMU confuses those behind bridges."""
    outcome = boot(bundles.edu_container(), bundles.manifest(bundles.vfio_device("04")),
                   kernel="small", iommu=False, devices=["-device", "amd-iommu,intremap=on",
                                                       "-device", "edu,bus=pcie.0,addr=4"])
    assert_driven(outcome)


@pytest.mark.slow
def test_none(boot, edu):
    """vfio's no-IOMMU mode: the group's node has another name; registers and MSI work, there is no DMA."""
    spec = bundles.edu_container()
    spec["process"]["user"] = {"uid": 0, "gid": 0}
    spec["process"]["capabilities"] = bundles.capabilities("CAP_SYS_RAWIO")
    outcome = boot(spec, bundles.manifest(EDU), kernel="small", iommu=False, devices=edu,
                   words=["vfio.enable_unsafe_noiommu_mode=1"])
    outcome.assert_exited(0)
    device = outcome.device()
    assert device["node"] == f"/dev/vfio/noiommu-{device['group']}"
    assert f"group {device['node']} is viable" in outcome.console
    assert "MSI received" in outcome.console
    assert "data verified" not in outcome.console
