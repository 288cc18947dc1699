# SPDX-License-Identifier: Apache-2.0
"""Values of options, written as podman's. Everything here is pure.

Digits are those of ASCII: Python's int() and float() also take 1_000, " 5 " and the digits of other scripts.
"""

import ipaddress
import json
import math
import os
import re
import signal
from dataclasses import dataclass

UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
MIB = 1 << 20
SMALLEST_GUEST = 64 * MIB
UNLIMITED = (1 << 64) - 1
LIMITS = ("as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc",
          "rss", "rtprio", "rttime", "sigpending", "stack")


class ValueFault(Exception):
    """An option has a wrong value; the text has the option's name."""


def seconds(text):
    """Return: a whole number of seconds."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def decimal(text):
    """Return: the number that digits make, perhaps with a point; 0 if they make none."""
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?|\.[0-9]+", text) else 0.0


def size(text, option):
    """Return: the bytes of 512m, 4g, ...; a number without a unit is bytes, as podman has it."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([bkmgt]?)(?:i?b)?", text.lower())
    if not found:
        raise ValueFault(f"{option} {text}: a number with the unit k, m or g expected, such as 4g")
    count = float(found[1]) * UNITS[found[2]]
    if count >= 1 << 63:
        raise ValueFault(f"{option} {text}: no machine has so much")
    return int(count)


def memory_mib(text):
    """Return: the guest's memory in MiB."""
    found = size(text, "--memory")
    if found < SMALLEST_GUEST:
        hint = f": write {text}m for MiB" if text.isdecimal() else ""
        raise ValueFault(f"--memory {text} is {found} bytes, and a guest needs at least 64m{hint}")
    return found // MIB


def processors(text):
    """Return: whole processors; podman's fractions are rounded up."""
    count = math.ceil(decimal(text))
    if not 1 <= count <= 255:
        raise ValueFault(f"--cpus {text}: a number from 1 to 255 expected")
    return count


def environment(words, files, inherited):
    """Return: the variables of --env-file and --env, by name. @inherited: the launcher's own.

    NAME alone takes the value of @inherited, NAME* all whose name begins so.
    """
    lines = []
    for path in files:
        try:
            with open(path, encoding="utf-8-sig", newline="\n") as file:
                lines += [line.removesuffix("\n").removesuffix("\r").lstrip(" \t") for line in file]
        except (OSError, UnicodeDecodeError) as error:
            raise ValueFault(f"--env-file {path}: {error}") from None
    lines = [line for line in lines if line and not line.startswith("#")]
    found = {}
    for word in lines + list(words):
        name, equals, value = word.partition("=")
        if not name or re.search(r"\s", name):
            raise ValueFault(f"--env {word}: NAME=VALUE or NAME expected, with a name without blanks")
        if equals:
            found[name] = value
        elif name.endswith("*"):
            found.update({key: text for key, text in inherited.items() if key.startswith(name[:-1])})
        elif name in inherited:
            found[name] = inherited[name]
    return found


@dataclass(frozen=True)
class Port:
    """A port of the host that leads to one of the container."""

    host: int  # 0: a free one is chosen
    container: int
    address: str = ""
    protocol: str = "tcp"


def port_range(text, whole):
    first, dash, last = text.partition("-")
    if not re.fullmatch("[0-9]{1,5}", first) or (dash and not re.fullmatch("[0-9]{1,5}", last)):
        raise ValueFault(f"--publish {whole}: {text or 'nothing'} is not a port")
    ports = range(int(first), int(last or first) + 1)
    if not ports or not 0 < ports[0] <= ports[-1] < 65536:
        raise ValueFault(f"--publish {whole}: ports are from 1 to 65535")
    return ports


def publish(text):
    """Return: the ports of [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]; HOST and CONTAINER may be FIRST-LAST."""
    rest, _, protocol = text.partition("/")
    protocol = protocol or "tcp"
    if protocol not in ("tcp", "udp"):
        raise ValueFault(f"--publish {text}: the protocol is tcp or udp")
    found = re.fullmatch(r"(?:(?:(\[[0-9A-Fa-f:.]+\]|[0-9.]*):)?([0-9-]*):)?([0-9-]+)", rest)
    if not found:
        raise ValueFault(f"--publish {text}: [[ADDRESS:]HOST:]CONTAINER[/udp] expected")
    inside = port_range(found[3], text)
    outside = port_range(found[2], text) if found[2] else [0] * len(inside)
    if len(outside) != len(inside):
        raise ValueFault(f"--publish {text}: {len(outside)} ports of the host for {len(inside)} of the container")
    return [Port(host, container, (found[1] or "").strip("[]"), protocol)
            for host, container in zip(outside, inside)]


