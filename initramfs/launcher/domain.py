# SPDX-License-Identifier: Apache-2.0
"""libvirt's domain XML for a guest (https://libvirt.org/formatdomain.html), and virsh."""

import os
import subprocess
import xml.etree.ElementTree as xml

import packages
import qemu
from launcher import network, plan as plans
from qemu import LaunchError

QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0"
FIRST_SHARE_SLOT = 0x1
# $1: the domain, the others: virsh and its options
WAIT = 'n=$1; shift; while case $("$@" domstate "$n" 2>/dev/null) in run* | pause* | in\\ sh* | idle*) ;; *) false ;; esac; ' \
       "do sleep 0.3; done"


class Virsh:
    """Calls virsh."""

    def __init__(self):
        self.uri = os.environ.get("LIBVIRT_DEFAULT_URI", "qemu:///session")

    def command(self, *words):
        return ["virsh", "-q", "-c", self.uri, *words]

    def try_run(self, *words):
        """Return: the completed process."""
        try:
            return subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", check=False, start_new_session=True)
        except FileNotFoundError:
            raise LaunchError(f"virsh is missing (Debian: apt-get install {packages.named('libvirt')})") from None

    def run(self, *words):
        """Return: what virsh printed; its error is the launcher's."""
        done = self.try_run(*words)
        if done.returncode:
            text = " ".join(line.removeprefix("error: ") for line in done.stderr.strip().splitlines() if line)
            raise LaunchError(f"virsh {words[0]}: {text} (libvirt at {self.uri})")
        return done.stdout


def add(parent, tag, text=None, **attributes):
    """Add an element. Return: it."""
    element = xml.SubElement(parent, tag, {name.rstrip("_"): str(value) for name, value in attributes.items()})
    element.text = text
    return element


def add_address(element, bus, slot, function=0, **more):
    add(element, "address", type="pci", domain="0x0000", bus=f"{bus:#04x}", slot=f"{slot:#04x}", function=f"{function:#x}",
        **more)


def add_socket(devices, tag, path):
    """Add a character device that is a socket which libvirt makes. Return: it."""
    element = add(devices, tag, type="unix")
    add(element, "source", mode="bind", path=path)
    return element


def add_streams(devices, ports, scratch):
    serial = add_socket(devices, "serial", scratch / "console")
    add(serial, "target", type="isa-serial", port=0)
    add_address(add(devices, "controller", type="virtio-serial", index=0), 0, plans.SERIAL_SLOT)
    for number, name in enumerate(ports, 1):
        channel = add_socket(devices, "channel", scratch / name)
        add(channel, "target", type="virtio", name=f"org.coldinit.{name}")
        add(channel, "address", type="virtio-serial", controller=0, bus=0, port=number)


def add_disks(devices, disks):
    for number, disk in enumerate(disks):
        element = add(devices, "disk", type="file", device="disk")
        add(element, "driver", name="qemu", type="raw")
        add(element, "source", file=disk.path)
        add(element, "target", dev=f"vd{chr(ord('a') + number)}", bus="virtio")
        if disk.readonly:
            add(element, "readonly")
        add_address(element, 0, disk.slot)


def add_shares(devices, shares):
    for number, (tag, directory) in enumerate(shares.items()):
        element = add(devices, "filesystem", type="mount", accessmode="passthrough")
        add(element, "driver", type="virtiofs")
        add(element, "source", dir=directory)
        add(element, "target", dir=tag)
        add_address(element, 0, FIRST_SHARE_SLOT + number)


def add_groups(devices, groups):
    """Add root ports and the host's functions behind them; the index of a port's bus is its slot."""
    for slot, addresses in groups:
        port = add(devices, "controller", type="pci", index=slot, model="pcie-root-port")
        add(port, "target", chassis=slot, port=f"{slot << 3:#x}")
        add_address(port, 0, slot)
        for function, address in enumerate(addresses):
            element = add(devices, "hostdev", mode="subsystem", type="pci", managed="no")
            add(add(element, "source"), "address", domain=f"{address.domain:#06x}", bus=f"{address.bus:#04x}",
                slot=f"{address.device:#04x}", function=f"{address.function:#x}")
            more = {"multifunction": "on"} if len(addresses) > 1 and function == 0 else {}
            add_address(element, slot, 0, function, **more)


def add_network(devices, ports, tap):
    """Return: QEMU's words for what libvirt has no element for: published ports without another daemon."""
    if ports:
        return network.words(ports)
    if ports is None and not tap:
        return []
    element = add(devices, "interface", type="ethernet" if tap else "user")
    if tap:
        add(element, "target", dev=tap, managed="no")
    add(element, "mac", address=network.MAC)
    add(element, "model", type="virtio")
    add(element, "rom", enabled="no")
    add_address(element, 0, network.SLOT)
    return []


def add_devices(top, plan, scratch):
    """Return: QEMU's words for the rest."""
    devices, parts = add(top, "devices"), plan.parts
    add(devices, "emulator", f"/usr/bin/{qemu.program('amd64')}")
    add(devices, "controller", type="usb", model="none")
    add_groups(devices, parts.groups)
    add_streams(devices, plan.ports, scratch)
    add_disks(devices, parts.disks)
    add_shares(devices, parts.shares)
    words = parts.words + add_network(devices, parts.network, parts.tap)
    add(devices, "memballoon", model="none")
    iommu = add(devices, "iommu", model="intel")
    add(iommu, "driver", intremap="on", caching_mode="on")
    return words


def text(plan, scratch, name):
    """Return: the domain's XML. A domain that has ended, or that reboots, is gone."""
    guest = plan.guest
    accel = guest.accel or qemu.best_accelerator("amd64")
    top = xml.Element("domain", type="kvm" if accel == "kvm" else "qemu")
    add(top, "name", name)
    add(top, "memory", str(guest.memory), unit="MiB")
    if plan.parts.shares:
        backing = add(top, "memoryBacking")
        add(backing, "source", type="memfd")
        add(backing, "access", mode="shared")
    add(top, "vcpu", str(guest.cpus))
    system = add(top, "os")
    add(system, "type", "hvm", arch="x86_64", machine="q35")
    add(system, "kernel", os.path.abspath(guest.kernel))
    add(system, "initrd", str(scratch / "initrd"))
    add(system, "cmdline", guest.cmdline())
    features = add(top, "features")
    add(features, "acpi")
    add(features, "ioapic", driver="qemu")
    add(top, "cpu", mode="host-passthrough" if accel == "kvm" else "maximum")
    for event in ("on_poweroff", "on_reboot", "on_crash"):
        add(top, event, "destroy")
    words = add_devices(top, plan, scratch)
    if words:
        xml.register_namespace("qemu", QEMU_NAMESPACE)
        line = xml.SubElement(top, f"{{{QEMU_NAMESPACE}}}commandline")
        for word in words:
            xml.SubElement(line, f"{{{QEMU_NAMESPACE}}}arg", {"value": str(word)})
    xml.indent(top)
    return xml.tostring(top, encoding="unicode") + "\n"
