# SPDX-License-Identifier: Apache-2.0
"""The command block of docs/kubevirt.md, as an ordinary user's (see test_launcher_libvirt.py)."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import blocks
import conftest
import test_launcher_libvirt as libvirt
import test_pages

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pages")]

FIRST = "initramfs/run --vmm libvirt -p 8080:80 docker-archive:app.tar"


@pytest.fixture
def user(images, tmp_path):
    images.make("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz")
    test_pages.Desk(tmp_path).app()
    home = Path(tempfile.mkdtemp(prefix="coldinit-test-"))
    made = libvirt.UsersLauncher(home)
    shutil.copy(tmp_path / "app.tar", home)
    yield made
    shutil.rmtree(home, ignore_errors=True)


def test_domain(user):
    """The first command runs the container in a domain, the second one leaves the domain's XML."""
    script = blocks.find("docs/kubevirt.md", FIRST, conftest.TOP).text
    done = subprocess.run([*user.as_user, "bash", "-e", "-c", script], cwd=user.home, env=user.environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("hello\n"), done.stderr
    libvirt.validate(user.home / "work/domain.xml")
    assert (user.home / "work/initrd").is_file()
