# SPDX-License-Identifier: Apache-2.0
"""Cloud Hypervisor cold-plugs a real vfio-pci device, as QEMU does in test_nested.py: make test-cloud-hypervisor.

The outer guest has KVM under QEMU's emulation; its container is Cloud Hypervisor, which Debian does not
have. So the name of this file is not one that the other boot tests are found by.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import bundles
import images as parts
import launchers
import nested
import nested_launcher
from launcher import defaults

ALLOW = {"unsafe_interrupts": "allow"}  # virtio-iommu, the only IOMMU there, cannot remap interrupts
PLACE = "path=/sys/bus/pci/devices/0000:01:00.0/,iommu=on,pci_device_id=5"

# A device's path in the manifest, its address in the guest, and Cloud Hypervisor's words.
CASES = {
    "root bus": ("05", "0000:00:05.0", ["--device", PLACE]),
    "explicit root": ("pci0000:00/05.0", "0000:00:05.0", ["--device", PLACE]),
    "second segment": ("pci0001:00/05.0", "0001:00:05.0",
                       ["--device", f"{PLACE},pci_segment=1", "--platform", "num_pci_segments=2"]),
}


@pytest.fixture(scope="session")
def cloud_hypervisor():
    """The binary."""
    found = os.environ.get("CLOUD_HYPERVISOR") or shutil.which("cloud-hypervisor")
    if not found or not os.access(found, os.X_OK):
        pytest.fail("cloud-hypervisor is missing: put it into PATH, or its path into $CLOUD_HYPERVISOR "
                    "(github.com/cloud-hypervisor/cloud-hypervisor has releases)", pytrace=False)
    return found


def command(words):
    # panic=0: a guest that reboots is started again by the same process
    return ["/usr/bin/cloud-hypervisor", "--kernel", "/guest/vmlinuz", "--initramfs", "/guest/initrd",
            "--cmdline", "console=ttyS0 panic=0 no_timer_check quiet", "--cpus", "boot=1", "--memory", "size=512M",
            "--serial", f"file={nested.INNER_CONSOLE}", "--console", "off", *words]


def copy_libraries(binary, rootfs):
    """A release is static or not."""
    if subprocess.run(["ldd", binary], capture_output=True, check=False).returncode == 0:
        parts.copy_program(binary, rootfs)


def write_rootfs(rootfs, binary, files):
    copy_libraries(binary, rootfs)
    (rootfs / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(binary, rootfs / "usr/bin/cloud-hypervisor")
    (rootfs / "guest").mkdir()
    for name, content in files.items():
        shutil.copy(content, rootfs / "guest" / name)


def inner_files(directory, images, programs, path):
    vmlinuz, cpio = images["6.12"]
    bundle = bundles.write_bundle(directory / "inner/bundle", bundles.edu_container(), programs)
    file = bundles.write_json(directory / "inner/manifest.json", bundles.manifest(
        bundles.vfio_device(path, expect={"ids": ["1234:11e8"]}), policy=ALLOW))
    second = parts.pack_bundle(file, bundle, directory / "inner/second.cpio.gz")
    return {"vmlinuz": vmlinuz, "initrd": parts.concatenate([cpio, second], directory / "inner/initrd")}


@pytest.mark.parametrize("case", CASES)
def test_cold_plugged_device(cloud_hypervisor, boot, images, programs, tmp_path, case):
    path, place, words = CASES[case]
    console = tmp_path / "inner.console"
    files = inner_files(tmp_path, images, programs, path)
    spec = nested.vmm_container("0000:01:00.0")
    spec["process"]["args"] = command(words)

    outer = boot(spec, bundles.manifest(bundles.vfio_device("08/00"), kernel_modules=[{"name": "kvm_amd"}]),
                 kernel="6.12+kvm-amd", via="virtiofs", iommu=False, memory=2048, timeout=400, accel="tcg",
                 prepare=lambda bundle: write_rootfs(bundle / "rootfs", cloud_hypervisor, files),
                 devices=[*nested.OUTER, "-serial", f"file:{console}"])
    outer.assert_exited(0)

    nested.check_inner(console, place)


# --- the launcher --------------------------------------------------------------------------------

PROGRAMS = ("/usr/bin/mkfs.erofs", "/usr/sbin/mkfs.ext4")
VIRTIOFSD = "/usr/lib/qemu/virtiofsd"


def write_launcher(rootfs, binary, images, programs):
    """Write the launcher, what it calls, and images for the guests that inner_launches.py starts."""
    (rootfs / "sbin").mkdir(exist_ok=True)
    write_rootfs(rootfs, binary, {})
    nested_launcher.write_tools(rootfs, *PROGRAMS, VIRTIOFSD)
    nested_launcher.write_build(rootfs, images, programs)
    shutil.copy("/bin/busybox", rootfs / "bin/busybox")
    shutil.copy(Path(__file__).with_name("inner_launches.py"), rootfs)
    launchers.write_root(rootfs / "image")
    spec = bundles.add_device(bundles.container("head /dev/pmem0"), "/dev/pmem0", "b", 259, 0)
    bundles.write_bundle(rootfs / "pmem", spec, programs)
    (rootfs / "shared").mkdir()
    (rootfs / "shared/file").write_text("from the host\n")


def launcher_container(*cases):
    """Return: the config.json of the container in which the launcher is."""
    spec = nested.vmm_container("0000:01:00.0")
    bundles.add_device(spec, "/dev/net/tun", "c", 10, 200)
    spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]})
    spec["process"].update(args=[nested_launcher.PYTHON, "/inner_launches.py", *cases], noNewPrivileges=False,
                           capabilities=bundles.capabilities(*defaults.ALL_CAPABILITIES))
    spec["process"]["env"] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp"]
    return spec


@pytest.fixture(scope="module")
def results(cloud_hypervisor, boot_once, images, programs):
    """What each case of inner_launches.py did: one outer guest for all."""
    kept = []

    def prepare(bundle):
        kept.append(bundle / "rootfs/results.json")
        write_launcher(bundle / "rootfs", cloud_hypervisor, images, programs)

    cases = os.environ.get("CASES", "")
    outer = nested_launcher.boot(boot_once, launcher_container(*filter(None, cases.split(","))), prepare, {"name": "tun"},
                                 timeout=1800, memory=3072)
    outer.assert_exited(0)
    return json.loads(kept[0].read_text())


def test_streams_and_status(results):
    """The container's lines, its status, the verdict by vsock; nothing of the kernel."""
    found = results["streams"]
    assert (found["status"], found["out"]) == (7, "out\n coldinit\n\nerr\nend\n"), found
    assert found["err"].startswith('coldinit-verdict: {"version":1,"outcome":"exited","status":7') and found["err"].count("\n") == 1


