# SPDX-License-Identifier: Apache-2.0
"""The VMM's monitor of a running guest: its events, and the power button."""

import json
import os
import socket
import threading
import time
import xml.etree.ElementTree as xml


class Monitor:
    """@stream: a connected socket of QMP; @event is called in a thread with the name and data of each event."""

    def __init__(self, stream, event):
        self.stream = stream
        self.event = event
        self.send("qmp_capabilities")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def send(self, command, **arguments):
        """Send a command; its answer is not awaited. A guest that is gone needs none."""
        try:
            self.stream.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        except OSError:
            pass

    def read(self):
        try:
            with self.stream.makefile("r", encoding="utf-8") as lines:
                for line in lines:
                    message = json.loads(line)
                    if "event" in message:
                        self.event(message["event"], message.get("data", {}))
        except (OSError, ValueError):
            pass

    def press_power_button(self):
        self.send("system_powerdown")

    def wait_closed(self, seconds):
        self.thread.join(seconds)


class DomainMonitor:
    """The same for a domain of libvirt, which says in its XML which channels the guest has opened."""

    INTERVAL = 0.3

    def __init__(self, virsh, name, event):
        self.virsh = virsh
        self.name = name
        self.event = event
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        opened = set()
        while True:
            done = self.virsh.try_run("dumpxml", self.name)
            if done.returncode:
                return
            for target in xml.fromstring(done.stdout).iterfind("devices/channel/target"):
                name = target.get("name", "").removeprefix("org.coldinit.")
                if target.get("state") == "connected" and name not in opened:
                    opened.add(name)
                    self.event("VSERPORT_CHANGE", {"id": name, "open": True})
            time.sleep(self.INTERVAL)

    def press_power_button(self):
        self.virsh.try_run("shutdown", self.name, "--mode", "acpi")


class CloudMonitor:
    """The same for Cloud Hypervisor (docs/api.md there). @events: a pipe of its event monitor; @api: the path of its
    socket for requests."""

    REQUEST = b"PUT /api/v1/vm.power-button HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"

    def __init__(self, events, api, report, event):
        self.events = events
        self.api = str(api)
        self.report = report
        self.event = event
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        text, decoder = "", json.JSONDecoder()
        while data := os.read(self.events, 65536):
            text = (text + data.decode(errors="replace")).lstrip()
            try:
                while text:
                    message, end = decoder.raw_decode(text)
                    text = text[end:].lstrip()
                    self.translate(message)
            except ValueError:
                pass  # the rest comes with the next piece

    def translate(self, message):
        """Coldinit opens its report just before the container starts, as a port under QEMU."""
        kind = message.get("source"), message.get("event")
        if kind == ("virtio-device", "activated") and (message.get("properties") or {}).get("id") == self.report:
            self.event("VSERPORT_CHANGE", {"id": "report", "open": True})
        elif kind in (("guest", "panic"), ("vm", "rebooting")):
            self.event("GUEST_LOST", {})

    def press_power_button(self):
        with socket.socket(socket.AF_UNIX) as stream:
            try:
                stream.settimeout(5)
                stream.connect(self.api)
                stream.sendall(self.REQUEST)
                stream.recv(4096)
            except OSError:
                pass  # a VMM that is gone needs no request
