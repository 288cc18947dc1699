# SPDX-License-Identifier: Apache-2.0
"""Cloud Hypervisor's command line for a guest (docs/ of github.com/cloud-hypervisor/cloud-hypervisor), and what it
cannot have. Everything here except find() and check_kvm() is pure.

It has no named ports: the verdict comes by vsock, and the container's output by the serial console.
"""

import os
import re
import shutil

from launcher import devices, network
from qemu import LaunchError

NAME = "cloud-hypervisor"
CID, REPORT_PORT = 3, 1024
REPORT = f"coldinit.report=vsock:2:{REPORT_PORT}"
REPORT_DEVICE = "report"


def find():
    """Return: the program, from $CLOUD_HYPERVISOR or PATH, or None."""
    return os.environ.get("CLOUD_HYPERVISOR") or shutil.which(NAME)


def check_program():
    """Return: the program."""
    program = find()
    if not program:
        raise LaunchError(f"--vmm {NAME}: {NAME} is not in PATH: write its path into $CLOUD_HYPERVISOR "
                          "(github.com/cloud-hypervisor/cloud-hypervisor has releases; Debian has no package)")
    if not os.access(program, os.X_OK) or os.path.isdir(program):
        raise LaunchError(f"--vmm {NAME}: {program} is no program (from $CLOUD_HYPERVISOR)")
    return program


def check_kvm(path="/dev/kvm"):
    if not os.path.exists(path):
        raise LaunchError(f"--vmm {NAME} needs KVM, and {path} is missing: turn on virtualization in the firmware, and "
                          "run  modprobe kvm_intel  or  modprobe kvm_amd;  --vmm qemu can do without")
    if not os.access(path, os.R_OK | os.W_OK):
        raise LaunchError(f"--vmm {NAME} needs KVM, and {path} cannot be opened: add yourself to its group (kvm)")


def check_options(options):
    """Refuse what this VMM does not have."""
    def refuse(option, why):
        raise LaunchError(f"--vmm {NAME}: {option} is not possible: {why}")

    if options.arch != "amd64":
        refuse(f"--arch {options.arch}", "the guest must be amd64")
    if options.image is None:
        refuse("the demo", "it drives QEMU's edu device: name an image")
    if options.interactive and not options.tty:
        refuse("--interactive without --tty", "there is no port for stdin; share a file (-v), or use --vmm qemu")
    for option, found in (("--drive", options.drive), ("--netdev", options.netdev)):
        if found:
            refuse(option, "it is QEMU's; use --vmm qemu")


def check_network(wanted, ports):
    """There is no user networking. @wanted: a values.Network, or None; @ports: published ones."""
    option = "--publish" if ports else "--network user" if wanted and wanted.kind == "user" else None
    if option:
        raise LaunchError(f"--vmm {NAME}: {option} is not possible: it has no user networking; use "
                          "--network tap:NAME,address=ADDRESS/BITS with a tap interface of the host, or --vmm qemu")


class Plugging(devices.Plugging):
    """Plugs functions of the host into slots of the root bus. @functions: slot, address, and whether it is behind the
    guest's IOMMU."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.functions = []

    def plug_emulated(self, request):
        raise LaunchError(f"--vmm {NAME}: --device {request.name} is not possible: it emulates no such device; name a "
                          "PCI function of the host (0000:65:00.0), or use --vmm qemu")

    def plug_group(self, group, request):
        """Return: the path of each function."""
        iommu = not request.guest_driver
        if iommu and len(group.functions) > 1:
            listed = ", ".join(str(function.address) for function in group.functions)
            raise LaunchError(f"--vmm {NAME}: --device {request.address}: IOMMU group {group.number} of the host has "
                              f"{listed}, and only one function of a group can be behind the guest's IOMMU; use "
                              "driver=guest (the guest's kernel drives them), or --vmm qemu")
        paths = {}
        for function in group.functions:
            slot = self.slot()
            self.functions.append((slot, function.address, iommu))
            paths[function.address] = f"{slot:02x}"
        return paths

    def group_words(self):
        return []

    def policy(self, manifest):
        """Its only IOMMU, virtio-iommu, cannot remap interrupts."""
        if any(iommu for _, _, iommu in self.functions):
            manifest.setdefault("policy", {}).setdefault("unsafe_interrupts", "allow")


def quoted(value):
    """Return: a value of an option, in quotes if it has one of the option's separators."""
    text = str(value)
    if '"' in text:
        raise LaunchError(f"--vmm {NAME}: {text}: a path with a quotation mark is not possible")
    return f'"{text}"' if re.search(r"[,\[\]]", text) else text


def first_words(terminal):
    """Return: the first words of the kernel's command line. A reboot would start the guest again."""
    # Only virtio's console has a size that changes.
    return [f"console={'hvc0' if terminal else 'ttyS0'}", "no_timer_check", "panic=0", REPORT]


def several(option, values):
    return [option, *values] if values else []


def console_words(terminal):
    return ["--serial", "off", "--console", "tty"] if terminal else ["--serial", "tty", "--console", "off"]


def device_words(parts, guest):
    """Return: the words for disks, shares, the network and functions of the host, in fixed slots."""
    tap = parts.tap
    return [
        *several("--disk", [f"path={quoted(disk.path)},image_type=raw,pci_device_id={disk.slot}"
                            + (",readonly=on" if disk.readonly else "") for disk in parts.disks]),
        *several("--fs", [f"tag={tag},socket={quoted(guest.share_socket(number))},num_queues=1,queue_size=512"
                          for number, tag in enumerate(guest.shares)]),
        *several("--net", [f"tap={tap},mac={network.MAC},pci_device_id={network.SLOT}"] if tap else []),
        *several("--device", [f"path=/sys/bus/pci/devices/{address}/,pci_device_id={slot}" + (",iommu=on" if iommu else "")
                              for slot, address, iommu in parts.functions]),
    ]


def command(program, plan, scratch, initrd, events):
    """Return: the command line. @events: path=FILE or fd=NUMBER, for the event monitor."""
    guest = plan.guest
    memory = f"size={guest.memory}M" + (",shared=on" if guest.shares else "")
    return [program, "--api-socket", f"path={quoted(scratch / 'api')}", "--event-monitor", events,
            "--kernel", str(guest.kernel), "--initramfs", str(initrd), "--cmdline", guest.cmdline(),
            "--cpus", f"boot={guest.cpus}", "--memory", memory, *console_words(plan.terminal), "--pvpanic",
            "--vsock", f"cid={CID},socket={quoted(scratch / 'vsock')},id={REPORT_DEVICE}",
            *device_words(plan.parts, guest)]


def error_of(text):
    """Return: one line of what it has written on stderr, where errors are a list of causes."""
    text = text.partition("Stack backtrace:")[0]
    causes = re.findall(r"^ +\d+: (.*)$", text, re.M)
    lines = [line.strip() for line in text.splitlines()
             if line.strip() and not re.match(r"cloud-hypervisor: .* (WARN|INFO):", line)]
    return ": ".join(causes) if causes else lines[-1] if lines else ""
