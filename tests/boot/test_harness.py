# SPDX-License-Identifier: Apache-2.0
"""The VM that make run and the tests boot: it never takes a dead guest for a good one."""

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import builds
import bundles
import conftest
import images as parts
import qemu

MKINITRAMFS = conftest.TOP / "initramfs/mkinitramfs"


@pytest.fixture(scope="module")
def other_init(tmp_path_factory, programs):
    """An initramfs whose /init is another program: the kernel panics when it exits."""
    def make(*commands):
        directory = tmp_path_factory.mktemp("other")
        return bundles.write_cpio(directory / "image", {"/init": programs[1]})
    return make


def test_guest_that_ends_without_a_verdict_is_a_failure(images, other_init):
    """QEMU's own status is 0 after a panic, so only the verdict counts."""
    result = qemu.Guest(images["6.12"][0], [other_init()]).boot()
    assert result.qemu_status == 0
    assert result.verdict is None
    assert result.status == 1
    assert "without a verdict" in result.problem()


def test_guest_that_hangs_is_ended(images, other_init):
    """wait-term on the kernel's command line is an argument of that program, which then waits for ever."""
    result = qemu.Guest(images["6.12"][0], [other_init()], words=["--", "wait-term"],
                        timeout=8).boot()
    assert result.timed_out
    assert result.status == 1
    assert "no verdict" in result.problem()
    assert result.seconds < 12


@pytest.mark.parametrize("text", [
    "", "nonsense", "[]", "{}", '{"status":"0"}', '{"status":true}', '{"status":256}',
    '{"status":-1}', '{"status":0'])
def test_verdict_that_is_none(text):
    assert qemu.parse_verdict(text) is None


def test_second_verdict_makes_both_worthless():
    result = qemu.Result("", [{"status": 0}, {"status": 0}], 0, 1.0)
    assert (result.status, result.verdict) == (1, None)
    assert "2 verdicts" in result.problem()


def test_command_line_at_the_limit_is_refused_and_below_is_not():
    def guest(length):
        fixed = len(qemu.Guest("k", [], words=[""]).cmdline())
        return qemu.Guest("k", [], words=["x" * (length - fixed)])

    assert len(guest(2047).cmdline()) == 2047
    with pytest.raises(qemu.LaunchError, match="2048 bytes"):
        guest(2048).cmdline()


def test_accelerator_probe_says_yes_only_when_a_guest_runs():
    assert qemu.accelerator_works("tcg")
    assert not qemu.accelerator_works("tcg", qemu="false")
    assert not qemu.accelerator_works("no-such-accelerator")


def test_images_are_reproducible(images, tmp_path, programs):
    images.make("init", "kernels/6.12/.unpacked")
    init = shutil.copy(conftest.BUILD / "init", tmp_path)
    for name in ("first", "second"):
        subprocess.run([MKINITRAMFS, init, conftest.BUILD / "kernels/6.12", tmp_path / name], check=True)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    spec = bundles.container()
    packed = []
    for name in ("a", "b"):
        bundle = bundles.write_bundle(tmp_path / name, spec, programs)
        os.utime(bundle / "config.json", (0, 0))
        packed.append(parts.pack_bundle(None, bundle, tmp_path / f"{name}.cpio.gz").read_bytes())
    assert packed[0] == packed[1]


def test_mkinitramfs_names_what_a_kernel_does_not_have(images, tmp_path):
    listed = tmp_path / "modules"
    listed.write_text("vfio-pci # wanted\nvirtiofs\n")
    images.make("init", "kernels/6.12/.unpacked")
    done = subprocess.run([MKINITRAMFS, conftest.BUILD / "init", conftest.BUILD / "kernels/6.12", tmp_path / "out",
                           "--modules", listed, "--module", "no-such-module", "--module", "fuse"],
                          capture_output=True, text=True, check=True)
    assert "built in: virtiofs fuse\n" in done.stderr
    assert "absent: no-such-module\n" in done.stderr
    assert "5 modules" in done.stderr  # vfio-pci, vfio-pci-core, vfio, irqbypass, and vfio_iommu_type1 softly


def make_image(tree, out, *words, **environment):
    """Run mkinitramfs. Return: the names in the image, and what it said."""
    done = subprocess.run([MKINITRAMFS, conftest.BUILD / "init", tree, out, *words], capture_output=True, text=True,
                          check=False, env={**os.environ, **environment})
    if done.returncode:
        return [], done.stderr
    names = subprocess.run(["cpio", "-t", "--quiet"], input=gzip.decompress(out.read_bytes()), capture_output=True,
                           check=True).stdout.decode().split()
    return names, done.stderr


def modules_of(names):
    return {Path(name).name.split(".ko")[0].replace("-", "_") for name in names if ".ko" in name}


