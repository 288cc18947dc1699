# SPDX-License-Identifier: Apache-2.0
"""initramfs/run with images and values that no honest tool writes: one line, 125, and nothing else happens."""

import dataclasses
import hashlib
import json
import os
import socket
import tarfile

import pytest

import launchers
import qemu
import test_launcher_units as units
from launcher import archive, devices, host, options, reference, spec, store, users, values

pytestmark = pytest.mark.xdist_group("launcher")


# --- an image's config ---------------------------------------------------------------------------

@pytest.mark.parametrize("config,said", [
    ([], "the config is no object"), ({"config": []}, "config of its config is not an object"),
    ({"config": {"Entrypoint": "sh"}}, "config.Entrypoint of its config is not a list of texts"),
    ({"config": {"Cmd": [1]}}, "config.Cmd"), ({"config": {"Env": {"A": "1"}}}, "config.Env"), ({"config": {"User": 0}}, "config.User"),
    ({"config": {"WorkingDir": ["/"]}}, "config.WorkingDir"), ({"config": {"StopSignal": 15}}, "config.StopSignal"),
    ({"config": {"ExposedPorts": ["80"]}}, "config.ExposedPorts"), ({"config": {"Volumes": "/a"}}, "config.Volumes"),
    ({"architecture": 1}, "architecture"), ({"rootfs": []}, "rootfs"),
])
def test_config_of_another_form(tmp_path, config, said):
    data = json.dumps(config).encode()
    units.write_tar(tmp_path / "a.tar", units.tar_member("manifest.json", b'[{"Config": "c"}]'), units.tar_member("c", data))
    with pytest.raises(qemu.LaunchError) as error:
        units.read_archive(tmp_path / "a.tar")
    assert said in str(error.value) and "\n" not in str(error.value)


def test_config_with_nothing(tmp_path):
    """Absent and null are the same."""
    image = {"config": {name: None for name in archive.FORM}, "architecture": None, "created": None}
    archive.check_config(image)
    archive.check_config({})
    made = spec.of_image(image, users.Users([], []), units.parsed("x", "sh"))
    assert made["process"]["args"] == ["sh"] and made["annotations"] == {}


def test_json_that_is_nested_too_deeply(tmp_path):
    launch = launchers.Launcher(tmp_path / "cache")
    deep = b"[" * 100000
    units.write_tar(tmp_path / "a.tar", units.tar_member("manifest.json", deep))
    done = launch(f"docker-archive:{tmp_path / 'a.tar'}")
    assert (done.returncode, done.stderr.count("\n")) == (125, 1) and "nested too deeply" in done.stderr


def test_another_image_than_skopeo_takes(tmp_path, monkeypatch):
    """The cache's entry has the name of one image, so it must not have the files of another one."""
    root = launchers.write_root(tmp_path / "root")
    layout = launchers.make_layout(tmp_path / "layout", root)
    found = reference.Reference("oci", layout, "app")
    image = archive.read(found, "amd64")
    assert len(archive.layers(image.config)) == 1
    (tmp_path / "good").mkdir()
    assert (store.unpack(found, image, "amd64", tmp_path / "good") / "bin/busybox").is_file()
    other = dataclasses.replace(image, config={**image.config, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})
    (tmp_path / "bad").mkdir()
    with pytest.raises(qemu.LaunchError, match="another image"):
        store.unpack(found, other, "amd64", tmp_path / "bad")
    assert not (tmp_path / "bad/rootfs").exists()


