# SPDX-License-Identifier: Apache-2.0
"""The VM that boots the cases of one flow, and the results that it prints."""

import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field

import flows  # first: it makes the others importable
import bundles
import images
import qemu

STUCK_SECONDS = 900  # without a result, on a busy machine

RESET = [("/proc/sys/kernel/printk_devkmsg", "ratelimit")] + [
    ("/sys/fs/cgroup/cgroup.subtree_control", f"-{name}") for name in ("cpu", "memory", "pids", "hugetlb", "io", "cpuset")]


@dataclass
class Call:
    """One system call of a traced boot. path: the addresses of its callers, the innermost first."""

    role: str
    number: int
    nth: int
    object: str
    path: list


@dataclass
class Boot:
    """The result of one boot. limit: it did not end in time."""

    case: int
    faults: int = 0
    status: int = 0
    limit: bool = False
    seconds: float = 0.0
    console: str = ""
    calls: list = field(default_factory=list)
    fault: Call = None
    crashes: list = field(default_factory=list)
    hung: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def verdicts(self):
        return [qemu.parse_verdict(found) for found in qemu.VERDICT.findall(self.console.replace("\r", ""))]

    def facts(self):
        """Return: what the container saw, without the sizes that follow from the memory of the VM, and without the
        numbers of its namespaces, which the VM's kernel gives as they come."""
        found = re.findall(r"parity: (\S+) = (.*)", self.console.replace("\r", ""))
        return {name: re.sub(r"\b(size|nr_inodes)=\d+k?", r"\1=N", value) for name, value in found
                if not name.startswith("ns/")}


def call_of(words):
    return Call(words[0], int(words[1]), int(words[2]), words[3], words[4].split(","))


def parse(data):
    """Yield the boots of what a rig printed."""
    at, boot = 0, Boot(-1)
    while (end := data.find(b"\n", at)) >= 0:
        kind, *words = data[at:end].decode(errors="replace").split("\t")
        at = end + 1
        if kind == "CALL":
            boot.calls.append(call_of(words))
        elif kind == "FAULT":
            boot.fault = call_of(words)
        elif kind == "CRASH":
            boot.crashes.append(call_of(words))
        elif kind == "HUNG":
            boot.hung.append(" ".join(words))
        elif kind == "NOTE":
            boot.notes.append(" ".join(words))
        elif kind == "BOOT":
            boot.case, boot.faults, boot.status = map(int, words[:3])
            boot.limit, boot.seconds = words[3] == "1", float(words[4])
        elif kind == "CONSOLE":
            boot.console = data[at:at + int(words[0])].decode(errors="replace")
            at += int(words[0])
        elif kind == "END":
            yield boot
            boot = Boot(-1)


class Vm:
    """Boots the cases of @flow in VMs that begin with the same files, which it makes in @scratch."""

    def __init__(self, build, flow, scratch):
        self.build, self.flow, self.scratch = build, flow, scratch
        self.devices = []
        self.stage = self.make_stage()

    def make_bundle(self, parent):
        programs = [self.build / "tests" / name for name in ("programs/edu", "parity/probe", "faults/both")]
        bundle = bundles.write_bundle(parent / "bundle", self.flow.spec, programs)
        for name in ("up/below", "cdimount", "hooks", "data", "dev", "proc", "sys"):
            (bundle / "rootfs" / name).mkdir(parents=True)
        (bundle / "rootfs/up/file").write_text("x")
        (bundle / "rootfs/up/link").symlink_to("file")
        return bundle

    def make_stage(self):
        """Return: an archive with the rig and the initramfs that coldinit begins in."""
        top = self.scratch / "top"
        stage = top / "stage"
        stage.mkdir(parents=True)
        image = subprocess.run(["gzip", "-dc", self.build / f"images/{self.flow.image}.cpio.gz"], check=True,
                               stdout=subprocess.PIPE).stdout
        subprocess.run(["cpio", "-idm", "--quiet"], cwd=stage, check=True, input=image)
        (stage / "bin").mkdir(exist_ok=True)
        for name in ("parity/probe", "programs/service"):
            shutil.copy(self.build / "tests" / name, stage / "bin")
        bundles.write_files(stage, self.flow.files)
        (stage / "coldinit").mkdir()
        manifest = self.scratch / "share" if self.flow.share else stage / "coldinit"
        place = self.scratch / "share" if self.flow.share or self.flow.prepare else stage / "coldinit"
        place.mkdir(exist_ok=True)
        bundle = self.make_bundle(place)
        bundles.write_json(manifest / "manifest.json", self.flow.manifest)
        if self.flow.prepare:
            self.devices = self.flow.prepare(self.scratch, bundle)
        shutil.copy(self.build / "tests/faults/rig", top / "init")
        return images.pack(top, self.scratch / "stage.cpio.gz")

    def write_list(self, lines):
        cases = self.scratch / "list/cases"
        cases.mkdir(parents=True, exist_ok=True)
        undo = [f"undo {path} {text}" for path, text in RESET + self.flow.undo]
        (cases / "list").write_text("".join(f"{line}\n" for line in [*undo, *lines]))
        return images.pack(self.scratch / "list", self.scratch / "list.cpio.gz")

    def guest(self, lines, results):
        words = ["quiet", "loglevel=3", *self.flow.words]
        if not (self.flow.share or self.flow.prepare):
            words.append("coldinit.bundle=initrd:/coldinit/bundle")
        clock = ["-icount", "shift=3,sleep=off"] if self.flow.fast else []
        return qemu.Guest(
            images.vmlinuz(self.build / "kernels/6.12"), [self.stage, self.write_list(lines)], words=words, cpus=1,
            memory=768, accel="tcg", timeout=1e6, quiet=False,
            shares={"demo": self.scratch / "share"} if self.flow.share else {},
            devices=["-device", "virtio-serial-pci,addr=0xa", "-chardev", f"file,id=rig,path={results}",
                     "-device", "virtserialport,chardev=rig,name=org.coldinit.rig", *clock, *self.flow.devices,
                     *self.devices])

    def run(self, lines):
        """Boot the cases. Return: their results, and those cases at which the VM ended."""
        results, boots, ended = self.scratch / "results", [], []
        while lines:
            results.write_bytes(b"")
            guest = self.guest(lines, results)
            watcher = threading.Thread(target=end_stuck, args=[guest, results], daemon=True)
            watcher.start()
            console = guest.boot().console
            watcher.join()
            data = results.read_bytes()
            new = list(parse(data))
            boots += new
            if data.endswith(b"DONE\n"):
                break
            number = [n for n, line in enumerate(lines) if is_case(line)]
            if len(new) >= len(number):
                break
            ended.append((lines[number[len(new)]], console[-2000:]))
            keep = [line for line in lines[:number[len(new)]] if not is_case(line)]
            lines = keep + lines[number[len(new)] + 1:]
        return boots, ended


def is_case(line):
    return line.startswith(("fault ", "trace ", "plain "))


def end_stuck(guest, results):
    """End the guest's QEMU if it prints no result for a long time."""
    size, since = -1, time.monotonic()
    while guest.console is None or guest.console.process is None or guest.console.process.poll() is None:
        time.sleep(0.5)
        if (now := results.stat().st_size) != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > STUCK_SECONDS and guest.console and guest.console.process:
            guest.console.process.kill()
            return
