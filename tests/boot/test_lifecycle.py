# SPDX-License-Identifier: Apache-2.0
"""PID 1's duties: how a container ends, signals, orphans."""

import signal

import pytest

import bundles

WITHOUT_PID = tuple(kind for kind in bundles.NAMESPACES if kind != "pid")


def test_exit_status_is_the_verdicts(boot):
    boot(bundles.container("exit 77")).assert_exited(77)


def test_exit_status_255_is_no_launch_failure(boot):
    boot(bundles.container("exit 255")).assert_exited(255)


@pytest.mark.parametrize("command,number,namespaces", [
    ("fault", signal.SIGSEGV, bundles.NAMESPACES),
    ("kill 15", signal.SIGTERM, WITHOUT_PID),
])
def test_death_by_signal_names_the_signal(boot, command, number, namespaces):
    outcome = boot(bundles.container(command, namespaces=namespaces))
    verdict = outcome.verdict
    assert (verdict["outcome"], verdict["status"]) == ("signaled", 128 + number)
    assert verdict["signal"] == number.name
    assert verdict["oom"] is False


def test_orphans_are_reaped(boot):
    """Without a PID namespace they fall to the guest's PID 1."""
    outcome = boot(bundles.container("orphans 40", namespaces=WITHOUT_PID)).assert_exited(0)
    assert outcome.probe("orphans") == ["40 of 40 reaped"]


def test_signals_are_handed_on_to_the_container(boot):
    spec = bundles.container("term-via 1", namespaces=WITHOUT_PID)
    spec["process"]["capabilities"] = bundles.capabilities("CAP_KILL")
    outcome = boot(spec).assert_exited(42)
    assert outcome.probe("term-via") == ["kill: ok"]


@pytest.mark.parametrize("program,status,word", [
    ("/bin/absent", 127, "/bin/absent"),
    ("absent", 127, "absent"),
    ("/etc/notes", 126, "/etc/notes"),
])
def test_program_that_cannot_run(boot, program, status, word):
    """The shell's numbers: 127 not found, 126 found but not executable."""
    spec = bundles.container()
    spec["process"]["args"] = [program]
    outcome = boot(spec)
    assert (outcome.verdict["outcome"], outcome.verdict["status"]) == ("failed", status)
    assert outcome.verdict["phase"] == "exec"
    assert word in outcome.verdict["error"]


def test_log_level_shows_what_happens(boot, edu):
    """Without "quiet" the console tells the story; with coldinit.log=err it does not."""
    manifest = bundles.manifest(bundles.vfio_device("08/00"))
    told = boot(bundles.with_vfio(bundles.container()), manifest, devices=edu, quiet=False)
    told.assert_exited(0)
    assert any("vfio-pci" in line and "0000:01:00.0" in line for line in told.log())


def test_log_level_err_is_silent_when_all_is_well(boot):
    outcome = boot(bundles.container(), words=["coldinit.log=err"], quiet=False).assert_exited(0)
    assert outcome.log() == []