@dataclass(frozen=True)
class Network:
    """@kind: none, user or tap; the others are a tap's: its name on the host, and the guest's addresses."""

    kind: str
    tap: str = ""
    address: str = ""
    prefix: int = 0
    gateway: str = ""
    dns: tuple = ()


def ip_address(text, whole):
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueFault(f"--network {whole}: {text or 'nothing'} is no IPv4 address") from None


def network(text):
    """Return: the Network of none, user, or tap:NAME,address=A/N[,gateway=A][,dns=A]..."""
    kind, colon, rest = text.partition(":")
    if kind in ("none", "user") and not colon:
        return Network(kind)
    if kind != "tap":
        raise ValueFault(f"--network {text}: none, user, or tap:NAME,address=ADDRESS/BITS[,gateway=ADDRESS][,dns=ADDRESS] expected")
    name, *words = rest.split(",")
    found = {"address": "", "gateway": "", "dns": []}
    for word in words:
        key, _, value = word.partition("=")
        if key not in found:
            raise ValueFault(f"--network {text}: unknown option {key} (address, gateway or dns)")
        if key == "dns":
            found["dns"].append(ip_address(value, text))
        else:
            found[key] = value
    # IFNAMSIZ of linux/if.h
    if not re.fullmatch(r"(?!\.{1,2}$)[^\s/:]{1,15}", name):
        raise ValueFault(f"--network {text}: {name or 'nothing'} is no name of an interface")
    address, _, prefix = found["address"].partition("/")
    if not re.fullmatch("[0-9]{1,2}", prefix) or int(prefix) > 32:
        raise ValueFault(f"--network {text}: address=ADDRESS/BITS, the guest's, is missing or wrong")
    return Network("tap", name, ip_address(address, text), int(prefix),
                   ip_address(found["gateway"], text) if found["gateway"] else "", tuple(found["dns"]))


@dataclass(frozen=True)
class Volume:
    """A file or directory of the host in the container. @flags: other options of the mount."""

    host: str
    container: str
    readonly: bool = False
    flags: tuple = ()


FLAGS = ("noexec", "nosuid", "nodev")


def container_path(path, option):
    if not path.startswith("/") or ".." in path.split("/"):
        raise ValueFault(f"{option}: {path or 'nothing'} is no absolute path in the container")
    return os.path.normpath(path).replace("//", "/")


def volume(text):
    """Return: the volume of HOST:CONTAINER[:ro]."""
    words = text.split(":")
    if len(words) not in (2, 3) or not words[0]:
        raise ValueFault(f"--volume {text}: HOST:CONTAINER[:ro] expected")
    options = words[2].split(",") if len(words) == 3 else []
    # the labels of SELinux and the propagation mean nothing between two machines
    unknown = [o for o in options if o not in ("ro", "rw", "z", "Z", "rbind", "bind", "rprivate", "private", *FLAGS)]
    if unknown:
        raise ValueFault(f"--volume {text}: unknown option {unknown[0]} (ro, rw, {', '.join(FLAGS)})")
    if not words[0].startswith(("/", ".")):
        raise ValueFault(f"--volume {text}: there are no named volumes; HOST is a path that begins with / or .")
    return Volume(os.path.realpath(words[0]), container_path(words[1], f"--volume {text}"), "ro" in options,
                  tuple(o for o in options if o in FLAGS))


