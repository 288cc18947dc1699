# SPDX-License-Identifier: Apache-2.0
"""Boot a guest in QEMU and read coldinit's verdict from its console.

Only this file knows QEMU's command line: `initramfs/run` (make run) and the boot tests use the same
Guest.
"""

import contextlib
import functools
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import images
import packages
import qmp

# The container cannot print a line that begins like this; elsewhere in a line it may.
VERDICT = re.compile(r"^coldinit-verdict: ([^\r\n]*)", re.M)

# How long a guest may run after its verdict, in seconds: it has to sync, unmount and power off.
AFTER_VERDICT = 10.0


class LaunchError(Exception):
    """The guest could not be started; the text says what to try."""


# --- machines ------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Machine:
    """QEMU's words for the machine of one architecture."""

    program: str
    machine: str
    cpu: str
    console: list  # QEMU's words for it, with the chardev "console"
    kernel_words: list  # the kernel's words for it
    cmdline_limit: int  # COMMAND_LINE_SIZE: a longer line is cut, or the kernel hangs
    iommu: str = ""  # option of the machine
    iommu_words: list = field(default_factory=list)


SERIAL = ["-serial", "chardev:console"]

# The kernel does not test its own crypto algorithms: under emulation this is a third of its time before /init.
NO_TESTS = "cryptomgr.notests=1"

# By Debian's name. no_timer_check: on a busy machine the emulated timer can be too late for a check
# of x86, and the kernel panics ("timer doesn't work through Interrupt-remapped IO-APIC").
MACHINES = {
    "amd64": Machine("qemu-system-x86_64", "q35,kernel-irqchip=split", "max",
                     SERIAL, ["console=ttyS0", "no_timer_check", NO_TESTS], 2048,
                     iommu_words=["-device", "intel-iommu,intremap=on,caching-mode=on"]),
    "arm64": Machine("qemu-system-aarch64", "virt,gic-version=3",
                     "max,pauth-impdef=on", SERIAL, ["console=ttyAMA0", NO_TESTS], 2048,
                     iommu=",iommu=smmuv3"),
    "s390x": Machine("qemu-system-s390x", "s390-ccw-virtio", "max",
                     ["-device", "sclpconsole,chardev=console"],
                     ["console=ttyS0", NO_TESTS], 4096),
}

# QEMU's machine without PCI; its virtio devices are on MMIO, as ACPI tables describe them. It has no timer with
# which the kernel could measure the frequency of an emulated processor's TSC.
MACHINES["microvm"] = replace(MACHINES["amd64"], machine="microvm", iommu_words=[],
                              kernel_words=["console=ttyS0", "no_timer_check", NO_TESTS, "tsc_early_khz=2000000"])

# -bios of an arm64 guest with ACPI tables instead of a device tree
ARM64_UEFI = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"


def program(arch):
    return os.environ.get("QEMU", MACHINES[arch].program)


# --- accelerator ---------------------------------------------------------------------------------

PROBE_PORT = 0x501
PROBE_VALUE = 0x2A


def machine_words(accel, arch="amd64", iommu=False):
    """Return: QEMU's words for machine and processor, the same for the probe and for every guest."""
    machine = MACHINES[arch]
    return ["-machine", f"{machine.machine},accel={accel}{machine.iommu if iommu else ''}",
            "-cpu", "host" if accel == "kvm" else machine.cpu]


def probe_firmware():
    """Return: a firmware of 64 KiB whose first instructions write PROBE_VALUE to isa-debug-exit."""
    code = bytes([0xBA, PROBE_PORT & 0xFF, PROBE_PORT >> 8,  # mov dx, PROBE_PORT
                  0xB0, PROBE_VALUE,  # mov al, PROBE_VALUE
                  0xEE,  # out dx, al
                  0xF4])  # hlt
    image = bytearray(65536)
    image[0xFFF0:0xFFF0 + len(code)] = code  # the reset vector
    return bytes(image)


def accelerator_works(accel, qemu=None, timeout=10):
    """Does a guest run under this accelerator? /dev/kvm may exist and not work."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as firmware:
        firmware.write(probe_firmware())
        firmware.flush()
        command = [qemu or program("amd64"), *machine_words(accel), "-m", "16", "-nodefaults",
                   "-no-reboot", "-display", "none", "-bios", firmware.name,
                   "-device", f"isa-debug-exit,iobase={PROBE_PORT:#x},iosize=2"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=timeout, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == (PROBE_VALUE << 1) | 1


@functools.lru_cache(maxsize=None)
def best_accelerator(arch="amd64"):
    """Return: kvm if a guest runs under it, else tcg. The probe is x86 code."""
    return "kvm" if arch == "amd64" and accelerator_works("kvm") else "tcg"


# --- devices -------------------------------------------------------------------------------------

def behind_root_port(*devices, slot=0x8, name=None):
    """Return: QEMU's words for a PCIe root port in @slot of the root bus, and @devices on its bus.

    The path of the first device is "SS/00". Several devices are the functions of one slot.
    """
    name = name or f"rp{slot:x}"
    words = ["-device", f"pcie-root-port,id={name},bus=pcie.0,addr={slot:#x},"
                        f"chassis={slot},slot={slot}"]
    for function, device in enumerate(devices):
        place = f"bus={name}"
        if len(devices) > 1:
            place += f",addr=00.{function}" + (",multifunction=on" if function == 0 else "")
        words += ["-device", f"{device},{place}"]
    return words


def virtiofsd_path():
    """Return: the virtio-fs daemon, QEMU's or the one written in Rust."""
    for path in ("/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd", shutil.which("virtiofsd")):
        if path and os.access(path, os.X_OK):
            return path
    raise LaunchError(f"virtio-fs: {packages.missing('virtiofsd')}")


