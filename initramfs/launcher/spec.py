# SPDX-License-Identifier: Apache-2.0
"""The container's config.json: from an image's config, or a bundle's own, with the options. Pure.

OCI image spec, "Conversion to OCI Runtime Configuration"; what it leaves open is as Docker has it.
"""

import copy
import os

from launcher import defaults, security, values
from qemu import LaunchError

ANNOTATIONS = (("os", "os"), ("architecture", "architecture"), ("author", "author"), ("created", "created"))
SHM = next(mount for mount in defaults.MOUNTS if mount["destination"] == "/dev/shm")
PREFIX = "org.opencontainers.image."


def command_words(config, options):
    """Return: the program and its arguments: entrypoint, then the command."""
    entry, command = config.get("Entrypoint") or [], config.get("Cmd") or []
    if entry == [""]:  # ENTRYPOINT [""] in a Dockerfile takes away the base image's
        entry = []
    if options.entrypoint is not None:
        entry, command = values.entrypoint(options.entrypoint), []
    words = [*entry, *(options.command or command)]
    if not words:
        raise LaunchError("the image names no program: write one behind the image")
    return words


def annotations(image):
    config = image.get("config") or {}
    found = {PREFIX + name: image[key] for name, key in ANNOTATIONS if image.get(key)}
    if config.get("StopSignal"):
        found[PREFIX + "stopSignal"] = config["StopSignal"]
    if config.get("ExposedPorts"):
        found[PREFIX + "exposedPorts"] = ",".join(sorted(config["ExposedPorts"]))
    return found


def capability(name):
    """Return: the names that one word of --cap-add or --cap-drop means."""
    full = name.upper()
    full = full if full.startswith("CAP_") or full == "ALL" else f"CAP_{full}"
    if full == "ALL":
        return defaults.ALL_CAPABILITIES
    if full not in defaults.ALL_CAPABILITIES:
        raise LaunchError(f"there is no capability {name}")
    return [full]


def split(words):
    """Return: the parts of words that have commas."""
    return [part for word in words for part in word.split(",")]


def capabilities(base, options, uid):
    """Return: the five sets. As with podman, a user that is not root has only the added ones."""
    added = [cap for word in split(options.cap_add) for cap in capability(word)]
    dropped = [cap for word in split(options.cap_drop) for cap in capability(word)]
    everything = "ALL" in (word.upper() for word in split(options.cap_drop))
    bounding = [] if everything else [cap for cap in base if cap not in dropped]
    kept = added if everything else [cap for cap in added if cap not in dropped]
    bounding = [cap for cap in defaults.ALL_CAPABILITIES if cap in bounding or cap in kept]
    current = bounding if uid == 0 else [cap for cap in bounding if cap in kept]
    ambient = [] if uid == 0 else current
    return {"bounding": bounding, "effective": current, "permitted": current, "inheritable": ambient,
            "ambient": ambient}


def set_environment(process, added, replace=True):
    """Add variables, and replace those that are there if @replace."""
    if not added:
        return
    own = dict(word.partition("=")[::2] for word in process.get("env", []))
    found = {**own, **added} if replace else {**added, **own}
    process["env"] = [f"{name}={value}" for name, value in found.items()]


def base_of_image(image, who):
    """Return: the spec of an image without options."""
    config = image.get("config") or {}
    uid_gid = {"uid": who.uid, "gid": who.gid, "additionalGids": who.groups}
    process = {"terminal": False, "user": uid_gid, "args": [], "env": list(config.get("Env") or []),
               "cwd": os.path.join("/", config.get("WorkingDir") or ""), "rlimits": [dict(defaults.NOFILE)], "noNewPrivileges": False,
               "oomScoreAdj": 0}
    if not any(word.startswith("PATH=") for word in process["env"]):
        process["env"].insert(0, defaults.PATH)
    if not any(word.startswith("HOME=") for word in process["env"]):
        process["env"].append(f"HOME={who.home}")
    return {
        "ociVersion": "1.1.0",
        "process": process,
        "root": {"path": "rootfs", "readonly": False},
        "mounts": copy.deepcopy(defaults.MOUNTS),
        "annotations": annotations(image),
        "linux": {
            "namespaces": [{"type": kind} for kind in defaults.NAMESPACES],
            "devices": [],
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "maskedPaths": list(defaults.MASKED),
            "readonlyPaths": list(defaults.READONLY),
        },
    }


def of_image(image, users, options):
    """Return: config.json for an image's config (of a bare root file system: {})."""
    config = image.get("config") or {}
    who = users.find(options.user if options.user is not None else config.get("User") or "")
    spec = base_of_image(image, who)
    add_groups(spec["process"], users, options)
    spec["process"]["args"] = command_words(config, options)
    spec["process"]["capabilities"] = capabilities(defaults.CAPABILITIES, options, who.uid)
    if options.read_only:  # its volumes are writable all the same
        add_tmpfs(spec, [*defaults.READ_ONLY_TMPFS, *sorted(config.get("Volumes") or {})])
    apply_options(spec, options)
    return spec


