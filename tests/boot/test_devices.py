# SPDX-License-Identifier: Apache-2.0
"""Device handlers on real devices: binding, groups, nodes, addresses."""

import json
import re

import pytest

import bundles
import disks
import qemu

GROUPS = 16  # the group of a device behind the first root port is one of these
RNG = "virtio-rng-pci"  # every kernel has a driver for it, so it is busy until it is unbound


def test_three_spellings_of_a_path(boot):
    """Slots, an explicit root bus, and an address each name a device."""
    paths = ["08/00", "pci0000:00/09.0/00.0", "0000:03:00.0"]
    spec = bundles.container(*(f"stat /dev/vfio/{n}" for n in range(3)), "ls /dev/vfio")
    devices = []
    for number, path in enumerate(paths):
        bundles.add_device(spec, f"/dev/vfio/7{number}", "c", 511, 70 + number)
        devices.append(bundles.vfio_device(id=f"d{number}", container_path=f"/dev/vfio/7{number}",
                                           options=[f"0000:7{number}:00.0={path}"]))
    outcome = boot(spec, bundles.manifest(*devices), devices=sum(
        (qemu.behind_root_port("edu", slot=slot) for slot in (8, 9, 10)), []))
    outcome.assert_exited(0)
    found = outcome.verdict["devices"]
    assert [device["guest"] for device in found] == [f"0000:0{bus}:00.0" for bus in (1, 2, 3)]
    assert len({device["group"] for device in found}) == 3
    groups = sorted((device["group"] for device in found), key=str)
    assert outcome.probe("ls") == ["/dev/vfio: " + " ".join(groups)]


def test_vfio_gives_node_rule_and_environment(boot, edu):
    """The container has the node of the guest's group; addresses in the environment are translated."""
    spec = bundles.with_vfio(bundles.container(
        "ls /dev/vfio", "open /dev/vfio/vfio rw", "env", "stat /dev/vfio/vfio",
        *(f"stat /dev/vfio/{n}" for n in range(GROUPS)), *(f"cat /sys/class/vfio/{n}/dev" for n in range(GROUPS))))
    spec["process"]["env"].append("PCIDEVICE_COLDINIT_IO_EDU_INFO=" + json.dumps(
        {bundles.HOST_PCI: {"generic": {"deviceID": bundles.HOST_PCI}}}))
    outcome = boot(spec, bundles.manifest(bundles.vfio_device("08/00")), devices=edu)
    outcome.assert_exited(0)
    assert outcome.probe("ls") == [f"/dev/vfio: {outcome.device()['group']} vfio"]
    assert outcome.probe("open") == ["/dev/vfio/vfio rw: ok"]
    nodes = dict(line.split(": ", 1) for line in outcome.probe("stat") if "mode=" in line)
    group = int(outcome.device()["group"])
    [numbers] = [line.split(": ")[1] for line in outcome.probe("cat") if line.startswith(f"/sys/class/vfio/{group}/")]
    assert nodes == {"/dev/vfio/vfio": "mode=020666 uid=0 gid=0 rdev=10:196",
                     f"/dev/vfio/{group}": f"mode=020666 uid=0 gid=0 rdev={numbers}"}
    assert numbers != "511:7"  # the host's
    environment = dict(line.split("=", 1) for line in outcome.probe("env"))
    assert environment["PCIDEVICE_COLDINIT_IO_EDU"] == "0000:01:00.0"
    assert json.loads(environment["PCIDEVICE_COLDINIT_IO_EDU_INFO"]) == {
        "0000:01:00.0": {"generic": {"deviceID": "0000:01:00.0"}}}


