# SPDX-License-Identifier: Apache-2.0
"""A disk that stops answering while the guest ends: the guest ends in any case."""

import json
import threading
import time

import pytest

import bundles
import disks
import nbd

DATA = "/run/coldinit/data"
MARK = "this-text-is-the-last-that-the-disk-gets"

# Each is the limit of one step, in seconds: sync and unmount, device shutdown.
SYNC, DEVICES = 10, 10
MARGIN = 8


BLK = ["-device", "virtio-blk-pci,drive=d0,bus=pcie.0,addr=5"]
SCSI = ["-device", "virtio-scsi-pci,id=scsi0",
        "-device", "scsi-hd,drive=d0,bus=scsi0.0,scsi-id=3,lun=5"]


class End:
    """Notes when the verdict comes and when the guest ends, and then lets QEMU end."""

    def __init__(self, server, kill):
        self.server = server
        self.kill = kill
        self.verdict = self.end = None
        self.shown = ""
        self.watcher = None

    def __call__(self, guest, text):
        self.shown += text
        if not self.watcher and "probe: write" in self.shown:
            if self.kill:
                self.server.dead.set()
            self.watcher = threading.Thread(target=self.wait, args=[guest.monitor()])
            self.watcher.start()
        if not self.verdict and "coldinit-verdict: " in self.shown:
            self.verdict = time.monotonic()

    def wait(self, monitor):
        """QEMU waits for the disk, too, but it first reports that the guest has ended."""
        monitor.socket.settimeout(60)
        try:
            for line in monitor.lines:
                if json.loads(line).get("event") == "SHUTDOWN":
                    self.end = time.monotonic()
                    break
        finally:
            self.server.close()


def end_with(boot, tmp_path, spec, manifest, device, kill=False):
    """Boot with a disk that dies. Return: how long the guest runs after its verdict, in seconds."""
    (tmp_path / "tree").mkdir()
    image = disks.make_image("ext4", tmp_path / "tree", tmp_path / "disk.img")
    server = nbd.Server(tmp_path / "nbd", image, MARK.encode())
    end = End(server, kill)
    outcome = boot(spec, manifest, kernel="6.12-disk", devices=server.words() + device,
                   monitored=True, watch=end, after_verdict=60)
    outcome.assert_exited(0)
    end.watcher.join()
    assert server.dead.is_set()
    return end.end - end.verdict


@pytest.mark.parametrize("driver,device,source", [
    ("blk", BLK, "05"), pytest.param("scsi", SCSI, "3:5", marks=pytest.mark.slow)])
def test_a_sync_that_hangs(boot, tmp_path, driver, device, source):
    spec = bundles.container(f"write /data/new {MARK}")
    spec["mounts"].append({"destination": "/data", "type": "bind", "source": DATA, "options": ["bind"]})
    storage = {"driver": driver, "source": source, "fstype": "ext4", "options": [], "mount_point": DATA}
    took = end_with(boot, tmp_path, spec, bundles.manifest(storages=[storage]), device)
    assert SYNC - 2 <= took <= SYNC + MARGIN


@pytest.mark.slow
def test_a_device_shutdown_that_hangs(boot, tmp_path):
    """The driver flushes the disk's cache before the guest powers off."""
    device = {"type": "scsi", "id": "3:5"}
    took = end_with(boot, tmp_path, bundles.container("write /tmp/new text"),
                    bundles.manifest(device), SCSI, kill=True)
    assert DEVICES - 2 <= took <= DEVICES + MARGIN
