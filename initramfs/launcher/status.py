# SPDX-License-Identifier: Apache-2.0
"""What the launcher says on stderr: messages, and on a terminal one line about the progress."""

import os
import re
import sys
import threading


def printable(text):
    """Return: a text in one line, as coldinit prints it. An image's name or path must not move the cursor."""
    return re.sub("[\0-\x1f\x7f\ufffd]", "?", text)


class Status:
    """The progress is a line without an end, which anything else replaces."""

    def __init__(self, quiet=False):
        self.terminal = not quiet and os.isatty(2)
        self.raw = False
        self.shown = False
        self.messages = []
        self.lock = threading.Lock()

    def progress(self, text):
        with self.lock:
            if self.terminal:
                sys.stderr.write(f"\r\033[K{text} ...")
                sys.stderr.flush()
                self.shown = True

    def clear(self):
        with self.lock:
            if self.shown:
                sys.stderr.write("\r\033[K")
                sys.stderr.flush()
                self.shown = False

    def started(self):
        self.clear()

    def message(self, text):
        """Show lines, which may quote names of an image: no escape in them reaches the terminal."""
        text = re.sub("[\0-\x08\x0b-\x1f\x7f]", "?", text)
        self.clear()
        with self.lock:
            self.messages.append(text)
            # a raw terminal needs the return
            sys.stderr.write(text + ("\r\n" if self.terminal else "\n"))
            sys.stderr.flush()

    def report_error(self, error):
        """Show the verdict's error, unless the console had it already."""
        line = printable(error or "")
        if line and not any(line in printable(text) for text in self.messages):
            self.message(f"coldinit: {line}")
