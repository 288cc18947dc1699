# SPDX-License-Identifier: Apache-2.0
"""Threads that carry bytes between the launcher's streams and the sockets of QEMU."""

import os
import select
import socket
import threading

CHUNK = 65536


class Output:
    """Reads a socket until its end and gives each piece to @take."""

    def __init__(self, stream, take):
        self.stream = stream
        self.take = take
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                data = self.stream.recv(CHUNK)
            except OSError:
                return
            if not data:
                return
            self.take(data)

    def wait_end(self, seconds=None):
        self.thread.join(seconds)


class Writer:
    """Writes to a descriptor. When its reader is gone, @lost is called once, and the rest is dropped."""

    def __init__(self, fd, lost):
        self.fd = fd
        self.lost = lost
        self.open = True

    def __call__(self, data):
        while data and self.open:
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:  # the descriptor is shared with a program that made it so
                select.select([], [self.fd], [])
            except OSError:
                self.open = False
                self.lost()


class Input:
    """Carries a descriptor to a socket. @filter is given each piece and returns what is sent.

    The end is announced when the guest has seen that its port is connected, END_AFTER seconds after
    opened(); a port that is closed earlier looks to it as one that is not connected yet. With @at_end
    these bytes are sent instead.
    """

    END_AFTER = 1.0

    def __init__(self, fd, stream, filter=lambda data: data, at_end=b""):
        self.fd = fd
        self.stream = stream
        self.filter = filter
        self.at_end = at_end
        self.wake, self.stopped = os.pipe()
        self.port, self.port_opened = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        self.thread.start()

    def opened(self):
        """The guest has opened its end."""
        os.write(self.port_opened, b"1")

    def run(self):
        try:
            self.carry()
        except OSError:
            pass  # the guest is gone, or stdin is closed

    def carry(self):
        while True:
            ready, _, _ = select.select([self.fd, self.wake], [], [])
            if self.wake in ready:
                return
            data = os.read(self.fd, CHUNK)
            if not data:
                break
            self.stream.sendall(self.filter(data))
        if self.at_end:
            self.stream.sendall(self.at_end)
        elif self.wake not in select.select([self.port, self.wake], [], [])[0] and \
                not select.select([self.wake], [], [], self.END_AFTER)[0]:
            self.stream.shutdown(socket.SHUT_WR)

    def stop(self):
        os.close(self.stopped)
        if self.thread.is_alive():
            self.thread.join(1)
