# SPDX-License-Identifier: Apache-2.0
"""Compare the facts of one bundle under crun and under coldinit, and explain the differences."""

import re
from dataclasses import dataclass

from known import KNOWN

# Limits that the kernel derives from the memory that is free when it starts; crun's image is larger.
BY_MEMORY = ("rlimit/NPROC", "rlimit/SIGPENDING")


# Without a PID namespace these are numbers of the guest.
PIDS = ("ids/", "status/Tgid", "status/Pid", "status/PPid", "status/NSpid", "status/NStgid",
        "status/NSpgid", "status/NSsid")


@dataclass
class Difference:
    fact: str
    crun: str
    coldinit: str
    reason: str = None


def without_sizes(value):
    """Remove the size of file systems that are as large as the guest's memory allows."""
    return re.sub(r"(size|nr_inodes)=(\d{5,}k|\d{5,})(?=[,)])", steady, value)


def steady(found):
    number = int(found[2].rstrip("k"))
    return found[0] if number == 65536 else f"{found[1]}=(by memory)"


def normal(facts, guest):
    """Replace namespaces by "own" or "guest's", and limits that depend on the memory by words."""
    out = dict(facts)
    # Without a cgroup namespace the container's own cgroup is deeper: its limits are compared all the same.
    for key in [key for key in out if key.startswith("cgroup-own/")]:
        out[key.replace("-own", "")] = out.pop(key)
    out["ran"] = "yes" if out.pop("end", None) else "no"
    for kind in ("console", "error"):
        out.pop(kind, None)
    for key, value in facts.items():
        if key.startswith("mount/"):
            out[key] = without_sizes(value)
        if key.startswith(PIDS) and int(value) > 1:
            out[key] = "some"
        if key.startswith("fd/"):
            out[key] = re.sub(r"^pipe:\[\d+\]", "pipe", value)
        kind = re.search(r"(?:^|/)ns/(\w+)$", key)
        if kind:
            out[key] = "guest's" if value == guest[f"guest/{kind[1]}"] else "own"
        if key in BY_MEMORY:
            soft, _, hard = value.partition(":")
            usual = int(guest["guest/limit"])
            if soft == hard and abs(int(soft) - usual) < usual / 10:
                out[key] = "the guest's"
    return out


def differences(crun, coldinit):
    keys = list(crun) + [key for key in coldinit if key not in crun]
    for key in keys:
        if crun.get(key) != coldinit.get(key):
            yield Difference(key, crun.get(key), coldinit.get(key))


def explain(name, crun, coldinit):
    """Return: the differences with their reasons, and the explanations that matched nothing but should have."""
    entries = [entry for entry in KNOWN if entry.concerns(name)]
    used, found = set(), []
    for difference in differences(crun, coldinit):
        for entry in entries:
            if entry.explains(difference):
                difference.reason = entry.reason
                used.add(id(entry))
                break
        found.append(difference)
    return found, [entry for entry in entries if id(entry) not in used]
