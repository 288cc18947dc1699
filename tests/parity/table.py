# SPDX-License-Identifier: Apache-2.0
"""A row of the parity table, and how its bundle is written to a directory."""

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUNDLE_DIR = "/run/coldinit/bundle"  # the bundle's path under coldinit and under crun

# As `crun spec` writes it, without the terminal and with all namespaces of a container.
BASE = {
    "ociVersion": "1.0.2",
    "process": {
        "terminal": False,
        "user": {"uid": 0, "gid": 0},
        "args": ["/bin/probe"],
        "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
        "cwd": "/",
        "capabilities": {},
        "noNewPrivileges": True,
    },
    "root": {"path": "rootfs", "readonly": False},
    "hostname": "parity",
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
         "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
         "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs",
         "options": ["nosuid", "noexec", "nodev", "ro"]},
        {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
         "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]},
    ],
    "linux": {
        "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts", "cgroup")],
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
    },
}

SETS = ("bounding", "effective", "inheritable", "permitted", "ambient")

# Paths at which container engines bind a file; all others are directories.
FILES = ("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv")


# Where engines keep what record-specs has them keep in the bundle, and what coldinit replaces by its files.
FOLDERS = {"storage": "/var/lib/containers/storage", "run": "/run/containers/storage", "docker": "/var/lib/docker"}
REPLACED = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv", "/dev/shm")


class Bundle:
    """A bundle while it is made: @spec is its config.json, @top its directory, @rootfs its root."""

    def __init__(self, top, spec):
        self.top = top
        self.spec = spec
        path = spec["root"]["path"]
        self.rootfs = top / path.removeprefix(BUNDLE_DIR + "/")

    @property
    def process(self):
        return self.spec["process"]

    @property
    def linux(self):
        return self.spec["linux"]

    def capabilities(self, *names, sets=SETS[:4]):
        self.process["capabilities"] = {kind: [f"CAP_{name}" for name in names] for kind in sets}

    def namespaces(self, *names):
        self.linux["namespaces"] = [{"type": name} for name in names]

    def mount(self, destination, kind, source, *options):
        entry = {"destination": destination, "type": kind, "source": source}
        if options:
            entry["options"] = list(options)
        self.spec["mounts"].append(entry)

    def bind(self, source, destination, *options, kind="bind"):
        """Add a bind mount of a path in the bundle, by its absolute path."""
        self.mount(destination, "bind", f"{BUNDLE_DIR}/{source}", kind, *options)

    def mount_at(self, destination):
        [entry] = [m for m in self.spec["mounts"] if m["destination"] == destination]
        return entry

    def unmount(self, destination):
        self.spec["mounts"].remove(self.mount_at(destination))

    def file(self, path, text="text\n", mode=0o644):
        """Write a file of the bundle: "rootfs/etc/x"."""
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def directory(self, path, mode=0o755):
        (self.top / path).mkdir(parents=True, exist_ok=True)
        (self.top / path).chmod(mode)

    def link(self, path, target):
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).symlink_to(target)


@dataclass
class Row:
    """A row of the table. @build changes a Bundle; @alone: why this crun cannot run it."""

    name: str
    concern: str
    build: object
    fast: bool = False
    alone: str = ""
    spec: dict = None

    def write(self, top, probe):
        """Write the bundle's directory."""
        bundle = Bundle(top, copy.deepcopy(self.spec or BASE))
        if self.spec:
            bundle.rootfs = top / "rootfs"
        make_rootfs(bundle.rootfs, probe)
        if self.spec:
            (top / "host").write_text("\n".join(as_written(bundle.spec)) + "\n")
            make_sources(bundle)
        else:
            self.build(bundle)
        (top / "config.json").write_text(json.dumps(bundle.spec, indent=1))
        return top


def make_rootfs(rootfs, probe):
    for name in ("bin", "etc", "home/worker", "tmp", "root", "usr/bin"):
        (rootfs / name).mkdir(parents=True)
    (rootfs / "tmp").chmod(0o1777)
    (rootfs / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n"
                                       "worker:x:1000:1000::/home/worker:/bin/sh\n")
    (rootfs / "etc/group").write_text("root:x:0:\nworker:x:1000:\n")
    shutil.copy(probe, rootfs / "bin/probe")
    (rootfs / "bin/sh").symlink_to("probe")


def engines_path(path):
    """Return: the path in the engine's own folder."""
    folder, _, rest = path.removeprefix(BUNDLE_DIR + "/").partition("/")
    return f"{FOLDERS[folder]}/{rest}" if path.startswith(BUNDLE_DIR) and folder in FOLDERS else path


def as_written(spec):
    """Change a recorded spec into what the engine writes without record-specs' options: its own paths.

    Yields the commands that make these files on the host, for the guest in which crun runs.
    """
    root = spec["root"]["path"] = engines_path(spec["root"]["path"])
    if root.startswith("/"):
        yield f"mkdir -p {root} && mount -o bind {BUNDLE_DIR}/rootfs {root}"
    for mount in spec["mounts"]:
        if mount["type"] != "bind" or mount["destination"] not in REPLACED:
            continue
        source = mount["source"] = engines_path(mount["source"])
        if mount["destination"] == "/dev/shm" and source != "/dev/shm":
            yield f"mkdir -p {source} && mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=64000k shm {source}"
        elif source != "/dev/shm":
            yield f"mkdir -p {Path(source).parent} && echo text >{source}"
    for namespace in spec["linux"]["namespaces"]:
        if namespace["type"] == "network" and "path" in namespace:
            path = namespace["path"]
            yield f"mkdir -p {Path(path).parent} && : >{path} && unshare -n mount -o bind /proc/self/ns/net {path}"


def make_sources(bundle):
    """Write the files that a recorded spec binds from the engine's folders."""
    for mount in bundle.spec["mounts"]:
        source = mount.get("source", "")
        if mount["type"] != "bind" or not source.startswith(BUNDLE_DIR):
            continue
        name = source.removeprefix(BUNDLE_DIR + "/")
        if mount["destination"] in FILES:
            bundle.file(name)
        else:
            bundle.directory(name)


def recorded():
    """Return: rows of the config.json files that engines have written, unchanged."""
    about = json.loads((HERE / "specs/about.json").read_text())
    for path in sorted((HERE / "specs").glob("*.json")):
        if path.name != "about.json":
            entry = about[path.stem]
            yield Row(path.stem, entry["by"], None, entry.get("fast", False),
                      entry.get("alone", ""), json.loads(path.read_text()))
