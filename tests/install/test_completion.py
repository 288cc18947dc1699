# SPDX-License-Identifier: Apache-2.0
"""bash completes the commands: a real bash on a terminal, with the keys of a user."""

import os
import pty
import re
import select
import time

import pytest

from conftest import TOP

START = "PS1='READY> '; bind 'set show-all-if-ambiguous on' 'set bell-style none' 'set page-completions off'; " \
        ". /usr/share/bash-completion/bash_completion; cd {work}; stty cols 200; " \
        "for f in {completions}/*; do . \"$f\"; done"
PROMPT = "READY> "


class Shell:
    """A bash that @keys are typed into."""

    def __init__(self, work):
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"],
                      {"PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": str(work), "LC_ALL": "C.UTF-8"})
        self.type(START.format(work=work, completions=TOP / "configs/completion") + "\n", f"{PROMPT}$")

    def type(self, keys, wanted):
        """Type, and read until @wanted comes. Return: what came."""
        os.write(self.terminal, keys.encode())
        text, end = "", time.monotonic() + 30
        while not re.search(wanted, text):
            assert time.monotonic() < end, f"no {wanted!r} in {text!r}"
            if select.select([self.terminal], [], [], 1)[0]:
                text += os.read(self.terminal, 65536).decode(errors="replace")
        return text

    def complete(self, line):
        """Return: the line that TAB makes of @line, and what it offers."""
        text = self.type(f"{line}\t\x05#end", "#end").replace("\r", "").replace("\x07", "")
        *offered, last = text.split("\n")
        return last.removeprefix(PROMPT).partition("#end")[0], " ".join(offered[1:]).split()

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


@pytest.fixture
def shell(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "manifest.json").write_text("")
    (work / "bundle").mkdir()
    (work / "app.tar").write_text("")
    found = Shell(work)
    yield found
    found.end()


@pytest.mark.parametrize("line,completed", [
    ("coldinit pl", "coldinit plan "), ("coldinit plan --man", "coldinit plan --manifest "),
    ("coldinit check man", "coldinit check manifest.json "),
    ("coldinit plan --config man", "coldinit plan --config manifest.json "),
    ("coldinit plan --cdi ", "coldinit plan --cdi bundle/"), ("coldinit record --", "coldinit record --root "),
    ("coldinit-run --read", "coldinit-run --read-only "), ("coldinit-run --vmm lib", "coldinit-run --vmm libvirt "),
    ("coldinit-run -it docker", "coldinit-run -it docker-archive:"),
    ("coldinit-run docker-archive:ap", "coldinit-run docker-archive:app.tar "),
    ("coldinit-run -m 4g dir:bun", "coldinit-run -m 4g dir:bundle/"),
    ("coldinit-run --device edu app", "coldinit-run --device edu app.tar "),
    ("coldinit-run --network us", "coldinit-run --network user "),
    ("coldinit-run -e A=1 --stop-signal SIGUSR", "coldinit-run -e A=1 --stop-signal SIGUSR"),
    # what is behind the image is the container's
    ("coldinit-run app.tar --read", "coldinit-run app.tar --read"),
])
def test_completed(shell, line, completed):
    assert shell.complete(line)[0] == completed


@pytest.mark.parametrize("line,offered", [
    ("coldinit ", {"check", "plan", "record", "help", "--help", "--version"}),
    ("coldinit-run --vmm ", {"qemu", "libvirt", "cloud-hypervisor"}),
    ("coldinit-run --cap-", {"--cap-add", "--cap-drop"}),
    ("coldinit-run o", {"oci:", "oci-archive:"}),
])
def test_offered(shell, line, offered):
    assert set(shell.complete(line)[1]) == offered
