# SPDX-License-Identifier: Apache-2.0
"""PCI functions of the host: their IOMMU group, whole and on vfio-pci (Documentation/driver-api/vfio.rst)."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from qemu import LaunchError

SYSFS = Path("/sys")
BRIDGE = 0x0604
KINDS = {0x01: "disk", 0x02: "nic", 0x03: "gpu", 0x0b: "accelerator", 0x12: "accelerator"}


@dataclass(frozen=True, order=True)
class Address:
    domain: int
    bus: int
    device: int
    function: int

    def __str__(self):
        return f"{self.domain:04x}:{self.bus:02x}:{self.device:02x}.{self.function}"

    @property
    def slot(self):
        return self.domain, self.bus, self.device


def parse(text):
    """Return: the Address of [DDDD:]BB:SS.F, or None."""
    found = re.fullmatch(r"(?:([0-9A-Fa-f]{4,8}):)?([0-9A-Fa-f]{2}):([01][0-9A-Fa-f])\.([0-7])", text)
    return Address(*(int(word or "0", 16) for word in found.groups())) if found else None


@dataclass(frozen=True)
class Function:
    """@ids: VENDOR:DEVICE; @driver: "" for none."""

    address: Address
    ids: str
    kind: int
    driver: str


@dataclass(frozen=True)
class Group:
    """@functions: all of the group except bridges, which stay with the host; @kind: a name for it."""

    number: str
    functions: list
    kind: str


def link_name(path):
    return os.path.basename(os.readlink(path)) if os.path.islink(path) else ""


def read_function(directory, address):
    def number(name):
        return int((directory / name).read_text(), 16)

    return Function(address, f"{number('vendor'):04x}:{number('device'):04x}", number("class") >> 8,
                    link_name(directory / "driver"))


def group_of(address, sysfs=SYSFS):
    """Return: the Group of a function of the host."""
    directory = sysfs / "bus/pci/devices" / str(address)
    if not directory.exists():
        raise LaunchError(f"--device {address}: the host has no such PCI function (lspci -D lists them)")
    group = directory / "iommu_group"
    if not group.exists():
        raise LaunchError(f"--device {address}: it is in no IOMMU group: turn on the host's IOMMU (VT-d, AMD-Vi) in the "
                          "firmware, and intel_iommu=on on its kernel's command line")
    functions = [read_function(path, parse(path.name)) for path in sorted((group / "devices").iterdir())]
    own = next(function for function in functions if function.address == address)
    return Group(link_name(group), [f for f in functions if f.kind != BRIDGE], KINDS.get(own.kind >> 8, "pci"))


def bind_commands(functions):
    """Return: the commands that give @functions to vfio-pci."""
    lines = ["modprobe vfio-pci"]
    for function in functions:
        place = f"/sys/bus/pci/devices/{function.address}"
        lines.append(f"echo vfio-pci >{place}/driver_override")
        if function.driver:
            lines.append(f"echo {function.address} >{place}/driver/unbind")
        lines.append(f"echo {function.address} >/sys/bus/pci/drivers_probe")
    return lines


def check_ready(group):
    """Refuse a group of which the host still uses a part."""
    if not group.functions:
        raise LaunchError(f"--device: IOMMU group {group.number} has only bridges")
    wrong = [function for function in group.functions if function.driver != "vfio-pci"]
    if not wrong:
        return
    listed = ", ".join(f"{function.address} ({function.ids}, {function.driver or 'no driver'})" for function in wrong)
    raise LaunchError(f"--device: all of IOMMU group {group.number} must be on vfio-pci, but it has {listed}; run as root:\n  "
                      + "\n  ".join(bind_commands(wrong)))
