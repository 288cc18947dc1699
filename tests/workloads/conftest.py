# SPDX-License-Identifier: Apache-2.0
"""One disk with Debian's packages for all workloads, one boot with crun, one boot of coldinit for each."""

import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(HERE), str(TESTS / "boot"), str(TESTS / "parity"), str(TESTS), str(TESTS.parent / "initramfs")]

import builds  # noqa: E402
import bundles  # noqa: E402
import disks  # noqa: E402
import guests  # noqa: E402
import images  # noqa: E402
import qemu  # noqa: E402
from table import STORAGES, WORKLOADS  # noqa: E402

IMAGE = "6.12-disk"
DISK = guests.BUILD / "workloads/rootfs.erofs"
MEMORY = 1536
SECONDS = 900


def vmlinuz():
    return images.vmlinuz(guests.BUILD / "kernels" / IMAGE.split("-", maxsplit=1)[0])


def devices():
    return disks.virtio_blk(DISK, readonly=True)


@pytest.fixture(scope="session")
def initramfs():
    """Return: coldinit's initramfs. The disk is made, too."""
    builds.make_in(guests.BUILD, f"images/{IMAGE}.cpio.gz", "workloads/rootfs.erofs")
    return guests.BUILD / f"images/{IMAGE}.cpio.gz"


def run_crun(chosen, initramfs, scratch):
    """Run the @chosen workloads under crun. Return: facts by workload, with "exit" and "console"."""
    tree = scratch / "tree"
    for name in ("bin", "usr/bin", "usr/lib", "lib", "lib64"):
        (tree / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    images.copy_program("/usr/bin/crun", tree)
    shutil.copy(HERE / "crun-init", tree / "init")
    for name in chosen:
        bundles.write_json(make(tree / "bundles" / name) / "config.json", WORKLOADS[name].spec())
    cpio = images.pack(tree, scratch / "crun.cpio.gz")
    # coldinit's image has the kernel's modules; the second one's /init replaces its own.
    guest = qemu.Guest(vmlinuz(), [initramfs, cpio], words=["loglevel=0"], cpus=1, memory=MEMORY, iommu=False,
                       timeout=SECONDS, devices=devices())
    console = guest.boot().console
    (scratch / "crun.console").write_text(console)
    if "parity-all-done" not in console:
        raise guests.ProbeError(f"the guest with crun did not finish:\n{console}")
    results = {}
    for part in console.split("parity-begin ")[1:]:
        name, _, text = part.partition("\n")
        results[name.strip()] = {**guests.facts_of(text.splitlines()), "console": text}
    return results


def make(directory):
    directory.mkdir(parents=True)
    return directory


@pytest.fixture(scope="session")
def chosen(request):
    """Return: the workloads that this session requests, the same in all workers."""
    return sorted({item.callspec.params["name"] for item in request.session.items
                   if hasattr(item, "callspec") and "name" in item.callspec.params})


@pytest.fixture(scope="session")
def crun(chosen, initramfs, tmp_path_factory):
    """Return: what each workload says under crun. The first worker makes the one boot."""
    return guests.once(tmp_path_factory, "crun", lambda scratch: run_crun(chosen, initramfs, scratch))


@pytest.fixture
def coldinit(initramfs, tmp_path):
    """coldinit(spec, container={}, watch=None) boots one container. Return: facts, verdict and console."""
    def boot(spec, container=None, watch=None):
        manifest = bundles.write_json(tmp_path / "manifest.json", bundles.manifest(
            storages=STORAGES, container={"id": "c1", **(container or {})}))
        bundle = make(tmp_path / "bundle")
        bundles.write_json(bundle / "config.json", spec)
        second = images.pack_bundle(manifest, bundle, tmp_path / "second.cpio.gz")
        guest = qemu.Guest(vmlinuz(), [initramfs, second], words=["loglevel=0"], cpus=1, memory=MEMORY, iommu=False,
                           timeout=SECONDS, devices=devices(), monitored=watch is not None)
        result = guest.boot(echo=watch and (lambda text: watch(guest, text)))
        if result.problem():
            pytest.fail(f"{result.problem()}; the console:\n{result.console}", pytrace=False)
        return guests.facts_of(result.console.splitlines()), result.verdict, result.console
    return boot
