# SPDX-License-Identifier: Apache-2.0
"""A disk that stops answering: a server of the Network Block Device protocol (doc/proto.md of nbd)."""

import socket
import struct
import threading

FIXED_NEWSTYLE, NO_ZEROES = 1, 2
OPT_GO, REP_ACK, REP_INFO, REP_UNSUPPORTED = 7, 1, 3, 1 << 31 | 1
HAS_FLAGS, SEND_FLUSH = 1, 4
READ, WRITE, DISCONNECT = 0, 1, 2


class Server:
    """Serves one image to one client, until a write contains @last: from then on nothing is answered."""

    def __init__(self, path, image, last):
        self.path, self.last = path, last
        self.data = bytearray(image.read_bytes())
        self.dead = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.client = None
        threading.Thread(target=self.serve, daemon=True).start()

    def words(self):
        """Return: QEMU's words for the drive "d0"."""
        return ["-drive", f"file=nbd:unix:{self.path},if=none,format=raw,id=d0"]

    def receive(self, size):
        data = b""
        while len(data) < size:
            part = self.client.recv(size - len(data))
            if not part:
                raise ConnectionError("the client has gone")
            data += part
        return data

    def negotiate(self):
        self.client.sendall(b"NBDMAGIC" + b"IHAVEOPT" + struct.pack(">H", FIXED_NEWSTYLE | NO_ZEROES))
        self.receive(4)
        while True:
            _, option, length = struct.unpack(">QII", self.receive(16))
            self.receive(length)
            if option != OPT_GO:
                self.answer(option, REP_UNSUPPORTED)
                continue
            self.answer(option, REP_INFO, struct.pack(">HQH", 0, len(self.data), HAS_FLAGS | SEND_FLUSH))
            self.answer(option, REP_ACK)
            return

    def answer(self, option, kind, data=b""):
        self.client.sendall(struct.pack(">QIII", 0x3e889045565a9, option, kind, len(data)) + data)

    def serve(self):
        try:
            self.client = self.listener.accept()[0]
            self.negotiate()
            while True:
                self.handle(*struct.unpack(">IHHQQI", self.receive(28))[2:])
        except OSError:
            pass

    def handle(self, kind, handle, offset, length):
        data = b""
        if kind == WRITE:
            written = self.receive(length)
            if self.last in written:
                self.dead.set()
            self.data[offset:offset + length] = written
        elif kind == READ:
            data = bytes(self.data[offset:offset + length])
        elif kind == DISCONNECT:
            raise ConnectionError("the client disconnects")
        if not self.dead.is_set():
            self.client.sendall(struct.pack(">IIQ", 0x67446698, 0, handle) + data)

    def close(self):
        """End the connection: all that was not answered fails."""
        for end in (self.client, self.listener):
            if end:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()