def test_vfio_gk_maps_addresses_and_leaves_the_driver(boot):
    spec = bundles.container("env", "stat /sys/bus/pci/devices/0000:01:00.0/driver",
                             "ls /dev/vfio")
    spec["process"]["env"].append(f"PCIDEVICE_COLDINIT_IO_EDU={bundles.HOST_PCI}")
    outcome = boot(spec, bundles.manifest(
        {"id": "gk0", "type": "vfio-pci-gk", "options": [f"{bundles.HOST_PCI}=08/00"]}),
        devices=qemu.behind_root_port(RNG))
    outcome.assert_exited(0)
    assert "PCIDEVICE_COLDINIT_IO_EDU=0000:01:00.0" in outcome.probe("env")
    assert outcome.probe("stat")[0].endswith("/drivers/virtio-pci")
    assert outcome.probe("ls") == ["/dev/vfio: error: No such file or directory"]
    device = outcome.device()
    assert (device["type"], device["guest"]) == ("vfio-pci-gk", "0000:01:00.0")


def gk(path="08/00", **more):
    """Return: a function that the guest kernel's driver keeps."""
    return {"id": "gk0", "type": "vfio-pci-gk", "options": [f"{bundles.HOST_PCI}={path}"], **more}


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_driver_of_a_function_is_loaded_by_its_modalias(boot, kernel):
    """virtio_net, and before it virtio_pci where that is a module: nothing names them."""
    outcome = boot(bundles.container("ls /sys/class/net"), bundles.manifest(gk()), kernel=kernel,
                   devices=qemu.behind_root_port("virtio-net-pci,netdev=n0") + ["-netdev", "user,id=n0"])
    outcome.assert_exited(0)
    assert outcome.probe("ls") == ["/sys/class/net: eth0 lo"]
    assert outcome.device()["driver"] == "virtio-pci"
    assert "warnings" not in outcome.verdict


@pytest.mark.parametrize("kind, drivers", [("vfio-pci", ["vfio-pci", "vfio-pci"]),
                                           ("vfio-pci-gk", ["virtio-pci", None])])
def test_functions_of_one_device_are_listed(boot, kind, drivers):
    """Each with its addresses and its driver; the other keys are about the first one."""
    device = bundles.vfio_device("08/00.0", "08/00.1", container_path="", type=kind)
    outcome = boot(bundles.container(), bundles.manifest(device),
                   devices=qemu.behind_root_port("virtio-rng-pci", "edu")).assert_exited(0)
    functions = [{"host": f"0000:65:00.{number}", "guest": f"0000:01:00.{number}"} for number in (0, 1)]
    for function, driver in zip(functions, drivers):
        function.update({"driver": driver} if driver else {})
    assert outcome.device()["functions"] == functions
    assert (outcome.device()["guest"], outcome.device()["driver"]) == ("0000:01:00.0", drivers[0])


def test_blacklisted_driver_is_not_loaded(boot):
    outcome = boot(bundles.container("ls /sys/class/net"), bundles.manifest(gk()),
                   words=["modprobe.blacklist=virtio_net"],
                   devices=qemu.behind_root_port("virtio-net-pci,netdev=n0") + ["-netdev", "user,id=n0"])
    outcome.assert_exited(0)
    assert outcome.probe("ls") == ["/sys/class/net: lo"]


def test_function_without_a_driver_is_a_warning(boot, edu):
    outcome = boot(bundles.container(), bundles.manifest(gk()), devices=edu)
    outcome.assert_exited(0)
    [warning] = outcome.verdict["warnings"]
    assert "gk0: no driver is bound to 0000:01:00.0" in warning
    assert "modalias pci:v00001234d000011E8" in warning
    assert "mkinitramfs --module" in warning


def test_modules_of_another_kernel_are_named(boot, edu):
    """The error says which release the initramfs has, and which one runs."""
    boot.images["6.12 6.1"] = (boot.images["6.12"][0], boot.images["6.1"][1])
    outcome = boot(bundles.edu_container(), bundles.manifest(bundles.vfio_device("08/00")),
                   kernel="6.12 6.1", devices=edu)
    outcome.assert_failed("devices", "the initramfs has the modules of 6.1.", ", the kernel is 6.12.")


