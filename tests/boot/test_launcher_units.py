# SPDX-License-Identifier: Apache-2.0
"""The launcher's parts that need no guest: values, config.json, host functions, console, chart."""

import argparse
import io
import json
import os
import tarfile
import threading
import xml.etree.ElementTree as xml

import pytest

import qemu
from launcher import (archive, chart, console, defaults, devices, disks, host, keyboard, main, options, plan, reference,
                      session, spec, streams, users, values)


@pytest.mark.parametrize("text,size", [("512m", 512 << 20), ("4g", 4 << 30), ("1.5g", 3 << 29), ("2GiB", 2 << 30),
                                       ("100", 100), ("7k", 7168), ("1b", 1)])
def test_sizes(text, size):
    assert values.size(text, "--memory") == size


@pytest.mark.parametrize("call,text,words", [
    (values.memory_mib, "4x", "4g"), (values.memory_mib, "768", "768m"), (values.processors, "0", "--cpus"),
    (values.publish, "99999", "65535"), (values.publish, "1-2:3", "2 ports of the host for 1"),
    (values.publish, "80/sctp", "tcp or udp"), (values.publish, "a:b:c:d", "--publish"), (values.volume, "/a", "HOST:"),
    (values.volume, "/a:/b:shared", "shared"), (values.volume, "data:/b", "no named volumes"),
    (values.volume, "/a:b", "absolute"), (values.tmpfs, "/a/../b", "absolute"), (values.ulimit, "files=1", "NAME of"),
    (values.ulimit, "nofile=2:1", "above the hard"), (values.entrypoint, "[1]", "array"), (values.hostname, "a_b", "letters"),
    (values.name, "..", "--name"),
])
def test_wrong_values_are_refused(call, text, words):
    with pytest.raises(values.ValueFault, match=words):
        call(text)


def test_ports():
    assert values.publish("80") == [values.Port(0, 80)]
    assert values.publish("127.0.0.1:8080-8081:80-81/udp") == [
        values.Port(8080, 80, "127.0.0.1", "udp"), values.Port(8081, 81, "127.0.0.1", "udp")]
    assert values.publish("127.0.0.1::80") == [values.Port(0, 80, "127.0.0.1")]
    assert values.publish("[::1]:1:2") == [values.Port(1, 2, "::1")]


def test_environment(tmp_path):
    (tmp_path / "env").write_text("# no\n\nA=1=2\nTAKEN\nB=file\n")
    inherited = {"TAKEN": "t", "LC_A": "x", "LC_B": "y", "OTHER": "o"}
    assert values.environment(["B=option", "LC_*", "NOT_THERE"], [tmp_path / "env"], inherited) == {
        "A": "1=2", "TAKEN": "t", "B": "option", "LC_A": "x", "LC_B": "y"}


def parsed(*arguments):
    found = options.parse(arguments)
    found.environment = {}
    return found


def test_everything_behind_the_image_is_the_containers():
    found = parsed("-it", "-e", "A=1", "oci:x:y", "--", "nginx", "-g", "daemon off;")
    assert (found.interactive, found.tty, found.image) == (True, True, "oci:x:y")
    assert found.command == ["nginx", "-g", "daemon off;"]
    assert parsed("x", "-t", "--help").command == ["-t", "--help"]
    assert parsed().image is None


USERS = users.Users([["root", 0, 0, "/root"], ["app", 5, 6, "/home/app"]],
                    [["root", 0, []], ["app", 6, []], ["video", 7, ["app", "other"]]])
