# SPDX-License-Identifier: Apache-2.0
"""Which kernel of a machine the installed launcher takes."""

import argparse
import os

import pytest

from launcher import place
from qemu import LaunchError


def put_kernel(root, release, modules=True, mode=0o644, split=False):
    """Put a kernel into a tree, as Debian's packages do; since 7.2 its file is beside the modules."""
    folder = root / "lib/modules" / release
    file = folder / "vmlinuz" if split else root / f"boot/vmlinuz-{release}"
    for directory in (folder, file.parent):
        directory.mkdir(parents=True, exist_ok=True)
    if modules:
        (folder / "modules.builtin").write_text("")
    file.write_text("")
    file.chmod(mode)
    return file


def as_user(monkeypatch):
    """Root reads everything: look at the mode instead."""
    monkeypatch.setattr(os, "access", lambda path, _: bool(os.stat(path).st_mode & 0o004))


@pytest.mark.parametrize("running,chosen", [("6.1.0-9-amd64", "6.1.0-9-amd64"), ("5.0", "7.3.1-amd64")])
def test_the_running_kernel_else_the_newest(tmp_path, running, chosen):
    for release in ("6.1.0-9-amd64", "6.1.0-10-amd64", "6.12.1-amd64"):
        put_kernel(tmp_path, release)
    put_kernel(tmp_path, "7.3.1-amd64", split=True)
    put_kernel(tmp_path, "8.0", modules=False)
    assert place.choose_kernel(tmp_path, running).release == chosen


def test_newer_is_by_number(tmp_path):
    releases = ["6.12.1-amd64", "6.9-amd64", "6.1.0-10-amd64", "6.1.0-9-amd64"]
    for release in sorted(releases):
        put_kernel(tmp_path, release)
    assert [kernel.release for kernel in place.kernels(tmp_path)] == releases


def test_an_unreadable_one_is_passed_over(tmp_path, monkeypatch):
    as_user(monkeypatch)
    put_kernel(tmp_path, "6.1")
    put_kernel(tmp_path, "6.12", mode=0o600)
    assert place.choose_kernel(tmp_path, "6.12").file == tmp_path / "boot/vmlinuz-6.1"


def test_unreadable_kernels_are_an_error_with_the_command(tmp_path, monkeypatch):
    as_user(monkeypatch)
    file = put_kernel(tmp_path, "6.12", mode=0o600)
    with pytest.raises(LaunchError, match=f"{file} cannot be read by this user: run  sudo chmod .r {file} "):
        place.choose_kernel(tmp_path)


def test_no_kernel_is_an_error_with_the_package(tmp_path):
    put_kernel(tmp_path, "8.0", modules=False)
    with pytest.raises(LaunchError, match="no kernel with its modules.*apt-get install linux-image-cloud-"):
        place.choose_kernel(tmp_path)


def test_a_named_kernel_brings_its_modules(tmp_path):
    put_kernel(tmp_path, "6.1")
    other = tmp_path / "vmlinuz-6.1"
    assert place.kernel_of(other, tmp_path).modules == tmp_path / "lib/modules/6.1"
    assert place.kernel_of(other, tmp_path).file == other
    with pytest.raises(LaunchError, match="name its initramfs by --initramfs"):
        place.kernel_of(tmp_path / "bzImage", tmp_path)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """An installation on a machine with one kernel; mkinitramfs counts its calls."""
    here = tmp_path / "lib/coldinit"
    here.mkdir(parents=True)
    for name in ("init", "modules", "modules.file-systems"):
        (here / name).write_text(name)
    (here / "mkinitramfs").write_text(f"#!/bin/sh\necho \"$@\" >>{tmp_path}/calls\necho made >\"$3\"\n")
    (here / "mkinitramfs").chmod(0o755)
    monkeypatch.setattr(place, "HERE", here)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    put_kernel(tmp_path, "6.1")
    return tmp_path


def calls(machine):
    return (machine / "calls").read_text().splitlines()


def test_the_initramfs_is_made_once(machine):
    kernel = place.choose_kernel(machine)
    made = [place.make_initramfs(kernel, False, lambda _: None) for _ in range(2)]
    assert made[0] == made[1] and made[0].read_text() == "made\n"
    assert [line.split()[3:] for line in calls(machine)] == [["--release", "6.1"]]
    assert [path.name for path in made[0].parent.iterdir()] == [made[0].name]


@pytest.mark.parametrize("change", ["init", "modules", "mkinitramfs"])
def test_an_update_makes_it_again(machine, change):
    kernel = place.choose_kernel(machine)
    first = place.make_initramfs(kernel, False, lambda _: None)
    with open(place.HERE / change, "a", encoding="utf-8") as file:
        file.write("# new\n")
    assert place.make_initramfs(kernel, False, lambda _: None) != first


def test_images_on_disks_get_file_systems(machine):
    kernel = place.choose_kernel(machine)
    assert place.make_initramfs(kernel, True, lambda _: None) != place.make_initramfs(kernel, False, lambda _: None)
    assert "--file-systems" in calls(machine)[0] and "--file-systems" not in calls(machine)[1]


def test_errors_of_mkinitramfs_are_the_launchers(machine):
    (place.HERE / "mkinitramfs").write_text("#!/bin/sh\necho 'mkinitramfs: cpio is needed' >&2\nexit 1\n")
    with pytest.raises(LaunchError, match="^mkinitramfs: cpio is needed$"):
        place.make_initramfs(place.choose_kernel(machine), False, lambda _: None)


@pytest.mark.usefixtures("machine")
def test_another_architecture_needs_its_files():
    other = next(arch for arch in ("amd64", "arm64") if arch != place.own_arch())
    options = argparse.Namespace(arch=other, kernel=None, initramfs=None)
    with pytest.raises(LaunchError, match=f"--arch {other}: init is installed for {place.own_arch()} only"):
        place.boot_files(options, False, lambda _: None)