def memory_at(place, options):
    """Return: the mount of a tmpfs, which begins with the image's files unless an option is notmpcopyup."""
    words = [word for word in options if word not in ("", "tmpcopyup", "notmpcopyup")]
    copy = [] if "notmpcopyup" in options else ["tmpcopyup"]
    return {"destination": place, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", *copy, *words]}


def tmpfs(text):
    """Return: the mount of PATH[:OPTIONS]."""
    path, _, options = text.partition(":")
    return memory_at(container_path(path, f"--tmpfs {text}"), options.split(","))


MOUNT_KEYS = {"type": "type", "src": "source", "source": "source", "dst": "destination", "destination": "destination",
              "target": "destination", "ro": "ro", "readonly": "ro", "tmpfs-size": "size", "tmpfs-mode": "mode",
              "tmpcopyup": "tmpcopyup", "notmpcopyup": "notmpcopyup"}
TRUE, FALSE = ("", "true", "1"), ("false", "0")


def mount(text):
    """Return: the Volume of type=bind,source=HOST,destination=PATH[,ro], or the mount of type=tmpfs,destination=PATH."""
    found = {}
    for word in text.split(","):
        key, _, value = word.partition("=")
        if key not in MOUNT_KEYS:
            raise ValueFault(f"--mount {text}: unknown option {key} ({', '.join(MOUNT_KEYS)})")
        found[MOUNT_KEYS[key]] = value
    kind, source, readonly = found.pop("type", "volume"), found.pop("source", ""), found.pop("ro", "false").lower()
    place = container_path(found.pop("destination", ""), f"--mount {text}")
    if kind == "bind" and source and not found and readonly in TRUE + FALSE:
        return Volume(os.path.realpath(source), place, readonly in TRUE)
    if kind == "tmpfs" and not source and readonly in TRUE + FALSE:
        options = [f"{name}={value}" if value else name for name, value in found.items()]
        return memory_at(place, [*options, *(["ro"] if readonly in TRUE else [])])
    raise ValueFault(f"--mount {text}: type=bind,source=HOST,destination=PATH[,ro] or type=tmpfs,destination=PATH expected")


def sysctl(text):
    """Return: the name and the value of NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueFault(f"--sysctl {text}: NAME=VALUE expected")
    return name, value


def processes(text):
    """Return: the limit of linux.resources.pids; 0 is no limit, as podman has it."""
    if not re.fullmatch("-1|[0-9]{1,9}", text):
        raise ValueFault(f"--pids-limit {text}: a number expected, or -1 for no limit")
    return int(text) or -1


def name_server(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueFault(f"--dns {text}: an address expected") from None


def ulimit(text):
    """Return: the process.rlimits entry of NAME=SOFT[:HARD]; -1 and unlimited are no limit."""
    found = re.fullmatch(r"(?:RLIMIT_)?(\w+)=(-1|unlimited|\d{1,20})(?::(-1|unlimited|\d{1,20}))?", text, re.I | re.A)
    if not found or found[1].lower() not in LIMITS:
        raise ValueFault(f"--ulimit {text}: NAME=SOFT[:HARD] expected, with a NAME of {', '.join(LIMITS)}")
    soft, hard = (UNLIMITED if word in ("-1", "unlimited") else int(word)
                  for word in (found[2].lower(), (found[3] or found[2]).lower()))
    if max(soft, hard) > UNLIMITED:
        raise ValueFault(f"--ulimit {text}: numbers up to {UNLIMITED} expected")
    if soft > hard:
        raise ValueFault(f"--ulimit {text}: the soft limit is above the hard one")
    return {"type": f"RLIMIT_{found[1].upper()}", "soft": soft, "hard": hard}


REALTIME = re.compile(r"RTMIN(\+[0-9]{1,2})?|RTMAX(-[0-9]{1,2})?")


def stop_signal(text):
    """Return: a signal by name with SIG, or by number, as coldinit reads it; podman's case and SIG are optional."""
    name = text.upper().removeprefix("SIG")
    if text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 64 and len(text) <= 2:
        return text
    if not REALTIME.fullmatch(name) and not hasattr(signal.Signals, f"SIG{name}"):
        raise ValueFault(f"--stop-signal {text}: there is no such signal")
    return f"SIG{name}"


def entrypoint(text):
    """Return: the words of --entrypoint: a JSON array or one program; [] for the empty text."""
    if text.lstrip().startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            words = None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueFault(f"--entrypoint {text}: a JSON array of texts expected")
        return words
    return [text] if text else []


def hostname(text):
    if not re.fullmatch(r"(?=.{1,64}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                        r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*", text):
        raise ValueFault(f"--hostname {text}: letters, digits, '-' and '.' expected")
    return text


def hostname_of(name, otherwise):
    """Return: a host name without dots for a container's name, @otherwise if there is none."""
    found = re.sub("[_.]", "-", name).strip("-")
    return found if 0 < len(found) < 64 else otherwise


def name(text):
    if not re.fullmatch(r"(?!\.{1,2}$)[A-Za-z0-9_.-]{1,128}", text):
        raise ValueFault(f"--name {text}: letters, digits, '_', '.' and '-' expected")
    return text
