# SPDX-License-Identifier: Apache-2.0
"""Read an image's config out of its layout or archive, without unpacking it (OCI image spec, docker save)."""

import hashlib
import json
import os
import re
import shutil
import tarfile
from dataclasses import dataclass

from qemu import LaunchError

SMALL = 16 << 20  # no manifest or config is larger
LINKS_MAX = 40
INDEXES_MAX = 4
NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True)
class Image:
    """@digest: of its config, which names its layers; @config: the parsed one; @tag: in a docker archive, for skopeo;
    @manifest: its descriptor in a layout."""

    digest: str
    config: dict
    tag: str = ""
    manifest: dict = None


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
        check_compression(path)
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


def of_platform(entries, arch):
    """Return: the entries for Linux on an architecture, by Go's names, which are Debian's here. One for every machine
    comes before one for some (a variant). Attestations are for the platform unknown."""
    found = [(entry, entry.get("platform") or {}) for entry in entries]
    found = [(entry, platform) for entry, platform in found
             if platform.get("architecture", arch) == arch and platform.get("os", "linux") == "linux"]
    return [entry for entry, _ in sorted(found, key=lambda pair: bool(pair[1].get("variant")))]


def name_of(entry):
    """Return: the names of an entry, none or one."""
    name = (entry.get("annotations") or {}).get(NAME)
    return [name] if name else []


def choose_oci(entries, reference, arch):
    """Return: the entry of index.json for @reference."""
    entries = of_platform(entries, arch) or entries
    names = [name_of(entry) for entry in entries]
    platforms = not reference.tag and not any(names) and all("platform" in entry for entry in entries)
    same = not reference.tag and len({entry["digest"] for entry in entries}) == 1
    return entries[0 if entries and (platforms or same) else choose(entries, names, reference.tag, reference)]


def read_oci(files, reference, arch):
    """Return: the config, and the descriptor of the manifest that names it."""
    entry = choose_oci(json.loads(files.read("index.json"))["manifests"], reference, arch)
    for _ in range(INDEXES_MAX):
        manifest = json.loads(blob(files, entry))
        if "manifests" not in manifest:
            return blob(files, manifest["config"]), entry
        entries = of_platform(manifest["manifests"], arch)
        if not entries:
            raise LaunchError(f"the image has nothing for linux/{arch}")
        entry = entries[0]
    raise LaunchError(f"{reference.path} has more than {INDEXES_MAX} indexes, one in the other")


def write_layout(reference, image, folder):
    """Write a layout whose only image is @image. @reference: where its blobs are"""
    folder.mkdir()
    entry = {key: image.manifest[key] for key in ("mediaType", "digest", "size") if key in image.manifest}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    if reference.kind == "oci":
        (folder / "blobs").symlink_to(reference.path / "blobs")
        return
    try:
        with tarfile.open(reference.path) as tar:
            extract_blobs(tar, folder)
    except (OSError, tarfile.TarError) as error:
        raise LaunchError(f"{reference} cannot be read as an image: {explain(error)}") from None


def extract_blobs(tar, folder):
    (folder / "blobs/sha256").mkdir(parents=True)
    for member in tar:
        name = os.path.normpath(member.name)
        if member.isfile() and re.fullmatch("blobs/sha256/[0-9a-f]{64}", name):
            with (folder / name).open("wb") as file:
                shutil.copyfileobj(tar.extractfile(member), file)


def has_zstd(layout):
    """Has the only image of a layout a layer that is compressed by zstd?"""
    files = Directory(layout)
    [entry] = json.loads(files.read("index.json"))["manifests"]
    return any(layer["mediaType"].endswith("zstd") for layer in json.loads(blob(files, entry))["layers"])


def read_docker(files, reference):
    entries = json.loads(files.read("manifest.json"))
    names = [entry.get("RepoTags") or [] for entry in entries]
    at = choose(entries, names, reference.tag, reference)
    tags = [name for name in names[at] if reference.tag in (name, name.rsplit(":", 1)[-1])]
    return files.read(entries[at]["Config"]), tags[0] if tags else ""


NO_TAR = "it is no tar archive, or it is cut"
ZSTD = b"\x28\xb5\x2f\xfd"


def check_compression(path):
    """Python reads archives that are compressed in another way."""
    with open(path, "rb") as file:
        if file.read(len(ZSTD)) == ZSTD:
            raise LaunchError(f"{path} is compressed by zstd: run  zstd -d {path}  and name what it writes")


def explain(error):
    """Return: why something is no image, for a reader who does not know this program."""
    if isinstance(error, tarfile.TarError):
        return NO_TAR
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
            tag, manifest = "", None
            if reference.kind == "docker-archive":
                data, tag = read_docker(files, reference)
            else:
                data, manifest = read_oci(files, reference, arch)
        finally:
            files.close()
        config = json.loads(data)
        check_config(config)
    except (OSError, KeyError, IndexError, TypeError, AttributeError, ValueError, tarfile.TarError) as error:
        raise LaunchError(f"{reference} cannot be read as an image: {explain(error)}") from None
    system = config.get("os") or "linux"
    if system != "linux":
        raise LaunchError(f"{reference} is an image for {system}: the guest is Linux")
    found = config.get("architecture") or arch
    if found != arch:
        raise LaunchError(f"{reference} is an image for {found}: the guest is {arch} (--arch, make ARCH=)")
    return Image(hashlib.sha256(data).hexdigest(), config, tag, manifest)
