# SPDX-License-Identifier: Apache-2.0
"""Parts of a guest's image: the kernel, cpio archives, programs with their libraries."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def vmlinuz(tree):
    """Return: the kernel of an unpacked kernel package."""
    [path] = [*tree.glob("boot/vmlinuz-*"), *tree.glob("usr/lib/modules/*/vmlinuz")]
    return path


def concatenate(parts, out):
    """Write one file of several cpio archives, as VMMs do. Return: @out."""
    with out.open("wb") as file:
        for part in parts:
            file.write(bytes(-file.tell() % 4))  # an archive begins at a multiple of 4
            file.write(Path(part).read_bytes())
    return out


def pack(tree, out):
    """Write the files of a directory as a compressed cpio. Return: @out."""
    names = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, check=True,
                             input="\n".join(names).encode(), stdout=subprocess.PIPE).stdout
    out.write_bytes(gzip.compress(archive, 1))
    return out


def pack_bundle(manifest, bundle, out, config=None):
    """Write the cpio that has the manifest and the bundle, each a path or None. Return: @out.

    @config: the config.json to pack instead of the bundle's.
    """
    subprocess.run([HERE / "mkbundle", manifest or "-", bundle or "-", out, *([config] if config else [])],
                   check=True)
    return out


def copy_program(program, root):
    """Copy a program and its shared libraries to the same paths below @root."""
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    for path in [program, *re.findall(r"(/\S+) \(0x", listed)]:
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