def share_words(tag, socket):
    """Return: QEMU's words for a virtio-fs daemon at @socket."""
    return ["-chardev", f"socket,id=fs-{tag},path={socket}",
            "-device", f"vhost-user-fs-pci,chardev=fs-{tag},tag={tag}"]


class Share:
    """The virtio-fs daemon of one shared directory, for one boot."""

    def __init__(self, tag, directory, socket):
        self.tag = tag
        self.socket = socket
        self.process = subprocess.Popen(
            [virtiofsd_path(), f"--socket-path={socket}", "-o", f"source={directory}",
             "-o", "cache=auto"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)

    def wait_ready(self, timeout=10):
        deadline = time.monotonic() + timeout
        while not os.path.exists(self.socket):
            if self.process.poll() is not None:
                errors = self.process.stderr.read().decode(errors="replace").strip()
                hint = " (a shared directory needs root)" if os.geteuid() != 0 else ""
                raise LaunchError(f"virtiofsd for {self.tag} did not start{hint}: {errors}")
            if time.monotonic() > deadline:
                raise LaunchError(f"virtiofsd for {self.tag} made no socket in {timeout} s")
            time.sleep(0.02)

    def signal(self, number):
        """Send a signal to the daemon and its sandboxed child, which are a process group."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()


# --- the guest -----------------------------------------------------------------------------------

@dataclass
class Result:
    """The result of one boot."""

    console: str
    verdicts: list  # one for each verdict line; None if it is not a JSON object
    qemu_status: int
    seconds: float
    timed_out: bool = False  # without a verdict
    lingered: bool = False  # still running after the verdict
    qemu_errors: str = ""

    @property
    def verdict(self):
        """The verdict, or None if it is missing or unreadable, or if there are more than one."""
        return self.verdicts[0] if len(self.verdicts) == 1 else None

    @property
    def status(self):
        """The exit status to end with. QEMU's status means nothing: it is 0 after a panic too."""
        return 1 if self.verdict is None else self.verdict["status"]

    def problem(self):
        """Return: why this boot cannot be trusted, or None."""
        if self.timed_out:
            return f"no verdict after {self.seconds:.0f} s: the guest was ended"
        if not self.verdicts:
            text = f"the guest ended without a verdict (QEMU's status {self.qemu_status})"
            return f"{text}: {self.qemu_errors}" if self.qemu_errors else text
        if len(self.verdicts) > 1:
            return f"{len(self.verdicts)} verdicts instead of one"
        if self.verdict is None:
            return "the verdict is not a JSON object with a status from 0 to 255"
        if self.lingered:
            return f"the guest still ran {self.seconds:.0f} s after its start, though it had given its verdict"
        return None


def parse_verdict(text):
    """Return: the verdict's object, or None if @text is not one."""
    try:
        verdict = json.loads(text)
    except ValueError:
        return None
    if not isinstance(verdict, dict):
        return None
    status = verdict.get("status")
    if type(status) is not int or not 0 <= status <= 255:
        return None
    return verdict


@dataclass
class Guest:
    """A guest to boot, with its architecture's usual IOMMU.

    @initrds are concatenated, as VMMs do. @words are added to the kernel's command line, @devices to
    QEMU's; @shares: directories by virtio-fs tag. With @monitored QEMU listens for monitor() while it
    runs; with @interactive type() sends keys to the console. @chardev: QEMU's backend of the console.
    @first_words: of the kernel's command line, instead of those for QEMU's machine.
    """

    kernel: Path
    initrds: list
    words: list = field(default_factory=list)
    devices: list = field(default_factory=list)
    shares: dict = field(default_factory=dict)
    memory: int = 768
    cpus: int = 1
    arch: str = "amd64"
    iommu: bool = True
    quiet: bool = True
    accel: str = ""
    timeout: float = 60.0
    after_verdict: float = AFTER_VERDICT
    monitored: bool = False
    interactive: bool = False
    chardev: str = "stdio,id=console"
    first_words: list = None
    scratch: str = field(default="", init=False)  # while it runs
    running: list = field(default_factory=list, init=False)  # virtio-fs daemons
    console: "Console" = field(default=None, init=False)  # while it runs

    def cmdline(self):
        machine = MACHINES[self.arch]
        words = [*(self.first_words or [*machine.kernel_words, "panic=-1"]),
                 *(["quiet"] if self.quiet else []), *self.words]
        text = " ".join(words)
        if len(text.encode()) >= machine.cmdline_limit:
            raise LaunchError(f"the kernel's command line has {len(text.encode())} bytes, the "
                              f"limit is {machine.cmdline_limit - 1}: put the manifest elsewhere "
                              "(initrd:, virtiofs:, fw_cfg:)")
        return text

    def command(self, initrd):
        """Return: QEMU's command line."""
        machine = MACHINES[self.arch]
        accel = self.accel or best_accelerator(self.arch)
        command = [program(self.arch), *machine_words(accel, self.arch, self.iommu),
                   "-smp", str(self.cpus), "-m", str(self.memory),
                   "-nodefaults", "-no-reboot", "-display", "none",
                   "-chardev", self.chardev, *machine.console, "-monitor", "none",
                   "-kernel", str(self.kernel), "-initrd", str(initrd),
                   "-append", self.cmdline()]
        if self.iommu:
            command += machine.iommu_words
        if self.shares:
            # vhost-user: the daemon works in the guest's memory
            command += ["-object", f"memory-backend-memfd,id=mem,size={self.memory}M,share=on",
                        "-numa", "node,memdev=mem"]
        for number, tag in enumerate(self.shares):
            command += share_words(tag, self.share_socket(number))
        if self.monitored:
            command += ["-qmp", f"unix:{self.scratch}/qmp,server=on,wait=off"]
        return command + [str(word) for word in self.devices]

    def share_socket(self, number):
        return f"{self.scratch}/fs{number}"

    def signal_shares(self, number):
        """Send a signal to the virtio-fs daemons of a running guest."""
        for share in self.running:
            share.signal(number)

    def monitor(self):
        """Return: a connection to the running guest's QEMU."""
        return qmp.Monitor(f"{self.scratch}/qmp")

    def type(self, text):
        """Type @text on the running guest's console."""
        self.console.type(text)

    def check_files(self):
        for path in [self.kernel, *self.initrds]:
            if not os.path.isfile(path):
                raise LaunchError(f"{path} is missing: run make first")

    @contextlib.contextmanager
    def prepared(self, scratch):
        """Start what the guest needs, with its files in the folder @scratch. Gives the initramfs."""
        self.cmdline()
        self.check_files()
        self.scratch = scratch
        initrd = images.concatenate(self.initrds, Path(scratch, "initrd"))
        try:
            for number, (tag, directory) in enumerate(self.shares.items()):
                self.running.append(Share(tag, directory, self.share_socket(number)))
            for share in self.running:
                share.wait_ready()
            yield initrd
        finally:
            while self.running:
                self.running.pop().stop()

    def boot(self, echo=None):
        """Run the guest until it ends. @echo is called with each new text of the console."""
        with tempfile.TemporaryDirectory(prefix="coldinit-") as scratch, self.prepared(scratch) as initrd:
            self.console = Console(self.command(initrd), self.timeout, self.after_verdict,
                                   echo, self.interactive)
            return self.console.run()


class Console:
    """A running QEMU and the text of its guest's console."""

    def __init__(self, command, timeout, after_verdict, echo, interactive=False):
        self.command = command
        self.timeout = timeout
        self.after_verdict = after_verdict
        self.echo = echo
        self.stdin = subprocess.PIPE if interactive else subprocess.DEVNULL
        self.process = None
        self.parts = []  # of the text
        self.line = ""  # the last line, incomplete
        self.judged = self.lingered = self.timed_out = False

    def run(self):
        start = time.monotonic()
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(self.command, stdin=self.stdin,
                                           stdout=subprocess.PIPE, stderr=errors,
                                           start_new_session=True)
            except FileNotFoundError:
                raise LaunchError(packages.missing(self.command[0])) from None
            self.process = process
            try:
                self.read(process.stdout, start + self.timeout)
            finally:
                if process.poll() is None and (self.timed_out or self.lingered):
                    process.kill()
                self.reap(process)
            errors.seek(0)
            messages = errors.read().decode(errors="replace").strip()
        text = "".join(self.parts)
        return Result(text, [parse_verdict(found) for found in VERDICT.findall(text)],
                      process.returncode, time.monotonic() - start, self.timed_out,
                      self.lingered, messages)

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    @staticmethod
    def reap(process):
        """Wait for QEMU, whose console is closed; kill it if it does not end."""
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def read(self, pipe, deadline):
        """Read the console's text until QEMU closes it or the time is up."""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    self.lingered, self.timed_out = self.judged, not self.judged
                    return
                if not selector.select(left):
                    continue
                data = os.read(pipe.fileno(), 65536)
                if not data:
                    return
                before = self.judged
                self.take(data.decode("utf-8", errors="replace"))
                if self.judged and not before:
                    deadline = time.monotonic() + self.after_verdict

    def take(self, text):
        text = text.replace("\r", "")
        self.parts.append(text)
        *lines, self.line = (self.line + text).split("\n")
        self.judged = self.judged or any(map(VERDICT.search, lines))
        if self.echo:
            self.echo(text)
