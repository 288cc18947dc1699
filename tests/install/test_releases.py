# SPDX-License-Identifier: Apache-2.0
"""A fresh Debian 12 and 13: build, install and package as a reader of docs/install.md does, and run what is installed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from conftest import BUILD, TOP, copy_tree, run

sys.path.append(str(TOP / "tests/pages"))
import blocks  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("releases")]

PAGE = "docs/install.md"
ENTER = TOP / "tests/install/enter"
SUDO = "sudo() { \"$@\"; }; set -e; "
KERNEL = {"bookworm": "linux-image-6.12-cloud-amd64", "trixie": "linux-image-cloud-amd64"}


class Debian:
    """A root file system of a release, with the tree in /root/tree and /home/user/tree."""

    def __init__(self, release, root):
        self.root = root
        sources, _ = run(TOP / "configs/debian/apt", "sources", release)
        (root.parent / "sources").write_text(sources)
        run("mmdebstrap", "--mode=root", "--variant=apt", "--include=ca-certificates,git,make,mount,passwd", release, root,
            root.parent / "sources")
        for name in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copy(name, root / name[1:])
        self("root", "useradd --create-home user")
        for home in ("root", "home/user"):
            (root / home / "tree").mkdir()
            copy_tree(root / home / "tree")
            (root / home / "tree/.git").unlink()
        self("root", "chown -R user:user /home/user")

    def __call__(self, user, script, status=0):
        """Run a script in a home's tree. Return: what it printed."""
        home = "/root" if user == "root" else f"/home/{user}"
        done = subprocess.run([ENTER, self.root, user, "sh", "-c", f"cd {home}/tree 2>/dev/null; {script}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=1800, check=False)
        assert done.returncode == status, f"{script}: status {done.returncode}\n{done.stdout[-4000:]}"
        return done.stdout


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def debian(request):
    """Return: the Debian, removed in the end."""
    if os.geteuid() != 0:
        pytest.fail("chroots need root", pytrace=False)
    with tempfile.TemporaryDirectory(prefix="coldinit-", dir=BUILD) as folder:
        made = Debian(request.param, Path(folder, "root"))
        made.release = request.param
        yield made


def missing(printed):
    """Return: the command that apt has printed for a user without root, without sudo."""
    [command] = re.findall("no root here: run  (.*)", printed)
    return command.replace("sudo ", "")


def test_a_user_is_shown_what_to_install(debian):
    printed = debian("user", "make", status=2)
    assert "packages to install: cpio dpkg-dev gcc " in printed and len(printed.splitlines()) == 3
    assert "musl-tools" in missing(printed)


def test_install(debian):
    """The page's commands, as root, who needs no sudo."""
    debian("root", SUDO + blocks.find(PAGE, "make", TOP).text)
    assert "coldinit 0." in debian("user", "coldinit --version")
    debian("user", "coldinit check /usr/local/share/doc/coldinit/examples/*.json")
    assert "no kernel with its modules is in /boot" in debian("user", "coldinit-run --dry-run", status=125)
    debian("root", "make uninstall")
    debian("user", "coldinit --version", status=127)


def test_packages(debian):
    """As an ordinary user, for whom root installs what make has listed."""
    debian("user", "make")
    commands = blocks.find(PAGE, "make deb", TOP).text
    debian("root", missing(debian("user", commands, status=2)))
    debian("user", commands)
    debian("root", f"apt-get install -q -y --no-install-recommends {KERNEL[debian.release]} /home/user/tree/build/deb/*.deb "
                   "$(configs/debian/apt names configs/debian/packages.run configs/debian/packages.run-amd64)")
    debian("user", "coldinit check /usr/share/doc/coldinit/examples/*.json")
    planned = debian("user", "coldinit-run --dry-run")
    assert re.search(r"-kernel /boot/vmlinuz-6\.12\.\S+-cloud-amd64 ", planned)
    assert "edu: all good" in debian("user", "coldinit-run")
    # an image on a disk, and a share by the virtiofsd of this release, which needs root
    debian("root", "mkdir -p app/bin && cp /usr/lib/coldinit/demo/edu app/bin/ && cp -r app /home/user/")
    assert "edu: all good" in debian("user", "coldinit-run --device edu dir:/home/user/app /bin/edu")
    assert "edu: all good" in debian("root", "coldinit-run --device edu -v ./app/bin:/data:ro dir:app /data/edu")
