# SPDX-License-Identifier: Apache-2.0
"""Command blocks that need a host with KVM, a device on vfio-pci and vhost-vsock: the host is a guest (see nested.py).

The blocks are the README's one for a host device and the launcher in Python of docs/launcher.md.
"""

import json
import shutil

import pytest

import blocks
import bundles
import conftest
import images as parts
import launchers
import nested
import nested_launcher
import qemu
import test_pages

HOST_DEVICE = "initramfs/run --device 0000:65:00.0 docker-archive:gpu.tar"
LAUNCHER = '"""Start a guest, read its verdict, and end with its status."""'

# QEMU's words for an edu at 0000:65:00.0, behind a PCI expander bridge whose bus is 0x64.
AT_65 = ["-cpu", "EPYC,+svm,+npt", "-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48",
         "-device", "pxb-pcie,id=pxb,bus=pcie.0,addr=0x7,bus_nr=0x64",
         "-device", "pcie-root-port,id=rp65,bus=pxb,chassis=65,slot=65",
         "-device", "edu,bus=rp65,dma_mask=0xffffffffffffffff"]

# The launcher names the variable by the function's class, which is no GPU here.
PROGRAM = ("/bin/sh", "-c", "PCIDEVICE_COLDINIT_IO_EDU=$PCIDEVICE_COLDINIT_IO_PCI exec /bin/edu")


def copy(program, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, place)


def write_host(rootfs, images, programs, scratch, manifest=None):
    """Write a machine with the launcher, a build, an image that is packed already, and a second cpio. @manifest: its
    text, for another one than the demo's."""
    images.make(*test_pages.table.DEMO)
    nested.write_rootfs(rootfs, {})
    nested_launcher.write_tools(rootfs)
    for tool in ("/usr/bin/env", "/usr/bin/bash", "/usr/bin/cat"):
        parts.copy_program(tool, rootfs)
    (rootfs / "usr/bin/python3").symlink_to("python3.11")
    top = rootfs / "coldinit"
    for name in ("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz"):
        copy(conftest.BUILD / name, top / "build" / name)
    desk = test_pages.Desk(scratch)
    desk.image("gpu", *(f"--config.cmd={word}" for word in PROGRAM), programs=programs)
    launchers.Launcher(top / "cache").dry(f"docker-archive:{scratch}/gpu.tar")
    copy(scratch / "gpu.tar", top / "gpu.tar")
    desk.bundle()
    if manifest:
        (scratch / "manifest.json").write_text(manifest)
    second = parts.pack_bundle(scratch / "manifest.json", scratch / "bundle", top / "second.cpio.gz")
    parts.concatenate([conftest.BUILD / "initramfs.cpio.gz", second], top / "initrd")


def container(script):
    """Return: the config.json of the host's container, which runs @script beside the launcher."""
    spec = nested.vmm_container("0000:65:00.0")
    bundles.add_device(spec, "/dev/vhost-vsock", "c", 10, 241)
    spec["process"].update(args=["/usr/bin/bash", "-ec", script], cwd="/coldinit")
    spec["process"]["env"] += ["XDG_CACHE_HOME=/coldinit/cache"]
    return spec


def boot_host(boot, spec, prepare):
    modules = [{"name": "kvm_amd"}, {"name": "vhost_vsock"}]
    return boot(spec, bundles.manifest(bundles.vfio_device("0000:65:00.0"), kernel_modules=modules),
                kernel="6.12+kvm-amd+vhost_vsock", via="virtiofs", iommu=False, memory=3072, timeout=900, accel="tcg",
                prepare=prepare, devices=AT_65)


@pytest.fixture(scope="module")
def outer(boot_once, images, programs, tmp_path_factory):
    """The boot of the host. Its container runs both blocks."""
    scripts = [blocks.find("README.md", HOST_DEVICE, conftest.TOP).text,
               blocks.find("docs/launcher.md", LAUNCHER, conftest.TOP).text]

    def prepare(bundle):
        write_host(bundle / "rootfs", images, programs, tmp_path_factory.mktemp("desk"))
        (bundle / "rootfs/coldinit/block.py").write_text(scripts[1])

    return boot_host(boot_once, container(f"{scripts[0]}\nACCEL=kvm python3 block.py"), prepare)


@pytest.mark.slow
@pytest.mark.xdist_group("pages-host")
def test_host_device(outer):
    """The program in the image drives the host's device."""
    outer.assert_exited(0)
    lines = [line.strip() for line in outer.console.splitlines()]
    assert lines.count("edu: all good") >= 1
    assert any("MSI received and acknowledged" in line for line in lines)


@pytest.mark.slow
@pytest.mark.xdist_group("pages-host")
def test_verdict_by_port_and_by_vsock(outer):
    """The launcher in Python prints the same verdict twice: from the port and from vsock."""
    found = [line.strip() for line in outer.console.splitlines() if line.strip().startswith('{"version": 1, "outcome"')]
    assert len(found) == 2 and found[0] == found[1]
    verdict = qemu.parse_verdict(found[0])
    assert (verdict["outcome"], verdict["status"], verdict["devices"][0]["id"]) == ("exited", 0, "edu0")
    assert json.dumps(verdict) == found[0]
