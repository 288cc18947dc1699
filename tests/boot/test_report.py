# SPDX-License-Identifier: Apache-2.0
"""The verdict reaches every requested place, with the same bytes as on the console."""

import json
import signal

import pytest

import bundles
from conftest import BUILD

HOOK = BUILD / "tests/programs/hook"


def console_line(outcome):
    return next(line.split("coldinit-verdict: ", 1)[1] for line in outcome.console.splitlines()
                if "coldinit-verdict: " in line)


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
@pytest.mark.parametrize("name,words", [
    ("org.coldinit.report", []),
    ("org.example.verdict", ["coldinit.report=virtio-serial:org.example.verdict"]),
])
def test_virtio_serial(boot, tmp_path, kernel, name, words):
    """A port with the well-known name is used without a request."""
    got = tmp_path / "port"
    outcome = boot(bundles.container("exit 3"), kernel=kernel, words=words, devices=[
        "-device", "virtio-serial-pci", "-chardev", f"file,id=port,path={got}",
        "-device", f"virtserialport,chardev=port,name={name}"]).assert_exited(3)
    assert json.loads(got.read_text()) == json.loads(console_line(outcome))


def test_virtiofs_file(boot, tmp_path):
    outcome = boot(bundles.container("exit 3"), bundles.manifest(), via="virtiofs",
                   words=["coldinit.report=virtiofs:demo/verdict.json"]).assert_exited(3)
    [report] = tmp_path.glob("share*/verdict.json")
    assert json.loads(report.read_text()) == outcome.document


def test_virtiofs_file_that_exists(boot, tmp_path):
    """A longer document of another boot is replaced."""
    share = tmp_path / "share"
    share.mkdir()
    (share / "verdict.json").write_text("x" * 10000)
    outcome = boot(bundles.container("exit 3"), bundles.manifest(), shares={"demo": share},
                   words=["coldinit.report=virtiofs:demo/verdict.json"]).assert_exited(3)
    assert undelivered(outcome) == []
    assert json.loads((share / "verdict.json").read_text()) == outcome.document


def test_debug_exit_gives_the_status_to_qemu(boot):
    """QEMU ends with (status << 1) | 1."""
    outcome = boot(bundles.container("exit 3"), words=["coldinit.report=debug-exit:0x501"],
                   devices=["-device", "isa-debug-exit,iobase=0x501,iosize=2"]).assert_exited(3)
    assert outcome.qemu_status == (3 << 1) | 1


def over_loopback(boot, hooks):
    """A boot of a guest that can reach its own vsock ports."""
    spec = bundles.container("exit 3")
    spec["hooks"] = {"createRuntime": hooks}
    return boot(spec, bundles.manifest(kernel_modules=[{"name": "vsock_loopback"}]), quiet=False,
                kernel="6.12+vsock_loopback", files={"/usr/bin/hook": HOOK},
                words=["coldinit.report=vsock:1:1024"]).assert_exited(3)


def test_vsock(boot):
    """coldinit waits for a listener, which is in the guest because not every host has vhost-vsock."""
    outcome = over_loopback(boot, [
        {"path": "/usr/bin/hook", "args": ["hook", "listen", "1024"]}])
    assert json.loads(outcome.probe("vsock")[0]) == outcome.document
    assert undelivered(outcome) == []


def test_vsock_without_a_listener(boot):
    assert undelivered(over_loopback(boot, [])) == ["Connection reset by peer"]


# --- reports that nobody reads -------------------------------------------------------------------

def undelivered(outcome):
    """Return: why reports did not get the verdict: warnings in it, and on the console before it."""
    before = outcome.console.split("\ncoldinit-verdict: ", 1)[0]
    lines = [w for w in outcome.verdict.get("warnings", []) if w.startswith("report: ")]
    assert all(f"coldinit: {line}" in before for line in lines)
    return [line.rsplit("verdict: ", 1)[1] for line in lines]


@pytest.mark.parametrize("name,words", [
    ("org.coldinit.report", []),
    ("org.example.verdict", ["coldinit.report=virtio-serial:org.example.verdict"]),
])
def test_port_that_the_host_has_not_opened(boot, name, words):
    """poll(2) reports a hang-up at once and for ever, so coldinit gives up at once."""
    outcome = boot(bundles.container("exit 3"), words=words, quiet=False, devices=[
        "-device", "virtio-serial-pci", "-chardev", "null,id=port",
        "-device", f"virtserialport,chardev=port,name={name}"]).assert_exited(3)
    assert undelivered(outcome) == ["Socket not connected"]


def test_warnings_of_reports_are_shown_under_quiet(boot):
    outcome = boot(bundles.container("exit 3"),
                   words=["coldinit.report=virtio-serial:org.example.absent"]).assert_exited(3)
    assert undelivered(outcome) == ["No such device"]


@pytest.mark.parametrize("report,why", [
    ("virtio-serial:org.example.absent", "No such device"),
    ("virtiofs:absent/verdict.json", "Invalid argument"),
    ("vsock:2:1024", "No such device"),
])
def test_report_without_a_device(boot, report, why):
    outcome = boot(bundles.container("exit 3"), words=[f"coldinit.report={report}"], quiet=False)
    assert undelivered(outcome.assert_exited(3)) == [why]


def test_report_to_a_virtiofs_daemon_that_hangs(boot, tmp_path):
    """coldinit gives up after some seconds, continues with the next report, and ends the guest."""
    got, share = tmp_path / "port", tmp_path / "share"
    share.mkdir()
    seen = ""

    def watch(guest, text):
        nonlocal seen
        before, seen = seen, seen + text
        for mark, number in (("probe: cwd", signal.SIGSTOP),
                             ("cannot deliver", signal.SIGCONT)):  # QEMU resets the device
            if mark in seen and mark not in before:
                guest.signal_shares(number)

    outcome = boot(bundles.container("cwd", "kill 0"), shares={"demo": share}, quiet=False,
                   watch=watch, after_verdict=30, words=[
                       "coldinit.report=virtiofs:demo/verdict.json",
                       "coldinit.report=virtio-serial:org.example.verdict"], devices=[
        "-device", "virtio-serial-pci", "-chardev", f"file,id=port,path={got}",
        "-device", "virtserialport,chardev=port,name=org.example.verdict"]).assert_exited(1)
    assert undelivered(outcome) == ["Operation timed out"]
    # The last warning came after the document for the port was made.
    assert "cannot deliver" in outcome.document["warnings"].pop()
    assert json.loads(got.read_text()) == outcome.document
