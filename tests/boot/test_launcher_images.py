# SPDX-License-Identifier: Apache-2.0
"""initramfs/run: the forms of images that Docker, buildx, containerd, podman and skopeo write."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile

import pytest

import bundles
import launchers
import qemu
import test_launcher_units as units
from launcher import archive, reference, spec, status, store, users, values

pytestmark = pytest.mark.xdist_group("launcher")

LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
AMD64 = {"architecture": "amd64", "os": "linux"}
NAME = "org.opencontainers.image.ref.name"


class Layout:
    """An OCI layout that is written blob by blob."""

    def __init__(self, path):
        self.path = path
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, media, data):
        """Return: the descriptor of what is written."""
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        digest = hashlib.sha256(data).hexdigest()
        (self.path / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}

    def manifest(self, word, compress=("+gzip", gzip.compress), **image):
        """Return: the descriptor of an image of one layer, with the file /which and @word as its program."""
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            member, data = units.tar_member("which", word.encode())
            tar.addfile(member, io.BytesIO(data))
        config = {**AMD64, "config": {"Cmd": [word]}, "rootfs": {
            "type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]}, **image}
        return self.blob(MANIFEST, {
            "schemaVersion": 2, "config": self.blob("application/vnd.oci.image.config.v1+json", config),
            "layers": [self.blob(LAYER + compress[0], compress[1](layer.getvalue()))]})

    def attestation(self):
        config = self.blob("application/vnd.oci.image.config.v1+json", {"architecture": "unknown", "os": "unknown"})
        manifest = self.blob(MANIFEST, {"schemaVersion": 2, "config": config, "layers": []})
        return {**manifest, "platform": {"architecture": "unknown", "os": "unknown"}}

    def index_blob(self, *entries):
        return self.blob(INDEX, {"schemaVersion": 2, "manifests": entries})

    def write(self, *entries):
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
        return self.path


def unpacked(found, work):
    """Return: the program of an image, and the text of /which in its unpacked root, which are one word."""
    image = archive.read(found, "amd64")
    work.mkdir()
    return image.config["config"]["Cmd"][0], (store.unpack(found, image, "amd64", work) / "which").read_text()


def for_platforms(layout):
    return [{**layout.manifest("arm", architecture="arm64"), "platform": {**AMD64, "architecture": "arm64"}},
            {**layout.manifest("new"), "platform": {**AMD64, "variant": "v3"}},
            {**layout.manifest("win"), "platform": {**AMD64, "os": "windows"}},
            {**layout.manifest("one"), "platform": AMD64}, layout.attestation()]


INDEXES = {
    "attestation": lambda to: [to.manifest("one"), to.attestation()],
    "platforms": for_platforms,
    "nested": lambda to: [to.index_blob(*for_platforms(to))],
    "nested-twice": lambda to: [to.index_blob(to.index_blob(*for_platforms(to)))],
    "tagged-index": lambda to: [{**to.index_blob(*for_platforms(to)), "annotations": {NAME: "1.0"}}],
    "two-names": lambda to: [{**to.manifest("one"), "annotations": {NAME: name}} for name in ("1.0", "latest")],
    "null": lambda to: [{**to.manifest("one"), "annotations": None, "platform": None}],
}


@pytest.mark.parametrize("form", INDEXES)
@pytest.mark.parametrize("kind", ["oci", "oci-archive"])
def test_image_of_an_index(tmp_path, kind, form):
    """skopeo has no choice: it gets the image whose config was read, and no other."""
    layout = Layout(tmp_path / "lay:out")
    path = layout.write(*INDEXES[form](layout))
    if kind == "oci-archive":
        subprocess.run(["tar", "-C", path, "-cf", tmp_path / "a:b.tar", "."], check=True)
        path = tmp_path / "a:b.tar"
    assert unpacked(reference.Reference(kind, path), tmp_path / "work") == ("one", "one")


def test_images_of_which_one_must_be_named(tmp_path):
    layout = Layout(tmp_path / "layout")
    layout.write(*[{**layout.manifest(word), "annotations": {NAME: word}, "platform": AMD64} for word in ("one", "two")])
    with pytest.raises(qemu.LaunchError, match="has 2 images: write oci:FILE:TAG with one of one, two$"):
        archive.read(reference.Reference("oci", layout.path), "amd64")
    assert unpacked(reference.Reference("oci", layout.path, "two"), tmp_path / "work") == ("two", "two")


@pytest.mark.parametrize("image,said", [
    ({"os": "windows"}, "is an image for windows: the guest is Linux"), ({"architecture": "arm64"}, "is an image for arm64")])
def test_images_of_other_machines(tmp_path, image, said):
    layout = Layout(tmp_path / "layout")
    layout.write(layout.manifest("one", **image))
    with pytest.raises(qemu.LaunchError, match=said):
        archive.read(reference.Reference("oci", layout.path), "amd64")
    layout.write(layout.index_blob({**layout.manifest("one"), "platform": {**AMD64, "os": "windows"}}))
    with pytest.raises(qemu.LaunchError, match="nothing for linux/amd64"):
        archive.read(reference.Reference("oci", layout.path), "amd64")


def test_indexes_without_an_end(tmp_path):
    layout = Layout(tmp_path / "layout")
    entry = layout.manifest("one")
    for _ in range(5):
        entry = layout.index_blob(entry)
    layout.write(entry)
    with pytest.raises(qemu.LaunchError, match="more than 4 indexes"):
        archive.read(reference.Reference("oci", layout.path), "amd64")


def zstd(data):
    """Return: a frame of blocks that are not compressed (RFC 8878, section 3.1)."""
    size = 1 << 16
    blocks = [data[at:at + size] for at in range(0, len(data), size)]
    frame = b"\x28\xb5\x2f\xfd\x00\x38"  # the magic number, no flags, a window of 128 KiB
    for number, block in enumerate(blocks):
        frame += (len(block) << 3 | (number == len(blocks) - 1)).to_bytes(3, "little") + block
    return frame


@pytest.mark.parametrize("compress", [("+zstd", zstd), ("", bytes)], ids=["zstd", "none"])
def test_layers_of_another_compression(tmp_path, compress):
    layout = Layout(tmp_path / "layout")
    layout.write(layout.manifest("one", compress))
    assert unpacked(reference.Reference("oci", layout.path), tmp_path / "work") == ("one", "one")


def test_what_only_the_options_make_right(tmp_path):
    """An image whose user or variables are wrong can be run with other ones."""
    layout = Layout(tmp_path / "layout")
    layout.write(layout.manifest("sh", config={"Cmd": ["sh"], "User": "nobody-here", "Env": ["EMPTY", "A=1"]}))
    launch = launchers.Launcher(tmp_path / "cache")
    done = launch("--dry-run", layout.path)
    assert (done.returncode, done.stderr) == (
        125, "run: user nobody-here is not in the image's /etc/passwd, which has: none\n")
    _, _, config = launch.dry("-u", "7", layout.path)
    assert config["process"]["user"]["uid"] == 7 and {"EMPTY=", "A=1"} <= set(config["process"]["env"])


def docker_archive(tmp_path):
    units.write_tar(tmp_path / "app.tar", units.tar_member("manifest.json", b'[{"Config": "c"}]'), units.tar_member("c", b"{}"))
    return tmp_path / "app.tar"


@pytest.mark.parametrize("prefix", ["", "docker-archive:"])
def test_archive_that_is_compressed_by_zstd(tmp_path, prefix):
    (tmp_path / "app.tar.zst").write_bytes(zstd(docker_archive(tmp_path).read_bytes()))
    with pytest.raises(qemu.LaunchError, match=r"app\.tar\.zst is compressed by zstd: run  zstd -d "):
        archive.read(reference.parse(f"{prefix}{tmp_path}/app.tar.zst"), "amd64")


@pytest.mark.parametrize("prefix", ["", "dir:"])
@pytest.mark.parametrize("names,said", [(["manifest.json", "version"], "is an image in the form dir: of skopeo: run  skopeo copy dir:"),
                                        (["manifest.json", "c"], "is an unpacked archive of an image: run  tar -C ")])
def test_directories_that_are_no_root(tmp_path, prefix, names, said):
    for name in names:
        (tmp_path / name).write_text("{}")
    with pytest.raises(qemu.LaunchError, match=said):
        reference.parse(f"{prefix}{tmp_path}")
    (tmp_path / "bin").mkdir()  # a root may have such a file
    (tmp_path / "version").unlink(missing_ok=True)
    assert reference.parse(f"dir:{tmp_path}").kind == "dir"


def test_layout_that_is_named_as_a_root(tmp_path):
    for name in ("oci-layout", "index.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(qemu.LaunchError, match="is an OCI layout: write oci:/"):
        reference.parse(f"dir:{tmp_path}")


def test_error_of_skopeo_is_its_message():
    line = 'time="2026-01-01T00:00:00Z" level=fatal msg="no \\"x\\" in it"'
    assert store.message(line) == 'no "x" in it'
    assert store.message("another line") == "another line"


@pytest.mark.parametrize("entry,args", [([""], ["c"]), (["e"], ["e", "c"]), (["", "x"], ["", "x", "c"]), (None, ["c"])])
def test_empty_entrypoint_of_a_dockerfile(entry, args):
    assert spec.command_words({"Entrypoint": entry, "Cmd": ["c"]}, units.parsed("image")) == args


def test_short_lines_of_passwd(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("few:x:7:8\r\nx\n")
    (tmp_path / "etc/group").write_text("wheel:x:9\n")
    found = users.read(tmp_path)
    assert found.find("few") == users.User(7, 8, [8], "/")
    assert found.find("few:wheel").gid == 9


# --- documents of a bundle -----------------------------------------------------------------------

def test_bundle_with_marks_and_nulls(tmp_path):
    """Windows' editors write a byte order mark, engines write null for what is not set."""
    config = {**bundles.container("true"), "mounts": None, "hooks": None, "annotations": None}
    config["process"].update(env=None, rlimits=None, user=None)
    config["linux"].update(devices=None, resources=None)
    bundle = bundles.write_bundle(tmp_path / "bundle", "\ufeff" + json.dumps(config), [])
    (bundle / "manifest.json").write_text("\ufeff" + json.dumps(bundles.manifest()))
    (tmp_path / "env").write_bytes("\ufeffA=1\r\n".encode())
    launch = launchers.Launcher(tmp_path / "cache")
    _, _, spec_text = launch.dry("--env-file", tmp_path / "env", "--ulimit", "nofile=9", "--read-only", "--tmpfs", "/x",
                                 "--security-opt", "mask=/proc/x", "--device", "edu", bundle)
    assert spec_text["process"]["env"][0] == "A=1" and "hooks" not in spec_text


def test_nulls_of_a_list_stay():
    """They are errors, which coldinit reports."""
    assert spec.without_nulls({"a": [None, {"b": None}], "c": None}) == {"a": [None, {}]}


def test_name_with_blanks(tmp_path):
    (tmp_path / "env").write_text("export A=1\n")
    with pytest.raises(values.ValueFault, match="--env export A=1: NAME=VALUE or NAME expected, with a name without blanks"):
        values.environment([], [tmp_path / "env"], {})


# --- what is shown of an error -------------------------------------------------------------------

@pytest.mark.parametrize("shown,error", [
    ("coldinit: cannot find \"/a?b?[2J\"", "cannot find \"/a\nb\x1b[2J\""), ("coldinit: has b\ufffd", "has b?"), ("", "has\x7f\tb")])
def test_error_is_one_line_and_shown_once(capsys, shown, error):
    """The console has control characters as question marks, the verdict has them as they are."""
    lines = status.Status()
    if shown:
        lines.message(shown.replace("?[", "\x1b["))
    lines.report_error(error)
    text = capsys.readouterr().err
    assert text == (f"{shown}\n" if shown else "coldinit: has??b\n")
