# SPDX-License-Identifier: Apache-2.0
"""Images as disks, below $XDG_CACHE_HOME/coldinit: a second start with the same image packs nothing."""

import errno
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import packages
from launcher import archive, users
from launcher.reference import Reference
from launcher.status import printable
from qemu import LaunchError


MOUNTINFO = Path("/proc/self/mountinfo")
KERNEL_TYPES = ("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "configfs", "efivarfs",
                "bpf", "mqueue", "pstore", "binfmt_misc")


@dataclass(frozen=True)
class Root:
    """A root file system on a disk, and what must be known of it without mounting it.

    @config: the image's config, {} for a directory; @name: identifies the content.
    """

    disk: Path
    users: users.Users
    config: dict
    name: str


def cache():
    """Return: the cache's folder."""
    base = os.environ.get("XDG_CACHE_HOME")
    if not base or not os.path.isabs(base):
        base = Path.home() / ".cache"
    return Path(base, "coldinit")


def command(*words, cwd=None):
    """Run a program; an error has the end of what it printed."""
    name = str(words[0])
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              cwd=cwd, text=True, errors="replace", check=False)
    except FileNotFoundError:
        raise LaunchError(packages.missing(name)) from None
    if done.returncode:
        lines = done.stdout.strip().splitlines()
        raise LaunchError(f"{name} failed: {message(lines[-1]) if lines else f'status {done.returncode}'}")


def message(line):
    """Return: the message of a line in logrus' form, which skopeo prints."""
    found = re.search(r'level=fatal msg="((?:[^"\\]|\\.)*)"', line)
    return found[1].replace('\\"', '"') if found else line


def copy_image(source, target, arch, work, *flags):
    command("skopeo", "copy", "--quiet", "--insecure-policy", "--override-os", "linux", "--override-arch", arch, *flags,
            source, target, cwd=work)


def unpack(reference, image, arch, work):
    """Unpack an image's layers. Return: its root."""
    # skopeo and umoci split names at colons, which paths may have.
    source = f"docker-archive:source{image.tag and ':'}{image.tag}" if image.manifest is None else "oci:source"
    if image.manifest is None:
        (work / "source").symlink_to(reference.path)
    else:
        archive.write_layout(reference, image, work / "source")
    copy_image(source, "oci:layout:image", arch, work)
    copied = archive.read(Reference("oci", work / "layout", "image"), arch)
    if archive.layers(copied.config) != archive.layers(image.config):
        raise LaunchError(f"{reference}: it has several images, and skopeo has copied another image than was read: name one by its tag")
    if archive.has_zstd(work / "layout"):  # Debian 12's umoci does not read it
        copy_image("oci:layout:image", "dir:plain", arch, work, "--dest-decompress")
        shutil.rmtree(work / "layout")
        copy_image("dir:plain", "oci:layout:image", arch, work)
        shutil.rmtree(work / "plain")
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    # without "raw" it makes a config.json, too, and fails where the options may replace what is wrong in it
    command("umoci", "raw", "unpack", *rootless, "--image", "layout:image", "rootfs", cwd=work)
    return make_readable(work / "rootfs")


def attribute_flags(tree):
    """mkfs.erofs fails on a file system that has no extended attributes, unless it is to ignore them."""
    try:
        os.listxattr(tree)
    except OSError as error:
        return ["-x-1"] if error.errno == errno.ENOTSUP else []
    return []


