# SPDX-License-Identifier: Apache-2.0
"""initramfs/run --vmm cloud-hypervisor without a boot: the command, what is refused, the streams and the monitor.

Boots are in cloud_hypervisor.py, which needs the program.
"""

import json
import os
import shlex
import socket
import threading

import pytest

import launchers
import qemu
import test_launcher_units as units
from launcher import cloud_hypervisor, console, host, monitor, options, plan, streams, vmm

pytestmark = pytest.mark.xdist_group("launcher")

GPU = dict(d_65_00_0=("9", 0x0302, "vfio-pci"))
CARD = dict(d_65_00_0=("9", 0x0300, "vfio-pci"), d_65_00_1=("9", 0x0403, "vfio-pci"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return launchers.write_root(tmp_path_factory.mktemp("tree") / "root")


@pytest.fixture
def make(root, tmp_path, monkeypatch):
    """make(*options, sysfs) returns the Plan of a container in @root."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*words, sysfs=host.SYSFS, image=True):
        found = options.parse(["--vmm", "cloud-hypervisor", *map(str, words), *([f"dir:{root}", "true"] if image else [])])
        return plan.Planner(found, tmp_path, lambda text: None, sysfs).plan()
    return call


def command(made, scratch):
    words = cloud_hypervisor.command("ch", made, scratch, scratch / "initrd", "fd=5")
    return words, {word: words[n + 1] for n, word in enumerate(words[:-1]) if word.startswith("--")}


def test_command(make, tmp_path):
    made = make("-m", "1g", "--cpus", "3", "--append", "a=b")
    words, values = command(made, tmp_path)
    assert words[0] == "ch"
    assert values["--cmdline"].split() == ["console=ttyS0", "no_timer_check", "panic=0", "coldinit.report=vsock:2:1024",
                                           "quiet", "loglevel=1", "a=b"]
    assert (values["--cpus"], values["--memory"]) == ("boot=3", "size=1024M")
    assert (values["--serial"], values["--console"], values["--event-monitor"]) == ("tty", "off", "fd=5")
    assert values["--vsock"] == f"cid=3,socket={tmp_path}/vsock,id=report" and "--pvpanic" in words
    assert values["--api-socket"] == f"path={tmp_path}/api"
    assert values["--disk"].endswith("root.erofs,image_type=raw,pci_device_id=29,readonly=on")
    assert made.manifest["storages"][0]["source"] == "1d"
    assert not {"--net", "--fs", "--device"} & set(words)
    assert made.ports == ["report"] and made.manifest.get("policy") is None


def test_terminal(make, tmp_path):
    _, values = command(make("-it"), tmp_path)
    assert (values["--serial"], values["--console"]) == ("off", "tty")
    assert values["--cmdline"].startswith("console=hvc0 ")


def test_shares_and_writable_disk(make, tmp_path):
    (tmp_path / "shared").mkdir()
    made = make("-v", f"{tmp_path / 'shared'}:/a", "--writable", tmp_path / "disk,1")
    made.guest.scratch = str(tmp_path)
    words, values = command(made, tmp_path)
    assert values["--memory"] == "size=768M,shared=on"
    assert values["--fs"] == f"tag=volume0,socket={tmp_path}/fs0,num_queues=1,queue_size=512"
    assert words[words.index("--disk") + 2] == f'path="{tmp_path}/disk,1",image_type=raw,pci_device_id=28'


def test_function_of_the_host(make, tmp_path):
    """Its slot in the guest is in the command and in the manifest; the IOMMU cannot remap interrupts."""
    made = make("--device", "65:00.0,id=gpu0", sysfs=units.fake_sysfs(tmp_path / "sys", **GPU))
    _, values = command(made, tmp_path)
    assert values["--device"] == "path=/sys/bus/pci/devices/0000:65:00.0/,pci_device_id=8,iommu=on"
    [device] = made.manifest["devices"]
    assert (device["type"], device["options"]) == ("vfio-pci", ["0000:65:00.0=08"])
    assert made.manifest["policy"] == {"unsafe_interrupts": "allow"}


def test_functions_for_the_guests_kernel(make, tmp_path):
    made = make("--device", "65:00.0,driver=guest", sysfs=units.fake_sysfs(tmp_path / "sys", **CARD))
    words, _ = command(made, tmp_path)
    assert words[words.index("--device") + 1:] == [f"path=/sys/bus/pci/devices/0000:65:00.{n}/,pci_device_id={8 + n}"
                                                   for n in range(2)]
    assert made.manifest["devices"][0]["options"] == ["0000:65:00.0=08", "0000:65:00.1=09"]
    assert "policy" not in made.manifest


def test_tap(make, tmp_path):
    """Its name is that of any interface here: no VMM is started."""
    with pytest.raises(qemu.LaunchError, match="no such tap interface; run as root:\n  ip tuntap add tap-7 mode"):
        make("--network", "tap:tap-7,address=192.0.2.2/24")
    made = make("--network", "tap:lo,address=192.0.2.2/24,gateway=192.0.2.1,dns=192.0.2.3")
    _, values = command(made, tmp_path)
    assert values["--net"] == "tap=lo,mac=52:54:00:c0:1d:01,pci_device_id=27"
    [interface] = made.manifest["interfaces"]
    assert interface["IPAddresses"] == [{"address": "192.0.2.2", "mask": "24"}]
    assert (made.manifest["routes"][0]["gateway"], made.manifest["dns"]) == ("192.0.2.1", ["192.0.2.3"])


@pytest.mark.parametrize("words,said", [
    (["-p", "80:80"], "--publish is not possible: it has no user networking; use --network tap:"),
    (["--network", "user"], "--network user is not possible"), (["-i"], "no port for stdin"),
    (["--device", "edu"], "emulates no such device"), (["--drive", "id=d"], "--drive is not possible"),
    (["--netdev", "user,id=n"], "--netdev"), (["--arch", "arm64"], "--arch arm64"),
])
def test_what_it_does_not_have(make, words, said):
    with pytest.raises(qemu.LaunchError) as error:
        make(*words)
    assert str(error.value).startswith("--vmm cloud-hypervisor: ") and said in str(error.value)
    assert "\n" not in str(error.value)


def test_no_demo(make):
    with pytest.raises(qemu.LaunchError, match="the demo is not possible"):
        make(image=False)


def test_one_group_has_one_container_of_vfio(make, tmp_path):
    with pytest.raises(qemu.LaunchError, match="has 0000:65:00.0, 0000:65:00.1, and only one function .* driver=guest"):
        make("--device", "65:00.0", sysfs=units.fake_sysfs(tmp_path / "sys", **CARD))


def test_needs(root, tmp_path, monkeypatch):
    """A program and KVM: one line, and 125."""
    launch = launchers.Launcher(tmp_path / "cache")
    launch.environment.pop("CLOUD_HYPERVISOR", None)
    launch.environment["PATH"] = "/usr/bin:/bin"
    (tmp_path / "kernel").touch()
    words = ["--vmm", "cloud-hypervisor", f"dir:{root}", "true"]
    done = launch(*words)
    assert (done.returncode, done.stderr.count("\n")) == (125, 1)
    assert "$CLOUD_HYPERVISOR" in done.stderr
    launch.environment["CLOUD_HYPERVISOR"] = "/etc/passwd"
    assert "/etc/passwd is no program" in launch(*words).stderr
    with pytest.raises(qemu.LaunchError, match="modprobe kvm"):
        cloud_hypervisor.check_kvm(str(tmp_path / "kvm"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(qemu.LaunchError, match="its group"):
        cloud_hypervisor.check_kvm(str(tmp_path / "kernel"))


def test_dry_run_needs_neither(root, tmp_path):
    launch = launchers.Launcher(tmp_path / "cache")
    launch.environment.pop("CLOUD_HYPERVISOR", None)
    line, manifest, _ = launch.dry("--vmm", "cloud-hypervisor", "--keep", tmp_path / "keep", f"dir:{root}", "true")
    assert shlex.split(line)[0].endswith("cloud-hypervisor")
    assert f"--initramfs {tmp_path}/keep/initrd" in line and (tmp_path / "keep/initrd").is_file()
    assert manifest["storages"]


def test_error_of_the_program():
    text = ("cloud-hypervisor: 0.1s: <vmm> WARN: x\nError: Cloud Hypervisor exited with the following chain of errors:\n"
            "  0: Error booting VM\n  1: Cannot open /dev/kvm\n\nDebug Info: Vm(Kvm)\n")
    assert cloud_hypervisor.error_of(text) == "Error booting VM: Cannot open /dev/kvm"
    assert cloud_hypervisor.error_of("a\nb\n\n") == "b"
    text = ("cloud-hypervisor:  10.4s: <vcpu0> ERROR:vmm/src/cpu.rs:1460 -- VCPU generated error: VcpuRun(Failed\n\nCaused by:\n"
            "    Unexpected exit reason: InternalError\n\nStack backtrace:\n   0: <unknown>\n   1: start_thread\n")
    assert cloud_hypervisor.error_of(text) == "Unexpected exit reason: InternalError"
    assert cloud_hypervisor.error_of("cloud-hypervisor:   0.8s: <vcpu0> WARN:vmm/src/cpu.rs:268 -- x\n") == ""


# --- streams -------------------------------------------------------------------------------------

CONSOLE = (b"[    1.0] Linux\r\none\r\n\r\n\r\n[    2.0] coldinit: devices: no\r\ncoldinit: spec: x\r\n two\r\r\n"
           b"\r\n\r\ncoldinit-verdict: {}\r\n[    9.1] reboot: Power down\r\n")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_lines_of_the_container(size):
    """Those that are neither the kernel's nor coldinit's, as they were before the serial console."""
    lines, messages, rest = [], [], []
    found = console.Console(None, messages.append, lines.append, rest.append)
    for at in range(0, len(CONSOLE), size):
        found.take(CONSOLE[at:at + size])
    assert b"".join(lines) == b"one\n\n\n two\r\n\n"
    assert messages == ["coldinit: devices: no", "coldinit: spec: x"]
    assert found.verdicts == ["{}"]
    assert [line.split()[-1] for line in rest] == [b"Linux", b"no", b"x", b"{}", b"down"]


def test_panic_on_the_console():
    called = []
    found = console.Console(None, None, panic=lambda: called.append(1))
    found.take(b"---[ end Kernel panic - not syncing: no ]---\r\n")
    assert called == []
    found.take(b"[    1.0] ---[ end Kernel panic - not syncing: no ]---\r\n")
    assert called == [1]


def test_report_that_comes_or_not(tmp_path):
    never = streams.Listener(tmp_path / "never")
    never.end()
    assert never.recv(10) == b""
    late = streams.Listener(tmp_path / "late")
    with socket.socket(socket.AF_UNIX) as guest:
        guest.connect(str(tmp_path / "late"))
        guest.sendall(b"verdict")
    late.end()  # the VMM has ended before anything was read
    assert (late.recv(10), late.recv(10)) == (b"verdict", b"")


def test_events():
    """The same names as QEMU's; in pieces, as they come."""
    events, end = os.pipe()
    found = []
    watching = monitor.CloudMonitor(events, "/nowhere", "report", lambda name, data: found.append((name, data)))
    text = "".join(json.dumps(event, indent=2) + "\n\n" for event in [
        {"source": "vm", "event": "booted", "properties": None},
        {"source": "virtio-device", "event": "activated", "properties": {"id": "_disk0"}},
        {"source": "virtio-device", "event": "activated", "properties": {"id": "_disk1"}},
        {"source": "virtio-device", "event": "activated", "properties": {"id": "report"}},
        {"source": "guest", "event": "panic", "properties": {"event": "1"}},
        {"source": "vm", "event": "rebooting", "properties": None}])
    for at in range(0, len(text), 11):
        os.write(end, text[at:at + 11].encode())
    os.close(end)
    watching.thread.join(10)
    assert found == [("VSERPORT_CHANGE", {"id": "report", "open": True}), ("GUEST_LOST", {}), ("GUEST_LOST", {})]
    watching.press_power_button()  # to a VMM that is gone


def test_power_button(tmp_path):
    with socket.socket(socket.AF_UNIX) as api:
        api.bind(str(tmp_path / "api"))
        api.listen()
        events, end = os.pipe()
        watching = monitor.CloudMonitor(events, tmp_path / "api", "report", None)
        requests = []

        def serve():
            stream = api.accept()[0]
            requests.append(stream.recv(4096))
            stream.sendall(b"HTTP/1.1 204 \r\n\r\n")
        server = threading.Thread(target=serve)
        server.start()
        watching.press_power_button()
        server.join(10)
        os.close(end)
    assert requests[0].startswith(b"PUT /api/v1/vm.power-button HTTP/1.1\r\n") and requests[0].endswith(b"\r\n\r\n")


def test_every_vmm_has_the_same_methods():
    names = ("describe", "keep", "prepared", "start", "monitor", "end", "open", "explain", "resize")
    assert all(callable(getattr(kind, name, None)) for kind in vmm.VMMS.values() for name in names)
