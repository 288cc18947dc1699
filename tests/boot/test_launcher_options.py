# SPDX-License-Identifier: Apache-2.0
"""initramfs/run: each option, with what the container sees of it."""

import os
import shutil

import pytest

import launchers

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.slow]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return launchers.write_root(tmp_path_factory.mktemp("tree") / "root")


@pytest.fixture(scope="module")
def launch(images, tmp_path_factory):
    images.make("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz")
    return launchers.Launcher(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def shell(launch, root):
    """shell(script, *options) runs a script in a container. Return: what it printed."""
    def run(script, *options, status=0):
        done = launch(*options, f"dir:{root}", "--", "sh", "-c", script)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout.splitlines()
    return run


def test_options_of_the_process(shell, tmp_path):
    (tmp_path / "env").write_text("# comment\nFROM_FILE=a b\nBOTH=file\n")
    lines = shell(
        'echo "$A|$BOTH|$FROM_FILE"; pwd; id -u; id -g; hostname; ulimit -n; ulimit -Hn; grep CapBnd /proc/self/status; '
        "cat /proc/1/cgroup", "-e", "A=1", "-e", "BOTH=option", "--env-file", tmp_path / "env", "-w", "/tmp",
        "-u", "1000:helpers", "--hostname", "box", "--ulimit", "nofile=100:200", "--cap-drop", "ALL", "--cap-add",
        "net_raw", "--name", "mine", "--network", "none", "-m", "512m", "--cpus", "2")
    assert lines[:7] == ["1|option|a b", "/tmp", "1000", "1002", "box", "100", "200"]
    assert int(lines[7].split()[1], 16) == 1 << 13


def test_options_of_the_kernel(shell):
    lines = shell("cat /proc/sys/net/ipv4/ip_forward; cat /sys/fs/cgroup/pids.max; df /dev/shm | grep -c ' 2048 '; id -G; cat /etc/resolv.conf",
                  "-u", "worker", "--sysctl", "net.ipv4.ip_forward=1", "--pids-limit", "77", "--shm-size", "2m", "--group-add", "staff",
                  "--group-add", "5000", "--dns", "192.0.2.1", "--dns", "2001:db8::1")
    assert lines == ["1", "77", "1", "1001 1002 5000", "nameserver 192.0.2.1", "nameserver 2001:db8::1"]


def test_machine(shell):
    """-m and --cpus are the machine's; without a network there is only lo, and names for it."""
    memory, processors, known, *links = shell(
        "grep MemTotal /proc/meminfo; grep -c ^processor /proc/cpuinfo; grep -c -e localhost -e mine /etc/hosts; ls /sys/class/net",
        "-m", "400m", "--cpus", "2", "--network", "none", "--name", "_mine")
    assert 300 << 10 < int(memory.split()[1]) < 400 << 10
    assert (processors, known, links) == ("2", "3", ["lo"])


def test_network_of_an_image(shell):
    lines = shell("ip -o addr show eth0; ip route; cat /etc/resolv.conf; echo ping | wc -c")
    assert "10.0.2.15/24" in lines[0]
    assert any("default via 10.0.2.2" in line for line in lines)
    assert "nameserver 10.0.2.3" in lines


def test_volumes(shell, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "file").write_text("from the host\n")
    lines = shell("echo new >/a/b/new; cat /etc/note; touch /etc/note 2>&1; touch /ro/x 2>&1; ls /ro",
                  "-v", f"{tmp_path / 'shared'}:/a/b", "-v", f"{tmp_path / 'file'}:/etc/note:ro",
                  "-v", f"{tmp_path / 'shared'}:/ro:ro")
    assert (tmp_path / "shared/new").read_text() == "new\n"
    assert lines[0] == "from the host" and lines[-1] == "new"
    assert sum("Read-only" in line for line in lines) == 2


def test_volumes_in_each_other(shell, tmp_path):
    """The outer one is mounted first, in any order of the options; a comma in a name is a part of it."""
    for name in ("outer", "in,ner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"from-{name}").touch()
    lines = shell("ls /m /m/n; ls /m/t; mount | grep -c ' /m/n type virtiofs (rw,.*noexec,'",
                  "-v", f"{tmp_path / 'in,ner'}:/m/n:nosuid,noexec", "--tmpfs", "/m/t", "-v", f"{tmp_path / 'outer'}:/m")
    assert lines == ["/m:", "from-outer", "n", "t", "", "/m/n:", "from-in,ner", "1"]


def test_read_only_and_tmpfs(shell):
    """As with podman, the network's files are a part of the root, and --tmpfs begins with the image's files."""
    lines = shell("touch /x 2>&1; (echo >>/etc/hosts) 2>/dev/null || echo not writable; touch /tmp/x /run/x /mem/x && echo fine; "
                  "ls /srv /home; df -T /mem | head -n 2; cat /tmp/none", "--read-only", "--tmpfs", "/mem:size=1m",
                  "--tmpfs", "/srv", "--tmpfs", "/home:notmpcopyup", status=1)
    assert "Read-only" in lines[0] and lines[1:3] == ["not writable", "fine"]
    assert lines[3:7] == ["/home:", "", "/srv:", "index.html"]
    assert " 1024 " in lines[-1]


def test_changes_stay_on_a_writable_disk(shell, launch, tmp_path):
    disk = tmp_path / "disk.img"
    assert shell("cat /kept 2>/dev/null; echo first >/kept", "--writable", disk) == []
    assert shell("cat /kept; echo second >/kept", "--writable", disk) == ["first"]
    assert shell("cat /kept 2>/dev/null; echo none") == ["none"]
    assert shell("cat /kept", "--writable", disk) == ["second"]
    other = launchers.write_root(tmp_path / "other")
    done = launch("--writable", disk, f"dir:{other}", "true")
    assert done.returncode == 125 and "another image" in done.stderr
    os.truncate(tmp_path / "zero", 0) if (tmp_path / "zero").exists() else (tmp_path / "zero").write_bytes(bytes(4096))
    done = launch("--writable", tmp_path / "zero", f"dir:{other}", "true")
    assert done.returncode == 125 and "something else" in done.stderr


def test_disk_for_the_container(shell, tmp_path):
    """A disk that the launcher makes, and one with its own drive."""
    (tmp_path / "disk.img").write_bytes(b"my own disk\n".ljust(1 << 20, b"\n"))
    lines = shell("head -n 1 /dev/mine; stat -c %F /dev/mine; stat -c %F /dev/vda", "-u", "root",
                  "--device", "virtio-blk-pci", "--device", "virtio-blk-pci,drive=d,to=/dev/mine",
                  "--drive", f"file={tmp_path / 'disk.img'},id=d,format=raw")
    assert lines == ["my own disk", "block special file", "block special file"]


def test_bundle_with_options(launch, root, tmp_path):
    """Options change a copy of the bundle's config.json."""
    import bundles
    spec = bundles.container()
    spec["process"]["args"] = ["sh", "-c", "echo $A; cat /proc/uptime >/dev/null; exit 4"]
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    shutil.copytree(root, bundle / "rootfs", symlinks=True)
    text = bundles.write_json(bundle / "config.json", spec).read_text()
    done = launch("-e", "A=changed", "--hostname", "x", bundle)
    assert (done.returncode, done.stdout) == (4, "changed\n"), done.stderr
    done = launch("--writable", tmp_path / "disk", bundle, "sh", "-c", "ls /; exit 6")
    assert (done.returncode, "srv" in done.stdout) == (6, True), done.stderr
    assert (bundle / "config.json").read_text() == text
