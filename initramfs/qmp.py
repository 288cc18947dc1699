# SPDX-License-Identifier: Apache-2.0
"""QEMU's machine protocol (docs/interop/qmp-spec): plug devices into a running guest."""

import json
import socket


class QmpError(Exception):
    """QEMU refused a command; the text is QEMU's."""


class Monitor:
    """A connection to the QMP socket of one guest."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.lines.readline()  # the greeting
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        """Run one command, with "-" for each "_" in the names of arguments. Return: its result."""
        arguments = {key.replace("_", "-"): value for key, value in arguments.items()}
        request = json.dumps({"execute": name, "arguments": arguments})
        self.socket.sendall(request.encode() + b"\n")
        while True:
            line = self.lines.readline()
            if not line:
                raise QmpError(f"{name}: QEMU has closed the connection")
            answer = json.loads(line)
            if "error" in answer:
                raise QmpError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:  # else it is an event
                return answer["return"]

    def plug(self, driver, **properties):
        """Add a device to the running guest: device_add."""
        return self.command("device_add", driver=driver, **properties)

    def press(self, *keys):
        """Press keys of the guest's keyboard at the same time, by QEMU's names."""
        return self.command("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def close(self):
        self.lines.close()
        self.socket.close()
