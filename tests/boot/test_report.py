# SPDX-License-Identifier: Apache-2.0
"""The verdict reaches every place that was asked for, and is the console's, byte for byte."""

import json

import pytest

import bundles


def console_line(outcome):
    return next(line.split("coldinit-verdict: ", 1)[1] for line in outcome.console.splitlines()
                if "coldinit-verdict: " in line)


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
@pytest.mark.parametrize("name,words", [
    ("org.coldinit.report", []),
    ("org.example.verdict", ["coldinit.report=virtio-serial:org.example.verdict"]),
])
def test_virtio_serial(boot, tmp_path, kernel, name, words):
    """A port of the well-known name is used unasked."""
    got = tmp_path / "port"
    outcome = boot(bundles.container("exit 3"), kernel=kernel, words=words, devices=[
        "-device", "virtio-serial-pci", "-chardev", f"file,id=port,path={got}",
        "-device", f"virtserialport,chardev=port,name={name}"]).assert_exited(3)
    assert json.loads(got.read_text()) == json.loads(console_line(outcome))


def test_virtiofs_file(boot, tmp_path):
    outcome = boot(bundles.container("exit 3"), bundles.manifest(), via="virtiofs",
                   words=["coldinit.report=virtiofs:demo/verdict.json"]).assert_exited(3)
    assert json.loads((tmp_path / "share/verdict.json").read_text()) == outcome.verdict


def test_debug_exit_gives_the_status_to_qemu(boot):
    """QEMU ends with (status << 1) | 1."""
    outcome = boot(bundles.container("exit 3"), words=["coldinit.report=debug-exit:0x501"],
                   devices=["-device", "isa-debug-exit,iobase=0x501,iosize=2"]).assert_exited(3)
    assert outcome.qemu_status == (3 << 1) | 1
