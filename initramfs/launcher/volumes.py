# SPDX-License-Identifier: Apache-2.0
"""Directories and files of the host in the container, by virtio-fs."""

import os
import shutil
import stat

from launcher import spec as specs
from qemu import LaunchError

KINDS = {stat.S_IFSOCK: "socket", stat.S_IFIFO: "named pipe", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
FOLDER = "/run/coldinit/volumes"
MOST = 6  # QEMU gives them the slots below those of the other devices


def shared_directory(volume, number, scratch):
    """Return: the directory to share, and what to bind in it.

    virtio-fs shares directories, and the rest of a file's directory is not meant.
    """
    if os.path.isdir(volume.host):
        return volume.host, ""
    if not os.path.exists(volume.host):
        raise LaunchError(f"--volume: {volume.host} is not there")
    if not os.path.isfile(volume.host):
        kind = KINDS.get(stat.S_IFMT(os.stat(volume.host).st_mode), "special file")
        raise LaunchError(f"--volume: {volume.host} is a {kind} of this machine, which a VM cannot use")
    if not volume.readonly:
        raise LaunchError(f"--volume: {volume.host} is a file: add :ro (the guest gets a copy), or share its directory")
    name = os.path.basename(volume.host)
    folder = scratch / f"volume{number}"
    folder.mkdir()
    shutil.copy2(volume.host, folder / name)
    return str(folder), f"/{name}"


def path_for_daemon(path, number, scratch):
    """Return: @path, or a link to it if its name has what virtiofsd takes for the end of an option."""
    if "," not in path and "\\" not in path:
        return path
    link = scratch / f"shared{number}"
    link.symlink_to(path)
    return f"{link}/."  # the daemon takes no link, but follows one in front of a name


def extend(volumes, scratch, manifest, spec):
    """Add @volumes to manifest and spec. Return: the directories to share, by tag."""
    if len(volumes) > MOST:
        raise LaunchError(f"--volume: {len(volumes)} volumes, at most {MOST} are possible")
    places = [volume.container for volume in volumes]
    for place in places:
        if places.count(place) > 1:
            raise LaunchError(f"--volume: {place} of the container is named twice")
    shares = {}
    for number, volume in enumerate(volumes):
        tag, place = f"volume{number}", f"{FOLDER}/{number}"
        directory, inside = shared_directory(volume, number, scratch)
        shares[tag] = path_for_daemon(directory, number, scratch)
        flags = ["ro"] if volume.readonly else []
        manifest.setdefault("storages", []).append(
            {"driver": "virtio-fs", "source": tag, "fstype": "virtiofs", "options": flags, "mount_point": place})
        specs.add_mount(spec, {"destination": volume.container, "type": "bind", "source": place + inside,
                               "options": ["rbind", "rprivate", *(flags or ["rw"]), *volume.flags]})
    return shares
