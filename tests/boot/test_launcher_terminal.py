# SPDX-License-Identifier: Apache-2.0
"""initramfs/run -it: an interactive session over a pseudo-terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pytest

import launchers

pytestmark = pytest.mark.xdist_group("launcher")

ROWS, COLUMNS = 33, 101


class Session:
    """A launcher whose terminal is typed on."""

    def __init__(self, launch, *arguments):
        words = [str(word) for word in launch.command(*arguments)]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, launch.environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.text = ""

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            self.text += os.read(self.fd, 4096).decode(errors="replace")
        except OSError:  # the launcher has ended
            return False
        return True

    def until(self, wanted, seconds=120):
        """Return: the text up to @wanted."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline and self.read(1), f"{wanted!r} is not in {self.text!r}"
        found, _, self.text = self.text.partition(wanted)
        return found

    def type(self, text):
        os.write(self.fd, text.encode())

    def status(self, seconds=120):
        deadline = time.monotonic() + seconds
        while self.read(5):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGTERM)
                deadline += seconds
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture(scope="module")
def session(images, tmp_path_factory):
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    launch = launchers.Launcher(tmp_path_factory.mktemp("cache"))
    root = launchers.write_root(tmp_path_factory.mktemp("tree") / "root")

    def start(*options):
        return Session(launch, "-it", "--network", "none", *options, f"dir:{root}", "sh")
    start.launch, start.root = launch, root
    return start


def test_interactive_session(session):
    """Size, echo, Ctrl-C for the container's program, and the shell's status."""
    shell = session()
    before = shell.until("# ")
    assert "packing" in before and "starting the guest" in before  # the progress, on a terminal
    shell.type("stty size; echo $TERM-end\r")
    assert f"{ROWS} {COLUMNS}" in shell.until("xterm-end")
    shell.until("# ")
    shell.type("sleep 1000\r")
    shell.until("sleep 1000")
    time.sleep(1)
    shell.type("\x03")
    shell.until("# ")
    shell.type("exit 9\r")
    assert shell.status() == 9
    assert "coldinit-verdict" not in shell.text and "reboot:" not in shell.text


@pytest.fixture
def piped(session):
    """piped(text, *words) runs a program that has a terminal, with stdin that is a pipe. Return: status and what it shows."""
    def run(text, *words):
        done = session.launch("-it", "--network", "none", f"dir:{session.root}", *words, input=text)
        return done.returncode, done.stdout.replace("\r\n", "\n")
    return run


def test_the_end_of_a_pipe_reaches_a_shell(piped):
    """It sets the terminal's mode when it begins, and the terminal forgets a Ctrl-D that came before."""
    status, shown = piped("", "sh")
    assert status == 0 and shown.count("# ") == 1


@pytest.mark.slow
def test_keys_before_the_program_runs(piped):
    """They are neither echoed twice nor interpreted by the console; Ctrl-D behind an unfinished line ends just that."""
    status, shown = piped("ab\x7fc", "cat")
    assert (status, shown.rstrip("\n")) == (0, "ab\b \bcac")
    status, shown = piped("echo first\nexit 5\n", "sh")
    assert status == 5 and "\nfirst\n" in shown


@pytest.mark.slow
def test_ctrl_c_twice_stops_what_does_not_answer(session):
    shell = session("--stop-timeout", "1")
    shell.until("# ")
    shell.type("trap '' INT; echo rea''dy; while :; do sleep 1; done\r")
    shell.until("ready")
    shell.type("\x03")
    time.sleep(0.5)
    shell.type("\x03")
    assert shell.status() == 137
