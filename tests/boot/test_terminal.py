# SPDX-License-Identifier: Apache-2.0
"""process.terminal: the container's terminal is connected to the guest's console."""

import pytest

import bundles
import watchers


def with_terminal(*commands, uid=0, **more):
    spec = bundles.load(*commands)
    spec["process"].update(terminal=True, user={"uid": uid, "gid": uid}, **more)
    return spec


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_terminal_is_the_containers_own(boot, kernel):
    spec = with_terminal("tty", uid=1000, consoleSize={"height": 40, "width": 132})
    outcome = boot(spec, kernel=kernel).assert_exited(0)
    assert outcome.probe("tty") == [
        "/dev/pts/0, 40 rows, 132 columns, owner 1000", "terminals: 1 1 1, console the same: 1",
        "session leader: 1, in the foreground: 1, /dev/tty: 1"]


def test_keys_reach_the_container_and_end_of_file_does(boot):
    """The container's terminal edits lines, echoes them, and handles Ctrl-D.

    A key that comes before the end of a line would be echoed in it.
    """
    spec = with_terminal("lines", "exit 5")
    outcome = boot(spec, interactive=True, watch=watchers.typist(
        ("lines: ready\n", "helxo\x7f\x7flo\r"), ("[hello]\n", "second\r"),
        ("[second]\n", "\x04"))).assert_exited(5)
    assert outcome.probe("lines") == ["ready", "[hello]", "[second]", "end of file"]


def test_keys_make_signals_for_the_foreground_job(boot):
    spec = with_terminal("job", "job", "exit 6")
    outcome = boot(spec, interactive=True, watch=watchers.typist(
        ("job: ready\n", "\x03"), ("job: ready\n", "\x1c"))).assert_exited(6)
    assert outcome.probe("job") == ["ready", "Interrupt", "ready", "Quit"]


def test_output_arrives_whole(boot):
    """All output arrives, to the last byte, though it is longer than any buffer."""
    outcome = boot(with_terminal("flood 3000")).assert_exited(0)
    assert outcome.probe("flood") == [f"{n:06d} {n:078d}" for n in range(3000)]


def test_output_that_nobody_stops_does_not_stop_pid_1(boot):
    """The console is slower than the container; a request to stop still arrives."""
    outcome = boot(with_terminal("flood 100000000"), monitored=True,
                   watch=watchers.after(("flood: 000500", watchers.ctrl_alt_delete)))
    assert (outcome.verdict["outcome"], outcome.verdict["signal"]) == ("signaled", "SIGKILL")


def test_terminal_needs_a_devpts(boot):
    spec = with_terminal("tty")
    spec["mounts"] = [m for m in spec["mounts"] if m["destination"] != "/dev/pts"]
    boot(spec).assert_failed("exec", "process.terminal", "/dev/pts")
