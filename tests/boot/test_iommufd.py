# SPDX-License-Identifier: Apache-2.0
"""A kernel with IOMMUFD: the container also gets the device's own node and /dev/iommu."""

import pytest

import bundles

pytestmark = pytest.mark.slow


def test_device_works_through_its_own_node(boot, edu):
    """An ordinary user uses registers, DMA through /dev/iommu, and an interrupt."""
    spec = bundles.edu_container()
    spec["process"]["args"] += ["PCIDEVICE_COLDINIT_IO_EDU", "iommufd"]
    outcome = boot(spec, bundles.manifest(bundles.vfio_device("08/00")), devices=edu, kernel="small",
                   words=["intel_iommu=on"])
    outcome.assert_exited(0)
    for line in ("/dev/vfio/devices/vfio0 is bound to /dev/iommu", "data verified", "MSI received", "all good"):
        assert line in outcome.console


def test_device_works_through_its_group_on_the_same_kernel(boot, edu):
    """The group's node works too, and the verdict names it."""
    outcome = boot(bundles.edu_container(), bundles.manifest(bundles.vfio_device("08/00")), devices=edu,
                   kernel="small", words=["intel_iommu=on"])
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console
    assert outcome.device()["node"] == f"/dev/vfio/{outcome.device()['group']}"
