# SPDX-License-Identifier: Apache-2.0
"""The programs that make install puts below DESTDIR work without the source tree."""

import json
import re

import builds
from conftest import BUILD, TOP


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def kernel_release():
    """Return: the release of the build's kernel."""
    [modules] = (BUILD / "kernels/6.12/lib/modules").iterdir()
    return modules.name


def test_nothing_names_the_source_tree(installed):
    named = [path for path in files(installed) if str(TOP).encode() in path.read_bytes()]
    assert len(files(installed)) > 50
    assert named == []


def test_what_is_installed_is_readable_by_all(installed):
    for path in [installed, *installed.rglob("*")]:
        mode = path.stat().st_mode & 0o777
        assert mode in (0o755,) if path.is_dir() else mode in (0o755, 0o644), path
    assert not list(installed.rglob("__pycache__"))


def test_the_tool(installed, call):
    examples = sorted((installed / "share/doc/coldinit/examples").glob("*.json"))
    assert len(examples) >= 7
    call(installed / "bin/coldinit", "check", *examples)
    assert call(installed / "bin/coldinit", "--version")[0].startswith("coldinit ")


def test_schemas_have_an_id(installed):
    for name in ("manifest", "verdict"):
        schema = json.loads((installed / f"share/coldinit/{name}.schema.json").read_text())
        assert schema["$id"] == f"urn:coldinit:schema:{name}:1"


def test_man_pages(installed, call):
    pages = {path.name: path for path in (installed / "share/man").rglob("*.*")}
    assert set(pages) == {"coldinit.8", "coldinit-mkinitramfs.8", "coldinit-run.1", "coldinit-manifest.5"}
    for name, page in pages.items():
        assert page.parent.name == f"man{name[-1]}"
        text, warnings = call("man", "--warnings", "-l", page)
        assert warnings == "" and f"{name[:-2]} - " in re.sub(r".\x08", "", text)


def test_links_of_the_pages(installed):
    """What README links to is installed, too, except pages for developers."""
    folder = installed / "share/doc/coldinit"
    links = re.findall(r"\]\(([^):#]+)\)", (folder / "README.md").read_text())
    missing = [link for link in links if not (folder / link).exists()]
    assert links and [link for link in missing if "hacking" not in link and "architecture" not in link
                      and "tests/" not in link] == []


def test_initramfs_for_a_kernel_of_several(installed, call, tmp_path):
    """--release chooses; the image is that of the source tree's program."""
    tree = tmp_path / "tree"
    for folder in ("boot", "lib/modules"):
        (tree / folder).mkdir(parents=True)
        for path in (BUILD / "kernels/6.12" / folder).iterdir():
            (tree / folder / path.name).symlink_to(path)
    (tree / "boot/vmlinuz-5.0").write_bytes(b"")
    program = installed / "bin/coldinit-mkinitramfs"
    _, message = call(program, BUILD / "init", tree, tmp_path / "out", status=1)
    assert "exactly one" in message
    call(program, BUILD / "init", tree, tmp_path / "out", "--release", kernel_release())
    call(TOP / "initramfs/mkinitramfs", BUILD / "init", BUILD / "kernels/6.12", tmp_path / "wanted")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "wanted").read_bytes()
    _, message = call(program, BUILD / "init", tree, tmp_path / "out", "--release", "5.0", status=1)
    assert message == (f"coldinit-mkinitramfs: no modules of a kernel 5.0 are in {tree}/lib/modules, which has: "
                       f"{kernel_release()} \n")


def test_an_initramfs_for_this_machine_has_the_installed_init(installed, call, tmp_path):
    """Without INIT and KERNEL_TREE it looks for the kernel in /."""
    _, message = call(installed / "bin/coldinit-mkinitramfs", tmp_path / "out", "--release", "0.1", status=1)
    assert "no modules of a kernel 0.1 are in /lib/modules" in message
    _, message = call(TOP / "initramfs/mkinitramfs", tmp_path / "out", status=1)
    assert "initramfs/init is missing" in message


def test_dry_run_and_boot(installed, call, tmp_path):
    """The launcher with an initramfs that the installed program made."""
    kernel = BUILD / "vmlinuz"
    call(installed / "bin/coldinit-mkinitramfs", installed / "lib/coldinit/init", BUILD / "kernels/6.12", tmp_path / "initramfs")
    words = [installed / "bin/coldinit-run", "--kernel", kernel, "--initramfs", tmp_path / "initramfs"]
    planned, _ = call(*words, "--dry-run")
    assert f"-kernel {kernel}" in planned and '"version": 1' in planned
    printed, _ = call(*words)  # the demo
    assert printed.endswith("edu: all good\n")


def test_the_launcher_names_itself(installed, call):
    assert call(installed / "bin/coldinit-run", "--help")[0].startswith("usage: coldinit-run ")
    assert call(TOP / "initramfs/run", "--help")[0].startswith("usage: run ")
    _, message = call(installed / "bin/coldinit-run", "dir:/missing", status=125)
    assert message == "coldinit-run: dir:/missing: no such directory\n"


def test_uninstall(tmp_path):
    builds.make("install", O=BUILD, DESTDIR=tmp_path, PREFIX="/opt/c")
    assert len(files(tmp_path)) > 50
    builds.make("uninstall", O=BUILD, DESTDIR=tmp_path, PREFIX="/opt/c")
    assert files(tmp_path) == [] and not list(tmp_path.rglob("coldinit*"))
