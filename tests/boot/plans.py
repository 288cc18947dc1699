# SPDX-License-Identifier: Apache-2.0
"""What `coldinit plan` makes of the request of a boot, on a recorded tree of the same guest."""

import subprocess
from pathlib import Path

import bundles

TREES = Path(__file__).resolve().parents[1] / "trees"


def plan(build, tree, directory, spec, manifest=None, words=(), files=None):
    """Plan a boot. Return: status, stdout and the lines of stderr.

    build: the folder that has the program. tree: name of the recorded tree.
    directory: an empty one, for files. The other arguments are those of boot().
    """
    command = [build / "coldinit", "plan", "--root", TREES / tree / "tree.txt", "--cmdline", " ".join(words),
               "--config", bundles.write_json(directory / "config.json", spec)]
    if manifest is not None:
        command += ["--manifest", bundles.write_json(directory / "manifest.json", manifest)]
    if files is not None:
        initramfs = bundles.write_files(directory / "initramfs", files)
        command += ["--initramfs", initramfs, "--cdi", initramfs]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr.splitlines()