def add_groups(process, users, options):
    if options.group_add:
        user = process.setdefault("user", {"uid": 0, "gid": 0})
        added = {users.gid(group) for group in options.group_add}
        user["additionalGids"] = sorted({*user.get("additionalGids", []), *added})


def without_nulls(value):
    """Return: a copy without members that are null, which engines write for what is not set."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(element) for element in value] if isinstance(value, list) else value


def of_bundle(document, users, options):
    """Return: a bundle's config.json with the options. @users: of its root."""
    spec = without_nulls(document)
    process = spec.setdefault("process", {})
    if options.command or options.entrypoint is not None:
        process["args"] = command_words({"Entrypoint": [], "Cmd": process.get("args")}, options)
    if options.user is not None:
        who = users.find(options.user)
        process["user"] = {"uid": who.uid, "gid": who.gid, "additionalGids": who.groups}
    add_groups(process, users, options)
    if options.cap_add or options.cap_drop:
        base = process.get("capabilities", {}).get("bounding", [])
        process["capabilities"] = capabilities(base, options, process.get("user", {}).get("uid", 0))
    if options.read_only:
        add_tmpfs(spec, defaults.READ_ONLY_TMPFS)
    apply_options(spec, options)
    return spec


def add_tmpfs(spec, paths):
    """Mount memory on directories that a read-only root has; with the image's files in it."""
    taken = {mount.get("destination") for mount in spec.get("mounts", [])}
    spec.setdefault("mounts", []).extend(
        {"destination": path, "type": "tmpfs", "source": "tmpfs",
         "options": ["rw", "nosuid", "nodev", "tmpcopyup"]} for path in paths if path not in taken)


def add_mount(spec, mount):
    """Add a mount, instead of another one at the same place."""
    mounts = [other for other in spec.get("mounts", []) if other.get("destination") != mount["destination"]]
    spec["mounts"] = [*mounts, mount]


def depth(mount):
    path = os.path.normpath(mount.get("destination", "/"))
    return 0 if path in ("/", "//") else path.count("/")


def sort_mounts(spec, fixed):
    """Mount a directory before what is in it, as podman does. @fixed: destinations of a bundle, whose order is its own."""
    mounts = spec.get("mounts", [])
    spec["mounts"] = [mount for mount in mounts if mount.get("destination") in fixed] + \
        sorted((mount for mount in mounts if mount.get("destination") not in fixed), key=depth)


def apply_options(spec, options):
    """Apply what images and bundles have in common."""
    process = spec["process"]
    if options.workdir:
        process["cwd"] = values.container_path(options.workdir, "--workdir")
    if options.tty:
        process["terminal"] = True
    if options.hostname:
        spec["hostname"] = values.hostname(options.hostname)
    if options.read_only:
        spec.setdefault("root", {})["readonly"] = True
    added = dict(options.environment)
    if options.tty and not any(w.startswith("TERM=") for w in process.get("env", [])):
        added.setdefault("TERM", "xterm")
    set_environment(process, added)
    for mount in tmpfs_mounts(options):
        add_mount(spec, mount)
    for text in options.ulimit:
        set_limit(process, values.ulimit(text))
    apply_kernel_options(spec, options)
    security.apply(spec, options)


def tmpfs_mounts(options):
    found = [values.tmpfs(text) for text in options.tmpfs]
    return found + [mount for mount in map(values.mount, options.mount) if isinstance(mount, dict)]


def apply_kernel_options(spec, options):
    if options.shm_size:
        bytes_wanted = values.size(options.shm_size, "--shm-size")
        own = next((mount for mount in spec.get("mounts", []) if mount.get("destination") == SHM["destination"]), SHM)
        words = [word for word in own.get("options", []) if not word.startswith("size=")]
        add_mount(spec, {**own, "options": [*words, f"size={bytes_wanted}"]})
    for text in options.sysctl:
        name, value = values.sysctl(text)
        spec.setdefault("linux", {}).setdefault("sysctl", {})[name] = value
    if options.pids_limit:
        resources = spec.setdefault("linux", {}).setdefault("resources", {})
        resources["pids"] = {"limit": values.processes(options.pids_limit)}


def set_limit(process, limit):
    limits = [other for other in process.get("rlimits", []) if other["type"] != limit["type"]]
    process["rlimits"] = [*limits, limit]


def has_limit(process, kind):
    return any(limit["type"] == kind for limit in process.get("rlimits", []))


def add_node(spec, path, kind, major, minor, access="rwm"):
    """Add a device node and its rule, with numbers that coldinit replaces by the guest's."""
    linux = spec.setdefault("linux", {})
    linux.setdefault("devices", []).append(
        {"path": path, "type": kind, "major": major, "minor": minor, "fileMode": 0o666})
    linux.setdefault("resources", {}).setdefault("devices", []).append(
        {"allow": True, "type": kind, "major": major, "minor": minor, "access": access})
