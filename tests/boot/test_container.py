# SPDX-License-Identifier: Apache-2.0
"""What the container's process has, and what it must not see."""

import pytest

import bundles


def by_name(lines, separator=":"):
    return {key.strip(): value.strip() for key, value in
            (line.split(separator, 1) for line in lines if separator in line)}


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_process(boot, kernel):
    """The process has its ids, groups, capabilities, limits, umask, environment, directory, names, descriptors."""
    spec = bundles.container("id", "limits", "env", "cwd", "hostname", "fds",
                             "cat /proc/self/cgroup", "ls /proc")
    spec["hostname"] = "inside"
    spec["domainname"] = "example.org"
    spec["process"].update(
        args=["probe", *spec["process"]["args"][1:]],  # looked up in PATH
        user={"uid": 1000, "gid": 1001, "additionalGids": [5, 27], "umask": 0o027},
        cwd="/home/worker",
        capabilities=bundles.capabilities("CAP_NET_BIND_SERVICE", "CAP_CHOWN",
                                          ambient=["CAP_NET_BIND_SERVICE"]),
        rlimits=[{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024},
                 {"type": "RLIMIT_MEMLOCK", "soft": 65536, "hard": 131072}])
    outcome = boot(spec, kernel=kernel).assert_exited(0)

    identity = outcome.probe("id")
    assert "uid=1000 euid=1000 gid=1001 egid=1001" in identity
    assert "groups=5,27" in identity
    assert "umask=0027" in identity
    assert any(line.startswith("pid=1 ppid=0 ") for line in identity)
    status = by_name(identity)
    both, ambient = f"{(1 << 0) | (1 << 10):016x}", f"{1 << 10:016x}"
    assert {name: status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {
        "CapInh": both, "CapBnd": both,
        # execve by an ordinary user keeps the ambient set, capabilities(7)
        "CapPrm": ambient, "CapEff": ambient, "CapAmb": ambient}
    assert status["NoNewPrivs"] == "1"
    assert outcome.probe("limits") == ["nofile=512:1024 memlock=65536:131072"]
    assert set(outcome.probe("env")) == {"PATH=/usr/bin:/bin", "HOME=/home/worker"}
    assert outcome.probe("cwd") == ["/home/worker"]
    assert outcome.probe("hostname") == ["inside"]
    assert outcome.probe("domainname") == ["example.org"]
    assert outcome.probe("fds") == ["0 1 2"]
    assert outcome.probe("cat") == ["/proc/self/cgroup: 0::/"]
    [processes] = outcome.probe("ls")
    assert [name for name in processes.split()[1:] if name.isdigit()] == ["1"]


def test_no_privileges_are_gained_by_default(boot):
    """By default a spec gives no capability, not even to root."""
    outcome = boot(bundles.container("id", "create /proc/sys/kernel/new",
                                     "mknod /tmp/null c 1 3")).assert_exited(0)
    status = by_name(outcome.probe("id"))
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert status[name] == "0" * 16
    assert outcome.probe("mknod") == ["/tmp/null: Operation not permitted"]


def mount_of(outcome, point):
    """Return: options and file system type of the topmost mount at @point."""
    found = None
    for line in outcome.probe("mounts"):
        fields = line.split(": ", 1)[1].split()
        if fields[4] == point:
            found = set(fields[5].split(",")), fields[fields.index("-") + 1]
    return found


def test_file_systems(boot):
    """Each mount has its options; there are masked and read-only paths, and a read-only root."""
    spec = bundles.container(
        "mounts", "create /new", "create /dev/shm/new", "create /tmp/new", "ls /sys/firmware",
        "ls /proc/bus", "cat /proc/kcore", "stat /proc/kcore", "open /proc/sys/kernel/hostname w",
        "open /proc/sysrq-trigger w", "create /sys/fs/cgroup/new")
    spec["root"]["readonly"] = True
    spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
                           "options": ["nodev", "nosuid", "noexec", "size=1m", "mode=1777"]})
    spec["linux"]["maskedPaths"] = ["/proc/kcore", "/proc/bus", "/sys/firmware", "/proc/nothere"]
    spec["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/nothere"]
    outcome = boot(spec).assert_exited(0)

    for point, options, kind in (
            ("/", {"ro"}, None), ("/proc", {"rw"}, "proc"), ("/dev", {"rw", "nosuid"}, "tmpfs"),
            ("/dev/pts", {"nosuid", "noexec"}, "devpts"), ("/dev/shm", {"nodev"}, "tmpfs"),
            ("/dev/mqueue", {"nosuid", "nodev", "noexec"}, "mqueue"), ("/sys", {"ro"}, "sysfs"),
            ("/sys/fs/cgroup", {"ro"}, "cgroup2"), ("/proc/sys", {"ro"}, "proc"),
            ("/tmp", {"nodev", "nosuid", "noexec"}, "tmpfs")):
        found = mount_of(outcome, point)
        assert found, f"{point} is not mounted"
        assert options <= found[0], point
        assert kind in (None, found[1]), point
    assert outcome.probe("create") == [
        "/new: Read-only file system", "/dev/shm/new: ok", "/tmp/new: ok",
        "/sys/fs/cgroup/new: Read-only file system"]
    assert outcome.probe("ls")[:2] == ["/sys/firmware:", "/proc/bus:"]
    assert outcome.probe("cat") == []
    assert "mode=020666" in outcome.probe("stat")[0]
    assert "rdev=1:3" in outcome.probe("stat")[0]
    assert outcome.probe("open") == ["/proc/sys/kernel/hostname w: Read-only file system",
                                     "/proc/sysrq-trigger w: Read-only file system"]


