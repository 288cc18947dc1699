# SPDX-License-Identifier: Apache-2.0
"""Each PCI topology that a VMM may plug a device into, with real functions driven over VFIO.

One guest has many of them at once. Each is checked separately, by its devices in the verdict and by
what the workload did with their functions.
"""

import re

import pytest

import bundles
from qemu import behind_root_port


class Topology:
    """One place of devices. words: QEMU's words; devices: the guest paths of each device's functions.

    kinds: the ids of functions that are not edu, by path.
    """

    def __init__(self, words, *devices, kinds=None):
        self.words = words
        self.devices = [paths.split() for paths in devices]
        self.kinds = kinds or {}


def switch():
    """Return: QEMU's words for a PCIe switch with a function behind each of two downstream ports."""
    words = behind_root_port(slot=9)
    words += ["-device", "x3130-upstream,id=up,bus=rp9"]
    for port in (0, 1):
        words += ["-device", f"xio3130-downstream,id=down{port},bus=up,addr={port},chassis={90 + port}",
                  "-device", f"edu,bus=down{port}"]
    return words


TOPOLOGIES = {
    "root-bus": Topology(["-device", "edu,bus=pcie.0,addr=0x4"], "04"),
    "root-port": Topology(behind_root_port("edu"), "08/00"),
    "switch": Topology(switch(), "09/00/00/00", "pci0000:00/09.0/00.0/01.0/00.0"),
    "gpu-audio": Topology(behind_root_port("ati-vga", "intel-hda", slot=0xa), "0a/00.0 0a/00.1",
                          kinds={"0a/00.0": "1002:5046", "0a/00.1": "8086:2668"}),
    # A bridge to conventional PCI: all functions behind it are one group with the bridge.
    "pci-bridge": Topology(["-device", "pcie-pci-bridge,id=br1,bus=pcie.0,addr=0xb",
                            "-device", "edu,bus=br1,addr=0x1", "-device", "edu,bus=br1,addr=0x2"],
                           "0b/01 0b/02"),
    # A second root bus: pci0000:20.
    "expander": Topology(["-device", "pxb-pcie,id=pxb1,bus_nr=32,bus=pcie.0,addr=0xc",
                          "-device", "pcie-root-port,id=rp5,bus=pxb1,chassis=5,slot=5,addr=0",
                          "-device", "edu,bus=rp5"], "20/00/00"),
    "eight-functions": Topology(
        sum((behind_root_port("edu", "edu", slot=slot) for slot in range(0x10, 0x14)), []),
        *(f"{slot:x}/00.0 {slot:x}/00.1" for slot in range(0x10, 0x14))),
    "display": Topology(["-device", "VGA,bus=pcie.0,addr=0x5"], "05",
                        kinds={"05": "1234:1111"}),
    # Both have drivers before coldinit handles them.
    "virtio": Topology(
        behind_root_port("virtio-blk-pci,drive=d0", slot=0x14)
        + behind_root_port("virtio-net-pci,netdev=n0,romfile=", slot=0x15)
        + ["-blockdev", "driver=null-co,node-name=d0,size=1048576,read-zeroes=on",
           "-netdev", "user,id=n0,restrict=on"],
        "14/00", "15/00", kinds={"14/00": "1af4:1042", "15/00": "1af4:1041"}),
}


def variable(name):
    return "PCIDEVICE_COLDINIT_IO_" + name.upper().replace("-", "_")


def host_address(device, function):
    return f"0000:{device + 0x40:02x}:00.{function}"


def plan(topologies, **more):
    """Return: config.json and manifest with a node for each device and a run for each topology.

    No device is required, so that one failure does not hide the others.
    """
    spec = bundles.edu_container()
    number, devices, commands = 0, [], []
    for name, topology in topologies.items():
        hosts = []
        for paths in topology.devices:
            node = f"/dev/vfio/1{number:03}"
            bundles.add_device(spec, node, "c", 511, 1000 + number)
            options = [f"{host_address(number, n)}={path}" for n, path in enumerate(paths)]
            devices.append(bundles.vfio_device(
                id=f"{name}-{number}", container_path=node, options=options, required=False,
                timeout_ms=20000, **more))
            hosts += [host_address(number, n) for n in range(len(paths))]
            number += 1
        spec["process"]["env"].append(f"{variable(name)}={','.join(hosts)}")
        commands.append(f"run /bin/edu {variable(name)}")
    spec["linux"]["devices"] = [d for d in spec["linux"]["devices"] if d["path"] != "/dev/vfio/65"]
    spec["process"]["args"] = bundles.script(*commands)
    return spec, bundles.manifest(*devices)


def slots(path):
    """Return: root bus and slots of a guest path: ("0000:00", ["08.0", "00.0"])."""
    root = "0000:00"
    if path.startswith("pci"):
        root, path = path[3:].split("/", 1)
    elements = [element if "." in element else f"{element}.0" for element in path.split("/")]
    if len(elements) >= 3 and int(elements[0][:2], 16) >= 0x20:
        root = f"0000:{elements.pop(0)[:2]}"
    return root, elements