def test_layer_that_is_not_the_configs(tmp_path):
    """A docker archive whose layer has other bytes than its config says: nothing is cached."""
    root = launchers.write_root(tmp_path / "root")
    layout = launchers.make_layout(tmp_path / "layout", root)
    path = tmp_path / "app.tar"
    launchers.run("skopeo", "--insecure-policy", "copy", f"oci:{layout}:app", f"docker-archive:{path}:x:1")
    launchers.run("tar", "-xf", path, "-C", tmp_path)
    [entry] = json.loads((tmp_path / "manifest.json").read_text())
    [layer] = entry["Layers"]
    units.write_tar(tmp_path / "other", units.tar_member("bin/sh", b"evil"))
    os.replace(tmp_path / "other", tmp_path / layer)
    launchers.run("tar", "-cf", path, "-C", tmp_path, "manifest.json", entry["Config"], layer)
    launch = launchers.Launcher(tmp_path / "cache")
    done = launch("--dry-run", f"docker-archive:{path}", "sh")
    assert (done.returncode, done.stderr.count("\n")) == (125, 1) and "skopeo failed" in done.stderr
    assert not list((tmp_path / "cache").rglob("root.erofs"))


def write_image(path, *members):
    """Write a docker archive of one layer with these members."""
    layer = path.with_suffix(".layer")
    units.write_tar(layer, *members)
    digest = hashlib.sha256(layer.read_bytes()).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]},
              "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}
    entry = {"Config": "c.json", "RepoTags": ["x:1"], "Layers": ["layer.tar"]}
    units.write_tar(path, units.tar_member("manifest.json", json.dumps([entry]).encode()),
                    units.tar_member("c.json", json.dumps(config).encode()), units.tar_member("layer.tar", layer.read_bytes()))
    return path


