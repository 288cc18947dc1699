# SPDX-License-Identifier: Apache-2.0
"""Threads that carry bytes between the launcher's streams and the sockets of QEMU."""

import collections
import fcntl
import os
import select
import socket
import struct
import termios
import threading

CHUNK = 65536


class Buffer:
    """Bytes between a reader and a slower writer, each in a thread.

    A guest that ends waits only two seconds for its output to be taken. So put() waits for room, but
    only ROOM_WAIT seconds; a writer that has stopped costs 256 KiB of memory each second.
    """

    LIMIT, ROOM_WAIT = 1 << 20, 0.25

    def __init__(self, take):
        self.take = take
        self.pieces, self.size, self.ended = collections.deque(), 0, False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def put(self, data):
        with self.changed:
            self.changed.wait_for(lambda: self.size < self.LIMIT, self.ROOM_WAIT)
            self.pieces.append(data)
            self.size += len(data)
            self.changed.notify_all()

    def end(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def next(self):
        """Return: the next piece, None after the last one."""
        with self.changed:
            self.changed.wait_for(lambda: self.pieces or self.ended)
            return self.pieces.popleft() if self.pieces else None

    def run(self):
        while (data := self.next()) is not None:
            self.take(data)
            with self.changed:
                self.size -= len(data)
                self.changed.notify_all()


class Listener:
    """A listening unix socket, read as its first connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen(1)
        self.stream = None
        self.wake, self.stopped = os.pipe()

    def recv(self, size):
        if not self.stream:
            ready, _, _ = select.select([self.socket, self.wake], [], [])
            if self.socket not in ready:
                return b""
            self.stream = self.socket.accept()[0]
        return self.stream.recv(size)

    def end(self):
        """No other connection will come."""
        os.close(self.stopped)


class Terminal:
    """The master of a pseudo-terminal, with a socket's methods."""

    def __init__(self, fd):
        self.fd = fd

    def recv(self, size):
        return os.read(self.fd, size)  # EIO when the other side is closed

    def sendall(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def resize(self, lines, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


class Output:
    """Reads a socket until its end and gives each piece to @take, which may be slow if @buffered."""

    def __init__(self, stream, take, buffered=False):
        self.stream = stream
        self.buffer = Buffer(take) if buffered else None
        self.take = self.buffer.put if buffered else take
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while data := self.stream.recv(CHUNK):
                self.take(data)
        except OSError:
            pass  # QEMU has ended
        if self.buffer:
            self.buffer.end()

    def wait_end(self, seconds=None):
        self.thread.join(seconds)
        if self.buffer:
            self.buffer.thread.join(seconds)


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
    these bytes are sent instead, for a terminal, again and again: it forgets an end that came while the
    program changed its mode, and takes one behind an unfinished line as the end of that line.
    """

    END_AFTER = 1.0
    AGAIN_MOST = 60.0  # seconds from one @at_end to the next; it begins with END_AFTER, and doubles

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
            self.repeat_end()
        elif self.wake not in select.select([self.port, self.wake], [], [])[0] and \
                not select.select([self.wake], [], [], self.END_AFTER)[0]:
            self.stream.shutdown(socket.SHUT_WR)

    def repeat_end(self):
        pause = self.END_AFTER
        self.stream.sendall(self.at_end)
        while not select.select([self.wake], [], [], pause)[0]:
            self.stream.sendall(self.at_end)
            pause = min(2 * pause, self.AGAIN_MOST)

    def stop(self):
        os.close(self.stopped)
        if self.thread.is_alive():
            self.thread.join(1)
