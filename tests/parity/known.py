# SPDX-License-Identifier: Apache-2.0
"""Intended differences from crun, each with its reason.

An entry applies to the bundles, the facts and the values that its patterns match. In each of these
bundles it must explain at least one difference: an explanation that is no longer needed is a failure.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


def matches(text, patterns):
    return any(fnmatchcase(text, pattern) for pattern in patterns)


@dataclass
class Known:
    reason: str
    bundles: tuple
    facts: tuple
    crun: str = "*"
    coldinit: str = "*"
    but: tuple = ()

    def concerns(self, name):
        return matches(name, self.bundles) and not matches(name, self.but)

    def explains(self, difference):
        return (matches(difference.fact, self.facts)
                and fnmatchcase(str(difference.crun), self.crun)
                and fnmatchcase(str(difference.coldinit), self.coldinit))


MASKED = tuple(f"mount/{path}" for path in (
    "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi",
    "/sys/firmware", "/sys/dev/block", "/data/file", "/var/data", "/etc/group"))

READONLY = tuple(f"mount/{path}" for path in (
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"))

ENGINES = ("like-*", "*-spec*", "docker-*", "ctr-*", "podman-*", "masked-paths", "spellings-linux")

USERS = ("caps-all-ambient", "caps-user", "user-*", "set-user-id*", "seccomp-privileged", "docker-user", "podman-user",
         "namespaces-user-shifted")

# No cgroup namespace in the config, or the guest's cgroups bound
NO_CGROUP = ("cgroups-path", "limits-all", "namespaces-no-cgroup", "namespaces-only-mount", "bind-guest-sys",
             "docker-run", "docker-tty", "docker-user", "docker-volumes", "docker-unconfined", "*-spec*", "ctr-*", "podman-*")

FAST = ("base", "user-groups", "like-docker", "mounts-without-options", "docker-run", "device-nodes")

KNOWN = [
    Known("only the controllers that the spec needs or a JVM expects are turned on; crun turns on all",
          ("*",), ("cgroup/*.*",), coldinit="ENOENT",
          but=("program-*", "hook-fails", "mounts-none", "ctr-*", "bind-guest-sys")),
    Known("so there are fewer of them",
          ("*",), ("cgroup/cgroup.[cs]*",),
          but=("program-*", "hook-fails", "mounts-none", "ctr-*", "bind-guest-sys")),
    Known("the runtime spec has hugepageLimits limit reservations, too, where the kernel can; crun 1.8 does not",
          ("limits-huge-pages", "limits-all"), ("cgroup/hugetlb.2MB.rsvd.max",), crun="max"),
    Known("the guest's /dev has the power button: coldinit has loaded its driver",
          ("recursive-attributes",), ("root/mnt/input*",), crun="None"),
    Known("engines return 126 and 127; crun itself returns 1 for any error",
          ("program-*",), ("exit",), crun="1", coldinit="12[67]"),
    Known("HOME is / for a user that /etc/passwd does not know, as with runc",
          ("user-unknown", "podman-user"), ("env/*",), crun="None", coldinit="HOME=/"),
    Known("crun makes the program's path absolute", ("path-relative",), ("execfn",)),
    Known("crun makes missing mount points with the sticky bit",
          ("bind-mounts", "bind-propagation", "mount-flags", "mount-relative", "propagation-shared",
           "docker-volumes", "podman-user", "podman-volumes"), ("path/*", "root/*"),
          crun="dir mode=1755*", coldinit="dir mode=0755*"),
    Known("crun makes all mounts private at the end; here a mount keeps the propagation of its options",
          ("bind-propagation",), ("mount/*",), coldinit="* propagation *"),
    Known("the guest's mount forbids set-user-ID and execution, and so do bind mounts of it",
          ("bind-guest-device", "docker-unconfined"), ("mount//dev/*", "mount//data/*"),
          crun="* (r?,relatime) *", coldinit="*(r?,nosuid,*noexec,relatime) *"),
    Known("a new tmpfs has the mode of the directory that it covers, as with runc and newer versions of crun",
          ("mount-through-links",), ("mount//var/data", "path//data", "path//var/data", "root/var/data"),
          crun="*", coldinit="*mode=*755*"),
    Known("a mount keeps its other restrictions when its path becomes read-only",
          ("readonly-paths", "ctr-*", "docker-*", "podman-*"),
          ("mount//dev/shm+", *READONLY), but=("docker-unconfined",), coldinit="* (ro,nosuid,nodev,noexec,relatime) *"),
    Known("the cgroup has the container's id; cgroupsPath is a path on the host",
          ("cgroups-path", "limits-all", "ctr-*", "docker-*", "podman-*"), ("cgroup/path",),
          but=("docker-limits",)),
    Known("a mask keeps the restrictions of the guest's /dev", ENGINES, MASKED,
          but=("docker-unconfined", "runc-spec-rootless"),
          coldinit="devtmpfs from devtmpfs root /null (ro,nosuid,noexec,relatime) *"),
    Known("the size of a read-only tmpfs means nothing", ENGINES, MASKED, but=("docker-unconfined",),
          crun="tmpfs from tmpfs root / (ro,relatime) super (rw,size=0k,inode64)",
          coldinit="tmpfs from tmpfs root / (ro,relatime) super (rw,inode64)"),
    Known("the terminal's mount keeps the restrictions of devpts",
          ("crun-spec", "runc-spec", "*-tty", "terminal"), ("mount//dev/console",),
          coldinit="devpts from devpts root /0 (rw,nosuid,noexec,relatime) *"),
    Known("the VM is the network namespace",
          ("namespaces-network", "sysctls", "*-spec", "ctr-*", "docker-*", "podman-*"), ("ns/net",), but=("podman-network-host",),
          crun="own", coldinit="guest's"),
    Known("the state has the runtime spec's name for that step: creating, then created",
          ("hooks", "hooks-in-order"), ("hook/*/state/status",)),
    Known("the bundle stays where it is", ("hooks",), ("hook/startContainer/state/bundle",), crun='"/"'),
    Known("the runtime spec names no working directory", ("hooks",), ("hook/createContainer/cwd",)),
    Known("a hook without an environment has none; crun passes its environment on",
          ("hooks-in-order",), ("hook/*/env/*",), coldinit="None"),
    Known("125 is coldinit's status for a container that could not be started", ("hook-fails",),
          ("exit",), crun="255", coldinit="125"),
    Known("every container has a PID namespace", ("namespaces-only-mount",), ("ids/ppid", "status/PPid", "ns/pid")),
    Known("crun gives the user the container's /dev/null too, and the pipes' group",
          USERS, ("fd/[012]", "dev/dev/null"), crun="* uid=[1-9]* gid=*"),
    Known("memory and processes have a limit that leaves PID 1 a reserve", ("*",),
          ("cgroup/memory.max", "cgroup/pids.max", "cgroup/memory.swap.max"), crun="max",
          but=("program-*", "hook-fails", "mounts-none", "docker-limits", "podman-limits", "limits-all", "ctr-*",
               "bind-guest-sys")),
    Known("the guest's console cannot be opened, also where the rules allow it",
          ("like-docker", "docker-*", "ctr-*", "caps-all*", "caps-effective-less", "privileged", "rules-*"),
          ("mknod/console",), but=("docker-user",)),
    Known("the guest's console cannot be opened, also where the rules allow it", ("recursive-attributes",),
          ("root/mnt/console",)),
    Known("crun cannot make nodes in a user namespace, and finds the cgroup of the guest where it cannot mount its own",
          ("namespaces-user*", "*-rootless"), ("mount//dev/*", "mount//sys*", "mounts", "dev/*")),
    Known("the cgroup, its limits and the file systems that the kernel makes stay the guest's", ("namespaces-user-shifted",),
          ("path//sys/fs/cgroup*", "path//dev/pts", "path//dev/mqueue"), coldinit="* uid=65534 *"),
    Known("crun 1.8.1 does not know them", ("scheduling",), ("sched/*",)),
    Known("coldinit's file replaces that of the engine's host", ("docker-*", "podman-*"),
          ("mount//etc/*", "mount//run/.containerenv", "mount//dev/shm", "path//etc/*", "path//run/*")),
    Known("every container has a cgroup namespace", NO_CGROUP,
          ("ns/cgroup", "cgroup/path", "path//sys/fs/cgroup", "mount//sys/fs/cgroup")),
    Known("a bind mount of the guest's cgroups has the container's", ("bind-guest-sys",), ("cgroup/*",)),
]
