# SPDX-License-Identifier: Apache-2.0
"""Devices that are plugged in while coldinit waits for them, also during floods of uevents."""

import re

import pytest

import bundles
import disks
import qemu
import watchers
from conftest import BUILD

WAITING = "coldinit: devices: dev0: waiting for PCI function 0000:01:00.0 (guest path 08/00)"
EDU = bundles.vfio_device("08/00", timeout_ms=20000)
NEVER = {"id": "never", "type": "vfio-pci-gk", "options": ["0000:66:00.0=09/00"],
         "required": False, "timeout_ms": 1500}


class Plugger:
    """Plug devices with a monitor as soon as @mark is on the console."""

    def __init__(self, plug, mark):
        self.plug = plug
        self.mark = mark
        self.seen = ""

    def __call__(self, guest, text):
        if self.mark in self.seen:
            return
        self.seen += text
        if self.mark in self.seen:
            monitor = guest.monitor()
            self.plug(monitor)
            monitor.close()


def boot_and_plug(boot, spec, manifest, plug, *words, mark=WAITING, **options):
    return boot(spec, manifest, quiet=mark != WAITING, monitored=True, watch=Plugger(plug, mark),
                devices=[*qemu.behind_root_port(), *words], **options)


def test_function_plugged_late(boot):
    """The wait ends when the device appears; the log says how long it waited, and for what."""
    outcome = boot_and_plug(boot, bundles.edu_container(), bundles.manifest(EDU, NEVER),
                            lambda monitor: monitor.plug("edu", bus="rp8", id="late"))
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console
    late, never = outcome.verdict["devices"]
    # The kernel itself binds the late function: it sets the link "driver" first, makes the group then. Only if it
    # is slower there are more waits, for the one or the other.
    assert [line for line in outcome.log() if line.startswith("devices: ") and
            "waiting for vfio-pci to bind" not in line and "waiting for the VFIO group" not in line] == [
        "devices: dev0: waiting for PCI function 0000:01:00.0 (guest path 08/00)",
        "devices: never: waiting for bridge 0000:00:09.0 (element 0 of the path under "
        "/sys/devices/pci0000:00) (guest path 09/00)",
        f"devices: dev0: ready after {late['us']} us: 0000:01:00.0 driver=vfio-pci "
        f"group={late['group']} node={late['node']}",
        f"devices: {never['error']} (not required: going on without it)"]
    assert never["error"].startswith("never: waited 1500 ms for bridge 0000:00:09.0")
    assert late["us"] < 1_500_000 <= never["us"] < 2_500_000


def test_function_plugged_late_among_many(boot):
    """With so many devices the messages of the first scan are muted, but not those of the late one."""
    others = [bundles.vfio_device(id=f"d{slot}", container_path="", options=[f"0000:66:{slot}.0={slot}"])
              for slot in ("0a", "0b", "0c")]
    words = [word for device in others for word in ("-device", f"edu,addr={device['options'][0][-2:]}")]
    outcome = boot_and_plug(boot, bundles.edu_container(), bundles.manifest(EDU, *others),
                            lambda monitor: monitor.plug("edu", bus="rp8", id="late"), *words)
    outcome.assert_exited(0)
    assert "edu: all good" in outcome.console
    late, *there = outcome.verdict["devices"]
    assert {device["driver"] for device in there} == {"vfio-pci"}
    assert max(device["us"] for device in there) < late["us"] < 1_500_000
    [line] = [line for line in outcome.log() if line.startswith("devices: d0a: ready after ")]
    assert [part.split(":")[0] for part in line.removeprefix("devices: ").split("; ")] == ["d0a", "d0b", "d0c"]


GROWING = ["-m", "768,slots=2,maxmem=2G", "-smp", "1,maxcpus=2,sockets=2"]


def grow(monitor):
    monitor.command("object-add", qom_type="memory-backend-ram", id="m1", size=128 << 20)
    monitor.plug("pc-dimm", id="d1", memdev="m1")
    monitor.plug("max-x86_64-cpu", id="c1", socket_id=1, core_id=0, thread_id=0)


def test_memory_and_processor_plugged_while_a_device_is_waited_for(boot):
    """Memory and CPUs are brought online; Linux 6.1 leaves them offline."""
    def plug(monitor):
        grow(monitor)
        monitor.plug("edu", bus="rp8", id="late")

    spec = bundles.edu_container()
    names = ("cpu/online", "memory/auto_online_blocks", "memory/memory32/state")
    spec["process"]["args"] = bundles.script(*(f"cat /sys/devices/system/{n}" for n in names))
    outcome = boot_and_plug(boot, spec, bundles.manifest(EDU), plug, *GROWING, kernel="6.1")
    outcome.assert_exited(0)
    assert outcome.probe("cat") == [f"/sys/devices/system/{name}: {value}" for name, value in
                                    zip(names, ("0-1", "offline", "online"))]


