# SPDX-License-Identifier: Apache-2.0
"""VMMs: start a guest, reach its monitor, end it. Sockets of the guest's streams are in the scratch folder."""

import contextlib
import ctypes
import shlex
import signal
import subprocess

import images
import qemu
from launcher import domain
from launcher.monitor import DomainMonitor, Monitor
from qemu import LaunchError

PR_SET_PDEATHSIG = 1


def die_with_parent():
    """Run in the child: the VMM ends when the launcher is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Qemu:
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
            raise LaunchError(f"{command[0]} is missing (Debian: apt-get install "
                              f"{qemu.package_of(command[0])})") from None

    def monitor(self, connect, event):
        """Return: a Monitor, None if QEMU has ended."""
        stream = connect("qmp")
        return Monitor(stream, event) if stream else None

    def end(self, process):
        process.kill()
        process.wait()


class Libvirt:
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
        process.kill()
        process.wait()


VMMS = {"qemu": Qemu, "libvirt": Libvirt}
