# SPDX-License-Identifier: Apache-2.0
"""Debian's packages of the programs that the launcher starts, from the lists that make installs from."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
OS_RELEASE = Path("/etc/os-release")


def lists():
    """Return: the lists: installed they are beside this file."""
    folder = HERE / "packages" if (HERE / "packages").is_dir() else HERE.parent / "configs/debian"
    return sorted([*folder.glob("packages.run*"), *folder.glob("packages.libvirt")])


def release():
    found = re.search("^VERSION_CODENAME=(.*)", OS_RELEASE.read_text(), re.M) if OS_RELEASE.is_file() else None
    return found[1] if found else ""


def read(path):
    """Return: (package, its programs) of the lines of a list that are for this release."""
    found = []
    for line in path.read_text().splitlines():
        words, _, programs = line.partition("#")
        name, *releases = words.split() or [""]
        if name and (not releases or release() in releases):
            found.append((name, programs.split()))
    return found


def package_of(program):
    """Return: the package that has a program."""
    return next((name for path in lists() for name, programs in read(path) if program in programs), program)


def missing(program):
    """Return: an error's text."""
    return f"{program} is missing (Debian: apt-get install {package_of(program)})"


def named(name):
    """Return: all packages of a list, for apt-get."""
    return " ".join(package for path in lists() if path.suffix == f".{name}" for package, _ in read(path))