def pack(tree, disk):
    """Write the files of @tree as an erofs image. An ordinary user's files become root's."""
    flags = [] if os.geteuid() == 0 else ["--all-root"]
    command("mkfs.erofs", "--quiet", *flags, *attribute_flags(tree), disk, tree)
    # whole sectors for the disk
    os.truncate(disk, -(-disk.stat().st_size // 4096) * 4096)


def entry_name(identity):
    """A user's entry has other owners than root's."""
    return identity if os.geteuid() == 0 else f"{identity}-user"


def fill(entry, make_tree, config):
    """Make an entry of the cache: the disk, the names of users, the config; whole or not at all."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=entry.parent) as scratch:
        work, made = Path(scratch), Path(scratch, "entry")
        made.mkdir()
        tree = make_tree(work)
        pack(tree, made / "root.erofs")
        (made / "users.json").write_text(json.dumps(users.read(tree).document()))
        (made / "config.json").write_text(json.dumps(config))
        make_removable(work)
        try:
            made.rename(entry)
        except OSError:
            if not entry.is_dir():  # another launcher was faster
                raise


def each_closed(tree):
    """Go through the files and directories that their owner, this user, may not read. Their modes may be changed on the way."""
    for directory, names, files in os.walk(tree):
        for name in [*names, *files]:
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            wanted = stat.S_IRUSR | stat.S_IXUSR if stat.S_ISDIR(mode) else stat.S_IRUSR if stat.S_ISREG(mode) else 0
            if mode & wanted != wanted:
                yield path, stat.S_IMODE(mode | wanted)


def make_readable(tree):
    """Let an ordinary user pack an image's files of mode 0, such as Fedora's /etc/shadow. They become root's, who may read
    all files: for the container this is no change."""
    if os.geteuid() != 0:
        for path, mode in each_closed(tree):
            os.chmod(path, mode)
    return tree


def make_removable(tree):
    """Give an ordinary user the right to remove what is below @tree."""
    if os.geteuid() == 0:
        return
    for directory, _, _ in os.walk(tree):
        os.chmod(directory, stat.S_IRWXU)
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if os.path.isdir(path) and not os.path.islink(path):
                os.chmod(path, stat.S_IRWXU)


def load(entry, name):
    os.utime(entry)
    return Root(entry / "root.erofs",
                users.Users.of_document(json.loads((entry / "users.json").read_text())),
                json.loads((entry / "config.json").read_text()), name)


def from_image(reference, arch, progress):
    """Return: the Root of an image."""
    image = archive.read(reference, arch)
    entry = cache() / "images" / entry_name(image.digest)
    if not entry.is_dir():
        progress(f"packing {reference}")
        fill(entry, lambda work: unpack(reference, image, arch, work), image.config)
    return load(entry, image.digest)


def kernel_mounts(tree, mountinfo):
    """Return: where file systems of the kernel are mounted in @tree; @mountinfo: the text of proc(5), /proc/PID/mountinfo."""
    found = []
    for line in mountinfo.split("\n"):
        left, _, right = line.partition(" - ")
        path = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), (left.split(" ") + [""] * 5)[4])
        if right.split(" ")[0] in KERNEL_TYPES and Path(path).is_relative_to(tree):
            found.append(path)
    return sorted(found)


def check_mounts(tree):
    """A chroot may still have them: what is in them belongs to this machine, and cannot be packed."""
    if os.path.realpath(tree) == "/":
        raise LaunchError("/ is the root of this machine, which is in use: name a copy of it")
    found = kernel_mounts(os.path.realpath(tree), MOUNTINFO.read_text(errors="surrogateescape")) if MOUNTINFO.exists() else []
    if found:
        raise LaunchError(f"{found[0]} is a file system of this machine's kernel: unmount it (umount -R {found[0]}), as a container "
                          "gets its own")


def check_readable(tree):
    """mkfs.erofs names no file that it cannot read."""
    for directory, names, files in os.walk(tree) if os.geteuid() != 0 else ():
        for name in [*names, *files]:
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            if (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) and not os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)):
                raise LaunchError(f"{printable(path)} cannot be read by this user: run the launcher as root, or make it readable (chmod)")


def stamp(tree):
    """Return: a digest of names, sizes and times of all files, which changes when one of them does."""
    digest = hashlib.sha256(os.fsencode(tree))
    for directory, names, files in os.walk(tree):
        names.sort()
        for name in sorted([*names, *files]):
            path = os.path.join(directory, name)
            st = os.lstat(path)
            digest.update(os.fsencode(f"{path}\0{st.st_mode} {st.st_uid} {st.st_gid} {st.st_size} "
                                      f"{st.st_mtime_ns} {st.st_ctime_ns} {st.st_ino}\0"))
    return digest.hexdigest()


def from_directory(tree, progress):
    """Return: the Root of a directory."""
    check_mounts(tree)
    identity = stamp(tree)
    entry = cache() / "directories" / entry_name(identity)
    if not entry.is_dir():
        progress(f"packing {tree}")
        check_readable(tree)
        fill(entry, lambda work: tree, {})
        prune(entry, tree)
    return load(entry, identity)


def prune(entry, tree):
    """Remove what the same directory was before; a disk that a guest still uses stays open there."""
    link = entry.parent / f"of-{hashlib.sha256(os.fsencode(tree)).hexdigest()[:32]}"
    before = link.read_text() if link.is_file() else ""
    link.write_text(entry.name)
    if before and before != entry.name and "/" not in before:
        shutil.rmtree(entry.parent / before, ignore_errors=True)
