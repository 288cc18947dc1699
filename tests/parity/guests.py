# SPDX-License-Identifier: Apache-2.0
"""The two guests on the same kernel: coldinit with one bundle, and crun with any number of bundles."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COLDINIT_BUILD", TOP / "build")).resolve()
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(TOP / "initramfs"), str(TOP / "tests")]

import builds  # noqa: E402
import images  # noqa: E402
import qemu  # noqa: E402

PROBE = BUILD / "tests/parity/probe"
KERNEL = "6.12"
MEMORY = 512
CRUN_SECONDS = 1200

FACT = re.compile(r"parity: (\S+) = (.*)")


class ProbeError(Exception):
    """A guest failed; the text contains its console."""


def facts_of(lines):
    """Return: facts by key. A key with two values would hide a difference."""
    facts = {}
    for line in lines:
        found = FACT.search(line)
        if not found:
            continue
        key, value = found.groups()
        if key in facts:
            raise ProbeError(f"the fact {key} has two values: {facts[key]!r} and {value!r}")
        facts[key] = value
    return facts


def once(factory, name, make):
    """Return: what make(scratch) returns, a JSON document. The first worker of the session calls it."""
    shared = factory.getbasetemp()
    if shared.name.startswith("popen-"):
        shared = shared.parent
    answer = shared / f"{name}.json"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            answer.write_text(json.dumps(make(factory.mktemp(name))))
    return json.loads(answer.read_text())


# --- crun ----------------------------------------------------------------------------------------

def crun_tree(tree):
    """Write the root: crun, its libraries, busybox and the script."""
    for name in ("bin", "usr/bin", "usr/lib", "lib", "lib64", "parity/bundles", "parity/modules"):
        (tree / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    images.copy_program("/usr/bin/crun", tree)
    shutil.copy(PROBE, tree / "usr/bin/hook")
    shutil.copy(HERE / "crun-init", tree / "init")


def run_crun(bundles, scratch):
    """Run each of @bundles (name: directory) under crun. Return: facts by name, and facts of the guest."""
    tree = scratch / "crun"
    crun_tree(tree)
    for name, directory in bundles.items():
        subprocess.run(["cp", "-a", directory, tree / "parity/bundles" / name], check=True)
    image = images.pack(tree, scratch / "crun.cpio.gz")
    guest = qemu.Guest(images.vmlinuz(BUILD / "kernels" / KERNEL), [image], words=["loglevel=0"], cpus=1, memory=MEMORY, iommu=False,
                       timeout=CRUN_SECONDS)
    console = guest.boot().console
    (scratch / "crun.console").write_text(console)
    if "parity-all-done" not in console:
        raise ProbeError(f"the guest with crun did not finish:\n{console}")
    before, _, rest = console.partition("parity-begin ")
    results = {}
    for part in rest.split("parity-begin "):
        name, _, text = part.partition("\n")
        results[name] = facts_of(text.splitlines())
        results[name]["console"] = "\n".join(line for line in text.splitlines()
                                             if not FACT.search(line) and "parity-" not in line)
    return results, facts_of(before.splitlines())


# --- coldinit ------------------------------------------------------------------------------------

def build():
    """Build the probe and the initramfs, which needs the kernel. Return: the initramfs."""
    builds.make_in(BUILD, "tests/parity/probe", f"images/{KERNEL}.cpio.gz")
    return BUILD / f"images/{KERNEL}.cpio.gz"


def hook_image(scratch):
    """Pack the program of the guest's hooks. Return: the image."""
    (scratch / "hook/usr/bin").mkdir(parents=True)
    shutil.copy(PROBE, scratch / "hook/usr/bin/hook")
    return images.pack(scratch / "hook", scratch / "hook.cpio.gz")


def run_coldinit(image, bundle, scratch):
    """Boot one bundle under coldinit. Return: its facts, with "exit", and with "error" if it failed."""
    manifest = scratch / "manifest.json"
    # crun makes nodes with any number; coldinit only with those of the guest, unless the policy says so.
    manifest.write_text('{"version": 1, "container": {"id": "c1"}, "policy": {"unclaimed_devices": "keep"}}')
    initrds = [image, images.pack_bundle(manifest, bundle, scratch / "second.cpio.gz")]
    if "hooks" in json.loads((bundle / "config.json").read_text()):
        initrds.append(hook_image(scratch))
    guest = qemu.Guest(images.vmlinuz(BUILD / "kernels" / KERNEL), initrds, words=["loglevel=0"], cpus=1, memory=MEMORY,
                       iommu=False)
    result = guest.boot()
    (scratch / "coldinit.console").write_text(result.console)
    if result.problem():
        raise ProbeError(f"{result.problem()}; the console:\n{result.console}")
    facts = facts_of(result.console.splitlines())
    facts["exit"] = str(result.verdict["status"])
    if result.verdict["outcome"] == "failed":
        facts["error"] = result.verdict["error"]
    return facts
