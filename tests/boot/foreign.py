# SPDX-License-Identifier: Apache-2.0
"""Guests of other architectures, built by `make ARCH=` in a folder beside this machine's build."""

import functools

from conftest import BUILD, Booter, Images

KERNELS = {"arm64": "6.12", "s390x": "6.1"}


def booter(arch, directory):
    """Return: the function of the fixture boot, for @arch."""
    images = Images(BUILD.with_name(f"{BUILD.name}-{arch}"), ARCH=arch, KERNEL="")
    images.make(f"host/run-{arch}")
    programs = images.programs("edu", "probe", "syscalls")
    return functools.partial(Booter(images, programs, directory), kernel=KERNELS[arch], arch=arch, timeout=120)