@pytest.mark.parametrize("status,members", [
    (0, [units.tar_member("../../../../../../escape", b"x")]),
    (0, [units.tar_member("l", type=tarfile.SYMTYPE, linkname="OUT"), units.tar_member("l/escape", b"x")]),
    (0, [units.tar_member("l", type=tarfile.SYMTYPE, linkname="OUT/escape"), units.tar_member("l", b"x")]),
    (125, [units.tar_member("l", type=tarfile.LNKTYPE, linkname="OUT/secret")]),
    (0, [units.tar_member("etc/passwd", type=tarfile.SYMTYPE, linkname="OUT/secret")]),
], ids=["above", "link", "link-to-file", "hard-link", "passwd"])
def test_layers_stay_in_their_root(tmp_path, status, members):
    """Names and links of a layer that lead out of it write nothing there, and read nothing from there."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "secret").write_text("user:x:7:7::/:\n")
    for member, _ in members:
        member.linkname = member.linkname.replace("OUT", str(out))
    path = write_image(tmp_path / "a.tar", *members, units.tar_member("bin/sh", b"y"))
    launch = launchers.Launcher(tmp_path / "cache")
    done = launch("--dry-run", f"docker-archive:{path}")
    assert (done.returncode, done.stderr.count("\n")) == (status, 1 if status else 0), done.stderr
    assert [file.name for file in out.iterdir()] == ["secret"] and (out / "secret").stat().st_nlink == 1
    assert not [file for folder in (tmp_path, *tmp_path.parents) for file in folder.glob("escape")]
    done = launch("--dry-run", "-u", "user", f"docker-archive:{path}")
    assert done.returncode == 125 and done.stderr.count("\n") == 1


@pytest.mark.parametrize("line", ["x:x:\N{SUPERSCRIPT TWO}:0::/:", f"x:x:{'9' * 5000}:0::/:", "x:x:4294967295:0::/:", "x:x:-1:0::/:"])
def test_users_whose_number_is_none(tmp_path, line):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(f"{line}\nroot:x:0:0::/root:\n")
    (tmp_path / "etc/group").write_text(line.replace("::/:", ":") + "\n")
    found = users.read(tmp_path)
    assert found.passwd == [["root", 0, 0, "/root"]] and found.group == []
    with pytest.raises(qemu.LaunchError, match="not in the image's /etc/passwd"):
        found.find(line.split(":")[2])


def test_lines_of_passwd_end_with_a_newline_only(tmp_path):
    """Not with the other characters at which Python splits lines, which would make a root of a part of a comment."""
    (tmp_path / "etc").mkdir()
    odd = "\v\f\x1c\x1d\x1e\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"
    text = "".join(f"user{n}:x:{n + 1}:7:a{char}evil{n}:x:0:0::/:/bin/sh\n" for n, char in enumerate(odd))
    (tmp_path / "etc/passwd").write_bytes(text.encode() + b"  last:x:99:7::/home/last:\r\n")
    (tmp_path / "etc/group").write_bytes(f"some:x:7:a,b{odd}evil:x:0:last\r\n helpers:x:8:last\r\n".encode())
    found = users.read(tmp_path)
    assert [name for name, *_ in found.passwd] == [*(f"user{n}" for n in range(len(odd))), "last"]
    assert [name for name, *_ in found.group] == ["some", "helpers"] and found.find("last").groups == [7, 8]


# --- values --------------------------------------------------------------------------------------

@pytest.mark.parametrize("call,text", [
    (values.memory_mib, "\N{ARABIC-INDIC DIGIT FOUR}g"), (values.memory_mib, "1_0g"), (values.processors, "1_0"), (values.processors, " 5 "),
    (values.processors, "9" * 40), (values.processors, "inf"), (values.network, "tap:t,address=1.2.3.4/\N{SUPERSCRIPT TWO}"),
    (values.network, "tap:t,address=1.2.3.4/\N{ARABIC-INDIC DIGIT THREE}"), (values.ulimit, "nofile=\N{ARABIC-INDIC DIGIT THREE}"),
    (values.ulimit, f"nofile={'9' * 40}"), (values.stop_signal, "rtmin+\N{ARABIC-INDIC DIGIT THREE}"),
])
def test_digits_are_those_of_ascii(call, text):
    with pytest.raises(values.ValueFault):
        call(text)


def test_lines_of_an_environment_file(tmp_path):
    """As podman reads them: a carriage return is a part of a value, except before the newline."""
    (tmp_path / "env").write_bytes("A=1\r2\f3\r\n\t # no\n  B= x \nC=\N{LINE SEPARATOR}".encode())
    assert values.environment([], [tmp_path / "env"], {}) == {"A": "1\r2\f3", "B": " x ", "C": "\N{LINE SEPARATOR}"}


@pytest.mark.parametrize("call,text,said", [
    (values.memory_mib, "9" * 400 + "t", "no machine"), (values.memory_mib, "9000000000g", "no machine"),
    (values.ulimit, "nofile=18446744073709551616", "numbers up to"), (values.stop_signal, "SIGFLY", "no such signal"), (values.stop_signal, "0", "no such signal"), (values.stop_signal, "65", "no such"),
    (values.stop_signal, "", "no such"), (values.network, "bridge", "tap:NAME"), (values.network, "tap", "no name"),
    (values.network, "tap:a/b,address=1.2.3.4/8", "no name of an interface"), (values.network, "tap:t", "address="),
    (values.network, "tap:t,address=1.2.3.4", "address="), (values.network, "tap:t,address=1.2.3/8", "1.2.3 is no IPv4"),
    (values.network, "tap:t,address=1.2.3.4/33", "address="), (values.network, "tap:t,address=1.2.3.4/8,gateway=x", "x is no IPv4"),
    (values.network, "tap:t,mtu=9", "unknown option mtu"), (values.network, "none:x", "expected"),
])
def test_wrong_values(call, text, said):
    with pytest.raises(values.ValueFault) as error:
        call(text)
    assert said in str(error.value)


@pytest.mark.parametrize("text,name", [("term", "SIGTERM"), ("SigUsr1", "SIGUSR1"), ("9", "9"), ("rtmin+3", "SIGRTMIN+3"),
                                       ("SIGRTMAX-1", "SIGRTMAX-1")])
def test_signals_as_podman_takes_them(text, name):
    assert values.stop_signal(text) == name


def test_node_of_the_host(tmp_path):
    with pytest.raises(qemu.LaunchError, match="--device /dev/nvidia0: a device node"):
        devices.extend(["/dev/nvidia0"], devices.Plugging(tmp_path, "amd64"), {}, {"process": {}}, host.SYSFS)


def test_volume_that_is_no_file(tmp_path):
    """A copy of a socket cannot be made, and that of a pipe or a device may never end."""
    (tmp_path / "root").mkdir()
    launchers.write_root(tmp_path / "root/r")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path, kind in ((tmp_path / "pipe", "named pipe"), (tmp_path / "socket", "socket"), ("/dev/zero", "device")):
            done = launchers.Launcher(tmp_path / "cache")("--dry-run", "-v", f"{path}:/x:ro", f"dir:{tmp_path / 'root/r'}", "true")
            assert (done.returncode, done.stderr) == (125, f"run: --volume: {path} is a {kind} of this machine, which a VM cannot use\n")


@pytest.mark.parametrize("words,said", [
    (["-v", "/usr:/a", "-v", "/srv:/a/"], "--volume: /a of the container is named twice"),
    (["-p", "8090:80", "-p", "8090:81"], "--publish: port 8090 of the host is named twice"),
    (["--report", "/nowhere/file"], "--report /nowhere/file: there is no directory /nowhere"), (["--chart", "/"], "--chart /: it is a directory"),
])
def test_options_that_do_not_go_together(tmp_path, words, said):
    """Before anything is started."""
    launch = launchers.Launcher(tmp_path / "cache")
    done = launch("--dry-run", *words, f"dir:{launchers.write_root(tmp_path / 'root')}", "true")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (125, "", 1) and said in done.stderr


@pytest.mark.parametrize("words", [["-e", "A=x\udcffy"], ["-v", "/usr:/x\udcffy"], ["-w", "/x\udcffy"]])
def test_words_that_are_not_utf8(tmp_path, words):
    """JSON cannot have them, and a guest must not be started to find that out."""
    launch = launchers.Launcher(tmp_path / "cache")
    done = launch("--dry-run", *words, f"dir:{launchers.write_root(tmp_path / 'root')}", "true")
    assert (done.returncode, done.stderr.count("\n")) == (125, 1) and "x?y" in done.stderr and "is not UTF-8" in done.stderr


def test_files_that_an_ordinary_user_may_not_read(tmp_path, monkeypatch):
    """Images of Fedora have an /etc/shadow of mode 0. A directory of the user's stays as it is."""
    root = tmp_path / "root"
    (root / "closed/in").mkdir(parents=True)
    (root / "closed/in/shadow").write_text("x")
    (root / "open").write_text("x")
    (root / "link").symlink_to("nowhere")
    modes = {"closed/in/shadow": (0, 0o400), "closed/in": (0o4030, 0o4530), "closed": (0, 0o500), "open": (0o640, 0o640)}
    for name, (before, _) in modes.items():
        (root / name).chmod(before)
    store.make_readable(root)  # root, who runs this, needs no other modes
    assert (root / "closed").stat().st_mode & 0o7777 == 0 or os.geteuid() != 0
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "access", lambda path, mode: os.stat(path).st_mode & 0o400)
    with pytest.raises(qemu.LaunchError, match="root/closed cannot be read by this user: run the launcher as root"):
        store.check_readable(root)
    store.make_readable(root)
    assert {name: (root / name).stat().st_mode & 0o7777 for name in modes} == {name: after for name, (_, after) in modes.items()}
    store.check_readable(root)


