# SPDX-License-Identifier: Apache-2.0
"""What the host serves fails: disks with errors, daemons that die, readers that never read."""

import json
import os
import random
import shutil
import signal
import subprocess

import pytest

import bundles
import disks
import qemu
import watchers
from conftest import BUILD

pytestmark = pytest.mark.slow  # rare things, some of which take a minute

DATA = "/run/coldinit/data"
EIO = 5
SECTOR = 512


def with_data(script, source=DATA):
    """Return: a container in which busybox runs a script with the storage as /data, and its files."""
    spec = bundles.container()
    spec["process"].update(args=["/bin/busybox", "sh", "-c", script])
    spec["mounts"].append({"destination": "/data", "type": "bind", "source": source, "options": ["bind"]})

    def prepare(bundle):
        shutil.copy("/bin/busybox", bundle / "rootfs/bin/busybox")

    return spec, prepare


def storage(*options):
    return {"driver": "blk", "source": "05", "fstype": "ext4", "options": list(options), "mount_point": DATA}


@pytest.fixture
def image(tmp_path):
    """An ext4 image with a file of one MiB."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/big").write_bytes(random.Random(1).randbytes(disks.MIB))
    return disks.make_image("ext4", tmp_path / "tree", tmp_path / "disk.img")


# --- disks with errors ---------------------------------------------------------------------------

def failing(image, **rule):
    """Return: QEMU's words for a disk of which some requests fail (blkdebug)."""
    rules = [{"event": "none", "errno": EIO, "once": False, "immediately": True, **rule}]
    return ["-blockdev", f"driver=file,filename={image},node-name=f0",
            "-blockdev", json.dumps({"driver": "blkdebug", "node-name": "b0", "image": "f0", "inject-error": rules}),
            "-device", "virtio-blk-pci,drive=b0,bus=pcie.0,addr=5"]


def first_sector(image, path):
    blocks = subprocess.run(["/sbin/debugfs", "-R", f"blocks {path}", image], capture_output=True, text=True,
                            check=True).stdout.split()
    return int(blocks[0]) * 4096 // SECTOR


def test_superblock_that_cannot_be_read(boot, image):
    spec, prepare = with_data("true")
    boot(spec, bundles.manifest(storages=[storage()]), prepare=prepare, kernel="6.12-disk",
         devices=failing(image, iotype="read", sector=2)).assert_failed("spec", "/dev/vda", "I/O error")


def test_file_that_cannot_be_read(boot, image):
    """The container gets the error, and the boot ends as usual."""
    spec, prepare = with_data("cat /data/big >/dev/null; echo status $?")
    outcome = boot(spec, bundles.manifest(storages=[storage("ro")]), prepare=prepare, kernel="6.12-disk",
                   devices=failing(image, iotype="read", sector=first_sector(image, "/big")))
    outcome.assert_exited(0)
    assert "status 1" in outcome.console and "I/O error" in outcome.console


def test_disk_that_cannot_be_written(boot, image):
    """Not even the superblock, when it is mounted."""
    spec, prepare = with_data("true")
    boot(spec, bundles.manifest(storages=[storage()]), prepare=prepare, kernel="6.12-disk",
         devices=failing(image, iotype="write")).assert_failed("spec", "/dev/vda", "I/O error")


def test_file_that_cannot_be_written(boot, image):
    spec, prepare = with_data("echo text | dd of=/data/big conv=notrunc,fsync; echo status $?; exit 3")
    outcome = boot(spec, bundles.manifest(storages=[storage()]), prepare=prepare, kernel="6.12-disk",
                   devices=failing(image, iotype="write", sector=first_sector(image, "/big")))
    outcome.assert_exited(3)
    assert "status 1" in outcome.console


def test_disk_that_is_unplugged_while_it_is_written(boot, image):
    spec, prepare = with_data("echo text >/data/new; echo ready; "
                              "while [ -e /sys/block/vda ]; do sleep 0.1; done; echo gone; exit 4")
    unplug = watchers.monitored(lambda monitor: monitor.command("device_del", id="gone"))
    outcome = boot(spec, bundles.manifest(storages=[{**storage(), "source": "08/00"}]), prepare=prepare,
                   kernel="6.12-disk", monitored=True, watch=watchers.after(("ready", unplug)),
                   devices=disks.drive(image) + qemu.behind_root_port("virtio-blk-pci,drive=d0,id=gone"))
    outcome.assert_exited(4)
    assert "gone" in outcome.console


# --- a daemon that dies --------------------------------------------------------------------------

def killer(guest):
    guest.signal_shares(signal.SIGKILL)


def test_virtiofs_daemon_that_dies_before_it_is_mounted(boot):
    outcome = boot(bundles.container(), bundles.manifest(), via="virtiofs", quiet=False, timeout=90,
                   watch=watchers.after(("Run /init as init process", killer)))
    assert (outcome.verdict["outcome"], outcome.verdict["phase"]) == ("failed", "manifest")
    assert "virtio-fs daemon" in outcome.verdict["error"]


def test_virtiofs_daemon_that_dies_while_the_container_runs(boot, tmp_path):
    """The container does not use the share any more; the report in it is lost, and the guest ends."""
    share = tmp_path / "share"
    share.mkdir()
    spec, prepare = with_data("echo ready; sleep 2; exit 5", source="/run")
    outcome = boot(spec, bundles.manifest(), prepare=prepare, shares={"demo": share}, after_verdict=40, timeout=90,
                   words=["coldinit.report=virtiofs:demo/verdict.json"], watch=watchers.after(("ready", killer)))
    outcome.assert_exited(5)
    assert any("verdict.json" in line for line in outcome.verdict["warnings"])


# --- readers that never read ---------------------------------------------------------------------

def full_pipe(path):
    """Make the FIFOs of a chardev whose output nobody reads, and fill it. Return: a descriptor to keep."""
    for name in ("in", "out"):
        os.mkfifo(f"{path}.{name}")
    fd = os.open(f"{path}.out", os.O_RDWR | os.O_NONBLOCK)
    try:
        while True:
            os.write(fd, b"x" * 4096)
    except BlockingIOError:
        return fd


def test_port_that_nobody_reads(boot, tmp_path):
    """The host has it open, and takes nothing of what the guest writes."""
    fd = full_pipe(tmp_path / "port")
    outcome = boot(bundles.container("exit 6"), devices=[
        "-device", "virtio-serial-pci", "-chardev", f"pipe,id=port,path={tmp_path}/port",
        "-device", "virtserialport,chardev=port,name=org.coldinit.report"])
    os.close(fd)
    outcome.assert_exited(6)


def test_console_whose_reader_has_stopped_it(boot):
    """XOFF: the terminal takes no output until the verdict starts it again."""
    spec, prepare = with_data("echo ready; sleep 2; echo more; exit 7", source="/run")
    outcome = boot(spec, prepare=prepare, interactive=True, watch=watchers.typist(("ready", "\x13")))
    outcome.assert_exited(7)


def test_vsock_host_that_never_reads(boot):
    """It accepts the connection; the guest ends in time."""
    spec = bundles.container("exit 8")
    spec["hooks"] = {"createRuntime": [{"path": "/usr/bin/hook", "args": ["hook", "accept", "1024"]}]}
    boot(spec, bundles.manifest(kernel_modules=[{"name": "vsock_loopback"}]), kernel="6.12+vsock_loopback",
         files={"/usr/bin/hook": BUILD / "tests/programs/hook"},
         words=["coldinit.report=vsock:1:1024"]).assert_exited(8)
