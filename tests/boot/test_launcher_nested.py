# SPDX-License-Identifier: Apache-2.0
"""initramfs/run on a host with a real device on vfio-pci: the host is a guest with KVM (see test_nested.py).

cloud_hypervisor.py does the same with the other VMM.
"""

import json
import shutil
from pathlib import Path

import pytest

import bundles
import images as parts
import nested
import nested_launcher
import qemu
from launcher import defaults

WORDS = ("--report", "-", "-m", "512m", "--device", "0000:01:00.0,id=edu", "bundle:/inner")
LIBVIRT = Path("/usr/lib/x86_64-linux-gnu/libvirt")


def write_host(rootfs, images, programs, *more):
    """Write QEMU and the launcher, with other programs."""
    nested.write_rootfs(rootfs, {})
    nested_launcher.write_tools(rootfs, *more)
    nested_launcher.write_build(rootfs, images, programs)


def write_libvirt(rootfs):
    """Write what libvirt needs to start a domain, and the script that starts libvirt."""
    for path in LIBVIRT.rglob("*.so"):
        parts.copy_program(str(path), rootfs)
    shutil.copytree("/usr/share/libvirt", rootfs / "usr/share/libvirt", ignore=shutil.ignore_patterns("schemas", "test-screenshot*"))
    (rootfs / "var").mkdir(exist_ok=True)
    (rootfs / "var/run").symlink_to("/run")
    shutil.copy("/bin/busybox", rootfs / "bin/busybox")
    for name in ("mount", "sleep", "seq", "grep"):
        (rootfs / "bin" / name).symlink_to("busybox")
    shutil.copy(Path(__file__).with_name("system-libvirt"), rootfs)


def check(outer):
    """The container in the inner guest has driven the device, and the launcher ended with its status."""
    outer.assert_exited(0)
    lines = [line.strip() for line in outer.console.splitlines()]
    assert "edu: all good" in lines
    # the outer console has the inner verdict as output of its container
    [text] = [line.partition("coldinit-verdict:")[2] for line in lines if '"id":"edu"' in line]
    [device] = json.loads(text)["devices"]
    assert (device["id"], device["host"], device["driver"]) == ("edu", "0000:01:00.0", "vfio-pci")
    assert qemu.parse_verdict(text)["status"] == 0


@pytest.mark.slow
def test_function_of_the_host(boot, images, programs):
    """The launcher finds the group, plugs it behind a root port, writes manifest and nodes, and ends with the status."""
    spec = nested.vmm_container("0000:01:00.0")
    spec["process"]["args"] = nested_launcher.launch(*WORDS)
    check(nested_launcher.boot(boot, spec, lambda bundle: write_host(bundle / "rootfs", images, programs)))


@pytest.mark.slow
def test_function_of_the_host_by_libvirt(boot, images, programs):
    """The same by a hostdev of libvirt's domain."""
    spec = nested.vmm_container("0000:01:00.0")
    spec["process"].update(args=["/bin/sh", "/system-libvirt", "/libvirt", *nested_launcher.launch("--vmm", "libvirt", *WORDS)],
                           capabilities=bundles.capabilities(*defaults.ALL_CAPABILITIES), noNewPrivileges=False)
    spec["process"]["env"] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]

    def prepare(bundle):
        write_host(bundle / "rootfs", images, programs, "/usr/sbin/libvirtd", "/usr/bin/virsh")
        write_libvirt(bundle / "rootfs")

    check(nested_launcher.boot(boot, spec, prepare, timeout=900))
