# SPDX-License-Identifier: Apache-2.0
"""initramfs/run --vmm libvirt with the system's libvirt, which starts virtio-fs daemons and plugs functions of the host."""

import os
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

import launchers
import qemu
from launcher import domain, host, plan
from test_launcher_libvirt import validate

pytestmark = pytest.mark.xdist_group("launcher-libvirt")

HERE = Path(__file__).parent


@pytest.fixture
def system(tmp_path):
    """system(*words) is the command line that runs them beside a separate libvirt."""
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return lambda *words: [*apart, *user, HERE / "system-libvirt", tmp_path / "libvirt", *words]


@pytest.fixture(scope="module")
def launch(images, tmp_path_factory):
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    return launchers.Launcher(tmp_path_factory.mktemp("cache"))


@pytest.mark.slow
def test_share(launch, system, tmp_path):
    """-v is a virtio-fs share of the domain; both sides see what the other one writes."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/file").write_text("from the host\n")
    root = launchers.write_root(tmp_path / "root")
    words = launch.command("--vmm", "libvirt", "--network", "none", "-v", f"{tmp_path / 'shared'}:/a", f"dir:{root}", "sh", "-c",
                           "cat /a/file; echo new >/a/new; exit 6")
    done = subprocess.run(system(*words), env=launch.environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (6, "from the host\n"), done.stderr
    assert (tmp_path / "shared/new").read_text() == "new\n"


def test_domain_with_functions_of_the_host(system, tmp_path):
    """libvirt takes the domain, with both functions of a card in one slot behind the root port that the manifest names."""
    guest = qemu.Guest(tmp_path / "vmlinuz", [], accel="tcg")
    card = host.parse("0000:65:00.0"), host.parse("0000:65:00.1")
    parts = plan.Parts(groups=[(9, card)], shares={"volume0": "/srv"})
    file = tmp_path / "domain.xml"
    file.write_text(domain.text(plan.Plan(guest, {}, {}, ["report"], [], parts), tmp_path, "card"))
    validate(file)
    script = f"virsh -q define {file} >&2 && virsh -q dumpxml --inactive card && virsh -q undefine card >&2"
    done = subprocess.run(system("sh", "-c", script), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = xml.fromstring(done.stdout).find("devices")
    places = [(hostdev.find("source/address").attrib, hostdev.find("address").attrib) for hostdev in found.iter("hostdev")]
    assert [(source["bus"], source["function"], place["bus"], place["slot"], place["function"]) for source, place in places] == [
        ("0x65", "0x0", "0x09", "0x00", "0x0"), ("0x65", "0x1", "0x09", "0x00", "0x1")]
    assert all(hostdev.get("managed") == "no" for hostdev in found.iter("hostdev"))
    [port] = [port for port in found.iter("controller") if port.get("index") == "9"]
    assert (port.get("model"), port.find("address").get("slot")) == ("pcie-root-port", "0x09")
