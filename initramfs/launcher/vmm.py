# SPDX-License-Identifier: Apache-2.0
"""VMMs: start a guest, reach its monitor, end it. Sockets of the guest's streams are in the scratch folder."""

import contextlib
import ctypes
import os
import pty
import shlex
import signal
import socket
import subprocess
import tty

import images
import packages
from launcher import cloud_hypervisor, domain
from launcher.monitor import CloudMonitor, DomainMonitor, Monitor
from launcher.streams import Listener, Terminal
from qemu import LaunchError

PR_SET_PDEATHSIG = 1


def die_with_parent():
    """Run in the child: the VMM ends when the launcher is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Vmm:
    """What most VMMs have in common."""

    def open(self, name, connect):
        """Return: a stream of the guest, by its socket, or None if the VMM has ended."""
        return connect(name)

    def explain(self, text):
        """Return: the error in what the VMM has written."""
        return text

    def resize(self, lines, columns):
        """The user's terminal has another size."""

    def end(self, process):
        process.kill()
        process.wait()


class Qemu(Vmm):
    """QEMU as a child process."""

    def __init__(self, plan, scratch):
        self.guest = plan.guest
        self.scratch = scratch
        self.initrd = scratch / "initrd"
        self.guest.scratch = str(scratch)

    def describe(self):
        return shlex.join(self.guest.command(self.initrd))

    def keep(self):
        """Leave the files that the command needs."""
        images.concatenate(self.guest.initrds, self.initrd)

    def prepared(self):
        return self.guest.prepared(str(self.scratch))

    def start(self, log):
        """Return: the process, which writes its messages into the file @log."""
        command = self.guest.command(self.initrd)
        try:
            with open(log, "wb") as errors:
                return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                        start_new_session=True, preexec_fn=die_with_parent)
        except FileNotFoundError:
            raise LaunchError(packages.missing(command[0])) from None

    def monitor(self, connect, event):
        """Return: a Monitor, None if QEMU has ended."""
        stream = connect("qmp")
        return Monitor(stream, event) if stream else None


class CloudHypervisor(Vmm):
    """Cloud Hypervisor as a child process; its console is a socket, or a terminal if the container has one."""

    def __init__(self, plan, scratch):
        self.plan = plan
        self.scratch = scratch
        self.initrd = scratch / "initrd"
        plan.guest.scratch = str(scratch)
        self.report = self.console = self.events = None

    def command(self, program, events):
        return cloud_hypervisor.command(program, self.plan, self.scratch, self.initrd, events)

    def describe(self):
        program = cloud_hypervisor.find() or cloud_hypervisor.NAME
        return shlex.join(self.command(program, f"path={cloud_hypervisor.quoted(self.scratch / 'events')}"))

    def keep(self):
        images.concatenate(self.plan.guest.initrds, self.initrd)

    @contextlib.contextmanager
    def prepared(self):
        self.program = cloud_hypervisor.check_program()
        cloud_hypervisor.check_kvm()
        with self.plan.guest.prepared(str(self.scratch)):
            self.report = Listener(self.scratch / f"vsock_{cloud_hypervisor.REPORT_PORT}")
            yield

    def make_console(self):
        """Return: the descriptor that the VMM has as stdin and stdout."""
        if not self.plan.terminal:
            self.console, theirs = socket.socketpair()
            return theirs.detach()
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.console = Terminal(ours)
        size = self.plan.spec["process"].get("consoleSize")
        if size:
            self.console.resize(size["height"], size["width"])
        return theirs

    def start(self, log):
        """Return: the process, which writes its messages into the file @log."""
        console = self.make_console()
        self.events, events = os.pipe()
        try:
            with open(log, "wb") as errors:
                return subprocess.Popen(self.command(self.program, f"fd={events}"), stdin=console, stdout=console,
                                        stderr=errors, start_new_session=True, pass_fds=[events],
                                        preexec_fn=die_with_parent)
        finally:
            os.close(console)
            os.close(events)

    def open(self, name, connect):
        return {"console": self.console, "report": self.report}[name]

    def monitor(self, connect, event):
        return CloudMonitor(self.events, self.scratch / "api", cloud_hypervisor.REPORT_DEVICE, event)

    def explain(self, text):
        return cloud_hypervisor.error_of(text)

    def resize(self, lines, columns):
        self.console.resize(lines, columns)

    def end(self, process):
        super().end(process)
        self.report.end()


class Libvirt(Vmm):
    """A transient domain of libvirt, by virsh: $LIBVIRT_DEFAULT_URI, else the user's own session."""

    def __init__(self, plan, scratch):
        self.plan = plan
        self.scratch = scratch
        self.file = scratch / "domain.xml"
        self.name = scratch.name
        self.virsh = domain.Virsh()
        if plan.guest.arch != "amd64":
            raise LaunchError("--vmm libvirt: only --arch amd64 is possible")

    def write(self):
        text = domain.text(self.plan, self.scratch, self.name)
        self.file.write_text(text)
        return text

    def describe(self):
        return f"{shlex.join(self.virsh.command('create', str(self.file)))}\n\n# domain.xml\n{self.write()}"

    def keep(self):
        images.concatenate(self.plan.guest.initrds, self.scratch / "initrd")

    @contextlib.contextmanager
    def prepared(self):
        """libvirt starts the virtio-fs daemons."""
        self.plan.guest.check_files()
        images.concatenate(self.plan.guest.initrds, self.scratch / "initrd")
        self.write()
        yield

    def start(self, log):
        """Return: a process that ends when the domain does."""
        self.virsh.run("create", str(self.file))
        with open(log, "wb") as errors:
            return subprocess.Popen(["/bin/sh", "-c", domain.WAIT, "sh", self.name, *self.virsh.command()],
                                    stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True,
                                    preexec_fn=die_with_parent)

    def monitor(self, connect, event):
        return DomainMonitor(self.virsh, self.name, event)

    def end(self, process):
        self.virsh.try_run("destroy", self.name)
        super().end(process)


VMMS = {"qemu": Qemu, "libvirt": Libvirt, cloud_hypervisor.NAME: CloudHypervisor}
