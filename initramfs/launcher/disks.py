# SPDX-License-Identifier: Apache-2.0
"""The disks of a guest: the image, the writable one, small ones for devices."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import packages
from qemu import LaunchError

IMAGE_SLOT, WRITABLE_SLOT = 0x1d, 0x1c
IMAGE, CHANGES, ROOT = "/run/coldinit/image", "/run/coldinit/changes", "/run/coldinit/root"
WRITABLE_SIZE = 16 << 30  # a sparse file
SMALL_SIZE = 64 << 20
EXT4_MAGIC, MAGIC_AT, LABEL_AT = b"\x53\xef", 1024 + 56, 1024 + 120


def quoted(path):
    """Return: a path as a value of QEMU's options."""
    return str(path).replace(",", ",,")


@dataclass(frozen=True)
class Disk:
    """A virtio disk in a slot of the root bus."""

    path: Path
    name: str
    slot: int
    readonly: bool

    def words(self):
        """Return: QEMU's words."""
        return ["-drive", f"file={quoted(self.path)},if=none,format=raw,id={self.name}"
                          + (",readonly=on" if self.readonly else ",discard=unmap"),
                "-device", f"virtio-blk-pci,drive={self.name},bus=pcie.0,addr={self.slot:#x}"]


def label(name):
    """Return: the label of a writable disk, which names the image whose changes it has."""
    return f"ci-{name[:12]}"


def read_label(path):
    """Return: the label of an ext4 file system, None if it is none."""
    with open(path, "rb") as file:
        head = file.read(2048)
    if head[MAGIC_AT:MAGIC_AT + 2] != EXT4_MAGIC:
        return None
    return head[LABEL_AT:LABEL_AT + 16].rstrip(b"\0").decode(errors="replace")


def make_writable(path, name):
    """Make the disk for an image's changes, or check that an existing one belongs to that image."""
    if path.exists():
        if not path.is_file() and not path.is_block_device():
            raise LaunchError(f"--writable {path}: neither a file nor a disk")
        found = read_label(path)
        if found == label(name):
            return
        if found and found.startswith("ci-"):
            raise LaunchError(f"--writable {path} has the changes of another image ({found}, this one is "
                              f"{label(name)}): name another file")
        raise LaunchError(f"--writable {path} is something else already: name a file that is not there yet")
    made = False
    try:
        with open(path, "xb") as file:
            made = True
            os.truncate(file.fileno(), WRITABLE_SIZE)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-L", label(name), "-E", "lazy_itable_init=1", path], check=True,
                       env={**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"})
        made = False
    except FileNotFoundError:
        raise LaunchError(f"--writable {path}: its folder or mkfs.ext4 is missing "
                          f"(Debian: apt-get install {packages.package_of('mkfs.ext4')})") from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise LaunchError(f"--writable {path}: {error}") from None
    finally:
        if made:  # by this run, and not whole
            path.unlink(missing_ok=True)


def extend(root, writable, manifest):
    """Add the image, a place for changes, and the overlay of both. Return: the Disks."""
    found = [Disk(root.disk, "image", IMAGE_SLOT, True)]
    changes = {"driver": "ephemeral", "source": "tmpfs", "fstype": "tmpfs", "options": ["mode=755"],
               "mount_point": CHANGES}
    if writable:
        make_writable(writable, root.name)
        found.append(Disk(writable.absolute(), "writable", WRITABLE_SLOT, False))
        changes = {"driver": "blk", "source": f"{WRITABLE_SLOT:02x}", "fstype": "ext4", "options": [],
                   "mount_point": CHANGES}
    manifest["storages"] = [
        {"driver": "blk", "source": f"{IMAGE_SLOT:02x}", "fstype": "erofs", "options": ["ro"], "mount_point": IMAGE},
        changes,
        {"driver": "overlayfs", "source": "overlay", "fstype": "overlay", "mount_point": ROOT,
         "options": [f"lowerdir={IMAGE}", f"upperdir={CHANGES}/upper", f"workdir={CHANGES}/work"]},
        *manifest.get("storages", [])]
    return found


def small(scratch, number):
    """Make an empty disk for a device that needs one. Return: its name and QEMU's words."""
    path, name = scratch / f"drive{number}.img", f"drive{number}"
    with open(path, "xb") as file:
        os.truncate(file.fileno(), SMALL_SIZE)
    return name, ["-drive", f"file={quoted(path)},if=none,format=raw,id={name}"]


def drive_id(text):
    """Return: the id of a --drive, which must have one."""
    found = re.search(r"(?:^|,)id=([^,]+)", text)
    if not found:
        raise LaunchError(f"--drive {text}: id=NAME is missing, by which --device names it (drive=NAME)")
    return found[1]
