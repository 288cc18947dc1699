# SPDX-License-Identifier: Apache-2.0
"""QEMU's monitor of a running guest: its events, and the power button."""

import json
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
