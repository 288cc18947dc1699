# SPDX-License-Identifier: Apache-2.0
"""--device: functions behind PCIe root ports, the manifest's entries for them, and their nodes."""

import itertools
import re
import string
from dataclasses import dataclass, field

import qemu
from launcher import disks, host, spec as specs, values
from qemu import LaunchError

FIRST_SLOT, LAST_SLOT = 0x8, 0x19
BLOCK = re.compile(r"virtio-blk-pci(-non-transitional|-transitional)?")
NEEDS_DRIVE = re.compile(r"nvme|nvme-ns|virtio-blk-pci.*|scsi-hd|ide-hd|usb-storage")
NEEDS_NETDEV = re.compile(r"virtio-net-pci.*|e1000e?|igb|rtl8139|vmxnet3|i8255\w*|tulip|pcnet")
# Numbers of the host in config.json, which coldinit replaces by the guest's.
VFIO, GROUPS, BLOCK_MAJOR = (10, 196), 511, 253


@dataclass
class Request:
    """One --device. @name: QEMU's device, or the host's address; @properties: QEMU's, with commas."""

    name: str
    properties: list = field(default_factory=list)
    address: host.Address = None
    guest_driver: bool = False
    to: str = ""

    def value_of(self, name):
        return next((word.partition("=")[2] for word in self.properties if word.startswith(f"{name}=")), None)

    @property
    def is_disk(self):
        """The guest's kernel drives it, and the container gets its node."""
        return BLOCK.fullmatch(self.name) is not None


def parse(text):
    """Return: the Request of NAME[,driver=guest][,to=/dev/NAME][,PROPERTY=VALUE]..."""
    name, *words = text.split(",")
    found = Request(name, address=host.parse(name))
    for word in words:
        key, _, value = word.partition("=")
        if key == "to":
            if not value.startswith("/dev/"):
                raise LaunchError(f"--device {text}: to= is a path below /dev")
            found.to = values.container_path(value, "--device")
        elif key == "driver":
            if value not in ("guest", "vfio"):
                raise LaunchError(f"--device {text}: driver= is guest (the guest's kernel drives the device) or "
                                  "vfio (a program in the container does)")
            found.guest_driver = value == "guest"
        else:
            found.properties.append(word)
    if not name:
        raise LaunchError("--device: a QEMU device or a host address expected")
    if name.startswith("/"):
        raise LaunchError(f"--device {text}: a device node of the host cannot be in a VM: a QEMU device or the address of a "
                          "PCI function (0000:65:00.0) expected")
    return found


class Plugging:
    """Plugs devices one after another.

    @words: QEMU's for those that it emulates; @groups: slot of the root port, and addresses of the host's functions.
    """

    def __init__(self, scratch, arch, drives=(), netdevs=()):
        self.scratch = scratch
        self.arch = arch
        self.slots = iter(range(FIRST_SLOT, LAST_SLOT + 1))
        self.words = []
        self.groups = []
        self.number = itertools.count()
        self.done = set()  # groups of the host
        for text in drives:
            disks.drive_id(text)
            self.words += ["-drive", text if "if=" in text else f"{text},if=none"]
        for text in netdevs:
            self.words += ["-netdev", text]

    def slot(self):
        try:
            return next(self.slots)
        except StopIteration:
            raise LaunchError(f"--device: at most {LAST_SLOT - FIRST_SLOT + 1} slots are possible") from None

    def with_needs(self, request):
        """Add the drive or network that QEMU's device needs. Return: its words for -device."""
        name, number = ",".join([request.name, *request.properties]), next(self.number)
        if NEEDS_DRIVE.fullmatch(request.name) and request.value_of("drive") is None:
            drive, words = disks.small(self.scratch, number)
            self.words += words
            name += f",drive={drive}"
            if request.name == "nvme" and request.value_of("serial") is None:
                name += f",serial=coldinit{number}"
        elif NEEDS_NETDEV.fullmatch(request.name) and request.value_of("netdev") is None:
            self.words += ["-netdev", f"user,id=devnet{number}"]
            name += f",netdev=devnet{number}"
        return name

    def plug_emulated(self, request):
        """Return: the path of QEMU's device."""
        name = self.with_needs(request)
        if self.arch == "s390x":  # without a root port
            self.words += ["-device", name]
            return ""
        slot = self.slot()
        self.words += qemu.behind_root_port(name, slot=slot)
        return f"{slot:02x}/00"

    def plug_group(self, group, _request):
        """Plug all functions of a host's group; those of one slot stay together. Return: the path of each."""
        paths = {}
        for _, members in itertools.groupby(group.functions, key=lambda function: function.address.slot):
            addresses, slot = [function.address for function in members], self.slot()
            self.groups.append((slot, addresses))
            for n, address in enumerate(addresses):
                paths[address] = f"{slot:02x}/00" + (f".{n}" if n else "")
        return paths

    def group_words(self):
        """Return: QEMU's words for the host's functions."""
        return [word for slot, addresses in self.groups for word in qemu.behind_root_port(
            *(f"vfio-pci,host={address}" for address in addresses), slot=slot)]

    def policy(self, manifest):
        """Change the manifest's policy where this machine needs it: QEMU's does not."""


