# SPDX-License-Identifier: Apache-2.0
"""initramfs/run --vmm libvirt: the domain is valid, and the container in it behaves as under QEMU alone.

The domains are those of an ordinary user, whose session daemon libvirt starts and ends by itself.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

import conftest
import launchers
import qemu
from launcher import disks, domain, host, plan, values

pytestmark = pytest.mark.xdist_group("launcher-libvirt")

TRAP = "trap 'echo stopping; exit 5' TERM; echo ready; while :; do sleep 0.1; done"


def validate(path):
    done = subprocess.run(["virt-xml-validate", path, "domain"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("shares", [{}, {"volume0": "/srv"}], ids=["plain", "shares"])
@pytest.mark.parametrize("ports,tap", [(None, ""), ([], ""), ([values.Port(8080, 80)], ""), (None, "tap0")],
                         ids=["none", "user", "published", "tap"])
def test_domain_is_valid(tmp_path, ports, tap, shares):
    """With everything that a guest may have."""
    guest = qemu.Guest("vmlinuz", [], accel="tcg", memory=1024, cpus=2, words=["a=<&>"])
    function = host.parse("0000:65:00.0"), host.parse("0000:65:00.1")
    parts = plan.Parts([disks.Disk(tmp_path / "root.erofs", "image", 0x1d, True), disks.Disk(tmp_path / "w", "w", 0x1c, False)],
                       ["-device", "edu,bus=rp8"], [(9, function)], ports, shares, tap)
    made = plan.Plan(guest, {}, {}, ["stdin", "report"], [], parts)
    file = tmp_path / "domain.xml"
    file.write_text(domain.text(made, tmp_path, "name"))
    validate(file)
    text = file.read_text()
    assert text.count("<hostdev") == 2 and 'multifunction="on"' in text and "a=&lt;&amp;&gt;" in text
    assert ('type="ethernet"' in text) == ('<target dev="tap0" managed="no"' in text) == bool(tap)
    assert ("hostfwd=tcp::8080-10.0.2.15:80" in text) == bool(ports) and ("virtiofs" in text) == bool(shares)


class UsersLauncher(launchers.Launcher):
    """The launcher as nobody, who cannot read root's folders: it gets copies."""

    def __init__(self, home):
        super().__init__(home / "cache")
        self.home = home
        for name in ("cache", "run", "build"):
            (home / name).mkdir(mode=0o700)
        for name in ("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz"):
            shutil.copy(conftest.BUILD / name, home / "build")
        shutil.copytree(conftest.TOP / "initramfs", home / "initramfs", ignore=shutil.ignore_patterns("__pycache__"))
        self.root = launchers.write_root(home / "root")
        self.environment.update(HOME=str(home), XDG_RUNTIME_DIR=str(home / "run"), PATH="/usr/bin:/bin:/usr/sbin:/sbin")
        self.environment.pop("LIBVIRT_DEFAULT_URI", None)
        self.as_user = []
        if os.geteuid() == 0:
            self.as_user = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
            subprocess.run(["chown", "-R", "nobody:nogroup", home], check=True)

    def command(self, *arguments):
        return [*self.as_user, "/usr/bin/python3", self.home / "initramfs/run", "--build", self.home / "build",
                "--vmm", "libvirt", *arguments]

    def virsh(self, *words):
        return subprocess.run([*self.as_user, "virsh", "-q", "-c", "qemu:///session", *words], env=self.environment,
                              capture_output=True, text=True, check=False, cwd="/")


@pytest.fixture(scope="module")
def launch(images):
    images.make("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz")
    # Its path must be short, and nobody must be able to pass through it.
    home = Path(tempfile.mkdtemp(prefix="coldinit-test-"))
    yield UsersLauncher(home)
    shutil.rmtree(home, ignore_errors=True)


def test_dry_run(launch, tmp_path):
    keep = launch.home / "dry"
    done = launch("--dry-run", "--keep", keep, "--device", "edu", f"dir:{launch.root}", "true", cwd="/")
    assert done.returncode == 0, done.stderr
    assert f"virsh -q -c qemu:///session create {keep}/domain.xml" in done.stdout
    validate(keep / "domain.xml")


def test_error_of_libvirt(launch):
    launch.environment["LIBVIRT_DEFAULT_URI"] = "nonsense:///system"
    done = launch("--network", "none", f"dir:{launch.root}", "true", cwd="/")
    del launch.environment["LIBVIRT_DEFAULT_URI"]
    assert (done.returncode, done.stderr.count("\n")) == (125, 1)
    assert "nonsense" in done.stderr


@pytest.mark.slow
def test_program(launch):
    """stdin, both outputs, the status, the verdict."""
    done = launch("-i", "--report", "-", f"dir:{launch.root}", "sh", "-c", "cat; echo err >&2; exit 7", input="text\n", timeout=300,
                  cwd="/")
    assert (done.returncode, done.stdout) == (7, "text\n"), done.stderr
    assert "err\n" in done.stderr and '"status":7' in done.stderr
    assert launch.virsh("list", "--all", "--name").stdout.strip() == ""


@pytest.mark.slow
@pytest.mark.parametrize("by", ["signal", "virsh"])
def test_stop(launch, by):
    """SIGTERM to the launcher, or virsh shutdown: the container's stop signal and its status."""
    process = launch.start("--keep", launch.home / by, "--network", "none", f"dir:{launch.root}", "sh", "-c", TRAP, cwd="/")
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        if by == "signal":
            process.send_signal(signal.SIGTERM)
        else:
            for _ in range(30):  # until the button's driver is loaded
                launch.virsh("shutdown", by, "--mode", "acpi")
                try:
                    process.wait(2)
                    break
                except subprocess.TimeoutExpired:
                    pass
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out) == (5, "stopping\n"), err
    finally:
        launch.virsh("destroy", by)
        process.kill()
        process.communicate()