def test_memory_and_processor_plugged_while_the_container_runs(boot):
    spec = bundles.container()
    spec["process"]["args"] = ["/bin/await", "/sys/devices/system/memory/memory32/state", "online",
                               "/sys/devices/system/cpu/online", "0-1"]
    outcome = boot_and_plug(boot, spec, bundles.manifest(), grow, *GROWING, kernel="6.1",
                            mark="await: /sys/devices/system/memory")
    outcome.assert_exited(0)


# --- devices that go away ------------------------------------------------------------------------

@pytest.mark.parametrize("file,text,error", [
    ("/sys/bus/pci/devices/0000:01:00.0/remove", "1", "0000:01:00.0 was removed after it was set up"),
    ("/sys/bus/pci/drivers/vfio-pci/unbind", "0000:01:00.0", "0000:01:00.0 lost its driver after"),
])
def test_function_that_goes_away_before_the_program_runs(boot, file, text, error):
    """A hook takes the function away, after it was bound: the container would have a dead node."""
    spec = bundles.edu_container()
    spec["hooks"] = {"createRuntime": [{"path": "/usr/bin/hook", "args": ["hook", "write", file, text]}]}
    outcome = boot(spec, bundles.manifest(bundles.vfio_device("08/00")),
                   devices=qemu.behind_root_port("edu"),
                   files={"/usr/bin/hook": BUILD / "tests/programs/hook"})
    outcome.assert_failed("exec", f"dev0: {error}")
    assert "edu:" not in outcome.console


def test_function_that_goes_away_while_the_container_runs(boot):
    spec = bundles.with_vfio(bundles.container("wait-term"))
    unplug = watchers.monitored(lambda monitor: monitor.command("device_del", id="gone"))
    outcome = boot(spec, bundles.manifest(bundles.vfio_device("08/00")), monitored=True,
                   devices=qemu.behind_root_port("edu,id=gone"), watch=watchers.after(
                       ("wait-term: ready", unplug), ("was removed after it was set up", watchers.power_button)))
    outcome.assert_exited(42)
    warning = outcome.verdict["warnings"][-1]  # one of the driver may come before it
    assert "dev0: 0000:01:00.0 was removed after it was set up" in warning
    assert "the container still runs" in warning


def service(name, words, **more):
    """Return: a daemon that runs tests/programs/service of the initramfs with these words."""
    return {"name": name, "kind": "daemon", "args": ["/usr/bin/service", *words.split()], **more}


SERVICE = {"/usr/bin/service": BUILD / "tests/programs/service"}


@pytest.mark.parametrize("kind, function, driver", [("vfio-pci", "edu", "vfio-pci"),
                                                    ("vfio-pci-gk", "virtio-rng-pci", "virtio-pci")])
def test_driver_that_goes_away_while_the_container_runs(boot, kind, function, driver):
    """A service unbinds it by sysfs, when another function is plugged in. The warning comes at once, and once."""
    spec = bundles.container("wait-term")
    device = {"id": "dev0", "type": kind, "options": [f"{bundles.HOST_PCI}=08/00"]}
    unbind = service("unbind", "await /sys/bus/pci/devices/0000:02:00.0 "
                               f"write /sys/bus/pci/drivers/{driver}/unbind=0000:01:00.0 run unbind")
    outcome = boot(spec, bundles.manifest(device, services=[unbind]), monitored=True, files=SERVICE,
                   devices=[*qemu.behind_root_port(function), *qemu.behind_root_port(slot=9)], watch=watchers.after(
                       ("wait-term: ready", watchers.monitored(lambda monitor: monitor.plug("edu", bus="rp9"))),
                       ("lost its driver", watchers.power_button)))
    outcome.assert_exited(42)
    assert outcome.verdict["warnings"] == [
        f"devices: dev0: 0000:01:00.0 lost its driver after it was set up (expected driver {driver}, found no driver); "
        "the container still runs"]


