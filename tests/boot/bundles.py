# SPDX-License-Identifier: Apache-2.0
"""Write small OCI bundles and manifests from dictionaries."""

import json
import shutil

import images

NAMESPACES = ("pid", "mount", "ipc", "uts", "cgroup")

MOUNTS = [
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
]

CAPABILITY_SETS = ("bounding", "effective", "inheritable", "permitted", "ambient")

HOST_PCI = "0000:65:00.0"
VFIO_NODES = {"/dev/vfio/vfio": ("c", 10, 196), "/dev/vfio/65": ("c", 511, 7)}


def script(*commands, program="/bin/probe"):
    """Return: the arguments with which one probe runs several commands."""
    words = []
    for command in commands:
        words += ([";"] if words else []) + command.split()
    return [program, *words]


def capabilities(*names, ambient=()):
    """Return: the five capability sets; @names are in all except ambient."""
    sets = {kind: list(names) for kind in CAPABILITY_SETS}
    sets["ambient"] = list(ambient)
    return sets


def container(*commands, namespaces=NAMESPACES):
    """Return: a config.json as container engines write it; its process is the probe."""
    return {
        "ociVersion": "1.1.0",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": script(*(commands or ("true",))),
            "env": ["PATH=/usr/bin:/bin"],
            "cwd": "/",
            "capabilities": capabilities(),
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": False},
        "mounts": [dict(mount) for mount in MOUNTS],
        "linux": {
            "namespaces": [{"type": kind} for kind in namespaces],
            "devices": [],
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        },
    }


def load(*commands, **more):
    """Return: the same with the program load, which uses up memory and processes."""
    spec = container(**more)
    spec["process"]["args"] = script(*commands, program="/bin/load")
    return spec


def intruder(*arguments, caps=(), **more):
    """Return: the same with the program intruder, which tries to leave the container; it has @caps."""
    spec = container(**more)
    spec["process"]["args"] = ["/bin/intruder", *arguments]
    spec["process"]["capabilities"] = capabilities(*caps)
    return spec


def add_device(spec, path, kind, major, minor, access="rw", **more):
    """Add a device node and the rule that allows it, with the host's numbers."""
    spec["linux"]["devices"].append(
        {"path": path, "type": kind, "major": major, "minor": minor, "fileMode": 0o666, **more})
    if access:
        spec["linux"]["resources"]["devices"].append(
            {"allow": True, "type": kind, "major": major, "minor": minor, "access": access})
    return spec


def with_vfio(spec):
    """Add what a runtime writes for one VFIO device: nodes, rules, its address."""
    for path, (kind, major, minor) in VFIO_NODES.items():
        add_device(spec, path, kind, major, minor)
    spec["process"]["env"].append(f"PCIDEVICE_COLDINIT_IO_EDU={HOST_PCI}")
    return spec


def edu_container():
    """Return: the demo's container, in which an ordinary user drives the edu device."""
    spec = with_vfio(container())
    spec["process"].update(args=["/bin/edu"], user={"uid": 1000, "gid": 1000}, rlimits=[
        {"type": "RLIMIT_MEMLOCK", "soft": 64 << 20, "hard": 64 << 20}])
    return spec


def vfio_device(*paths, **more):
    """Return: a vfio-pci device for a manifest. @paths: guest paths of the host's 65:00.0, 65:00.1 …"""
    device = {"id": "dev0", "type": "vfio-pci", "container_path": "/dev/vfio/65",
              "options": [f"0000:65:00.{n}={path}" for n, path in enumerate(paths)]}
    device.update(more)
    return device


def manifest(*devices, **more):
    return {"version": 1, "devices": list(devices), "container": {"id": "c1"}, **more}


def write_bundle(directory, spec, programs):
    """Write config.json (from a dictionary or a text) and rootfs/. Return: @directory."""
    rootfs = directory / "rootfs"
    for name in ("bin", "etc", "home/worker", "tmp"):
        (rootfs / name).mkdir(parents=True)
    (rootfs / "tmp").chmod(0o1777)
    (rootfs / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n"
                                       "worker:x:1000:1000::/home/worker:/bin/sh\n")
    (rootfs / "etc/notes").write_text("just a file\n")
    for program in programs:
        shutil.copy(program, rootfs / "bin")
    write_json(directory / "config.json", spec)
    return directory


def write_json(path, document):
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def write_files(directory, files):
    """Write files of the initramfs. @files: a text or a program's Path, by absolute path."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = directory / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        else:
            shutil.copy(content, path)
    return directory


def write_cpio(directory, files):
    """Write a cpio with these files to append to the initramfs."""
    return images.pack(write_files(directory, files), directory.with_suffix(".cpio.gz"))
