# SPDX-License-Identifier: Apache-2.0
"""A guest as a GPU needs it: a driver, a daemon and a generator of a verified image beside the container.

QEMU's edu and the kernel's uio_pci_generic take the places of the GPU and of its driver: the driver is in the
image, binds late, and makes a node with a dynamic number; the generator writes a YAML file of the form that
nvidia-ctk writes.
"""

import copy
import shutil

import pytest

import bundles
import disks
from conftest import BUILD
from test_driver_images import make_tree
from test_verity import OTHER, damage, make

IMAGE = "/run/coldinit/ext/vendor"

SPEC = f"""---
cdiVersion: 0.5.0
kind: vendor.example/gpu
devices:
    - name: "0"
      containerEdits:
        deviceNodes:
            - path: /dev/vendor0
              hostPath: /dev/uio0
              fileMode: 438
containerEdits:
    env:
        - VENDOR_VISIBLE_DEVICES=void
    mounts:
        - hostPath: {IMAGE}/lib/libvendor.so.1
          containerPath: /usr/lib/libvendor.so.1
          options: [ro, nosuid, nodev, bind]
        - hostPath: /run/vendor/socket
          containerPath: /run/vendor/socket
          options: [nosuid, nodev, bind, noexec]
"""


@pytest.fixture
def image(tmp_path):
    """Return: the image of the vendor's driver and programs, and its root hash."""
    tree = make_tree(tmp_path / "vendor", "uio", "uio_pci_generic")
    for name in ("bin", "dev", "proc", "sys", "run", "tmp", "share"):
        (tree / name).mkdir()
    shutil.copy(BUILD / "tests/programs/service", tree / "bin/tool")
    (tree / "lib/libvendor.so.1").write_text("the vendor's library\n")
    (tree / "share/cdi.yaml").write_text(SPEC)
    return tmp_path / "vendor.img", make(tree, tmp_path / "vendor.img")[1]


def service(name, words, **more):
    return {"name": name, "args": ["/bin/tool", *words.split()], "root": IMAGE, **more}


def manifest(root_hash):
    """Return: one GPU: its driver, which the oneshot lets bind, the daemon with its socket, the CDI file."""
    return bundles.manifest(
        {"type": "vfio-pci-gk", "id": "gpu0", "options": [f"{bundles.HOST_PCI}=08/00"]},
        storages=[{"driver": "blk", "source": "05", "fstype": "erofs", "mount_point": IMAGE,
                   "verity": {"root_hash": root_hash}}],
        kernel_modules=[{"name": "uio_pci_generic", "modules_from": IMAGE}],
        services=[
            service("bind", "write /sys/bus/pci/drivers/uio_pci_generic/new_id=1234+11e8 need /dev/uio0"),
            service("persistenced", "fork listen /run/vendor/socket run persistenced",
                    kind="daemon", ready={"socket": "/run/vendor/socket"}, after=["directory", "bind"], on_exit="fail"),
            service("directory", "mkdir /run/vendor"),
            service("generator", "need /run/vendor/socket copy /share/cdi.yaml=/run/cdi/vendor.yaml",
                    after=["persistenced", "cdi"]),
            service("cdi", "mkdir /run/cdi")],
        policy={"lock_modules": True})


def container(*commands):
    """Return: the container of an ordinary user that requests the GPU by its CDI name."""
    spec = bundles.container(*commands)
    spec["process"]["user"] = {"uid": 1000, "gid": 1000}
    spec["annotations"] = {"cdi.k8s.io/gpu": "vendor.example/gpu=0"}
    return spec


WORK = ("open /dev/vendor0 rw", "cat /usr/lib/libvendor.so.1", "stat /run/vendor/socket", "env", "ls /dev/uio0")


def run(boot, disk, document, edu):
    return boot(container(*WORK), document, kernel="6.12-disk", devices=disks.virtio_blk(disk) + edu)


def test_the_container_uses_the_node(boot, image, edu):
    disk, root_hash = image
    outcome = run(boot, disk, manifest(root_hash), edu).assert_exited(0)
    assert outcome.probe("open") == ["/dev/vendor0 rw: ok"]
    assert outcome.probe("cat") == ["/usr/lib/libvendor.so.1: the vendor's library"]
    assert "No such file" not in outcome.probe("stat")[0]
    assert "VENDOR_VISIBLE_DEVICES=void" in outcome.probe("env")
    assert [line for line in outcome.verdict.get("warnings", []) if "no driver" not in line] == []


def broken(change):
    """Return: the same manifest with one change."""
    def make_document(root_hash):
        document = copy.deepcopy(manifest(root_hash))
        change(document, {entry["name"]: entry for entry in document["services"]})
        return document
    return make_document


def no_module(document, services):
    document["kernel_modules"][0]["name"] = "nvidia"


def bad_parameter(document, services):
    document["kernel_modules"].append({"name": "uio", "parameters": ["x" * 1100]})


def no_node(document, services):
    services["bind"]["args"][2:] = ["need", "/dev/uio0"]
    services["bind"]["args"][1:2] = []


def daemon_dies(document, services):
    services["persistenced"]["args"] = ["/bin/tool", "print", "no-GPU", "exit", "1"]


def generator_fails(document, services):
    services["generator"]["args"] = ["/bin/tool", "print", "no-driver", "exit", "2"]


def other_hash(document, services):
    document["storages"][0]["verity"]["root_hash"] = OTHER


@pytest.mark.parametrize("change, phase, words", [
    (no_module, "devices", f"kernel module nvidia of {IMAGE}: no module nvidia in"),
    (bad_parameter, "devices", "kernel module uio: more than 1023 bytes of parameters"),
    (no_node, "spec", "service bind has failed with status 4: /dev/uio0: No such file or directory"),
    (daemon_dies, "spec", "service persistenced has ended with status 1 before it was ready: no-GPU"),
    (generator_fails, "spec", "service generator has failed with status 2: no-driver"),
    (other_hash, "devices", f"storage {IMAGE}: the image does not have the requested root hash of dm-verity: expected {OTHER}"),
])
def test_each_part_that_fails_is_one_line(boot, image, edu, change, phase, words):
    disk, root_hash = image
    outcome = run(boot, disk, broken(change)(root_hash), edu)
    assert outcome.verdict["phase"] == phase and words in outcome.verdict["error"], outcome.console


def test_a_damaged_driver_is_not_loaded(boot, image, edu):
    disk, root_hash = image
    module = (disk.parent / "vendor").glob("lib/modules/*/extra/uio_pci_generic.ko")
    damage(disk, disk.read_bytes().index(next(module).read_bytes()[64:128]))
    outcome = run(boot, disk, manifest(root_hash), edu)
    assert outcome.verdict["outcome"] == "failed" and "I/O error" in outcome.verdict["error"]