def test_default_devices(boot):
    """Every container has the default devices, also if its spec does not list them."""
    names = {"null": "1:3", "zero": "1:5", "full": "1:7", "random": "1:8", "urandom": "1:9",
             "tty": "5:0"}
    links = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
             "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"}
    spec = bundles.container(*(f"stat /dev/{name}" for name in (*names, *links)),
                             *(f"open /dev/{name} rw" for name in ("null", "zero", "full")),
                             "open /dev/ptmx rw")
    outcome = boot(spec).assert_exited(0)
    stats = by_name(outcome.probe("stat"), ": ")
    for name, numbers in names.items():
        assert stats[f"/dev/{name}"].startswith("mode=020666 uid=0 gid=0")
        assert stats[f"/dev/{name}"].endswith(f"rdev={numbers}")
    for name, target in links.items():
        assert stats[f"/dev/{name}"].endswith(f" -> {target}")
    assert all(line.endswith(": ok") for line in outcome.probe("open"))


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_device_rules(boot, kernel):
    """Nodes have the owner and mode of the spec; the rules decide which ones can be opened."""
    spec = bundles.container("stat /dev/granted", "open /dev/granted r", "open /dev/granted w",
                             "open /dev/denied r", "open /dev/denied w", "mknod /tmp/node c 1 3",
                             "mknod /tmp/node c 4 0")
    spec["process"]["capabilities"] = bundles.capabilities("CAP_MKNOD")
    bundles.add_device(spec, "/dev/granted", "c", 4, 64, access="r", uid=1000, gid=1001)
    bundles.add_device(spec, "/dev/denied", "c", 4, 0, access=None)
    spec["linux"]["devices"][0]["fileMode"] = 0o646
    outcome = boot(spec, kernel=kernel).assert_exited(0)
    assert outcome.probe("stat") == ["/dev/granted: mode=020646 uid=1000 gid=1001 rdev=4:64"]
    assert outcome.probe("mknod") == ["/tmp/node: ok", "/tmp/node: ok"]
    assert outcome.probe("open") == [
        "/dev/granted r: ok", "/dev/granted w: Operation not permitted",
        "/dev/denied r: Operation not permitted", "/dev/denied w: Operation not permitted",
        "/tmp/node r: ok", "/tmp/node r: Operation not permitted"]


