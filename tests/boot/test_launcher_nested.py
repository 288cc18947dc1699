# SPDX-License-Identifier: Apache-2.0
"""initramfs/run on a host with a real device on vfio-pci: the host is a guest with KVM (see test_nested.py)."""

import json
import shutil
from pathlib import Path

import pytest

import bundles
import conftest
import images as parts
import nested
import qemu

TOOLS = ("/usr/bin/dash", "/usr/bin/cpio", "/usr/bin/gzip", "/usr/bin/python3.11", "/usr/bin/install", "/usr/bin/find",
         "/usr/bin/sort", "/usr/bin/mktemp", "/usr/bin/cp", "/usr/bin/rm", "/usr/bin/mv", "/usr/bin/cat", "/usr/bin/chmod",
         "/usr/bin/mkdir", "/usr/bin/touch", "/usr/bin/id")
LIBRARY = Path("/usr/lib/python3.11")
UNUSED = ("__pycache__", "test", "tests", "dist-packages", "idlelib", "tkinter", "ensurepip", "lib2to3", "pydoc_data",
          "distutils", "config-3.11-x86_64-linux-gnu", "unittest", "asyncio", "sqlite3", "xmlrpc", "wsgiref")


def write_tools(rootfs):
    """Write the launcher and the programs that it calls."""
    for tool in TOOLS:
        parts.copy_program(tool, rootfs)
    for module in ("_ctypes", "_json", "_hashlib"):
        for path in LIBRARY.glob(f"lib-dynload/{module}.*.so"):
            parts.copy_program(str(path), rootfs)
    shutil.copytree(LIBRARY, rootfs / "usr/lib/python3.11", dirs_exist_ok=True, ignore=shutil.ignore_patterns(*UNUSED))
    shutil.copytree(conftest.TOP / "initramfs", rootfs / "coldinit/initramfs",
                    ignore=shutil.ignore_patterns("__pycache__"))
    (rootfs / "bin/sh").unlink(missing_ok=True)
    (rootfs / "bin/sh").symlink_to("/usr/bin/dash")


def write_build(rootfs, images, programs):
    """Write what make has built, and a bundle for the inner guest."""
    build = rootfs / "coldinit/build"
    build.mkdir(parents=True)
    vmlinuz, cpio = images["6.12"]
    shutil.copy(vmlinuz, build / "vmlinuz")
    shutil.copy(cpio, build / "initramfs.cpio.gz")
    bundles.write_bundle(rootfs / "inner", inner_spec(), programs)


def inner_spec():
    """Return: a container without any device; the launcher adds it."""
    spec = bundles.container()
    spec["process"].update(args=["/bin/edu"], user={"uid": 0, "gid": 0})
    return spec


@pytest.mark.slow
def test_function_of_the_host(boot, images, programs):
    """The launcher finds the group, plugs it behind a root port, writes manifest and nodes, and ends with the status."""
    launch = ["/usr/bin/python3.11", "/coldinit/initramfs/run", "--build", "/coldinit/build", "--report", "-", "-m", "512m",
              "--device", "0000:01:00.0,id=edu", "bundle:/inner"]
    spec = nested.vmm_container("0000:01:00.0")
    spec["process"]["args"] = launch

    def prepare(bundle):
        nested.write_rootfs(bundle / "rootfs", {})
        write_tools(bundle / "rootfs")
        write_build(bundle / "rootfs", images, programs)

    outer = boot(spec, bundles.manifest(bundles.vfio_device("08/00"), kernel_modules=[{"name": "kvm_amd"}]),
                 kernel="6.12+kvm-amd", via="virtiofs", iommu=False, memory=2048, timeout=500, accel="tcg", prepare=prepare,
                 devices=nested.OUTER)
    outer.assert_exited(0)
    lines = [line.strip() for line in outer.console.splitlines()]
    assert "edu: all good" in lines
    # the outer console has the inner verdict as output of its container
    [text] = [line.partition("coldinit-verdict:")[2] for line in lines if '"id":"edu"' in line]
    [device] = json.loads(text)["devices"]
    assert (device["id"], device["host"], device["driver"]) == ("edu", "0000:01:00.0", "vfio-pci")
    assert qemu.parse_verdict(text)["status"] == 0