def test_disk_of_the_guest_kernels_driver(boot, tmp_path):
    """The container gets the guest's node for the host's, which has another name and other numbers."""
    disk = disks.text_image(tmp_path / "disk.img", "hello from NVMe")
    spec = bundles.container("head /dev/nvme3n1", "stat /dev/nvme3n1")
    bundles.add_device(spec, "/dev/nvme3n1", "b", 259, 7)
    outcome = boot(spec, bundles.manifest(gk(container_path="/dev/nvme3n1")), devices=[
        *qemu.behind_root_port("nvme,serial=1,drive=d0"), *disks.drive(disk, 0)])
    outcome.assert_exited(0)
    assert outcome.device()["node"] == "/dev/nvme0n1"
    assert outcome.probe("head") == ["/dev/nvme3n1: hello from NVMe"]
    assert "rdev=259:0" in outcome.probe("stat")[0]


def test_function_without_the_requested_node(boot, edu):
    spec = bundles.add_device(bundles.container(), "/dev/nvme3n1", "b", 259, 7)
    boot(spec, bundles.manifest(gk(container_path="/dev/nvme3n1", timeout_ms=300)),
         devices=qemu.behind_root_port(RNG)).assert_failed(
             "devices", "container_path /dev/nvme3n1 needs one node of 0000:01:00.0", "no node")


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_disks(boot, tmp_path, kernel):
    """The container can read disks whose nodes have the host's numbers in the spec."""
    places = {"08/00": "bus=rp8", "05": "bus=pcie.0,addr=0x5"}
    spec, devices, words = bundles.container(), [], qemu.behind_root_port()
    for number, (path, place) in enumerate(places.items()):
        disk = disks.text_image(tmp_path / f"disk{number}.img", f"hello from the disk at {path}")
        bundles.add_device(spec, f"/dev/data{number}", "b", 8, 16 * number)
        devices.append({"id": path, "type": "blk", "container_path": f"/dev/data{number}"})
        words += [*disks.drive(disk, number), "-device", f"virtio-blk-pci,drive=d{number},{place}"]
    spec["process"]["args"] = bundles.script(*(
        f"{command} /dev/data{n}" for command in ("stat", "head") for n in (0, 1)))
    outcome = boot(spec, bundles.manifest(*devices), kernel=kernel, devices=words)
    outcome.assert_exited(0)
    assert {d["node"] for d in outcome.verdict["devices"]} == {"/dev/vda", "/dev/vdb"}
    assert outcome.probe("head") == [f"/dev/data{n}: hello from the disk at {path}"
                                     for n, path in enumerate(places)]
    for line in outcome.probe("stat"):
        assert "mode=060666" in line and "rdev=8:" not in line


def disk_words(tmp_path, name, device, number=0):
    """Return: QEMU's words for a disk whose first line is its name."""
    image = disks.text_image(tmp_path / f"{name}.img", f"this is {name}")
    return [*disks.drive(image, number), "-device", f"{device},drive=d{number}"]


def disk_container(*names):
    """Return: a container that reads the first line of the disks /dev/NAME and shows their nodes."""
    spec = bundles.container(*(f"{command} /dev/{name}" for command in ("head", "stat")
                               for name in names))
    for number, name in enumerate(names):
        bundles.add_device(spec, f"/dev/{name}", "b", 8, 16 * number)
    return spec


