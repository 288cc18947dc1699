# SPDX-License-Identifier: Apache-2.0
"""The boots whose system calls fail: each flow uses other parts of coldinit."""

import copy
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "initramfs"), str(TOP / "tests"), str(TOP / "tests/boot")]

import bundles  # noqa: E402
import disks  # noqa: E402
import qemu  # noqa: E402

MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"]
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
MAC = "52:54:00:12:34:56"
HOOKS = "/run/hooks"  # in the guest; the container has it as /hooks
EDU, NET, DISK, SHARE = "0000:01:00.0", "0000:00:09.0", "0000:00:05.0", "0000:00:06.0"

PROGRAMS = ["/bin/probe"]


@dataclass
class Flow:
    """One kind of boot.

    words: of the kernel's command line. devices: QEMU's words. image: initramfs of images/. files: of the
    initramfs, by path; a text or a Path. cdi: whether it has /etc/cdi. fast: the clock counts instructions,
    and waiting takes no time; not with a device that another process serves. undo: what restores the
    guest after each boot, pairs of path and text. share: a virtio-fs share with the bundle and the manifest.
    """

    name: str
    spec: dict
    manifest: dict
    words: list = field(default_factory=list)
    devices: list = field(default_factory=list)
    image: str = "6.12"
    files: dict = field(default_factory=dict)
    fast: bool = True
    undo: list = field(default_factory=list)
    share: bool = False
    prepare: object = None  # called with a scratch directory. Return: QEMU's words


def hook(name, directory=HOOKS):
    return {"path": "/bin/probe", "args": ["hook", f"{directory}/{name}"]}


