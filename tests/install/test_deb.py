# SPDX-License-Identifier: Apache-2.0
"""The packages of make deb: their content, lintian, and that the same sources give the same bytes."""

import os
import re

import pytest

import builds
from conftest import BUILD, TOP, copy_tree, debs, run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("deb")]

SAME = ("init", "coldinit", "initramfs.cpio.gz", "initramfs-disk.cpio.gz", "vmlinuz", "sbom.spdx.json")


@pytest.fixture(scope="module")
def packages():
    """Return: the packages, by name."""
    builds.make("all", "deb", O=BUILD)
    return debs()


def fields(deb):
    printed, _ = run("dpkg-deb", "-f", deb)
    return dict(re.findall(r"^(\S+): (.*)", printed, re.M))


def listed(*names):
    printed, _ = run(TOP / "configs/debian/apt", "names", *(TOP / f"configs/debian/packages.{name}" for name in names))
    return printed.split()


def test_lintian(packages):
    [changes] = (BUILD / "deb").glob("*.changes")
    printed, _ = run("lintian", "--allow-root", "--fail-on", "error,warning", changes)
    assert packages and not re.search("^[EW]:", printed, re.M), printed


def test_two_packages(packages):
    assert set(packages) == {"coldinit", "coldinit-run"}
    guest, run_ = fields(packages["coldinit"]), fields(packages["coldinit-run"])
    assert run_["Architecture"] == "all" and guest["Architecture"] != "all"
    assert f"coldinit (>= {guest['Version']})" in run_["Depends"]
    assert run_["Recommends"].split(", ") == listed("run", "run-amd64")


def test_files(packages):
    printed = {name: run("dpkg-deb", "-c", deb)[0] for name, deb in packages.items()}
    paths = {name: set(re.findall(r" \./(\S+[^/\s])(?: ->.*)?$", text, re.M)) for name, text in printed.items()}
    assert {"usr/bin/coldinit", "usr/bin/coldinit-mkinitramfs", "usr/lib/coldinit/init", "usr/share/man/man8/coldinit.8.gz",
            "usr/share/man/man5/coldinit-manifest.5.gz", "usr/share/coldinit/manifest.schema.json",
            "usr/share/doc/coldinit/libraries/libseccomp", "usr/share/doc/coldinit/copyright"} <= paths["coldinit"]
    assert {"usr/bin/coldinit-run", "usr/lib/coldinit/launcher/main.py", "usr/share/man/man1/coldinit-run.1.gz",
            "usr/share/bash-completion/completions/coldinit-run"} <= paths["coldinit-run"]
    assert paths["coldinit"] & paths["coldinit-run"] == set()
    assert not re.search(r"^\S+ (?!root/root)", printed["coldinit"] + printed["coldinit-run"], re.M)


def test_the_libraries_are_named(packages):
    """Static-Built-Using has each source package that is in the binary, Built-Using the one whose licence requires it."""
    made, _ = run("make", "-s", "-C", TOP, f"O={BUILD}", "libraries", env=builds.environment(False))
    built = fields(packages["coldinit"])
    wanted = [f"{name} (= {version})" for name, version in map(str.split, made.splitlines())]
    assert sorted(built["Static-Built-Using"].split(", ")) == sorted(wanted) and len(wanted) >= 5
    assert [text for text in wanted if text.startswith("libseccomp ")] == [built["Built-Using"]]


def test_build_dependencies_are_the_lists(packages):
    [folder] = (path for path in (BUILD / "deb").iterdir() if path.is_dir())
    needs = re.search("^Build-Depends: (.*)", (folder / "debian/control").read_text(), re.M)[1].split(", ")
    assert packages and needs[0] == "debhelper-compat (= 13)"
    assert sorted(needs[1:]) == sorted(set(listed("build", "install", "deb")) - {"build-essential", "debhelper"})


def test_the_same_bytes_in_another_folder_without_network(packages, tmp_path):
    """The downloads are the same; folder, umask, time zone and locale are others."""
    tree = tmp_path / "a/folder/with/another/name"
    tree.mkdir(parents=True)
    copy_tree(tree)
    (tree / "build").mkdir()
    for name in ("src", "debian", "host", "kernels"):
        (tree / "build" / name).symlink_to(BUILD / name)
    run("cp", "-a", BUILD / ".config", BUILD / "libmnl.mk", tree / "build")
    environment = {**builds.environment(False), "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}
    alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-current-user"])]
    run(*alone, "sh", "-c", "umask 027 && make -j2 all deb", cwd=tree, env=environment)
    for name in SAME:
        assert (tree / "build" / name).read_bytes() == (BUILD / name).read_bytes(), name
    for deb in packages.values():
        assert (tree / "build/deb" / deb.name).read_bytes() == deb.read_bytes(), deb.name
