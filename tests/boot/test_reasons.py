# SPDX-License-Identifier: Apache-2.0
"""Errors name the fact that the kernel's errno leaves out."""

import struct

import pytest

import bundles

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