def container(*programs):
    """Return: a config.json with everything that needs no device."""
    spec = bundles.container()
    process = spec["process"]
    process["args"] = ["/bin/both", *programs]
    process["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 27], "umask": 0o27}
    process["cwd"] = "/home/worker"
    process["capabilities"] = bundles.capabilities(
        "CAP_CHOWN", "CAP_KILL", "CAP_IPC_LOCK", "CAP_NET_BIND_SERVICE", ambient=["CAP_KILL"])
    process["rlimits"] = [{"type": "RLIMIT_MEMLOCK", "soft": 1 << 30, "hard": 1 << 30},
                          {"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024}]
    process["oomScoreAdj"] = 300
    spec["mounts"].append({"destination": "/hooks", "type": "bind", "source": HOOKS,
                           "options": ["rbind", "nosuid", "rprivate"]})
    spec["linux"].update(maskedPaths=MASKED, readonlyPaths=READONLY)
    return spec


def manifest(*devices, **more):
    """Return: a manifest with the storage that the hooks write into."""
    storages = [{"driver": "ephemeral", "source": "hooks", "fstype": "tmpfs",
                 "options": ["size=1m", "mode=0777"], "mount_point": HOOKS}]
    return bundles.manifest(*devices, storages=storages + more.pop("storages", []), **more)


CDI = """{"cdiVersion": "0.6.0", "kind": "vendor.example/device", "devices": [{"name": "d", "containerEdits": {
  "env": ["CDI=1"],
  "deviceNodes": [{"path": "/dev/cdinull", "hostPath": "/dev/null"}],
  "mounts": [{"hostPath": "/run/hooks", "containerPath": "/cdimount", "options": ["ro", "bind"]}],
  "hooks": [{"hookName": "createContainer", "path": "/bin/probe", "args": ["hook", "/run/hooks/cdi"]}]}}]}"""


def rich():
    """Return: a VFIO device, a network interface, CDI, hooks, seccomp, limits, sysctls, masks."""
    spec = bundles.with_vfio(container("/bin/edu", *PROGRAMS))
    spec["process"]["env"].append("PCIDEVICE_COLDINIT_IO_EDU_INFO="
                                  '{"0000:65:00.0":{"generic":{"deviceID":"0000:65:00.0"}}}')
    spec["hostname"], spec["domainname"] = "inside", "example.org"
    spec["root"]["readonly"] = True
    spec["annotations"] = {"cdi.k8s.io/d": "vendor.example/device=d"}
    spec["mounts"].append({"destination": "/up", "type": "tmpfs", "source": "tmpfs",
                           "options": ["tmpcopyup", "mode=755"]})
    spec["hooks"] = {name: [hook(name)] for name in ("createRuntime", "createContainer", "poststart")}
    spec["hooks"]["startContainer"] = [hook("startContainer", "/hooks")]
    spec["hooks"]["poststop"] = [hook("poststop")]
    spec["linux"]["sysctl"] = {"kernel.msgmax": "9000", "net.ipv4.ip_unprivileged_port_start": "80"}
    spec["linux"]["rootfsPropagation"] = "private"
    spec["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["swapon", "swapoff"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
    spec["linux"]["resources"].update(memory={"limit": 200 << 20}, pids={"limit": 50}, cpu={"shares": 512},
                                      unified={"memory.high": str(190 << 20)})
    device = bundles.vfio_device("08/00", expect={"ids": ["1234:11e8"]})
    interface = {"name": "net0", "hwAddr": MAC, "mtu": 1400,
                 "IPAddresses": [{"address": "10.0.2.15", "mask": "24"}]}
    return Flow(
        "rich", spec,
        manifest(device, hostname="box", dns=["10.0.2.3"], interfaces=[interface],
                 routes=[{"gateway": "10.0.2.2", "device": "net0"}]),
        files={"etc/cdi/vendor.json": CDI},
        devices=qemu.behind_root_port("edu") + [
            "-netdev", "user,id=n0,restrict=on",
            "-device", f"virtio-net-pci,netdev=n0,mac={MAC},bus=pcie.0,addr=9",
            "-chardev", "null,id=report",
            "-device", "virtserialport,chardev=report,name=org.example.report"],
        undo=[(f"/sys/bus/pci/devices/{EDU}/driver/unbind", EDU),
              (f"/sys/bus/pci/devices/{EDU}/driver_override", "\\n"),
              ("/sys/bus/pci/drivers/virtio-pci/unbind", NET),
              ("/sys/bus/pci/drivers/virtio-pci/bind", NET),
              ("/proc/sys/net/ipv4/ip_unprivileged_port_start", "1024")])


def terminal():
    """Return: a container with a terminal, which is PID 1 of the guest's namespaces as far as allowed."""
    spec = container(*PROGRAMS)
    spec["process"]["terminal"] = True
    spec["process"]["consoleSize"] = {"height": 20, "width": 60}
    return Flow("terminal", spec, manifest())


def on_disks():
    """Return: a bundle on an erofs disk with an overlay, and a data disk."""
    spec = container(*PROGRAMS)
    spec["mounts"].append({"destination": "/data", "type": "bind", "source": "/run/data", "options": ["bind"]})
    data = {"driver": "blk", "source": "06", "fstype": "ext4", "options": [], "mount_point": "/run/data"}

    def prepare(scratch, bundle):
        (scratch / "data").mkdir()
        (scratch / "data/file").write_text("some data\n")
        root = disks.make_image("erofs", bundle, scratch / "root.img")
        second = disks.make_image("ext4", scratch / "data", scratch / "data.img")
        return disks.virtio_blk(root, readonly=True) + disks.virtio_blk(second, 1, 6)

    return Flow("disks", spec, manifest(storages=[data]), image="6.12-disk", fast=False, prepare=prepare,
                words=["coldinit.bundle=block:/dev/vda,erofs"])


def on_virtiofs():
    """Return: manifest, bundle and report on a virtio-fs share."""
    spec = container(*PROGRAMS)
    spec["root"]["readonly"] = True
    return Flow("virtiofs", spec, manifest(), fast=False, share=True,
                words=["coldinit.manifest=virtiofs:demo/manifest.json", "coldinit.bundle=virtiofs:demo/bundle",
                       "coldinit.report=virtiofs:demo/verdict.json"])


GENERATED = CDI.replace("/run/hooks/cdi", "/run/hooks/generated")


def services():
    """Return: programs of the guest beside the container: all ways to be ready, a generator of a CDI file."""
    def program(words):
        return ["/bin/service", *words.split()]

    spec = container(*PROGRAMS)
    spec["annotations"] = {"cdi.k8s.io/d": "vendor.example/device=d"}
    return Flow(
        "services", spec,
        manifest(container={"id": "c1", "cdi_generator": program("mkdir /run/cdi copy /share/cdi.json=/run/cdi/v.json")},
                 services=[
                     {"name": "first", "args": program("print begin touch /run/first")},
                     {"name": "path", "kind": "daemon", "args": program("touch /run/path run path"),
                      "ready": {"path": "/run/path"}, "after": ["first"]},
                     {"name": "socket", "kind": "daemon", "args": program("need /run/first fork listen /run/s.sock run s"),
                      "ready": {"socket": "/run/s.sock"}, "after": ["first"], "on_exit": "restart"},
                     {"name": "output", "kind": "daemon", "args": program("user print up run output"),
                      "ready": {"output": "up"}, "user": {"uid": 1000, "gid": 100}, "on_exit": "fail"}]),
        files={"share/cdi.json": GENERATED})


FLOWS = {flow.name: flow for flow in (rich(), terminal(), on_disks(), on_virtiofs(), services())}


def get(name):
    return copy.deepcopy(FLOWS[name])
