# SPDX-License-Identifier: Apache-2.0
"""Tests of what make install and make deb install."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COLDINIT_BUILD", TOP / "build")).resolve()
sys.path[:0] = [str(TOP / "initramfs"), str(TOP / "tests")]
sys.dont_write_bytecode = True

import builds  # noqa: E402


def run(*words, status=0, typed="", **options):
    """Run a program with the text @typed on stdin; it must end with @status. Return: its stdout, and its stderr."""
    options.setdefault("cwd", "/")
    done = subprocess.run([str(word) for word in words], input=typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace", check=False, timeout=1200, **options)
    assert done.returncode == status, f"{words}: status {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout, done.stderr


def copy_tree(folder):
    """Copy the source tree, with its history if that is wanted for the version. Return: the copy."""
    names, _ = run("git", "ls-files", "-co", "--exclude-standard", cwd=TOP)
    present = "\n".join(name for name in names.splitlines() if (TOP / name).is_file())
    run("xargs", "cp", "-a", "--parents", "-t", folder, typed=present, cwd=TOP)
    git = TOP / ".git"
    if git.is_dir():
        (folder / ".git").symlink_to(git)
    else:
        shutil.copy(git, folder)
    return folder


def debs():
    """Return: the packages that make deb has built, by name."""
    return {path.name.partition("_")[0]: path for path in (BUILD / "deb").glob("*.deb")}


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Return: the folder that is PREFIX (/usr) in an installation below DESTDIR."""
    folder = tmp_path_factory.mktemp("installed")
    with open(BUILD / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of pytest-xdist share the folder
        builds.make("install", O=BUILD, DESTDIR=folder, PREFIX="/usr")
    return folder / "usr"


@pytest.fixture
def call(tmp_path):
    """Return: a function that runs a program with its own cache, anywhere but in the source tree."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return lambda *words, **options: run(*words, env=environment, **options)