@pytest.mark.parametrize("options", [["mode=2775", "gid=88"], ["mode=0775", "gid=88"], ["mode=2775"], []])
def test_owner_of_a_node_does_not_depend_on_its_directory(boot, options):
    """A new file inherits the group of some directories."""
    paths = ["/nodes/a", "/dev/a", "/nodes/b", "/nodes/deep/er/c"]
    spec = bundles.container(*(f"stat {path}" for path in paths))
    spec["mounts"].append({"destination": "/nodes", "type": "tmpfs", "source": "tmpfs", "options": options})
    for minor, path in enumerate(paths):
        bundles.add_device(spec, path, "c", 4, 64 + minor, **({"uid": 1, "gid": 88} if path == "/nodes/b" else {}))
    found = boot(spec).assert_exited(0).probe("stat")
    owner = {path: "uid=1 gid=88" if path == "/nodes/b" else "uid=0 gid=0" for path in paths}
    assert found == [f"{path}: mode=020666 {owner[path]} rdev=4:{64 + minor}" for minor, path in enumerate(paths)]


def test_null_device_that_is_another_file_is_not_stdin(boot):
    """A directory of the bundle is /dev: what is in it stays, and is not opened."""
    def prepare(bundle):
        (bundle / "rootfs/other").mkdir()
        (bundle / "rootfs/other/null").write_text("secret\n")

    spec = bundles.container("cat /dev/null", "stat /proc/self/fd/0")
    spec["mounts"] = [mount for mount in spec["mounts"] if not mount["destination"].startswith("/dev")]
    spec["mounts"].append({"destination": "/dev", "type": "bind", "source": "rootfs/other", "options": ["bind"]})
    outcome = boot(spec, prepare=prepare).assert_exited(0)
    assert outcome.probe("cat") == ["/dev/null: secret"]
    assert " -> pipe:" in outcome.probe("stat")[0]
    assert "container: stdin is empty: the container's /dev/null cannot be used: it is another file" in outcome.verdict["warnings"]


@pytest.mark.parametrize("via", ["cpio", "virtiofs"])
def test_root_file_system_keeps_setuid_programs_and_nodes_working(boot, via):
    """The root is not mounted nosuid, nodev or noexec, as with other engines."""
    outcome = boot(bundles.container("mounts"), bundles.manifest(), via=via).assert_exited(0)
    assert not mount_of(outcome, "/")[0] & {"nosuid", "nodev", "noexec"}


@pytest.mark.parametrize("via, left", [("cpio", "bundle"), ("virtiofs", "error: No such file or directory")])
def test_no_way_back_to_the_initramfs(boot, via, left):
    """A container with the capabilities to try finds only its bundle."""
    spec = bundles.container("escape", "ls /coldinit", "ls /lib/modules")
    spec["process"]["capabilities"] = bundles.capabilities("CAP_SYS_ADMIN", "CAP_SYS_CHROOT")
    outcome = boot(spec, bundles.manifest(), via=via).assert_exited(0)
    assert "after setns(self)" in outcome.probe("escape")
    *roots, coldinit, modules = [line.split(": ", 1) for line in outcome.probe("ls")]
    for _, names in roots:
        assert not set(names.split()) & {"init", "lib"}, names
    assert coldinit == ["/coldinit", left]
    assert modules == ["/lib/modules", "error: No such file or directory"]


def test_root_in_the_initramfs_may_fill_the_memory(boot):
    """Such a bundle is not copied, and the initramfs's limit of half the memory is removed."""
    outcome = boot(bundles.container("fill /filler 300"), memory=512).assert_exited(0)
    assert outcome.probe("fill") == ["/filler: done"]


def test_links_in_the_image_lead_nowhere_outside(boot):
    """A mount point that is a symbolic link is resolved inside the container's root."""
    def prepare(bundle):
        (bundle / "rootfs/data").symlink_to("/../../../../run")
        (bundle / "rootfs/run").mkdir()

    spec = bundles.container("mounts", "ls /run")
    spec["mounts"].append({"destination": "/data/inner", "type": "tmpfs", "source": "tmpfs",
                           "options": ["nosuid"]})
    outcome = boot(spec, prepare=prepare).assert_exited(0)
    assert mount_of(outcome, "/run/inner")[1] == "tmpfs"
    assert outcome.probe("ls") == ["/run: inner"]