def test_mkinitramfs_takes_aliases_and_firmware(images, tmp_path):
    """A file system by its alias, with what it needs; the drivers' files."""
    images.make("init", "kernels/6.12/.unpacked")
    listed = tmp_path / "modules"
    listed.write_text("fs-erofs\nvirtio_blk q35 ccw # in both\nvirtio_mmio microvm\n")
    firmware = tmp_path / "firmware"
    (firmware / "card").mkdir(parents=True)
    (firmware / "card/a.bin").write_text("x")
    names, _ = make_image(conftest.BUILD / "kernels/6.12", tmp_path / "out", "--modules", listed, "--machine", "q35",
                          "--firmware", firmware)
    assert "lib/firmware/card/a.bin" in names
    assert {"erofs", "virtio_blk"} <= modules_of(names)
    assert "virtio_mmio" not in modules_of(names)


@pytest.mark.parametrize("machine,has,lacks", [
    ("q35", {"nfit", "qemu_fw_cfg", "virtio_iommu"}, {"virtio_mmio"}),
    ("microvm", {"virtio_mmio", "virtio_scsi"}, {"nfit", "virtio_iommu"}),
    ("virt", {"virtio_mmio", "virtio_iommu"}, set()),
    ("ccw", {"virtio_scsi", "sd_mod"}, {"button", "nfit", "virtio_mmio"}),
    ("cloud-hypervisor", {"virtio_pmem", "virtio_iommu", "button"}, {"qemu_fw_cfg", "virtio_scsi", "nfit"}),
])
def test_mkinitramfs_for_one_machine(images, tmp_path, machine, has, lacks):
    images.make("init", "kernels/6.12/.unpacked")
    names, _ = make_image(conftest.BUILD / "kernels/6.12", tmp_path / "out", "--machine", machine)
    assert {*has, "virtio_blk", "vfio_pci"} <= modules_of(names)
    assert not lacks & modules_of(names)


def sections(image, module, folder):
    """Return: the names of the sections of a module in an image."""
    folder.mkdir()
    subprocess.run(["cpio", "-id", "--quiet"], cwd=folder, input=gzip.decompress(image.read_bytes()), check=True)
    return subprocess.run(["readelf", "-SW", *folder.rglob(f"{module}.ko")], capture_output=True, text=True,
                          check=True).stdout


UNNEEDED = (".orc_unwind", ".BTF", ".comment")


@pytest.mark.parametrize("words,stripped", [([], True), (["--signed-modules"], False)])
def test_mkinitramfs_leaves_out_what_only_debuggers_read(images, tmp_path, words, stripped):
    images.make("init", "kernels/6.12/.unpacked")
    make_image(conftest.BUILD / "kernels/6.12", tmp_path / "out", *words)
    found = sections(tmp_path / "out", "vfio", tmp_path / "root")
    assert ".modinfo" in found
    assert [name in found for name in UNNEEDED] == [not stripped] * 3


def test_mkinitramfs_without_strip_for_the_architecture(images, tmp_path):
    """The image is larger, and that is all."""
    images.make("init", "kernels/6.12/.unpacked")
    names, said = make_image(conftest.BUILD / "kernels/6.12", tmp_path / "out", STRIP="false")
    assert "the modules keep their symbols, which makes the image a fourth larger: " in said
    assert "vfio_pci" in modules_of(names)


def test_mkinitramfs_knows_the_machines(tmp_path):
    names, said = make_image(tmp_path, tmp_path / "out", "--machine", "pc")
    assert names == []
    assert said == "mkinitramfs: unknown machine pc; known: q35 microvm virt ccw cloud-hypervisor\n"


@pytest.mark.parametrize("files,said", [
    ([], "found: none"),
    (["boot/vmlinuz-7.9", "usr/lib/modules/7.9/vmlinuz"], "must hold exactly one"),
    (["usr/lib/modules/7.9/vmlinuz"], "no modules of it: since Linux 7.2 they are in the package linux-modules-7.9"),
    (["usr/lib/modules/7.9/vmlinuz", "usr/lib/modules/7.9/kernel/a.ko"],
     "no modules.builtin: since Linux 7.2 it is in the package linux-base-7.9"),
])
def test_mkinitramfs_needs_all_packages_of_a_kernel(images, tmp_path, files, said):
    images.make("init")
    for file in files:
        (tmp_path / "tree" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / file).write_text("")
    assert said in make_image(tmp_path / "tree", tmp_path / "out")[1]


def test_image_with_more_modules(images):
    """The name of an image lists them."""
    listed = subprocess.run(["cpio", "-t", "--quiet"], input=gzip.decompress(
        images["6.12+rdma_ucm+vsock_loopback"][1].read_bytes()), capture_output=True, check=True).stdout.decode()
    for name in ("rdma_ucm", "rdma_cm", "vsock_loopback"):
        assert f"/{name}.ko\n" in listed


def test_errors_of_mkinitramfs_are_shown(images):
    images.make("images/6.12.cpio.gz")
    with pytest.raises(builds.BuildError, match="mkinitramfs: unknown option --frob"):
        builds.make_in(conftest.BUILD, "-Winitramfs/mkinitramfs", "images/6.12.cpio.gz", image_options_="--frob")