def test_root_with_mounts_of_the_kernel(tmp_path, monkeypatch):
    """A chroot that is still in use: not an errno of a process that has ended."""
    root = launchers.write_root(tmp_path / "ro ot")
    text = "".join(f"36 35 0:5 / {str(tmp_path).replace(' ', chr(92) + '040')}/{place} rw,relatime shared:1 - {kind} x rw\n"
                   for place, kind in (("ro\\040ot/proc", "proc"), ("ro\\040ot/home", "ext4"), ("ro\\040other/proc", "proc"), ("", "sysfs")))
    assert store.kernel_mounts(str(root), text) == [f"{root}/proc"]
    (tmp_path / "mountinfo").write_text(text)
    monkeypatch.setattr(store, "MOUNTINFO", tmp_path / "mountinfo")
    with pytest.raises(qemu.LaunchError, match="ro ot/proc is a file system of this machine's kernel: unmount it"):
        store.from_directory(root, print)
    with pytest.raises(qemu.LaunchError, match="root of this machine"):
        store.from_directory("/", print)


# --- podman's spellings --------------------------------------------------------------------------

def test_flags_with_a_value():
    """Up to the image; the words behind it are the container's."""
    found = units.parsed("--tty=true", "--interactive=false", "--read-only=1", "-e", "--tty=false", "--entrypoint", "-s", "-m=1g", "--rm=FALSE", "x",
                         "--tty=false")
    assert (found.tty, found.interactive, found.read_only, found.rm) == (True, False, True, False)
    assert found.entrypoint == "-s" and units.parsed("--entrypoint", "", "x").entrypoint == ""
    assert (found.env, found.memory, found.image, found.command) == (["--tty=false"], "1g", "x", ["--tty=false"])
    found = units.parsed("-itw", "/x", "--tty=true", "-p8080:80", "--net=none", "-h", "box", "x")
    assert (found.workdir, found.publish, found.network, found.hostname) == ("/x", ["8080:80"], "none", "box")
    assert units.parsed("-i", "--", "x", "--tty=true").command == ["--tty=true"]


