# SPDX-License-Identifier: Apache-2.0
"""Errors name the fact that the kernel's errno leaves out."""

import json
import struct

import pytest

import bundles
import disks
import nbd

CRLF = b"#!/bin/sh\r\necho hello\r\n"
ALLOW_ONLY_EXECVE = {"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [
    {"names": ["execve", "exit_group", "sendto"], "action": "SCMP_ACT_ALLOW"}]}


def elf(machine=62, loader=b"/bin/probe\0"):
    """Return: a program of 64 bits that has only headers. 62: x86_64, 183: aarch64."""
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(loader), len(loader), 1) + loader


def program(content, mode=0o755):
    def prepare(bundle):
        path = bundle / "rootfs/app"
        path.write_bytes(content)
        path.chmod(mode)
    return prepare


def assert_not_executed(outcome, status, *words):
    verdict = outcome.verdict
    assert (verdict["outcome"], verdict["phase"], verdict["status"]) == ("failed", "exec", status), verdict
    for word in words:
        assert word in verdict["error"]
    return verdict["error"]


@pytest.mark.parametrize("content, status, words", [
    (CRLF, 127, ['cannot execute /app: No such file', 'its interpreter "/bin/sh\\r" is missing', "CR LF"]),
    (b"#!/bin/bash\n", 127, ['its interpreter "/bin/bash" is missing']),
    (elf(machine=183), 126, ["Exec format error", "a program for aarch64, the guest is x86_64"]),
    (elf(loader=b"/lib64/ld.so\0"), 127, ['its loader "/lib64/ld.so" is missing: there is no "/lib64"']),
    (elf()[:100], 126, ["is cut: the file has 100 bytes"]),
    (b"echo hello\n", 126, ['begins neither with "#!" nor with ELF, but with "echo hello\\x0a"']),
], ids=["crlf", "interpreter", "machine", "loader", "cut", "text"])
def test_program_that_cannot_be_executed(boot, content, status, words):
    """The missing half of the program is named, also if its filter forbids to look for it."""
    spec = bundles.container()
    spec["process"]["args"] = ["/app"]
    spec["linux"]["seccomp"] = ALLOW_ONLY_EXECVE
    assert_not_executed(boot(spec, prepare=program(content)), status, *words)


@pytest.mark.parametrize("args, mode, status, words", [
    (["/etc"], 0o755, 126, ['no permission to execute "/etc"', ": /etc: it is a directory"]),
    (["app"], 0o644, 126, ['no permission to execute "app"', ": /home/worker/app: it has no x in its mode (0644)"]),
    (["/noexec/probe"], 0o755, 126, [": /noexec/probe: it is on a file system that is mounted noexec"]),
    (["probe true"], 0o755, 127, ["blanks: each word of a command is an element of process.args"]),
], ids=["directory", "mode", "noexec", "blanks"])
def test_file_that_may_not_be_executed(boot, args, mode, status, words):
    def prepare(bundle):
        path = bundle / "rootfs/home/worker/app"
        path.write_text("#!/bin/sh\n")
        path.chmod(mode)

    spec = bundles.container()
    spec["process"].update(args=args, env=["PATH=/home/worker:/bin"])
    spec["mounts"].append({"destination": "/noexec", "type": "bind", "source": "rootfs/bin",
                           "options": ["rbind", "noexec"]})
    assert_not_executed(boot(spec, prepare=prepare), status, *words)


# --- disks ---------------------------------------------------------------------------------------

BUNDLE = {"driver": "blk", "source": "05", "fstype": "ext4", "options": [], "mount_point": "/run/coldinit/bundle"}
BLK = ["-device", "virtio-blk-pci,drive=d0,bus=pcie.0,addr=5"]


@pytest.fixture
def image(programs, tmp_path):
    return disks.make_image("ext4", bundles.write_bundle(tmp_path / "bundle", bundles.container(), programs),
                            tmp_path / "bundle.img")


def unreadable(image, content):
    """Return: QEMU's words for a disk that cannot read the sector in which @content begins."""
    at = image.read_bytes().index(content)
    node = {"driver": "raw", "node-name": "d0", "read-only": False, "file": {
        "driver": "blkdebug", "image": {"driver": "file", "filename": str(image)},
        "inject-error": [{"event": "read_aio", "errno": 5, "sector": at // 512, "once": False}]}}
    return ["-blockdev", json.dumps(node), *BLK]


@pytest.mark.parametrize("word, content, text", [
    ("", "probe", "cannot execute /bin/probe: I/O error"),
    ("", "config", "cannot read config.json of the bundle /run/coldinit/bundle: I/O error"),
    ("block:/dev/vda,ext4", "probe", "cannot execute /bin/probe: I/O error"),
])
def test_sector_that_cannot_be_read(boot, image, programs, word, content, text):
    """The error names the file system, the disk, its entry, and what the kernel's log says."""
    begin = programs[1].read_bytes()[:512] if content == "probe" else b'{"ociVersion"'
    manifest = bundles.manifest(**({} if word else {"storages": [BUNDLE],
                                                    "container": {"bundle": BUNDLE["mount_point"]}}))
    outcome = boot(manifest=manifest, words=[f"coldinit.bundle={word}"] if word else [],
                   devices=unreadable(image, begin))
    error = outcome.verdict["error"]
    where = ('; block:/dev/vda,ext4 (/run/coldinit/disk) is ext4 on /dev/vda (disk "/dev/vda")' if word else
             '; /storages/0 of the manifest (/run/coldinit/bundle) is ext4 on /dev/vda (disk "05")')
    assert text in error and where in error
    assert '; the kernel\'s log says "' in error and "dev vda, sector " in error


@pytest.mark.slow
def test_disk_that_does_not_answer(boot, image, tmp_path):
    """PID 1 hangs while the driver looks for partitions; the error at the deadline names the disk."""
    server = nbd.Server(tmp_path / "nbd", image, b"nothing")
    seen = ""

    def watch(_, text):
        nonlocal seen
        seen += text
        if "Run /init as init process" in seen:
            server.dead.set()
        if "coldinit-verdict" in seen:
            server.close()

    manifest = bundles.manifest(storages=[BUNDLE], container={"bundle": BUNDLE["mount_point"]})
    outcome = boot(manifest=manifest, devices=server.words() + BLK, quiet=False, timeout=150, after_verdict=60,
                   watch=watch)
    assert (outcome.verdict["outcome"], outcome.verdict["phase"]) == ("failed", "devices")
    assert "a device does not answer; not ready: blk storage /run/coldinit/bundle" in outcome.verdict["error"]
