# SPDX-License-Identifier: Apache-2.0
"""Where the launcher's files are: in the build of a source tree, or installed (make install), with a kernel of
this machine."""

import hashlib
import os
import platform
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launcher import store
from qemu import LaunchError

HERE = Path(__file__).resolve().parents[1]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def own_arch():
    """Return: this machine's architecture, by Debian's name."""
    return ARCHITECTURES.get(platform.machine(), platform.machine())


def is_installed():
    """Is there an init beside the launcher, as make install puts it?"""
    return (HERE / "init").is_file()


PROGRAM = "coldinit-run" if is_installed() else "run"  # its name in messages


def demo_program(build):
    """Return: the program of the demo's container."""
    program = HERE / "demo/edu" if is_installed() else build / "tests/programs/edu"
    if not program.is_file():
        raise LaunchError(f"{program} is missing: run make run")
    return program


# --- kernels of this machine ---------------------------------------------------------------------

@dataclass(frozen=True)
class Kernel:
    release: str
    file: Path
    modules: Path


def version_key(release):
    """Return: a key that sorts 6.12 behind 6.1."""
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in re.findall(r"\d+|\D+", release)]


def kernels(root):
    """Return: the kernels below @root that have modules, the newest first."""
    found = {}
    for file in [*root.glob("boot/vmlinuz-*"), *root.glob("lib/modules/*/vmlinuz")]:
        release = file.parent.name if file.name == "vmlinuz" else file.name.removeprefix("vmlinuz-")
        modules = root / "lib/modules" / release
        if (modules / "modules.builtin").is_file():
            found[release] = Kernel(release, file, modules)
    return sorted(found.values(), key=lambda kernel: version_key(kernel.release), reverse=True)


def choose_kernel(root=Path("/"), running=None):
    """Return: the Kernel to boot guests with: the running one if it can be read, else the newest that can."""
    found = kernels(root)
    readable = [kernel for kernel in found if os.access(kernel.file, os.R_OK)]
    for kernel in readable:
        if kernel.release == (running or platform.release()):
            return kernel
    if readable:
        return readable[0]
    advice = ("install one (Debian: apt-get install linux-image-cloud-" + own_arch() + "), or name files by --kernel and "
              "--initramfs")
    if found:
        raise LaunchError(f"{found[0].file} cannot be read by this user: run  sudo chmod +r {found[0].file} , or {advice}")
    raise LaunchError(f"no kernel with its modules is in {root / 'boot'} and {root / 'lib/modules'}: {advice}")


def kernel_of(file, root=Path("/")):
    """Return: the Kernel of --kernel FILE, whose name has the release of the modules."""
    for kernel in kernels(root):
        if file.name == kernel.file.name != "vmlinuz" or file.absolute() == kernel.file:
            return Kernel(kernel.release, file, kernel.modules)
    raise LaunchError(f"--kernel {file}: no modules of this kernel are in {root / 'lib/modules'}: name its initramfs by "
                      "--initramfs (coldinit-mkinitramfs makes one)")


# --- the initramfs -------------------------------------------------------------------------------

def stamp(kernel, words):
    """Return: a digest of all that the initramfs is made of."""
    digest = hashlib.sha256(repr([kernel.release, words]).encode())
    for name in ("init", "mkinitramfs", "modules", "modules.file-systems"):
        digest.update((HERE / name).read_bytes())
    for index in ("modules.dep", "modules.builtin"):
        path = kernel.modules / index
        digest.update(f"{path.stat().st_mtime_ns if path.exists() else 0} ".encode())
    return digest.hexdigest()[:32]


def make_initramfs(kernel, on_disk, progress):
    """Return: the initramfs for a kernel of this machine, made once and kept in the cache."""
    words = ["--release", kernel.release, *(["--file-systems"] if on_disk else [])]
    folder = store.cache() / "initramfs"
    made = folder / f"{kernel.release}-{stamp(kernel, words)}.cpio.gz"
    if made.is_file():
        return made
    progress(f"making the initramfs for Linux {kernel.release}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
        done = subprocess.run([HERE / "mkinitramfs", HERE / "init", kernel.modules.parents[2], f"{scratch}/made", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            raise LaunchError(done.stderr.strip() or f"mkinitramfs ended with {done.returncode}")
        os.rename(f"{scratch}/made", made)
    return made


def boot_files(options, on_disk, progress):
    """Return: the kernel and the initramfs to boot: those that the options name, the build's, or this machine's."""
    if not is_installed():
        name = "initramfs-disk.cpio.gz" if on_disk else "initramfs.cpio.gz"
        return options.kernel or options.build / "vmlinuz", options.initramfs or options.build / name
    if options.kernel and options.initramfs:
        return options.kernel, options.initramfs
    if options.arch != own_arch():
        raise LaunchError(f"--arch {options.arch}: init is installed for {own_arch()} only: name a kernel and an initramfs "
                          "by --kernel and --initramfs (make ARCH= makes them)")
    kernel = kernel_of(options.kernel) if options.kernel else choose_kernel()
    return kernel.file, options.initramfs or make_initramfs(kernel, on_disk, progress)
