# SPDX-License-Identifier: Apache-2.0
"""Containers with VFIO devices get the nodes of /dev/infiniband that the guest's kernel made."""

import bundles
import qemu

NODE = "/dev/infiniband/rdma_cm"
IMAGE = "6.12+rdma_ucm"
RDMA = [{"name": "rdma_ucm"}]  # QEMU has no RDMA device; the node of the connection manager needs none


def test_the_node_comes_with_a_vfio_device(boot, edu):
    """The node has the kernel's mode, and can be opened."""
    spec = bundles.with_vfio(bundles.container(f"stat {NODE}", f"open {NODE} rw"))
    outcome = boot(spec, bundles.manifest(bundles.vfio_device("08/00"), kernel_modules=RDMA),
                   devices=edu, kernel=IMAGE)
    outcome.assert_exited(0)
    assert outcome.probe("open") == [f"{NODE} rw: ok"]
    assert "666" in outcome.probe("stat")[0]


def test_the_hosts_entry_gets_the_guests_numbers(boot):
    """The program is an ordinary user, so the mode counts; vfio-pci-gk is a VFIO type too."""
    spec = bundles.container(f"open {NODE} rw")
    spec["process"]["user"] = {"uid": 1000, "gid": 1000}
    bundles.add_device(spec, NODE, "c", 10, 250)
    outcome = boot(spec, bundles.manifest(
        {"id": "gk0", "type": "vfio-pci-gk", "options": [f"{bundles.HOST_PCI}=08/00"]},
        kernel_modules=RDMA), devices=qemu.behind_root_port("virtio-rng-pci"), kernel=IMAGE)
    outcome.assert_exited(0)
    assert outcome.probe("open") == [f"{NODE} rw: ok"]


def test_without_a_vfio_device_there_is_none(boot):
    outcome = boot(bundles.container("stat /dev/infiniband"),
                   bundles.manifest(kernel_modules=RDMA), kernel=IMAGE)
    outcome.assert_exited(0)
    assert "No such file" in " ".join(outcome.probe("stat"))