def test_functions_plugged_while_the_container_runs_are_there_for_a_service(boot, tmp_path):
    """In its /sys and in its /dev, with a node that the kernel has made since."""
    image = disks.text_image(tmp_path / "late.img", "a late disk")
    spec = bundles.container("wait-term")
    late = service("late", "await /sys/bus/pci/devices/0000:01:00.0/driver print function await /dev/vda print disk run late")
    outcome = boot(spec, bundles.manifest(services=[late], kernel_modules=[{"name": "virtio_blk"}]), monitored=True,
                   quiet=False, files=SERVICE,
                   devices=[*qemu.behind_root_port(), "-drive", f"file={image},if=none,id=late,format=raw"],
                   watch=watchers.after(
                       ("wait-term: ready", watchers.monitored(
                           lambda monitor: monitor.plug("virtio-blk-pci", bus="rp8", drive="late"))),
                       ("service late: disk", watchers.power_button)))
    outcome.assert_exited(42)
    said = [line.split(": ", 1)[1] for line in outcome.log() if line.startswith("service late: ") and "ready" not in line]
    assert said == ["function", "disk", "late was stopped"]
    assert "warnings" not in outcome.verdict


# --- floods --------------------------------------------------------------------------------------

class Flood:
    """A boot in which a function is plugged in during a number of uevents, on a deterministic clock.

    sent: how long the kernel took to send all; delay: from then until the device was ready.
    """

    def __init__(self, boot, uevents):
        outcome = boot(
            bundles.edu_container(), bundles.manifest(EDU), accel="tcg", timeout=180,
            words=["loglevel=5", "flood_function=0000:01:00.0", f"flood_uevents={uevents}"],
            devices=[*qemu.behind_root_port("edu"), "-icount", "shift=3,sleep=off", "-seed", "42",
                     "-rtc", "base=2024-01-01T00:00:00,clock=vm"],
            files={"/init": BUILD / "tests/programs/flood", "/coldinit.init": BUILD / "init"})
        outcome.assert_exited(0)
        assert "edu: all good" in outcome.console
        times = dict(re.findall(r"flood: (\w+) at (\d+) us", outcome.console))
        begin, end = int(times["begins"]), int(times["ends"])
        self.sent = end - begin
        self.delay = outcome.verdict["timeline_us"]["devices"] - end
        self.dropped = sum("has dropped uevents" in line for line in outcome.log())


def test_flood_of_uevents(boot):
    """10,000 uevents are unread until all are sent: none is lost, and the device does not wait for
    its message in the middle of them, for which coldinit would read longer than the kernel sends."""
    flood = Flood(boot, 10000)
    assert flood.dropped == 0
    assert 0 < flood.delay < flood.sent / 4


@pytest.mark.slow
def test_flood_is_no_delay(boot):
    """The device is ready as early as without a flood, except for the time of one round of messages."""
    flood, calm = Flood(boot, 10000), Flood(boot, 0)
    assert 0 < flood.delay < calm.delay + flood.sent / 5


@pytest.mark.slow
def test_flood_that_is_too_much(boot):
    """The receive buffer overflows: the device's message is lost, but the device is found."""
    flood = Flood(boot, 100000)
    assert flood.dropped > 0
    assert flood.delay < flood.sent / 10


@pytest.mark.parametrize("late", [True, False])
def test_persistent_memory_of_virtio(boot, tmp_path, late):
    """Its driver is loaded when it comes, and its disk ends the wait at once."""
    image = disks.text_image(tmp_path / "pmem.img", "this is pmem")
    spec = bundles.add_device(bundles.container("head /dev/pmem"), "/dev/pmem", "b", 259, 7)
    device = {"id": "pm", "type": "nvdimm", "vm_path": "/dev/pmem0", "container_path": "/dev/pmem",
              "timeout_ms": 20000}
    image.open("r+b").truncate(32 << 20)
    backend = ["-m", "maxmem=4G,slots=2",
               "-object", f"memory-backend-file,id=pm,mem-path={image},size={32 << 20},share=on"]
    words = [] if late else ["-device", "virtio-pmem-pci,memdev=pm,bus=rp8"]
    outcome = boot(spec, bundles.manifest(device), quiet=False, monitored=True,
                   watch=Plugger(lambda monitor: late and monitor.plug("virtio-pmem-pci", memdev="pm", bus="rp8"),
                                 "devices: pm: waiting for disk /dev/pmem0"),
                   devices=[*qemu.behind_root_port(), *backend, *words]).assert_exited(0)
    assert outcome.probe("head") == ["/dev/pmem: this is pmem"]
    assert outcome.device()["node"] == "/dev/pmem0"
    assert outcome.device()["us"] < 10_000_000