def test_console_on_stderr(results):
    """--verbose: the kernel's and coldinit's lines, without the container's."""
    found = results["verbose"]
    assert (found["status"], found["out"]) == (0, "only here\n"), found
    assert "Linux version" in found["err"] and "coldinit-verdict: " in found["err"]
    assert "only here" not in found["err"].splitlines(), found


def test_device_of_the_host(results):
    found = results["device"]
    assert (found["status"], "edu: all good" in found["out"]) == (0, True), found
    [device] = json.loads(found["err"].partition("coldinit-verdict: ")[2])["devices"]
    assert (device["id"], device["host"], device["guest"], device["driver"]) == (
        "edu", "0000:01:00.0", "0000:00:08.0", "vfio-pci")


def test_share(results):
    assert (results["share"]["status"], results["share"]["out"]) == (0, "from the host\n"), results["share"]


def test_writable_disk(results):
    found = results["writable"]
    assert (found["status"], found["out"]) == ([0, 0], ["", "first\n"]), found


def test_failure_in_the_guest(results):
    """One line of coldinit, and 125."""
    found = results["failure"]
    assert (found["status"], found["out"], found["err"].count("\n")) == (125, "", 1), found
    assert found["err"].startswith("coldinit: ") and "/etc/passwd" in found["err"]


def test_panic_ends_the_guest(results):
    """Before init, and after it: no reboot, and no time limit."""
    found = results["early panic"]
    assert (found["status"], "Kernel panic" in found["err"]) == (125, True), found
    assert "ended without a verdict" in found["err"] and found["seconds"] < 100
    found = results["panic"]
    assert (found["status"], found["seconds"] < 100) == (125, True), found
    assert found["err"].startswith("coldinit: ")


def test_pvpanic(results):
    """The event monitor reports the panic; panic=0 keeps the guest as it is."""
    found = results["pvpanic"]
    assert (found["status"], '"source": "guest"' in found["out"], "rebooting" in found["out"]) == (True, True, False), found


def test_missing_tap(results):
    found = results["busy tap"]
    assert (found["status"], "no such tap interface" in found["err"]) == (125, True), found


def test_stop_request(results):
    assert (results["stop"]["status"], results["stop"]["out"]) == (5, "ready\nstopping\n"), results["stop"]


def test_network_by_tap(results):
    found = results["web"]
    assert (found["status"], found["page"]) == (137, "hello from the guest\n"), found


def test_terminal_follows_the_size(results):
    found = results["terminal"]
    assert found["status"] == 9, found
    assert "33 101" in found["out"][1] and "44 90" in found["out"][4], found


def test_oem_string_and_persistent_memory(results):
    found = results["by hand"]
    assert "this is pmem" in found["out"] and '"outcome":"exited","status":0' in found["out"], found