def variable(name):
    """Return: the variable that device plugins of Kubernetes set, for a device's name."""
    return "PCIDEVICE_COLDINIT_IO_" + re.sub(r"\W", "_", name, flags=re.A).upper()


def add_vfio_nodes(spec, path, number):
    """Add what a runtime writes into config.json for a VFIO group."""
    if not any(node["path"] == "/dev/vfio/vfio" for node in spec.get("linux", {}).get("devices", [])):
        specs.add_node(spec, "/dev/vfio/vfio", "c", *VFIO, access="rw")
    specs.add_node(spec, path, "c", GROUPS, number, access="rw")


def disk_names():
    return (f"/dev/vd{letter}" for letter in string.ascii_lowercase)


class Listing:
    """Writes devices into manifest and spec."""

    def __init__(self, manifest, spec):
        self.devices = manifest.setdefault("devices", [])
        self.spec = spec
        self.names = disk_names()
        self.variables = {}

    def take_id(self, name):
        taken = {device["id"] for device in self.devices}
        names = itertools.chain([name], (f"{name}{n}" for n in itertools.count(1)))
        return next(new for new in names if new not in taken)

    def add_disk(self, request, path):
        node = request.to or next(self.names)
        self.devices.append({"id": path, "type": "blk", "container_path": node})
        specs.add_node(self.spec, node, "b", BLOCK_MAJOR, len(self.devices))

    def add_functions(self, request, name, options, ids, group):
        """@options: HOST=GUEST of each function; @group: its number on the host."""
        device = {"id": self.take_id(name), "type": "vfio-pci-gk" if request.guest_driver else "vfio-pci",
                  "options": options, "timeout_ms": 10000}
        if ids:
            device["expect"] = {"ids": ids}
        path = request.to or ("" if request.guest_driver else f"/dev/vfio/{group}")
        if path:
            device["container_path"] = path
        if request.guest_driver and path:
            specs.add_node(self.spec, path, node_type(path), 240, len(self.devices) + 1)
        elif path:
            add_vfio_nodes(self.spec, path, len(self.devices) + 1)
        self.devices.append(device)
        self.variables.setdefault(variable(name), []).extend(option.partition("=")[0] for option in options)

    def finish(self):
        """Give the container the addresses, and a VFIO user the memory that it may lock."""
        process = self.spec["process"]
        specs.set_environment(process, {name: ",".join(found) for name, found in self.variables.items()})
        if any(device["type"] == "vfio-pci" for device in self.devices) and \
                not specs.has_limit(process, "RLIMIT_MEMLOCK"):
            specs.set_limit(process, {"type": "RLIMIT_MEMLOCK", "soft": values.UNLIMITED, "hard": values.UNLIMITED})


def node_type(path):
    """Guess the type of a node by its name; only disks are block devices."""
    return "b" if re.fullmatch(r"/dev/(nvme\d+n\d+(p\d+)?|[sv]d[a-z]+\d*)", path) else "c"


def made_up(number):
    """Return: an address on a host that is not there, for a device that QEMU emulates."""
    return f"0000:{0x65 + number:02x}:00.0"


def extend(texts, plugging, manifest, spec, sysfs):
    """Plug each of @texts and write it into @manifest and @spec; with @manifest None only plug."""
    listing = Listing(manifest, spec) if manifest is not None else None
    for number, request in enumerate(map(parse, texts)):
        if request.address:
            extend_by_group(request, plugging, listing, sysfs)
            continue
        path = plugging.plug_emulated(request)
        if not listing:
            continue
        if not path:
            raise LaunchError("--device: on s390x a bundle's own manifest.json must name the devices")
        if request.is_disk:
            listing.add_disk(request, path)
        else:
            listing.add_functions(request, request.value_of("id") or request.name,
                                  [f"{made_up(number)}={path}"], [], 65 + number)
    if listing and texts:
        listing.finish()


def extend_by_group(request, plugging, listing, sysfs):
    group = host.group_of(request.address, sysfs)
    if group.number in plugging.done:
        raise LaunchError(f"--device {request.address}: IOMMU group {group.number} of the host is plugged already, "
                          "with all of its functions")
    plugging.done.add(group.number)
    host.check_ready(group)
    paths = plugging.plug_group(group, request)
    if listing:
        listing.add_functions(request, request.value_of("id") or group.kind,
                              [f"{address}={path}" for address, path in paths.items()],
                              sorted({function.ids for function in group.functions}), group.number)
