# SPDX-License-Identifier: Apache-2.0
"""The user's terminal: raw while the container has it, and Ctrl-C twice."""

import os
import termios
import time
import tty

CTRL_C = b"\x03"
TWICE = 2.0  # seconds


class Raw:
    """Makes the terminal on @fd raw, if it is one, until close()."""

    def __init__(self, fd):
        self.fd = fd
        self.saved = None
        if os.isatty(fd):
            self.saved = termios.tcgetattr(fd)
            tty.setraw(fd, termios.TCSANOW)

    def close(self):
        if self.saved:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.saved)
            self.saved = None


class Interrupts:
    """Watches keys for a second Ctrl-C that follows a first one without an answer of the container.

    The answer of a shell ends with a prompt, in the middle of a line. A program that does not take the
    signal shows at most "^C", or goes on to print lines. Each Ctrl-C goes to the container in any case;
    @stop is called in addition.
    """

    def __init__(self, stop, clock=time.monotonic):
        self.stop = stop
        self.clock = clock
        self.first = None
        self.shown = b""  # the end of what the container has printed since then

    def keys(self, data):
        for byte in data:
            if bytes([byte]) != CTRL_C:
                self.first = None
            elif self.first is not None and self.clock() - self.first < TWICE and not self.has_prompt():
                self.first = None
                self.stop()
            else:
                self.first, self.shown = self.clock(), b""
        return data

    def has_prompt(self):
        line = self.shown.replace(b"\r", b"").rpartition(b"\n")[2]
        return bool(line.replace(b"^C", b"").strip())

    def output(self, data):
        self.shown = (self.shown + data)[-1024:]
