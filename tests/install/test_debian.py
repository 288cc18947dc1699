# SPDX-License-Identifier: Apache-2.0
"""Which systems the build knows, and its lists of packages."""

import os
import re
import subprocess

import pytest

import packages
import qemu
from conftest import TOP, run

LISTS = TOP / "configs/debian"
CONTENTS = ("workloads", "nginx")  # what containers have; the other lists are for this machine
UNLISTED = ("make", "linux-image-cloud-")  # make is there before the lists are; a kernel is a choice of the user


@pytest.fixture
def release(tmp_path):
    """Return: a function that writes an os-release."""
    def write(codename, name):
        file = tmp_path / "os-release"
        file.write_text(f'PRETTY_NAME="{name}"\nVERSION_CODENAME={codename}\n')
        return file
    return write


def make(*words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-C", TOP, "-n", *words], capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stderr


@pytest.mark.parametrize("target", ["all", "run", "build/init", "test", "install"])
def test_an_unknown_system_is_one_clear_line(release, target):
    status, message = make(target, f"OS_RELEASE={release('noble', 'Ubuntu 24.04')}")
    assert status == 2 and message.count("\n") == 1
    assert "Debian 12 (bookworm) or 13 (trixie) is needed, this is Ubuntu 24.04: build in a container" in message


def test_no_release_at_all(tmp_path):
    status, message = make("all", f"OS_RELEASE={tmp_path / 'missing'}")
    assert status == 2 and message.count("\n") == 1 and "this is no Debian" in message


def test_help_works_everywhere(tmp_path):
    assert make("help", f"OS_RELEASE={tmp_path / 'missing'}") == (0, "")


def test_tests_name_their_release(release):
    status, message = make("test", f"OS_RELEASE={release('trixie', 'Debian 13')}")
    assert status == 2 and "tests run on Debian 12 (bookworm)" in message and message.count("\n") == 1


@pytest.mark.parametrize("codename,words", [("bookworm", ["a", "c"]), ("trixie", ["a", "b", "c"]), ("forky", ["a"])])
def test_lists_of_packages_by_release(release, tmp_path, codename, words):
    (tmp_path / "list").write_text("# a list\na\t\t# for all\nb trixie\t\t# prog\nc bookworm trixie\n")
    printed, _ = run(TOP / "configs/debian/apt", "names", tmp_path / "list",
                     env={**os.environ, "OS_RELEASE": str(release(codename, "x"))})
    assert printed.split() == words


@pytest.mark.parametrize("arch", ["amd64", "arm64", "s390x"])
@pytest.mark.parametrize("codename", ["bookworm", "trixie"])
def test_each_release_names_a_package_for_each_kernel(release, codename, arch):
    """The kernels of configs/arch.mk, except the one that is built from source."""
    show = f"$(info $(foreach k,$(filter-out small,$(kernels_{arch})),[$(kernel_package_{arch}_$(k))]))"
    printed, _ = run("make", "-s", "-f", "-", f"OS_RELEASE={release(codename, 'x')}", "all", cwd=TOP,
                     typed=f"all:\ninclude configs/arch.mk\n{show}\n")
    assert printed.count("[linux-image-") == printed.count("[") >= 1, printed


def names(path):
    return [line.split()[0] for line in path.read_text().splitlines() if line and line[0] != "#"]


def machine_lists():
    return [path for path in LISTS.glob("packages.*") if path.suffix[1:] not in CONTENTS]


def test_a_package_is_in_one_list():
    found = [name for path in machine_lists() for name in names(path)]
    assert [name for name in found if found.count(name) > 1] == []


def test_messages_and_pages_name_packages_of_the_lists():
    """What a text says to install is installed by make, too."""
    listed = {name for path in machine_lists() for name in names(path)}
    files, _ = run("git", "ls-files", "initramfs", "configs", "docs", "*.md", ".ci", cwd=TOP)
    wrong, count = [], 0
    for name in files.splitlines():
        text = (TOP / name).read_text(errors="replace") if (TOP / name).is_file() else ""
        for words in re.findall(r"(?:apt-get install|\(Debian:) ([a-z0-9 .+-]+)", text):
            said = [word for word in words.split() if word not in ("apt-get", "install", "-y", "--no-install-recommends")]
            count += len(said)
            wrong += [f"{name}: {word}" for word in said if word[0] != "-" and word not in {*listed, *UNLISTED}]
    assert wrong == [] and count >= 5


@pytest.mark.parametrize("codename", ["bookworm", "trixie"])
def test_the_package_of_each_program(release, monkeypatch, codename):
    monkeypatch.setattr(packages, "OS_RELEASE", release(codename, "x"))
    programs = {machine.program for machine in qemu.MACHINES.values()}
    for program in programs | {"mkfs.erofs", "mkfs.ext4", "skopeo", "umoci", "virsh"}:
        assert packages.package_of(program) in {name for path in packages.lists() for name in names(path)}
    assert packages.package_of("virtiofsd") == {"bookworm": "qemu-system-common", "trixie": "virtiofsd"}[codename]
    assert packages.missing("mkfs.erofs") == "mkfs.erofs is missing (Debian: apt-get install erofs-utils)"
    assert packages.named("libvirt") == "libvirt-clients libvirt-daemon libvirt-daemon-driver-qemu"


def test_the_installed_launcher_has_the_lists(installed, call, tmp_path):
    """Without a program it names the package, as in the source tree."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root/file").write_text("x")
    words = ["--kernel", "/k", "--initramfs", "/i", f"dir:{tmp_path}/root", "sh"]
    for launcher in (installed / "lib/coldinit/run", TOP / "initramfs/run"):
        _, message = call("/usr/bin/env", "-i", "PATH=/nonexistent", f"XDG_CACHE_HOME={tmp_path}/cache", "/usr/bin/python3",
                          launcher, *words, status=125)
        assert message.endswith("mkfs.erofs is missing (Debian: apt-get install erofs-utils)\n")