def assert_disks(outcome, *names):
    """Check that the disks were read and that each node has its number in the guest. Return: the nodes."""
    outcome.assert_exited(0)
    assert outcome.probe("head") == [f"/dev/{name}: this is {name}" for name in names]
    numbers = [re.search(r"mode=060666 .*rdev=(\d+:\d+)", line)[1] for line in outcome.probe("stat")]
    assert len(set(numbers)) == len(names)
    nodes = outcome.verdict["devices"][:len(names)]
    assert all(node["node"].startswith("/dev/") for node in nodes)
    return nodes


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_scsi_nvdimm_and_network_card(boot, tmp_path, kernel):
    """Disks of each kind, whose drivers are modules, and a network card, which becomes eth0."""
    memory = tmp_path / "pmem.img"
    memory.write_bytes(b"this is pmem\n".ljust(16 << 20, b"\n"))
    spec = disk_container("sda", "sdb", "pmem")
    spec["process"]["args"] += [";", "ls", "/sys/class/net"]
    outcome = boot(spec, bundles.manifest(
        {"id": "2:3", "type": "scsi", "container_path": "/dev/sda"},
        {"id": "4:0", "type": "scsi", "container_path": "/dev/sdb"},
        {"id": "nv", "type": "nvdimm", "vm_path": "/dev/pmem0", "container_path": "/dev/pmem"},
        {"id": "08/00", "type": "net"}), kernel=kernel, devices=[
            "-machine", "nvdimm=on", "-m", "768,slots=2,maxmem=2G",
            "-object", f"memory-backend-file,id=m0,size=16M,mem-path={memory}",
            "-device", "nvdimm,memdev=m0,id=nv0",
            "-device", "virtio-scsi-pci,id=s0,bus=pcie.0,addr=5",
            *disk_words(tmp_path, "sda", "scsi-hd,bus=s0.0,scsi-id=2,lun=3"),
            *disk_words(tmp_path, "sdb", "scsi-hd,bus=s0.0,scsi-id=4,lun=0", number=1),
            "-netdev", "user,id=n0,restrict=on",
            *qemu.behind_root_port("virtio-net-pci,netdev=n0,romfile=")])
    nodes = assert_disks(outcome, "sda", "sdb", "pmem")
    assert nodes[2]["node"] == "/dev/pmem0"
    assert [node["guest"] for node in nodes[:2]] == ["0:0:2:3", "0:0:4:0"]
    card = outcome.device(3)
    assert (card["guest"], card["driver"]) == ("0000:01:00.0", "virtio-pci")
    assert outcome.probe("ls") == ["/sys/class/net: eth0 lo"]


def test_disk_on_mmio(boot, tmp_path):
    """QEMU's microvm has no PCI; the kernel finds its transports by ACPI."""
    spec = disk_container("vda")
    outcome = boot(spec, bundles.manifest(
        {"id": "d", "type": "mmioblk", "vm_path": "/dev/vda", "container_path": "/dev/vda"}),
        # A busy machine cannot measure the TSC there; a wrong frequency only makes the clock inexact.
        iommu=False, words=["tsc_early_khz=2500000"],
        devices=["-machine", "microvm,acpi=on", *disk_words(tmp_path, "vda", "virtio-blk-device")])
    assert_disks(outcome, "vda")


def test_companion_is_bound_too(boot):
    """A neighbour with a driver would make the group unusable, so by default it is bound to vfio-pci."""
    outcome = boot(bundles.edu_container(), bundles.manifest(bundles.vfio_device("08/00")),
                   devices=qemu.behind_root_port("edu", RNG))
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console


def test_companion_is_left_alone_on_request(boot):
    """The workload finds that the group is not viable (its status 13)."""
    outcome = boot(bundles.edu_container(), bundles.manifest(
        bundles.vfio_device("08/00", companions="ignore")),
        devices=qemu.behind_root_port("edu", RNG))
    outcome.assert_exited(13)
    assert "is not viable" in outcome.console


def test_bridge_in_the_group_is_no_companion(boot):
    """A PCI bridge and both functions behind it are one group; the bridge is left alone."""
    outcome = boot(bundles.edu_container(), bundles.manifest(
        bundles.vfio_device("0b/01", companions="check")), devices=[
            "-device", "pcie-pci-bridge,id=br1,bus=pcie.0,addr=0xb",
            "-device", "edu,bus=br1,addr=0x1", "-device", "edu,bus=br1,addr=0x2"])
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console


def test_optional_device_that_is_missing_is_a_warning(boot):
    outcome = boot(bundles.container(), bundles.manifest(
        {"id": "opt", "type": "vfio-pci-gk", "options": [f"{bundles.HOST_PCI}=08/00"],
         "required": False, "timeout_ms": 300}))
    outcome.assert_exited(0)
    assert 300_000 <= outcome.device()["us"] < 1_500_000


def test_device_without_a_container_path_is_only_set_up(boot, edu):
    outcome = boot(bundles.container("ls /dev/vfio"), bundles.manifest(
        bundles.vfio_device("08/00", container_path="")), devices=edu)
    outcome.assert_exited(0)
    assert outcome.device()["driver"] == "vfio-pci"
    assert outcome.probe("ls") == ["/dev/vfio: error: No such file or directory"]
