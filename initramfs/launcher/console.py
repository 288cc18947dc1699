# SPDX-License-Identifier: Apache-2.0
"""The guest's console: coldinit's messages, the verdict, and the container's terminal. Pure."""

import re

HEAD = b"coldinit-verdict: "
TAIL_MAX = 32768
# the kernel's time stamp is optional
MESSAGE = re.compile(rb"^(?:\[ *\d+\.\d+\] )?(coldinit: .*)$")
KERNEL = re.compile(rb"^\[ *\d+\.\d+\] ")
PANIC = re.compile(rb"^\[ *\d+\.\d+\] ---\[ end Kernel panic")


class Console:
    """@terminal: gets what the container's terminal shows, or None; @message: gets each line of coldinit's; @output:
    gets the lines that are neither coldinit's nor the kernel's, where the container has no ports for them; @rest: gets
    the other lines; @panic: is called when the kernel has stopped."""

    def __init__(self, terminal, message, output=None, rest=lambda line: None, panic=lambda: None):
        self.terminal = terminal
        self.message = message
        self.output = output
        self.blank = False  # an empty line is held back: the one before the verdict is coldinit's
        self.rest = rest
        self.panic = panic
        self.line = b""  # the last one, incomplete
        self.shown = 0  # how much of it the terminal got
        self.tail = b""
        self.verdicts = []

    def take(self, data):
        self.tail = (self.tail + data)[-TAIL_MAX:]
        *lines, rest = (self.line + data).split(b"\n")
        for line in lines:
            self.end_line(line)
        self.line = rest
        # What may become the verdict is held back until that is known.
        if not HEAD.startswith(rest[:len(HEAD)]):
            self.show(rest)

    def end_line(self, line):
        text = line.rstrip(b"\r")
        if self.output and not self.verdicts and self.is_containers(text):
            self.put_line(line.removesuffix(b"\r"))
            return
        self.rest(text + b"\n")
        if text.startswith(HEAD):
            self.verdicts.append(text[len(HEAD):].decode(errors="replace"))
        else:
            self.show(line + b"\n")
            found = MESSAGE.match(text)
            if found and not self.terminal:
                self.message(found[1].decode(errors="replace"))
            elif PANIC.match(text):
                self.panic()
        self.shown = 0

    @staticmethod
    def is_containers(text):
        return not (text.startswith(HEAD) or KERNEL.match(text) or MESSAGE.match(text))

    def put_line(self, line):
        if self.blank:
            self.output(b"\n")
        self.blank = not line
        if line:
            self.output(line + b"\n")

    def show(self, line):
        """Show the part of a line that is new. After the verdict the kernel says good-bye."""
        if self.terminal and not self.verdicts and len(line) > self.shown:
            self.terminal(line[self.shown:])
        self.shown = len(line)

    def last_lines(self, count=12):
        """Return: the end of the console's text, for an error."""
        lines = [line.rstrip() for line in self.tail.decode(errors="replace").replace("\r", "").split("\n")]
        return [line for line in lines if line][-count:]