def drive(outcome, name):
    """Return: the workload's lines for each function of a topology, by guest path."""
    status = f"run: /bin/edu {variable(name)}: status "
    console = outcome.console.splitlines()
    [end] = [n for n, line in enumerate(console) if status in line]
    begin = max(n for n in range(end) if "edu: running as" in console[n])
    assert console[end].endswith(f"{status}0"), "\n".join(console[begin:end + 1])
    said = {}
    for line in console[begin:end]:
        found = re.search(r"edu: ([\da-f:.]{12}): (.*)", line)
        if found:
            said.setdefault(found[1], []).append(found[2])
    return said


def check(outcome, name, topology):
    """Check the verdict's devices, and that their functions work in the container."""
    found = [d for d in outcome.verdict["devices"] if d["id"].rsplit("-", 1)[0] == name]
    assert len(found) == len(topology.devices)
    assert [d.get("error") for d in found] == [None] * len(found)
    said = drive(outcome, name)
    order = iter(said.items())
    for device, paths in zip(found, topology.devices):
        assert device.get("driver") == "vfio-pci"
        for number, path in enumerate(paths):
            address, lines = next(order)
            if number == 0:
                assert device["guest"] == address
            check_function(path, topology.kinds.get(path), device["group"], address, lines)
    assert next(order, None) is None


def check_function(path, kind, group, address, lines):
    place, *did = lines
    root, elements = slots(path)
    way = re.match(r"at /sys/devices/pci([\da-f:]+)/(\S+), group /dev/vfio/(\d+) is viable$", place)
    assert way, place
    assert way[1] == root
    assert [step.split(":")[2] for step in way[2].split("/")] == elements
    assert way[3] == group
    assert way[2].endswith(address)
    if kind:
        assert did[0] == f"opened, a {kind}"
        return
    for word in ("has id 0x010000ed", "factorial of 10 = 3628800", "data verified", "MSI received"):
        assert any(word in line for line in did), (word, did)


@pytest.fixture(scope="module")
def guest(boot_once):
    """Boot one guest with all topologies; its virtio disk and network card have drivers."""
    spec, manifest = plan(TOPOLOGIES)
    manifest["kernel_modules"] = [{"name": "virtio_blk"}, {"name": "virtio_net"}]
    spec["process"]["args"] += [";", *bundles.script(
        *(f"cat /sys/bus/pci/devices/0000:00:05.0/{name}" for name in ("boot_vga", "class")),
        "ls /dev/vfio", "ls /sys/class/block", "ls /sys/class/net")[1:]]
    outcome = boot_once(spec, manifest, timeout=120,
                        devices=sum((t.words for t in TOPOLOGIES.values()), []))
    return outcome.assert_exited(0)


@pytest.mark.xdist_group("topologies")
@pytest.mark.parametrize("name", TOPOLOGIES)
def test_topology(guest, name):
    """Each function is found, bound, and usable with its group's node: registers, DMA, MSI."""
    check(guest, name, TOPOLOGIES[name])


@pytest.mark.xdist_group("topologies")
def test_all_at_once(guest):
    """No device failed, and the container sees the groups of its devices and no other."""
    groups = {device["group"] for device in guest.verdict["devices"]}
    [line] = guest.probe("ls")[:1]
    assert set(line.split()[1:]) == groups | {"vfio"}
    assert len(guest.verdict["devices"]) == sum(len(t.devices) for t in TOPOLOGIES.values())
    assert len(groups) == len(guest.verdict["devices"])
    # The devices of other names in the environment are not there.
    assert [line for line in guest.log() if "PCIDEVICE_" not in line] == []


@pytest.mark.xdist_group("topologies")
def test_the_boot_display_is_given_too(guest):
    assert guest.probe("cat") == [f"/sys/bus/pci/devices/0000:00:05.0/{line}"
                                  for line in ("boot_vga: 1", "class: 0x030000")]
    lines = drive(guest, "display")["0000:00:05.0"]
    assert "display memory reads as written" in lines


@pytest.mark.xdist_group("topologies")
def test_drivers_of_virtio_have_let_go(guest):
    """The disk and the interface are gone with their drivers."""
    assert guest.probe("ls")[1:] == ["/sys/class/block:", "/sys/class/net: lo"]


def test_sixty_four_functions(boot):
    """There are eight slots with eight functions each; each slot is a device and a group."""
    slots_used = range(4, 12)
    topology = Topology(
        sum((behind_root_port(*["edu"] * 8, slot=slot) for slot in slots_used), []),
        *(" ".join(f"{slot:02x}/00.{n}" for n in range(8)) for slot in slots_used))
    spec, manifest = plan({"many": topology})
    outcome = boot(spec, manifest, devices=topology.words, timeout=180).assert_exited(0)
    check(outcome, "many", topology)
    assert len({device["group"] for device in outcome.verdict["devices"]}) == 8
