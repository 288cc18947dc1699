# SPDX-License-Identifier: Apache-2.0
"""Disk images for the boot tests, made by the tools of each file system, and QEMU's words for them."""

import hashlib
import struct
import subprocess

MIB = 1 << 20


def make_image(kind, tree, image, size=16 * MIB):
    """Write a file system of @kind with the files of @tree. Return: @image."""
    if kind == "ext4":
        image.write_bytes(b"")
        image.open("r+b").truncate(size)
        command = ["/sbin/mkfs.ext4", "-q", "-F", "-b", "4096", "-d", tree, image]
    elif kind == "erofs":
        command = ["mkfs.erofs", "-T0", "--quiet", image, tree]
    elif kind == "xfs":  # its tool makes no smaller one
        image.write_bytes(b"")
        image.open("r+b").truncate(320 * MIB)
        files = "".join(f"{file.name} ---644 0 0 {file}\n" for file in tree.iterdir() if file.is_file())
        prototype = image.with_suffix(".proto")
        prototype.write_text(f"/\n0 0\nd--755 0 0\n{files}$\n")
        command = ["/sbin/mkfs.xfs", "-q", "-p", prototype, image]
    else:
        assert kind == "squashfs"
        command = ["mksquashfs", tree, image, "-quiet", "-no-progress", "-noappend", "-all-root"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # QEMU's pmem and scsi disks need whole sectors, and a DAX device whole huge pages.
    length = image.stat().st_size
    image.open("r+b").truncate(-(-length // (2 * MIB)) * 2 * MIB)
    return image


def text_image(image, text):
    """Write a disk without a file system whose first line is @text. Return: @image."""
    image.write_bytes(f"{text}\n".encode().ljust(MIB, b"\n"))
    return image


def digest(image):
    return hashlib.sha256(image.read_bytes()).hexdigest()


def drive(image, number=0, readonly=False):
    return ["-drive", f"file={image},if=none,format=raw,id=d{number}"
                      + (",readonly=on" if readonly else "")]


def virtio_blk(image, number=0, slot=0x5, readonly=False):
    """Return: QEMU's words; the default path is "05"."""
    return drive(image, number, readonly) + [
        "-device", f"virtio-blk-pci,drive=d{number},bus=pcie.0,addr={slot:#x}"]


def virtio_scsi(image, scsi_id, lun):
    return ["-device", "virtio-scsi-pci,id=scsi0", *drive(image, readonly=True),
            "-device", f"scsi-hd,drive=d0,bus=scsi0.0,scsi-id={scsi_id},lun={lun}"]


def nvdimm(image):
    return ["-machine", "nvdimm=on", "-m", "slots=2,maxmem=2G",
            "-object", f"memory-backend-file,id=pm,mem-path={image},size={image.stat().st_size},"
                       "share=on",
            "-device", "nvdimm,memdev=pm,id=nv0"]


def with_dax(image):
    """Make the image a namespace in fsdax mode, as Kata's image builder does.

    2 MiB precede the file system; at 4 KiB they have the kernel's struct nd_pfn_sb
    (drivers/nvdimm/pfn.h), whose checksum is Fletcher's over words of 32 bits.
    """
    data = image.read_bytes()
    head = struct.pack("<16s16s16sIHHQQIIIIIH", b"NVDIMM_PFN_INFO", b"coldinit", b"", 0, 1, 4,
                       2 * MIB, len(data) // 4096, 1, 0, 0, 2 * MIB, 4096, 64).ljust(4088, b"\0")
    low = high = 0
    for word in struct.unpack("<1022I", head):
        low = (low + word) & 0xffffffff
        high = (high + low) & 0xffffffff
    # the checksum's two words count as zero
    high = (high + 2 * low) & 0xffffffff
    block = head + struct.pack("<II", low, high)
    image.write_bytes(bytes(4096) + block + bytes(2 * MIB - 8192) + data)
    return image


def check(image):
    """Run e2fsck on an ext4 image. Return: its status, 0 for clean, and its output."""
    done = subprocess.run(["/sbin/e2fsck", "-fn", image], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def read_file(image, path):
    """Return: the text of a file in an ext4 image."""
    return subprocess.run(["/sbin/debugfs", "-R", f"cat {path}", image], capture_output=True,
                          text=True, check=True).stdout


def set_root_mode(image, mode):
    """Change the mode of the top directory, which mkfs.ext4 -d does not take from the tree."""
    subprocess.run(["/sbin/debugfs", "-w", "-R", f"set_inode_field / mode 0{mode:o}", image],
                   check=True, capture_output=True)


def features(image):
    return subprocess.run(["/sbin/dumpe2fs", "-h", image], capture_output=True, text=True,
                          check=True).stdout
