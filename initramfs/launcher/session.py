# SPDX-License-Identifier: Apache-2.0
"""One run of a guest: its VMM, the container's streams, signals, and the verdict."""

import os
import select
import signal
import socket
import time
from dataclasses import dataclass

import qemu
from launcher import place
from launcher.console import Console
from launcher.keyboard import Interrupts, Raw
from launcher.streams import Buffer, Input, Output, Writer

STOP_SLACK = 60.0  # seconds for the end of a guest, in addition to the container's
PRESS_AGAIN = 3.0  # seconds; coldinit loads the button's driver when the container has started
DRAIN = 5.0  # seconds to read what is left in sockets when QEMU has ended
LOST = 255  # in the pipe of signals: the guest has crashed
SIGNALS = (signal.SIGWINCH, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@dataclass
class Ended:
    """@verdict: the object or None; @text: its JSON; @problem: why the launcher ended the guest, or None."""

    verdict: dict
    text: str
    problem: str
    started: bool  # the container, as far as the launcher knows
    seconds: float
    console: list
    errors: str  # QEMU's


class Session:
    """@status: shows the progress; @options: verbose, interactive; @plan: from plan.Planner; @vmm: starts and ends the
    guest (vmm.py)."""

    def __init__(self, plan, options, scratch, status, vmm):
        self.plan = plan
        self.vmm = vmm
        self.options = options
        self.scratch = scratch
        self.status = status
        self.process = self.monitor = self.keys = None
        self.started = None  # when the container was about to start
        self.stop_deadline = self.press_at = None
        self.interrupted = False
        self.problem = None
        self.report = []
        self.outputs = []
        self.lines = None  # the container's output, where the console has it
        self.wake, self.waker = os.pipe()
        os.set_blocking(self.waker, False)

    # --- set-up ----------------------------------------------------------------------------------

    def run(self):
        """Run the VMM until it ends. Return: Ended."""
        begin = time.monotonic()
        terminal = None
        saved = self.catch_signals()
        try:
            self.process = self.vmm.start(self.scratch / "vmm.log")
            if self.plan.terminal and self.options.interactive:
                terminal = Raw(0)
            self.connect()
            self.supervise(begin)
        finally:
            if self.process:
                self.vmm.end(self.process)
            self.finish()
            if terminal:
                terminal.close()
            self.restore_signals(saved)
        messages = self.vmm.explain((self.scratch / "vmm.log").read_text(errors="replace").strip())
        return self.ended(time.monotonic() - begin, messages)

    def catch_signals(self):
        saved = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
        return saved, signal.set_wakeup_fd(self.waker)

    def restore_signals(self, saved):
        handlers, fd = saved
        signal.set_wakeup_fd(fd)
        for number, handler in handlers.items():
            signal.signal(number, handler)

    def open_socket(self, name):
        """Connect to a socket of the VMM. Return: it, or None if the VMM has ended."""
        while self.process.poll() is None:
            stream = socket.socket(socket.AF_UNIX)
            try:
                stream.connect(str(self.scratch / name))
                return stream
            except OSError:
                stream.close()
                time.sleep(0.01)
        return None

    def connect(self):
        """Connect to the console, the monitor and the ports."""
        lost = self.reader_lost
        self.out, err = Writer(1, lost), Writer(2, lambda: None)
        self.interrupts = Interrupts(self.request_stop_from_thread)
        if not self.plan.terminal and "stdout" not in self.plan.ports:
            self.lines = Buffer(self.to(self.out))
        self.console = Console(self.show if self.plan.terminal else None, self.status.message,
                               self.lines and self.lines.put, self.log_line, lambda: self.wake_up(LOST))
        streams = {name: self.vmm.open(name, self.open_socket) for name in ("console", *self.plan.ports)}
        if None in streams.values():
            return
        self.outputs = [Output(streams["console"], self.take_console), Output(streams["report"], self.report.append)]
        for name, writer in (("stdout", self.out), ("stderr", err)):
            if name in streams:
                self.outputs.append(Output(streams[name], self.to(writer), buffered=True))
        if self.plan.terminal and self.options.interactive:
            at_end = b"" if os.isatty(0) else b"\x04"
            self.keys = Input(0, streams["console"], self.interrupts.keys, at_end)
        elif "stdin" in streams:
            self.keys = Input(0, streams["stdin"])
            self.keys.start()
        self.monitor = self.vmm.monitor(self.open_socket, self.event)

    # --- streams ---------------------------------------------------------------------------------

    def to(self, writer):
        def take(data):
            self.note_start()  # a monitor that asks in intervals reports it later
            self.status.clear()
            writer(data)
        return take

    def show(self, data):
        """The container's terminal shows something."""
        self.status.clear()
        self.interrupts.output(data)
        self.out(data)

    def log_line(self, line):
        """--verbose; a terminal shows the console already."""
        if self.options.verbose and self.lines:
            self.status.clear()
            os.write(2, line)

    def take_console(self, data):
        self.console.take(data)
        if self.options.verbose and not self.plan.terminal and not self.lines:
            self.status.clear()
            os.write(2, data.replace(b"\r", b""))

    def reader_lost(self):
        """Nobody reads stdout any more."""
        self.request_stop_from_thread()

    def event(self, name, data):
        """An event of the VMM, by QEMU's name, in the monitor's thread."""
        if name == "GUEST_LOST":
            self.wake_up(LOST)
        if name != "VSERPORT_CHANGE" or not data.get("open"):
            return
        if data.get("id") == "stdin" and self.keys:
            self.keys.opened()
        if data.get("id") == "report" and not self.started:
            self.note_start()
            if self.keys and self.plan.terminal:
                self.keys.start()

    def note_start(self):
        """The container has started, or is about to."""
        if not self.started:
            self.started = time.monotonic()
            self.status.started()

    # --- the end ---------------------------------------------------------------------------------

    def wake_up(self, number):
        """Let supervise() handle a signal, or LOST."""
        try:
            os.write(self.waker, bytes([number]))
        except OSError:
            pass

    def request_stop_from_thread(self):
        self.wake_up(signal.SIGTERM)

    def supervise(self, begin):
        """Wait until QEMU ends; handle signals and time limits."""
        try:
            child = os.pidfd_open(self.process.pid)
        except ProcessLookupError:  # it has ended, and connect() has noticed that
            return
        try:
            while True:
                ready, _, _ = select.select([child, self.wake], [], [], self.time_left(begin))
                if child in ready:
                    return
                numbers = os.read(self.wake, 64) if self.wake in ready else b""
                if LOST in numbers:
                    return
                for number in numbers:
                    self.handle(number)
                if self.problem or self.check_time(begin):
                    return
        finally:
            os.close(child)

    def time_left(self, begin):
        ends = [begin + self.plan.guest.timeout] + [at for at in (self.stop_deadline, self.press_at) if at]
        left = min(ends) - time.monotonic()
        return None if left == float("inf") else max(left, 0)

    def check_time(self, begin):
        """Return: whether the guest is to be ended."""
        now = time.monotonic()
        if self.press_at and now >= self.press_at:
            self.press_at = None
            self.monitor.press_power_button()
        if self.stop_deadline and now >= self.stop_deadline:
            self.problem = f"the guest did not stop in {self.plan.grace + STOP_SLACK:.0f} s: it was ended"
        elif now >= begin + self.plan.guest.timeout:
            self.problem = f"no verdict after {self.plan.guest.timeout:g} s: the guest was ended"
        return self.problem is not None

    def handle(self, number):
        """A signal to the launcher."""
        if number == signal.SIGWINCH:
            self.follow_size()
        if number not in SIGNALS or number == signal.SIGWINCH:
            return
        if number == signal.SIGINT and not self.interrupted and not self.stop_deadline and self.started:
            self.interrupted = True
            self.status.message(f"{place.PROGRAM}: Ctrl-C again asks the container to stop")
            return
        if not self.started:
            self.problem = "stopped before the container ran"
        elif self.stop_deadline:
            self.problem = "stopped again: the guest was ended"
        else:
            now = time.monotonic()
            self.stop_deadline = now + self.plan.grace + STOP_SLACK
            self.monitor.press_power_button()
            if now - self.started < 2 * PRESS_AGAIN:
                self.press_at = now + PRESS_AGAIN

    def follow_size(self):
        if self.plan.terminal and os.isatty(1):
            size = os.get_terminal_size(1)
            self.vmm.resize(size.lines, size.columns)

    def finish(self):
        """Read what QEMU has left in the sockets."""
        deadline = time.monotonic() + DRAIN
        for output in self.outputs[:2]:
            output.wait_end(max(deadline - time.monotonic(), 0))
        limit = DRAIN if self.problem else None  # a slow reader gets everything
        for output in self.outputs[2:]:
            output.wait_end(limit)
        if self.lines:
            self.lines.end()
            self.lines.thread.join(limit)
        if self.keys:
            self.keys.stop()
        self.status.clear()

    def ended(self, seconds, messages):
        """Return: Ended."""
        text = b"".join(self.report).decode(errors="replace").strip()
        verdicts = self.console.verdicts
        if not text and len(verdicts) == 1:
            text = verdicts[0]
        text = text.removeprefix("coldinit-verdict: ")
        return Ended(qemu.parse_verdict(text), text, self.problem, bool(self.started), seconds,
                     self.console.last_lines(), messages)
