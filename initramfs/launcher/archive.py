# SPDX-License-Identifier: Apache-2.0
"""Read an image's config out of its layout or archive, without unpacking it (OCI image spec, docker save)."""

import hashlib
import json
import os
import tarfile
from dataclasses import dataclass

from qemu import LaunchError

SMALL = 16 << 20  # no manifest or config is larger
LINKS_MAX = 40
NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True)
class Image:
    """@digest: of its config, which names its layers; @config: the parsed one; @tag: for skopeo."""

    digest: str
    config: dict
    tag: str


class Directory:
    """The files of an OCI layout."""

    def __init__(self, path):
        self.path = path

    def read(self, name):
        path = self.path / name
        if path.exists() and not path.is_file():
            raise ValueError(f"{name} is no regular file")
        with path.open("rb") as file:
            return file.read(SMALL)

    def close(self):
        pass


class Archive:
    """The files of a tar archive, which may be compressed."""

    def __init__(self, path):
        self.tar = tarfile.open(path)
        self.members = {os.path.normpath(member.name): member for member in self.tar}

    def read(self, name):
        at = name
        for _ in range(LINKS_MAX):
            member = self.members.get(os.path.normpath(at))
            if member is None:
                raise ValueError(f"{name} is missing")
            if not member.issym() and not member.islnk():
                break
            at = member.linkname  # docker save links equal layers
            if member.issym():
                at = os.path.join(os.path.dirname(member.name), at)
        if not member.isfile():
            raise ValueError(f"{name} is no regular file")
        return self.tar.extractfile(member).read(SMALL)

    def close(self):
        self.tar.close()


def blob(files, descriptor):
    kind, _, value = descriptor["digest"].partition(":")
    data = files.read(f"blobs/{kind}/{value}")
    if kind != "sha256" or hashlib.sha256(data).hexdigest() != value:
        raise LaunchError(f"the image is damaged: {descriptor['digest']} is the digest of other bytes")
    return data


def choose(entries, names, tag, reference):
    """Return: the entry for @tag, or the only one. @names: the tags of each entry."""
    found = [n for n, own in enumerate(names) if tag in own
             or any(name.rsplit(":", 1)[-1] == tag for name in own)] if tag else list(range(len(entries)))
    if len(found) == 1:
        return found[0]
    listed = ", ".join(name for own in names for name in own) or "no names"
    if not entries:
        raise LaunchError(f"{reference.path} has no image")
    if not found:
        raise LaunchError(f"{reference.path} has no image {tag}: it has {listed}")
    raise LaunchError(f"{reference.path} has {len(found)} images: write {reference.kind}:FILE:TAG with one of {listed}")


def of_platform(files, index, arch):
    """Return: the manifest of an index for an architecture, by Go's names, which are Debian's here."""
    for descriptor in index["manifests"]:
        platform = descriptor.get("platform", {})
        if platform.get("architecture") == arch and platform.get("os", "linux") == "linux":
            return json.loads(blob(files, descriptor))
    raise LaunchError(f"the image has nothing for linux/{arch}")


def read_oci(files, reference, arch):
    entries = json.loads(files.read("index.json"))["manifests"]
    names = [[entry["annotations"][NAME]] if NAME in entry.get("annotations", {}) else [] for entry in entries]
    if not reference.tag and len(entries) > 1 and all("platform" in entry for entry in entries):
        entries = [e for e in entries if e["platform"].get("architecture") == arch] or entries
    at = choose(entries, names, reference.tag, reference)
    manifest = json.loads(blob(files, entries[at]))
    if "manifests" in manifest:
        manifest = of_platform(files, manifest, arch)
    return blob(files, manifest["config"]), names[at][0] if names[at] and reference.tag else ""


def read_docker(files, reference):
    entries = json.loads(files.read("manifest.json"))
    names = [entry.get("RepoTags") or [] for entry in entries]
    at = choose(entries, names, reference.tag, reference)
    tags = [name for name in names[at] if reference.tag in (name, name.rsplit(":", 1)[-1])]
    return files.read(entries[at]["Config"]), tags[0] if tags else ""


def explain(error):
    """Return: why something is no image, for a reader who does not know this program."""
    if isinstance(error, tarfile.TarError):
        return "it is no tar archive, or it is cut"
    if isinstance(error, FileNotFoundError):
        return f"{os.path.basename(error.filename)} is missing"
    if isinstance(error, (KeyError, IndexError, TypeError, AttributeError)):
        return f"its JSON does not have the form of an image ({type(error).__name__}: {error})"
    return str(error)


TEXT, TEXTS, NAMES = "a text", "a list of texts", "an object"
FORM = {"Entrypoint": TEXTS, "Cmd": TEXTS, "Env": TEXTS, "User": TEXT, "WorkingDir": TEXT, "StopSignal": TEXT,
        "ExposedPorts": NAMES, "Volumes": NAMES}


def has_form(value, form):
    """Has a value of the config the form that the image spec gives it? Absent and null are the same."""
    if form == TEXTS:
        return value is None or isinstance(value, list) and all(isinstance(word, str) for word in value)
    return value is None or isinstance(value, str if form == TEXT else dict)


def check_config(image):
    """Check the form of what is used of an image's config (OCI image spec, "Image Configuration")."""
    if not isinstance(image, dict):
        raise ValueError("the config is no object")
    places = [(image, "", {"architecture": TEXT, "os": TEXT, "author": TEXT, "created": TEXT, "config": NAMES, "rootfs": NAMES})]
    if isinstance(image.get("config"), dict):
        places.append((image["config"], "config.", FORM))
    for found, prefix, forms in places:
        for name, form in forms.items():
            if not has_form(found.get(name), form):
                raise ValueError(f"{prefix}{name} of its config is not {form}")


def layers(image):
    """Return: the digests of an image's layers, which its config has in any form of the image."""
    return (image.get("rootfs") or {}).get("diff_ids")


def read(reference, arch):
    """Return: the Image that @reference names."""
    try:
        files = Directory(reference.path) if reference.kind == "oci" else Archive(reference.path)
        try:
            data, tag = read_docker(files, reference) if reference.kind == "docker-archive" else \
                read_oci(files, reference, arch)
        finally:
            files.close()
        config = json.loads(data)
        check_config(config)
    except (OSError, KeyError, IndexError, TypeError, AttributeError, ValueError, tarfile.TarError) as error:
        raise LaunchError(f"{reference} cannot be read as an image: {explain(error)}") from None
    found = config.get("architecture") or arch
    if found != arch:
        raise LaunchError(f"{reference} is an image for {found}: the guest is {arch} (--arch, make ARCH=)")
    return Image(hashlib.sha256(data).hexdigest(), config, tag)
