# SPDX-License-Identifier: Apache-2.0
"""The launcher in a container of a guest with KVM: its files, and the programs that it calls."""

import shutil
from pathlib import Path

import bundles
import conftest
import images as parts
import nested

PYTHON = "/usr/bin/python3.11"
TOOLS = (PYTHON, "/usr/bin/dash", *(f"/usr/bin/{name}" for name in (
    "cpio", "gzip", "install", "find", "sort", "mktemp", "cp", "rm", "mv", "cat", "chmod", "mkdir", "touch", "id",
    "realpath", "dirname", "wc", "head")))
LIBRARY = Path("/usr/lib/python3.11")
UNUSED = ("__pycache__", "test", "tests", "dist-packages", "idlelib", "tkinter", "ensurepip", "lib2to3", "pydoc_data",
          "distutils", "config-3.11-x86_64-linux-gnu", "unittest", "asyncio", "sqlite3", "xmlrpc", "wsgiref")


def write_tools(rootfs, *more):
    """Write the launcher and the programs that it calls. @more: other programs."""
    for tool in (*TOOLS, *more):
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
    for image, name in (("6.12", "initramfs"), ("6.12-disk", "initramfs-disk")):
        vmlinuz, cpio = images[image]
        shutil.copy(cpio, build / f"{name}.cpio.gz")
    shutil.copy(vmlinuz, build / "vmlinuz")
    bundles.write_bundle(rootfs / "inner", inner_spec(), programs)


def inner_spec():
    """Return: a container without any device; the launcher adds it."""
    spec = bundles.container()
    spec["process"].update(args=["/bin/edu"], user={"uid": 0, "gid": 0})
    return spec


def launch(*words):
    """Return: the launcher's command line in the container."""
    return [PYTHON, "/coldinit/initramfs/run", "--build", "/coldinit/build", *words]


def boot(boot, spec, prepare, *modules, **options):
    """Boot the guest that has KVM and a device on vfio-pci, with the container @spec."""
    manifest = bundles.manifest(bundles.vfio_device("08/00"), kernel_modules=[{"name": "kvm_amd"}, *modules])
    options = {"memory": 2048, "timeout": 500, **options}
    kernel = "+".join(["6.12+kvm-amd", *(module["name"] for module in modules)])
    return boot(spec, manifest, kernel=kernel, via="virtiofs", iommu=False, accel="tcg", prepare=prepare,
                devices=nested.OUTER, **options)
