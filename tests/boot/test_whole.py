# SPDX-License-Identifier: Apache-2.0
"""An initramfs of which a part is missing is refused before anything of it is used."""

import gzip
import random
import subprocess

import pytest

import bundles
import conftest
import images as parts
import qemu

MIB = 1 << 20


@pytest.fixture
def boot_archives(images, programs, tmp_path):
    """Boot a bundle with these files; the initrd is cut to a part of its size."""
    def boot(files, memory=768, cut=1.0, foreign=None):
        bundle = bundles.write_bundle(tmp_path / "bundle", bundles.container("true"), programs)
        for name, data in files.items():
            (bundle / "rootfs" / name).write_bytes(data)
        vmlinuz, first = images["6.12"]
        second = parts.pack_bundle(None, bundle, tmp_path / "second.cpio.gz")
        more = [bundles.write_cpio(tmp_path / "more", {"more": foreign})] if foreign else []
        whole = parts.concatenate([first, second, *more], tmp_path / "whole.cpio.gz")
        with whole.open("r+b") as file:
            file.truncate(int(whole.stat().st_size * cut))
        return conftest.Outcome(qemu.Guest(vmlinuz, [whole], memory=memory, cpus=1).boot())
    return boot


def test_whole_archives_are_used(boot_archives):
    boot_archives({"big": random.Random(1).randbytes(12 * MIB)}).assert_exited(0)


@pytest.mark.parametrize("cut", [0.6, 0.999])
def test_a_file_that_is_cut(boot_archives, cut):
    boot_archives({"big": random.Random(1).randbytes(12 * MIB)}, cut=cut).assert_failed(
        "modules", "the initramfs was not unpacked whole: ", "cut or damaged", " MiB of memory")


def test_archives_that_do_not_fit_into_the_memory(boot_archives):
    """Some of the files are complete, as is config.json."""
    outcome = boot_archives({f"part{n:02}": bytes(12 * MIB) for n in range(12)}, memory=256)
    outcome.assert_failed("modules", "the initramfs was not unpacked whole: write error",
                          "give the guest more memory")


def test_a_file_that_does_not_fit_into_the_memory(boot_archives):
    boot_archives({"big": bytes(140 * MIB)}, memory=256).assert_failed(
        "modules", "the initramfs was not unpacked whole: write error", "give the guest more memory")


@pytest.mark.parametrize("cut", [1.0, 0.999])
def test_a_foreign_archive_behind_those_that_end_with_their_length(boot_archives, tmp_path, cut):
    data = tmp_path / "random"
    data.write_bytes(random.Random(1).randbytes(12 * MIB))
    outcome = boot_archives({}, cut=cut, foreign=data)
    if cut == 1.0:
        outcome.assert_exited(0)
    else:
        outcome.assert_failed("modules", "the initramfs was not unpacked whole: ", "cut or damaged")



SHOWN = "the initramfs is whole: the lengths of its archives add up"


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_lengths_show_that_nothing_is_missing(images, programs, tmp_path, kernel):
    """Also of archives that VMMs put together at multiples of 4. Behind a foreign one the kernel's log shows it."""
    vmlinuz, first = images[kernel]
    bundle = bundles.write_bundle(tmp_path / "bundle", bundles.container("true"), programs)
    marked = [first, parts.pack_bundle(None, bundle, tmp_path / "second.cpio.gz")]
    for archives, shown in ((marked, True), ([*marked, bundles.write_cpio(tmp_path / "more", {"more": "x"})], False)):
        whole = parts.concatenate(archives, tmp_path / "whole.cpio.gz")
        outcome = conftest.Outcome(qemu.Guest(vmlinuz, [whole], words=["coldinit.log=debug", "loglevel=8"], quiet=False).boot())
        assert any(SHOWN in line for line in outcome.assert_exited(0).log()) == shown


@pytest.mark.parametrize("size", range(1, 9))
def test_an_archive_ends_with_its_length(tmp_path, size):
    archive = tmp_path / "archive"
    archive.write_bytes(gzip.compress(b"", 9, mtime=0) + bytes(size))
    subprocess.run([parts.HERE / "endmark", archive, "name"], check=True)
    end = gzip.decompress(archive.read_bytes()[20 + size:])
    listed = subprocess.run(["cpio", "-i", "--to-stdout", "--quiet", "coldinit/archives/name"], input=end, check=True,
                            stdout=subprocess.PIPE).stdout
    assert int(listed) == archive.stat().st_size and archive.stat().st_size % 4 == 0