def test_capabilities_with_commas():
    sets = spec.of_image(units.IMAGE, units.USERS, units.parsed(
        "-u", "root", "--cap-drop=all", "--cap-add=net_raw,CAP_KILL", "--cap-add", "chown", "x"))["process"]["capabilities"]
    assert sorted(sets["effective"]) == ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"]


@pytest.mark.parametrize("words", [["--tty=perhaps"], ["--timeout", "0"], ["--timeout", "nan"], ["--timeout", "1_0"], ["--stop-timeout", " 5"],
                                   ["--stop-timeout", "-5"], ["--detach"], ["--memory"]])
def test_wrong_command_line(words, capsys):
    with pytest.raises(SystemExit) as ended:
        options.parse([*words, "x"] if words != ["--memory"] else words)
    text = capsys.readouterr().err
    assert (ended.value.code, text.count("\n")) == (125, 1) and words[0].partition("=")[0] in text


@pytest.mark.parametrize("words,said", [
    (["-d"], "run: -d is not possible: no engine keeps a container here"), (["-itd"], "run: -d is not possible: "),
    (["--detach=true"], "run: --detach is not possible: "), (["--privileged"], "--cap-add ALL"), (["--init"], "tini"),
    (["--add-host", "a:1.2.3.4"], "/etc/hosts:ro"), (["--ipc", "host"], "run: unrecognized arguments: --ipc; see --help"),
])
def test_options_of_podman_that_are_refused(words, said, capsys):
    with pytest.raises(SystemExit):
        options.parse([*words, "x", "-d"])
    text = capsys.readouterr().err
    assert said in text and text.count("\n") == 1


@pytest.mark.parametrize("text", ["", "dir:", "oci:", "docker-archive:", "bundle:"])
def test_image_without_a_path(text):
    """It would be the working directory: "dir:$ROOT" with an unset variable packs everything in it."""
    with pytest.raises(qemu.LaunchError, match="its path is empty"):
        reference.parse(text)


def test_port_of_an_ipv6_address(tmp_path):
    launch = launchers.Launcher(tmp_path / "cache")
    done = launch("--dry-run", "-p", "[::1]:8080:80", f"dir:{launchers.write_root(tmp_path / 'root')}", "true")
    assert (done.returncode, done.stderr) == (125, "run: --publish: user networking listens on IPv4 addresses only, ::1 is none\n")


def test_error_that_nobody_expects(tmp_path):
    """It cannot be mistaken for the container's status 1."""
    launch = launchers.Launcher(tmp_path / "cache")
    (tmp_path / "json.py").write_text("from _json import *\ndumps = loads = JSONDecoder = None\nclass JSONDecodeError(ValueError): pass\n")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "config.json").write_text("{}")
    launch.environment["PYTHONPATH"] = str(tmp_path)
    done = launch(bundle)
    assert (done.returncode, done.stderr.count("\n")) == (125, 1) and done.stderr.startswith("run: internal error: ")
