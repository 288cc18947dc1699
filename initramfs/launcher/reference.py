# SPDX-License-Identifier: Apache-2.0
"""The name of an image: which kind, where, and which of several."""

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

from launcher import archive
from qemu import LaunchError

ARCHIVES = ("docker-archive", "oci-archive")
KINDS = (*ARCHIVES, "oci", "dir", "bundle")


@dataclass(frozen=True)
class Reference:
    """@tag is "" if the only image is meant."""

    kind: str
    path: Path
    tag: str = ""

    def __str__(self):
        return f"{self.kind}:{self.path}" + (f":{self.tag}" if self.tag else "")


def split_tag(text):
    """Split PATH[:TAG]; both may contain colons. Return: both, the longest path that exists."""
    at = len(text)
    while at > 0:
        if os.path.exists(text[:at]):
            return text[:at], text[at + 1:]
        at = text.rfind(":", 0, at)
    return text, ""


def kind_of_tar(path):
    try:
        archive.check_compression(path)
        with tarfile.open(path) as tar:
            names = {os.path.normpath(name) for name in tar.getnames()}
    except (OSError, tarfile.TarError) as error:
        why = error.strerror if isinstance(error, OSError) else archive.NO_TAR
        raise LaunchError(f"{path} is no archive of an image: {why}") from None
    if "manifest.json" in names:  # docker save of new versions writes an OCI layout too
        return "docker-archive"
    if "index.json" in names:
        return "oci-archive"
    raise LaunchError(f"{path} has neither manifest.json nor index.json: is it an image "
                      "(docker save, podman save)? For a root file system unpack it, and use dir:DIRECTORY")


def check_no_image(path):
    """Directories with the files of an image are no root file system, although skopeo's form is dir: too."""
    if (path / "manifest.json").is_file() and (path / "version").is_file():
        raise LaunchError(f"{path} is an image in the form dir: of skopeo: run  skopeo copy dir:{path} oci-archive:FILE")
    if (path / "oci-layout").is_file() and (path / "index.json").is_file():
        raise LaunchError(f"{path} is an OCI layout: write oci:{path}")
    if (path / "manifest.json").is_file() and not (path / "bin").exists() and not (path / "usr").exists():
        raise LaunchError(f"{path} is an unpacked archive of an image: run  tar -C {path} -cf FILE .")


def kind_of(path):
    """Find out the kind by looking."""
    if path.is_file():
        return kind_of_tar(path)
    if not path.is_dir():
        raise LaunchError(f"{path} is not there: an image is docker-archive:FILE, oci-archive:FILE, oci:DIR, "
                          "dir:ROOTFS or bundle:DIR; for one of a registry run  skopeo copy docker://NAME "
                          "oci-archive:FILE  first")
    if (path / "config.json").is_file():
        return "bundle"
    if (path / "index.json").is_file():
        return "oci"
    check_no_image(path)
    raise LaunchError(f"{path} has no config.json: is it an OCI bundle? It has no index.json of an OCI layout "
                      f"either; if it is a root file system, write dir:{path}")


def parse(text):
    """Return: the Reference of IMAGE."""
    kind, colon, rest = text.partition(":")
    if not text or kind in KINDS and colon and not rest:
        raise LaunchError(f'"{text}" names no image: its path is empty')
    if kind not in KINDS or not colon:
        path, tag = split_tag(text)
        return Reference(kind_of(Path(path)), Path(path).absolute(), tag)
    path, tag = split_tag(rest) if kind in (*ARCHIVES, "oci") else (rest, "")
    found = Reference(kind, Path(path).absolute(), tag)
    if kind in ARCHIVES and not found.path.is_file():
        raise LaunchError(f"{kind}:{path}: no such file")
    if kind not in ARCHIVES and not found.path.is_dir():
        raise LaunchError(f"{kind}:{path}: no such directory")
    if kind == "dir":
        check_no_image(found.path)
    if kind == "bundle" and not (found.path / "config.json").is_file():
        raise LaunchError(f"{path} has no config.json: is it an OCI bundle?")
    return found
