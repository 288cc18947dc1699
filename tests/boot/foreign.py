# SPDX-License-Identifier: Apache-2.0
"""Guests of other architectures: what `make ARCH=` leaves beside this machine's own build."""

import functools

from conftest import BUILD, Booter


def booter(arch, directory):
    """The fixture boot, for @arch: its only image is the one that make has made."""
    build = BUILD.with_name(f"{BUILD.name}-{arch}")
    images = {arch: (build / "vmlinuz", build / "initramfs.cpio.gz")}
    programs = [build / "tests/workload" / name for name in ("edu", "probe", "syscalls")]
    return functools.partial(Booter(images, programs, directory), kernel=arch, arch=arch, timeout=120)
