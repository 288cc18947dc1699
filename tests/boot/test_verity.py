# SPDX-License-Identifier: Apache-2.0
"""dm-verity: disks whose blocks the kernel compares with a root hash, with images of Debian's veritysetup."""

import random
import re
import shutil
import subprocess

import pytest

import bundles
import disks
from conftest import BUILD

OTHER = "0" * 64
DATA = "/run/coldinit/data"


def make(tree, image, kind="erofs", separate=None, salt="-"):
    """Write an image with hashes behind it, or on @separate. Return: the size of the data, the root hash."""
    subprocess.run(["mkfs.erofs", "-T0", "--quiet", image, tree] if kind == "erofs" else
                   ["mksquashfs", tree, image, "-quiet", "-no-progress", "-noappend", "-all-root"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    size = -(-image.stat().st_size // 4096) * 4096
    image.open("r+b").truncate(size)
    words = [] if separate else [f"--hash-offset={size}", f"--data-blocks={size // 4096}"]
    done = subprocess.run(["/sbin/veritysetup", "format", *words, f"--salt={salt}", image, separate or image],
                          check=True, capture_output=True, text=True)
    return size, re.search(r"Root hash:\s+([0-9a-f]+)", done.stdout)[1]


@pytest.fixture
def tree(tmp_path):
    """Files of an image: a small one, and one of 4 MiB that is not compressed."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "greeting").write_text("hello from the image\n")
    (tree / "noise").write_bytes(random.Random(1).randbytes(4 << 20))
    return tree


def manifest(root_hash, *, source="05", kind="erofs", options=(), **verity):
    return bundles.manifest(storages=[{"driver": "blk", "source": source, "fstype": kind, "mount_point": DATA,
                                       "options": list(options), "verity": {"root_hash": root_hash, **verity}}])


def container(*commands):
    spec = bundles.container(*commands)
    spec["mounts"].append({"destination": "/data", "type": "bind", "source": DATA, "options": ["bind"]})
    return spec


def damage(image, offset):
    with image.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


READ = ("cat /data/greeting", "write /data/greeting text")
RESULT = ["/data/greeting: hello from the image"], ["/data/greeting: Read-only file system"]


@pytest.mark.parametrize("kernel", ["6.12-disk", "6.1-disk"])
def test_a_verified_disk(boot, tree, tmp_path, kernel):
    image = tmp_path / "image"
    _, root = make(tree, image, salt="00ff")
    outcome = boot(container(*READ), manifest(root), devices=disks.virtio_blk(image), kernel=kernel)
    outcome.assert_exited(0)
    assert (outcome.probe("cat"), outcome.probe("write")) == RESULT
    assert "warnings" not in outcome.verdict


def test_hashes_on_another_disk(boot, tree, tmp_path):
    image, hashes = tmp_path / "image", tmp_path / "hashes"
    _, root = make(tree, image, kind="squashfs", separate=hashes)
    outcome = boot(container(*READ), manifest(root, kind="squashfs", source="06", hash_source="05"), kernel="6.12-disk",
                   devices=disks.virtio_blk(hashes) + disks.virtio_blk(image, number=1, slot=6)).assert_exited(0)
    assert (outcome.probe("cat"), outcome.probe("write")) == RESULT


def test_a_verified_bundle(boot, programs, tmp_path):
    """The root hash is on the measured command line; the container has a writable root nevertheless."""
    bundle, image = tmp_path / "bundle", tmp_path / "image"
    bundles.write_bundle(bundle, bundles.container("cat /etc/notes", "create /new"), programs)
    _, root = make(bundle, image)
    outcome = boot(words=[f"coldinit.bundle=block:/dev/vda,erofs,verity={root}"], kernel="6.12-disk",
                   devices=disks.virtio_blk(image)).assert_exited(0)
    assert outcome.probe("cat") == ["/etc/notes: just a file"]


def test_another_root_hash(boot, tree, tmp_path):
    image = tmp_path / "image"
    _, root = make(tree, image)
    outcome = boot(container(), manifest(OTHER), devices=disks.virtio_blk(image), kernel="6.12-disk")
    outcome.assert_failed("spec", f"storage {DATA}: the image does not have the requested root hash of dm-verity: "
                                  f"expected {OTHER}, found {root}")
    assert (outcome.verdict["expected"], outcome.verdict["found"]) == (OTHER, root)


def test_an_image_that_is_cut(boot, tree, tmp_path):
    image = tmp_path / "image"
    size, root = make(tree, image)
    image.open("r+b").truncate(size + 8192)
    boot(container(), manifest(root), devices=disks.virtio_blk(image), kernel="6.12-disk").assert_failed(
        "spec", "is not whole: dm-verity needs", f"the disk has {size + 8192}; the image was cut")


def test_an_image_without_hashes(boot, tree, tmp_path):
    image = disks.make_image("erofs", tree, tmp_path / "image")
    boot(container(), manifest(OTHER), devices=disks.virtio_blk(image), kernel="6.12-disk").assert_failed(
        "spec", "no superblock of veritysetup at byte")


def test_a_block_that_the_mount_needs_is_damaged(boot, tree, tmp_path):
    """The superblock of the file system."""
    image = tmp_path / "image"
    _, root = make(tree, image)
    damage(image, 1024 + 100)
    boot(container(), manifest(root), devices=disks.virtio_blk(image), kernel="6.12-disk").assert_failed(
        "spec", "dm-verity has found a block that does not match the root hash: the image is damaged")


@pytest.fixture
def damaged(tree, tmp_path):
    """Return: an image with a damaged block in /noise, behind all that the mount reads ahead, and its root hash."""
    image = tmp_path / "image"
    (tree / "before").write_bytes(random.Random(2).randbytes(2 << 20))
    _, root = make(tree, image)
    damage(image, image.read_bytes().index((tree / "noise").read_bytes()[:64]))
    return image, root


def test_a_block_is_damaged_that_the_container_reads(boot, damaged):
    """The container gets an I/O error, the verdict a warning."""
    image, root = damaged
    outcome = boot(container("head /data/noise", "cat /data/greeting"), manifest(root), devices=disks.virtio_blk(image),
                   kernel="6.12-disk").assert_exited(0)
    assert outcome.probe("head") == ["/data/noise: I/O error"]
    assert outcome.probe("cat") == RESULT[0]
    assert outcome.verdict["warnings"] == [
        f"storage: {DATA}: dm-verity has found a damaged block on the disk 05, and its reads have failed"]


def test_a_block_is_damaged_and_the_kernel_panics(boot, damaged):
    """The container runs until it reads the bad block. That ends the guest without a verdict: nothing runs any more."""
    image, root = damaged
    spec = container()
    # Its first line needs time to come to the console.
    words = "print reads-it sleep 2000 copy /data/noise=/tmp/copy print has-read-it"
    spec["process"]["args"] = ["/bin/service", *words.split()]
    result = boot.result(spec, manifest(root, panic_on_corruption=True), devices=disks.virtio_blk(image), kernel="6.12-disk",
                         prepare=lambda bundle: shutil.copy(BUILD / "tests/programs/service", bundle / "rootfs/bin"))
    assert "Kernel panic - not syncing: dm-verity device corrupted" in result.console
    assert ("\nreads-it" in result.console, "has-read-it" in result.console) == (True, False), result.console
    assert (result.verdicts, result.timed_out) == ([], False)
    assert result.problem() == f"the guest ended without a verdict (QEMU's status {result.qemu_status})"


def test_a_guest_without_the_module(boot, tree, tmp_path):
    image = tmp_path / "image"
    _, root = make(tree, image)
    boot(container(), manifest(root), devices=disks.virtio_blk(image), kernel="6.12").assert_failed(
        "spec", "cannot open /dev/mapper/control: No such file or directory (mkinitramfs --file-systems")
