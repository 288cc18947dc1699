# SPDX-License-Identifier: Apache-2.0
"""A container that runs a VMM, QEMU with KVM, with a real device of its guest."""

import shutil

import bundles
import images
import qemu

PROGRAM = "/usr/bin/qemu-system-x86_64"
FIRMWARE = ("/usr/share/qemu", "/usr/share/seabios")
ACCELERATORS = "/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so"

# The outer guest: its processor has SVM, and its IOMMU reaches all addresses of inner guests.
OUTER = ["-cpu", "EPYC,+svm,+npt",
         "-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48",
         "-device", "pcie-root-port,id=rp8,bus=pcie.0,addr=0x8,chassis=8,slot=8",
         "-device", "edu,bus=rp8,dma_mask=0xffffffffffffffff"]

WORKS = ("DMA round trip of 2048 bytes through the IOMMU: data verified", "MSI received and acknowledged")


def check_inner(console, place, *lines):
    """Check that the container of the inner guest has driven the device at @place. Return: the verdict."""
    text = console.read_text(errors="replace").replace("\r", "")
    verdicts = [qemu.parse_verdict(found) for found in qemu.VERDICT.findall(text)]
    assert len(verdicts) == 1, text
    assert (verdicts[0]["outcome"], verdicts[0]["status"]) == ("exited", 0), text
    assert verdicts[0]["devices"][0]["guest"] == place
    for line in (*lines, *WORKS):
        assert f"edu: {place}: {line}" in text, text
    assert "edu: all good" in text
    return verdicts[0]


INNER_CONSOLE = "/dev/ttyS1"


def write_rootfs(rootfs, guest_files):
    """Write a root file system with QEMU, the files that it needs, and those of the inner guest."""
    for path in (PROGRAM, ACCELERATORS):
        images.copy_program(path, rootfs)
    for directory in FIRMWARE:
        # Links in one of them lead to the other.
        shutil.copytree(directory, rootfs / directory.lstrip("/"), symlinks=False, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("edk2*", "*.img", "skiboot*", "openbios*", "u-boot*"))
    for name, content in guest_files.items():
        (rootfs / "guest").mkdir(exist_ok=True)
        shutil.copy(content, rootfs / "guest" / name)


def vmm_command(device):
    """Return: the container's command, a VMM that cold-plugs @device, an address of the outer guest."""
    return [PROGRAM, "-machine", "q35,accel=kvm,kernel-irqchip=split", "-cpu", "host", "-smp", "1", "-m", "512",
            "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none",
            "-chardev", f"serial,id=console,path={INNER_CONSOLE}", "-serial", "chardev:console",
            "-kernel", "/guest/vmlinuz", "-initrd", "/guest/initrd",
            "-append", "console=ttyS0 panic=-1 no_timer_check quiet",
            "-device", "intel-iommu,intremap=on,caching-mode=on",
            "-device", "pcie-root-port,id=rp,bus=pcie.0,addr=0x8,chassis=1,slot=1",
            "-device", f"vfio-pci,host={device},bus=rp"]


def vmm_container(device):
    """Return: the config.json of that container."""
    spec = bundles.with_vfio(bundles.container())
    bundles.add_device(spec, "/dev/kvm", "c", 10, 232)
    bundles.add_device(spec, INNER_CONSOLE, "c", 4, 65)
    spec["process"].update(args=vmm_command(device), rlimits=[
        {"type": "RLIMIT_MEMLOCK", "soft": 2**64 - 1, "hard": 2**64 - 1}])
    return spec
