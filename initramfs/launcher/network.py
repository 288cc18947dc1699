# SPDX-License-Identifier: Apache-2.0
"""QEMU's user networking or a tap interface of the host, and the manifest's part of it."""

import dataclasses
import socket

from launcher import values
from qemu import LaunchError

MAC = "52:54:00:c0:1d:01"
ADDRESS, GATEWAY, SERVER = "10.0.2.15", "10.0.2.2", "10.0.2.3"
SLOT = 0x1b
NAME = "eth0"


def free_port(kind):
    """Return: a port of the host that nothing uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def check_free(port):
    """QEMU's own message does not name the port, and for IPv6 not the reason."""
    if ":" in port.address:
        raise LaunchError(f"--publish: user networking listens on IPv4 addresses only, {port.address} is none")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.address, port.host))
        except OSError as error:
            raise LaunchError(f"--publish: port {port.host} of the host cannot be used: {error.strerror}") from None


def exposed(config):
    """Return: the ports that an image exposes, to be published at free ones."""
    return [port for text in sorted((config.get("config") or {}).get("ExposedPorts") or {})
            for port in values.publish(text)]


def check_different(ports):
    """A port of the host leads to one place."""
    taken = set()
    for port in ports:
        if port.host and (port.host, port.protocol, port.address) in taken:
            raise LaunchError(f"--publish: port {port.host} of the host is named twice")
        taken.add((port.host, port.protocol, port.address))


def assign(ports):
    """Choose free ports of the host where none is named. Return: all ports, and the chosen ones of them."""
    found, chosen = [], []
    for port in ports:
        if not port.host:
            port = dataclasses.replace(port, host=free_port(port.protocol))
            chosen.append(port)
        found.append(port)
    return found, chosen


def check_tap(name):
    """A VMM would make a missing interface, which leads nowhere. /sys may show those of another namespace."""
    try:
        socket.if_nametoindex(name)
    except OSError:
        raise LaunchError(f"--network tap:{name}: the host has no such tap interface; run as root:\n  "
                          f"ip tuntap add {name} mode tap user $USER\n  ip addr add GATEWAY/BITS dev {name}\n  "
                          f"ip link set {name} up") from None


def device_words():
    return ["-device", f"virtio-net-pci,netdev=net0,mac={MAC},bus=pcie.0,addr={SLOT:#x},romfile="]


def words(ports):
    """Return: QEMU's words for the network."""
    forwards = "".join(f",hostfwd={port.protocol}:{port.address}:{port.host}-{ADDRESS}:{port.container}"
                       for port in ports)
    return ["-netdev", f"user,id=net0{forwards}", *device_words()]


def tap_words(tap):
    """Return: QEMU's words for the network by a tap interface."""
    return ["-netdev", f"tap,id=net0,ifname={tap},script=no,downscript=no", *device_words()]


USER = values.Network("user", address=ADDRESS, prefix=24, gateway=GATEWAY, dns=(SERVER,))


def extend(manifest, network):
    """Add the interface, its route and the name server."""
    manifest.setdefault("interfaces", []).append(
        {"name": NAME, "hwAddr": MAC, "IPAddresses": [{"address": network.address, "mask": str(network.prefix)}]})
    if network.gateway:
        manifest.setdefault("routes", []).append({"gateway": network.gateway, "device": NAME})
    if network.dns:
        manifest.setdefault("dns", list(network.dns))