IMAGE = {"architecture": "amd64", "os": "linux", "config": {
    "Entrypoint": ["/entry"], "Cmd": ["a", "b"], "Env": ["PATH=/x", "E=1"], "User": "app", "WorkingDir": "/w",
    "StopSignal": "SIGQUIT", "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}}}


def test_config_of_an_image():
    found = spec.of_image(IMAGE, USERS, parsed("x"))
    process = found["process"]
    assert (process["args"], process["cwd"]) == (["/entry", "a", "b"], "/w")
    assert process["user"] == {"uid": 5, "gid": 6, "additionalGids": [6, 7]}
    assert process["env"] == ["PATH=/x", "E=1", "HOME=/home/app"]
    assert found["annotations"]["org.opencontainers.image.stopSignal"] == "SIGQUIT"
    assert found["annotations"]["org.opencontainers.image.exposedPorts"] == "80/tcp"
    sets = process["capabilities"]
    assert sorted(sets["bounding"]) == sorted(defaults.CAPABILITIES)
    assert sets["effective"] == sets["ambient"] == []
    assert found["linux"]["maskedPaths"] == defaults.MASKED
    assert not any(mount["destination"] == "/data" for mount in found["mounts"])


def test_variables_and_directory_of_an_image(tmp_path):
    """HOSTNAME of the image or of --env stays, as some programs take it for the address to listen on."""
    process = {"env": ["A=1", "HOSTNAME=0.0.0.0"]}
    spec.set_environment(process, {"HOSTNAME": "box", "B": "2"}, replace=False)
    assert sorted(process["env"]) == ["A=1", "B=2", "HOSTNAME=0.0.0.0"]
    made = spec.of_image({"config": {"WorkingDir": "a/b"}}, USERS, parsed("x", "c"))
    assert made["process"]["cwd"] == "/a/b"


@pytest.mark.parametrize("text,found", [
    ("type=bind,src=/usr,dst=/a:b", values.Volume("/usr", "/a:b")), ("type=bind,source=/usr,target=/a,ro=true", values.Volume("/usr", "/a", True)),
    ("type=bind,source=/usr,target=/a,readonly=false", values.Volume("/usr", "/a")),
    ("type=tmpfs,destination=/a,tmpfs-size=1m,notmpcopyup,ro", values.memory_at("/a", ["size=1m", "notmpcopyup", "ro"])),
])
def test_mount(text, found):
    assert values.mount(text) == found


@pytest.mark.parametrize("call,text,words", [
    (values.mount, "source=a,destination=/b", "type=bind"), (values.mount, "type=bind,destination=/b", "type=bind"),
    (values.mount, "type=bind,source=/a,destination=/b,size", "unknown option size"), (values.mount, "type=tmpfs,src=/a,dst=/b", "type=tmpfs"),
    (values.mount, "type=bind,source=/a,destination=b", "absolute"), (values.mount, "", "unknown option"),
    (values.sysctl, "a", "NAME=VALUE"), (values.processes, "many", "-1"), (values.name_server, "x", "an address"),
])
def test_wrong_mounts_and_numbers(call, text, words):
    with pytest.raises(values.ValueFault, match=words):
        call(text)


def test_options_of_the_kernel():
    found = spec.of_image(IMAGE, USERS, parsed("--group-add", "app", "--group-add", "99", "--shm-size", "1g", "--sysctl", "net.a=1 2",
                                               "--pids-limit", "0", "--mount", "type=tmpfs,dst=/mem", "x"))
    assert found["process"]["user"]["additionalGids"] == [6, 7, 99]
    [shm] = [mount for mount in found["mounts"] if mount["destination"] == "/dev/shm"]
    assert f"size={1 << 30}" in shm["options"] and sum(word.startswith("size=") for word in shm["options"]) == 1
    assert found["linux"]["sysctl"] == {"net.a": "1 2"} and found["linux"]["resources"]["pids"] == {"limit": -1}
    assert found["mounts"][-2]["destination"] == "/mem" and not any("size=1073741824" in m["options"] for m in defaults.MOUNTS)


def test_order_of_mounts():
    """A bundle's own mounts stay in their order, and in front."""
    places = ["/b/c", "/", "/b", "/a/x", "/a/"]
    made = {"mounts": [{"destination": place} for place in places]}
    spec.sort_mounts(made, {"/b/c", "/"})
    assert [mount["destination"] for mount in made["mounts"]] == ["/b/c", "/", "/b", "/a/", "/a/x"]
    spec.sort_mounts(made, set())
    assert [mount["destination"] for mount in made["mounts"]] == ["/", "/b", "/a/", "/b/c", "/a/x"]


def test_tmpfs():
    assert values.tmpfs("/x")["options"] == ["nosuid", "nodev", "tmpcopyup"]
    assert values.tmpfs("/x:size=1m,notmpcopyup,exec")["options"] == ["nosuid", "nodev", "size=1m", "exec"]


@pytest.mark.parametrize("words,args", [
    (["x", "c"], ["/entry", "c"]), (["--entrypoint", "/e", "x"], ["/e"]), (["--entrypoint", '["e","f"]', "x", "c"],
                                                                          ["e", "f", "c"]),
    (["--entrypoint", "", "x", "c"], ["c"])])
def test_program(words, args):
    assert spec.of_image(IMAGE, USERS, parsed(*words))["process"]["args"] == args


@pytest.mark.parametrize("words,user", [
    (["-u", "0"], (0, 0, [0])), (["-u", "app:video"], (5, 7, [7])), (["-u", "9"], (9, 0, [0])), (["-u", "9:8"], (9, 8, [8])),
    (["-u", "5"], (5, 6, [6, 7]))])
def test_user(words, user):
    """The first group is also among the others, as with podman: setgid(2) does not take away what it denies."""
    found = spec.of_image(IMAGE, USERS, parsed(*words, "x"))["process"]["user"]
    assert (found["uid"], found["gid"], found["additionalGids"]) == user


@pytest.mark.parametrize("name,hostname", [("a_b.c", "a-b-c"), ("_x-", "x"), ("-", "d1"), ("n" * 63, "n" * 63), ("n" * 64, "d1")])
def test_hostname_of_a_name(name, hostname):
    assert values.hostname_of(name, "d1") == hostname


def test_capabilities():
    def sets(*words):
        return spec.of_image(IMAGE, USERS, parsed(*words, "x"))["process"]["capabilities"]

    assert sets("-u", "root", "--cap-drop", "ALL", "--cap-add", "kill")["effective"] == ["CAP_KILL"]
    assert sets("--cap-add", "SYS_ADMIN")["ambient"] == ["CAP_SYS_ADMIN"]
    assert "CAP_CHOWN" not in sets("--cap-drop", "CAP_CHOWN")["bounding"]
    assert sets("-u", "root", "--cap-add", "ALL")["effective"] == defaults.ALL_CAPABILITIES
    with pytest.raises(qemu.LaunchError, match="FLY"):
        sets("--cap-add", "FLY")


def test_volumes_of_an_image_are_writable_when_its_root_is_not():
    found = spec.of_image(IMAGE, USERS, parsed("--read-only", "x"))
    assert found["root"]["readonly"] is True
    assert {"/data", "/tmp", "/run"} <= {m["destination"] for m in found["mounts"] if m["type"] == "tmpfs"}


def test_links_do_not_lead_out_of_the_image(tmp_path):
    (tmp_path / "host").write_text("host:x:1:1::/:/sh\n")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").symlink_to("../../host")
    assert users.read(root).passwd == []
    (root / "host").write_text("inner:x:2:3::/h:/sh\n")
    assert users.read(root).passwd == [["inner", 2, 3, "/h"]]
    (root / "etc/group").symlink_to("group")
    with pytest.raises(qemu.LaunchError, match="links"):
        users.read(root)


def test_tag_and_path_may_have_colons(tmp_path):
    path = tmp_path / "a:b.tar"
    path.touch()
    assert reference.split_tag(f"{path}:example.org:5000/x:1") == (str(path), "example.org:5000/x:1")
    assert reference.split_tag("nowhere:tag") == ("nowhere:tag", "")


# --- functions of the host -----------------------------------------------------------------------

def fake_sysfs(top, **functions):
    """Write /sys with functions "BB_SS_F" = (group, class, driver). Return: its root."""
    for name, (group, kind, driver) in functions.items():
        address = "0000:{}:{}.{}".format(*name.split("_")[1:])
        directory = top / "bus/pci/devices" / address
        directory.mkdir(parents=True)
        for file, content in (("vendor", "0x10de"), ("device", "0x2330"), ("class", f"0x{kind:04x}00")):
            (directory / file).write_text(content + "\n")
        members = top / f"kernel/iommu_groups/{group}/devices"
        members.mkdir(parents=True, exist_ok=True)
        (directory / "iommu_group").symlink_to(members.parent)
        (members / address).symlink_to(directory)
        if driver:
            (top / f"bus/pci/drivers/{driver}").mkdir(parents=True, exist_ok=True)
            (directory / "driver").symlink_to(top / f"bus/pci/drivers/{driver}")
    return top


def plug(sysfs, *texts):
    manifest, found = {"version": 1}, {"process": {}}
    plugging = devices.Plugging(sysfs, "amd64")
    devices.extend(texts, plugging, manifest, found, sysfs)
    return manifest["devices"], found, " ".join(plugging.words + plugging.group_words())


def test_whole_group_of_the_host(tmp_path):
    """GPU and audio behind one root port, another slot behind the next; a bridge stays."""
    sysfs = fake_sysfs(tmp_path, f_65_00_0=("7", 0x0300, "vfio-pci"), f_65_00_1=("7", 0x0403, "vfio-pci"),
                       f_66_01_0=("7", 0x0200, "vfio-pci"), f_64_00_0=("7", 0x0604, "pcieport"))
    [device], found, words = plug(sysfs, "65:00.0,to=/dev/vfio/1")
    assert device["options"] == ["0000:65:00.0=08/00", "0000:65:00.1=08/00.1", "0000:66:01.0=09/00"]
    assert (device["id"], device["type"], device["container_path"]) == ("gpu", "vfio-pci", "/dev/vfio/1")
    assert device["expect"] == {"ids": ["10de:2330"]}
    assert "vfio-pci,host=0000:65:00.0,bus=rp8,addr=00.0,multifunction=on" in words
    assert "vfio-pci,host=0000:66:01.0,bus=rp9" in words and "64:00" not in words
    assert "PCIDEVICE_COLDINIT_IO_GPU=0000:65:00.0,0000:65:00.1,0000:66:01.0" in found["process"]["env"]
    assert {node["path"] for node in found["linux"]["devices"]} == {"/dev/vfio/vfio", "/dev/vfio/1"}


def test_group_that_the_host_uses(tmp_path):
    sysfs = fake_sysfs(tmp_path, f_65_00_0=("7", 0x0300, "nvidia"), f_65_00_1=("7", 0x0403, ""),
                       f_66_00_0=("7", 0x0300, "vfio-pci"))
    with pytest.raises(qemu.LaunchError) as caught:
        plug(sysfs, "0000:66:00.0")
    lines = [line.strip() for line in str(caught.value).splitlines()[1:]]
    assert lines == [
        "modprobe vfio-pci",
        "echo vfio-pci >/sys/bus/pci/devices/0000:65:00.0/driver_override",
        "echo 0000:65:00.0 >/sys/bus/pci/devices/0000:65:00.0/driver/unbind",
        "echo 0000:65:00.0 >/sys/bus/pci/drivers_probe",
        "echo vfio-pci >/sys/bus/pci/devices/0000:65:00.1/driver_override",
        "echo 0000:65:00.1 >/sys/bus/pci/drivers_probe"]
    assert "(10de:2330, nvidia)" in str(caught.value) and "66:00.0" not in str(caught.value)


def test_devices_of_qemu(tmp_path):
    found, _, words = plug(tmp_path, "nvme,serial=1", "nvme,driver=guest,to=/dev/nvme0n1", "virtio-blk-pci", "virtio-net-pci")
    assert [(d["type"], d.get("container_path")) for d in found] == [
        ("vfio-pci", "/dev/vfio/65"), ("vfio-pci-gk", "/dev/nvme0n1"), ("blk", "/dev/vda"), ("vfio-pci", "/dev/vfio/68")]
    assert [d["id"] for d in found] == ["nvme", "nvme1", "0a/00", "virtio-net-pci"]
    assert words.count("drive0.img") == words.count("drive1.img") == 1
    assert "nvme,serial=1,drive=drive0" in words and "virtio-net-pci,netdev=devnet3" in words


@pytest.mark.parametrize("text,words", [("", "expected"), ("edu,to=x", "below /dev"), ("edu,driver=nvme", "guest"),
                                        ("00:1f.0", "no such PCI function")])
def test_wrong_devices(tmp_path, text, words):
    with pytest.raises(qemu.LaunchError, match=words):
        plug(tmp_path, text)


# --- the console and the keyboard ----------------------------------------------------------------

@pytest.mark.parametrize("size", [1, 7, 1000])
def test_terminal_without_the_verdict(size):
    shown, text = [], b"$ coldinit\r\ncoldinit-verdi\r\n# exit\r\ncoldinit-verdict: {\"status\":3}\r\n[ 3.1] reboot\r\n"
    found = console.Console(shown.append, None)
    for at in range(0, len(text), size):
        found.take(text[at:at + size])
    assert b"".join(shown) == b"$ coldinit\r\ncoldinit-verdi\r\n# exit\r\n"
    assert found.verdicts == ['{"status":3}']


def test_a_prompt_is_shown_at_once():
    shown = []
    found = console.Console(shown.append, None)
    found.take(b"# ")
    found.take(b"l")
    assert shown == [b"# ", b"l"]


def test_messages_of_coldinit():
    lines = []
    found = console.Console(None, lines.append)
    found.take(b"[    3.1] coldinit: devices: no\r\nother coldinit: x\n[    3.2] Linux\ncoldinit: a")
    assert lines == ["coldinit: devices: no"]


@pytest.mark.parametrize("shown,stops", [
    (b"^C\r\n# ", 0), (b"^C", 1), (b"", 1), (b"^C\r\nline\r\nline\r\n", 1), (b"^C\nKeyboardInterrupt\n>>> ", 0)])
def test_second_ctrl_c(shown, stops):
    """It counts unless the container has answered the first with a prompt."""
    now, called = [0.0], []
    keys = keyboard.Interrupts(lambda: called.append(now[0]), lambda: now[0])
    assert keys.keys(b"\x03") == b"\x03"
    for at in range(0, len(shown), 3):
        keys.output(shown[at:at + 3])
    now[0] = 0.5
    assert keys.keys(b"\x03") == b"\x03"
    assert len(called) == stops


def test_ctrl_c_that_is_not_the_second():
    now, called = [0.0], []
    keys = keyboard.Interrupts(lambda: called.append(now[0]), lambda: now[0])
    keys.keys(b"\x03x\x03")
    now[0] = 9.0
    keys.keys(b"\x03")
    assert called == []


# --- the chart -----------------------------------------------------------------------------------

VERDICT = {"version": 1, "outcome": "exited", "status": 0, "oom": False,
           "devices": [{"id": "gpu<0>", "type": "vfio-pci", "us": 90000}, {"id": "1d", "type": "blk", "us": 20}],
           "timeline_us": {"init": 3000000, "mounts": 3040000, "modules": 3100000, "manifest": 3110000,
                           "devices": 3210000, "spec": 3220000, "exec": 3300000, "exit": 90000000}}


def test_chart():
    """Every phase, each device's wait, the kernel before init and the container; readable alone."""
    tree = xml.fromstring(chart.draw(VERDICT))
    titles = [title.text for title in tree.iter("{http://www.w3.org/2000/svg}title")][1:]
    assert [title.split(":")[0] for title in titles] == [
        "kernel, before init", "mounts", "modules", "manifest", "devices", "gpu<0>", "1d", "spec", "container's start",
        "container"]
    assert titles[5].endswith("90.0 ms, from 3.11 s to 3.20 s")
    for rect in tree.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width")) <= chart.WIDTH
    assert len(list(tree.iter("{http://www.w3.org/2000/svg}path"))) == 2  # the kernel and the container are cut


@pytest.mark.parametrize("timeline", [{}, {"init": 5}, {"init": 0, "exit": 0}, {"init": 1000000, "mounts": 1000001,
                                                                               "exit": 1000002}])
def test_chart_of_a_failure(timeline):
    tree = xml.fromstring(chart.draw({"outcome": "failed", "phase": "devices", "error": "a & b", "timeline_us": timeline}))
    assert "failed: a & b" in [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_texts_of_json_files(tmp_path):
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(qemu.LaunchError, match="no JSON object"):
        plan.read_json(tmp_path / "x.json")
    assert json.loads(plan.write_json(tmp_path / "y.json", {"a": 1}).read_text()) == {"a": 1}
    assert isinstance(options.parser(), argparse.ArgumentParser)
    assert str(host.parse("65:00.1")) == "0000:65:00.1" and host.parse("edu") is None


def test_buffer_goes_on_when_its_reader_has_stopped():
    """What the guest writes at its end is taken, and arrives later, in order."""
    stopped, got = threading.Event(), []

    def take(data):
        stopped.wait()
        got.append(data)

    buffer = streams.Buffer(take)
    buffer.LIMIT, buffer.ROOM_WAIT = 10, 0.01
    for number in range(20):
        buffer.put(b"%06d" % number)
    assert got == []
    buffer.end()
    stopped.set()
    buffer.thread.join(10)
    assert got == [b"%06d" % number for number in range(20)]


# --- archives and layouts that are no image ------------------------------------------------------

def tar_member(name, data=b"", **more):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for key, value in more.items():
        setattr(member, key, value)
    return member, data


def write_tar(path, *members):
    with tarfile.open(path, "w") as tar:
        for member, data in members:
            tar.addfile(member, io.BytesIO(data))


def read_archive(path):
    return archive.read(reference.Reference("docker-archive", path, ""), "amd64")


@pytest.mark.parametrize("members,said", [
    ([], "manifest.json is missing"),
    ([tar_member("manifest.json", b"{}")], "has no image"),
    ([tar_member("manifest.json", b"[1]")], "does not have the form of an image"),
    ([tar_member("manifest.json", b"[")], "Expecting value"),
    ([tar_member("manifest.json", b'[{"Config": "../../etc/passwd"}]')], "../../etc/passwd is missing"),
    ([tar_member("manifest.json", type=tarfile.SYMTYPE, linkname="manifest.json")], "is no regular file"),
    ([tar_member("manifest.json", type=tarfile.DIRTYPE)], "is no regular file"),
    ([tar_member("manifest.json", b'[{"Config": "c"}]'), tar_member("c", b"[]")], "the config is no object"),
], ids=["empty", "object", "numbers", "cut", "outside", "loop", "directory", "config"])
def test_archives_that_are_no_image(tmp_path, members, said):
    write_tar(tmp_path / "a.tar", *members)
    with pytest.raises(qemu.LaunchError) as error:
        read_archive(tmp_path / "a.tar")
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_no_archive(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"x" * 5000)
    with pytest.raises(qemu.LaunchError, match="it is no tar archive, or it is cut$"):
        read_archive(tmp_path / "a.tar")
    with pytest.raises(qemu.LaunchError, match="it is no tar archive, or it is cut$"):
        reference.parse(str(tmp_path / "a.tar"))


def test_layouts_that_are_no_image(tmp_path):
    layout = reference.Reference("oci", tmp_path, "")
    with pytest.raises(qemu.LaunchError, match="index.json is missing"):
        archive.read(layout, "amd64")
    os.mkfifo(tmp_path / "index.json")
    with pytest.raises(qemu.LaunchError, match="index.json is no regular file"):
        archive.read(layout, "amd64")


def test_a_writable_disk_that_cannot_be_made_removes_nothing(tmp_path):
    link = tmp_path / "disk"
    link.symlink_to(tmp_path / "nowhere/disk")
    with pytest.raises(qemu.LaunchError, match="--writable"):
        disks.make_writable(link, "name")
    assert link.is_symlink()


@pytest.mark.parametrize("printed,errors,said", [
    (["Kernel panic"], "", ["without a verdict, and its console ends with:\n  Kernel panic"]),
    ([], "no kvm", ["without a verdict: no kvm"]),
    ([], "", ["without a verdict and printed nothing", "64 MiB", "-m"])])
def test_guest_without_a_verdict(printed, errors, said):
    ended = session.Ended(None, "", "", False, 1.0, printed, errors)
    assert all(text in main.explain(ended, 64) for text in said)
