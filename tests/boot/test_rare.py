# SPDX-License-Identifier: Apache-2.0
"""What the runtime spec has and engines seldom use: scheduling, user and time namespaces, ID-mapped mounts."""

import pytest

import bundles
import disks
import qemu


def cat(outcome, path):
    """Return: the lines of a file that the probe has read."""
    return [line.split(": ", 1)[1] for line in outcome.probe("cat") if line.startswith(f"{path}: ")]


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_scheduling_and_personality(boot, kernel):
    spec = bundles.container("cat /proc/self/stat", "cat /proc/self/status", "cat /proc/self/personality")
    spec["process"].update(scheduler={"policy": "SCHED_BATCH", "nice": 3}, execCPUAffinity={"final": "1"},
                           ioPriority={"class": "IOPRIO_CLASS_IDLE", "priority": 0})
    spec["linux"]["personality"] = {"domain": "LINUX32"}
    outcome = boot(spec, kernel=kernel, cpus=2).assert_exited(0)
    [stat] = cat(outcome, "/proc/self/stat")
    fields = stat.rsplit(") ", 1)[1].split()  # from the third one, proc_pid_stat(5)
    assert (fields[19 - 3], fields[41 - 3]) == ("3", "3")
    assert "Cpus_allowed_list:\t1" in cat(outcome, "/proc/self/status")
    assert cat(outcome, "/proc/self/personality") == ["00000008"]
    assert "warnings" not in outcome.verdict


def test_processors_and_nodes_of_the_host_are_ignored(boot):
    spec = bundles.container()
    spec["process"]["execCPUAffinity"] = {"initial": "0", "final": "64-127"}
    spec["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "7"}
    outcome = boot(spec).assert_exited(0)
    [cpus, nodes] = outcome.verdict["warnings"]
    assert "process.execCPUAffinity is ignored" in cpus
    assert "linux.memoryPolicy is ignored" in nodes


# --- user namespaces -----------------------------------------------------------------------------

ALL = ("CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_KILL", "CAP_SYS_RESOURCE", "CAP_DAC_OVERRIDE",
       "CAP_DAC_READ_SEARCH", "CAP_SYS_CHROOT", "CAP_CHOWN", "CAP_SYS_NICE", "CAP_SETUID", "CAP_NET_ADMIN")


def in_user_namespace(spec, host, size=65536):
    """Return: @spec with a user namespace whose IDs begin at @host in the guest."""
    spec["linux"]["namespaces"].append({"type": "user"})
    for kind in ("uidMappings", "gidMappings"):
        spec["linux"][kind] = [{"containerID": 0, "hostID": host, "size": size}]
    return spec


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_user_namespace(boot, kernel):
    """What is made for the container belongs to its users, and what it makes belongs to the guest's."""
    spec = in_user_namespace(bundles.container(
        "id", "cat /proc/self/uid_map", "cat /proc/self/gid_map", "stat /dev/shm", "stat /dev/pts", "stat /dev/null",
        "stat /dev/own", "stat /new/dir", "stat /bin/probe", "create /dev/shm/new", "stat /dev/shm/new",
        "open /dev/null rw", "open /dev/stdout w", "mounts"), 100000)
    spec["process"].update(user={"uid": 1000, "gid": 1001, "additionalGids": [27]}, cwd="/new/dir",
                           capabilities=bundles.capabilities("CAP_CHOWN"))
    bundles.add_device(spec, "/dev/own", "c", 1, 3, uid=7, gid=8)
    outcome = boot(spec, kernel=kernel).assert_exited(0)
    assert "uid=1000 euid=1000 gid=1001 egid=1001" in outcome.probe("id")
    assert "groups=27" in outcome.probe("id")
    for file in ("uid_map", "gid_map"):
        assert [line.split() for line in cat(outcome, f"/proc/self/{file}")] == [["0", "100000", "65536"]]
    owners = {path: words.split()[1:3] for path, words in
              (line.split(": ", 1) for line in outcome.probe("stat"))}
    assert owners == {
        "/dev/shm": ["uid=0", "gid=0"], "/dev/pts": ["uid=65534", "gid=65534"], "/dev/null": ["uid=0", "gid=0"],
        "/dev/own": ["uid=7", "gid=8"], "/new/dir": ["uid=0", "gid=0"], "/dev/shm/new": ["uid=1000", "gid=1001"],
        # devpts always belongs to the kernel's root, the image to users of the guest
        "/bin/probe": ["uid=65534", "gid=65534"]}
    assert outcome.probe("open") == ["/dev/null rw: ok", "/dev/stdout w: ok"]
    [shm] = [line for line in outcome.probe("mounts") if " /dev/shm " in line]
    assert "uid=100000,gid=100000" in shm


@pytest.mark.parametrize("host", [0, 100000])
def test_user_namespace_with_all_capabilities_reaches_nothing_of_the_guest(boot, host):
    spec = in_user_namespace(bundles.intruder(
        "mounts", ";", "victim", "1", ";", "nodes", ";", "privileged", ";", "linger", "5", caps=ALL), host)
    spec["linux"]["maskedPaths"] = ["/proc/kcore"]
    spec["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger"]
    outcome = boot(spec, bundles.manifest()).assert_exited(5)
    found = {command: dict(line.rsplit(": ", 1) for line in outcome.probe(command) if "ls " not in line)
             for command in ("mounts", "victim", "nodes", "privileged")}
    for kind in ("proc", "sysfs", "devtmpfs"):
        assert found["mounts"][kind] == "Operation not permitted", kind
    assert found["mounts"]["cgroup2"] == found["mounts"]["tmpfs"] == "ok"  # in the namespaces of the container
    for node in ("mem", "kmsg", "port", "ttyS0", "null"):
        assert found["nodes"][f"/tmp/{node}"] == "Operation not permitted", node
    denied = "Permission denied" if host else "Read-only file system"
    assert set(found["privileged"].values()) == {denied}
    for command in ("mounts", "victim"):
        listed = {line.split(": ", 1)[1] for line in outcome.probe(command) if line.startswith("ls ")}
        assert listed == {"sys dev proc tmp home etc bin"}
    assert "probe" not in outcome.console[outcome.console.index("coldinit-verdict"):]


def test_terminal_in_a_user_namespace(boot):
    spec = in_user_namespace(bundles.container("stat /dev/pts/0", "open /dev/tty rw", "stat /proc/self/fd/0"), 100000)
    spec["process"].update(terminal=True, user={"uid": 1000, "gid": 1000})
    outcome = boot(spec).assert_exited(0)
    terminal, stdin = outcome.probe("stat")
    assert "uid=1000" in terminal
    assert stdin.endswith(" -> /dev/pts/0")  # ttyname(3)
    assert outcome.probe("open") == ["/dev/tty rw: ok"]


def test_filter_and_hooks_in_a_user_namespace(boot):
    """A filter of engines denies setns and unshare: it is installed behind them."""
    spec = in_user_namespace(bundles.container("cat /proc/self/status", "hostname"), 100000)
    spec["hostname"] = "inside"
    spec["process"]["noNewPrivileges"] = False
    spec["hooks"] = {"startContainer": [{"path": "/bin/probe", "args": ["probe", "cat", "/proc/self/uid_map"]}]}
    spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["setns", "unshare", "mount", "mount_setattr", "clone3"], "action": "SCMP_ACT_KILL_PROCESS"}]}
    outcome = boot(spec, words=["coldinit.log=info"], quiet=False).assert_exited(0)
    assert "Seccomp:\t2" in cat(outcome, "/proc/self/status")
    assert outcome.probe("hostname")[0] == "inside"
    assert any("100000" in line and "probe: cat" in line for line in outcome.log())


def test_user_without_a_mapping_is_named(boot):
    spec = in_user_namespace(bundles.container(), 100000, size=10)
    spec["process"]["user"] = {"uid": 1000, "gid": 0}
    boot(spec).assert_failed("spec", "/process/user: uid 1000 is not in the mappings of the user namespace")


def test_a_build_without_them_refuses_them_all(boot):
    spec = in_user_namespace(bundles.container(), 100000)
    spec["process"].update(scheduler={"policy": "SCHED_BATCH"}, ioPriority={"class": "IOPRIO_CLASS_IDLE"})
    spec["linux"].update(timeOffsets={"boottime": {"secs": 1}}, netDevices={"eth0": {"name": "x"}},
                         personality={"domain": "LINUX32"})
    boot(spec, kernel="6.12-tiny").assert_failed("spec", *(f"/{name}: not supported by this build" for name in (
        "process/scheduler", "process/ioPriority", "linux/uidMappings", "linux/gidMappings", "linux/timeOffsets",
        "linux/netDevices", "linux/personality")), 'network or time, found "user"')


# --- ID-mapped mounts ----------------------------------------------------------------------------

@pytest.fixture
def disk(tmp_path):
    """Return: a storage with a file of root, which is mounted on /run/image, and QEMU's words for it."""
    (tmp_path / "tree").mkdir(mode=0o777)
    (tmp_path / "tree").chmod(0o777)
    (tmp_path / "tree/notes").write_text("x\n")
    image = disks.make_image("ext4", tmp_path / "tree", tmp_path / "disk.img")
    return {"driver": "blk", "source": "05", "fstype": "ext4", "options": ["rw"],
            "mount_point": "/run/image"}, disks.virtio_blk(image)


def mapped(host, **more):
    return {**{kind: [{"containerID": 0, "hostID": host, "size": 1}] for kind in ("uidMappings", "gidMappings")}, **more}


def owners(outcome):
    return {path: words.split()[1] for path, words in
            (line.split(": ", 1) for line in outcome.probe("stat"))}


@pytest.mark.parametrize("kernel, options", [
    ("6.12", ["bind", "idmap"]), ("6.12", ["rbind", "ridmap"]), ("6.12", ["bind"]), ("6.1", ["bind", "idmap"])])
def test_id_mapped_mount(boot, disk, kernel, options):
    """The disk's root appears as another user, and what this user makes belongs to root."""
    storage, words = disk
    spec = bundles.container("stat /mnt/notes", "create /mnt/new", "stat /mnt/new", "stat /plain/new")
    spec["process"]["user"] = {"uid": 1000, "gid": 1000}
    spec["mounts"] += [
        mapped(1000, destination="/mnt", type="bind", source="/run/image", options=options),
        {"destination": "/plain", "type": "bind", "source": "/run/image", "options": ["bind"]}]
    outcome = boot(spec, bundles.manifest(storages=[storage]), kernel=kernel, devices=words).assert_exited(0)
    assert outcome.probe("create") == ["/mnt/new: ok"]
    assert owners(outcome) == {"/mnt/notes": "uid=1000", "/mnt/new": "uid=1000", "/plain/new": "uid=0"}


def test_mount_with_the_containers_mappings(boot, disk):
    """Files of the guest's users belong to the namespace's users where the mount is mapped."""
    storage, words = disk
    spec = in_user_namespace(bundles.container("stat /mnt/notes", "create /mnt/new", "stat /plain/notes"), 100000)
    spec["mounts"] += [
        {"destination": "/mnt", "type": "bind", "source": "/run/image", "options": ["bind", "idmap"]},
        {"destination": "/plain", "type": "bind", "source": "/run/image", "options": ["bind"]}]
    outcome = boot(spec, bundles.manifest(storages=[storage]), devices=words).assert_exited(0)
    assert outcome.probe("create") == ["/mnt/new: ok"]
    assert owners(outcome) == {"/mnt/notes": "uid=0", "/plain/notes": "uid=65534"}


def test_new_file_system_with_mappings(boot):
    """A copy of the image's files belongs to the user that its root is mapped to."""
    spec = bundles.container("stat /etc/notes", "create /etc/new")
    spec["process"]["user"] = {"uid": 1000, "gid": 1000}
    spec["mounts"].append(mapped(1000, destination="/etc", type="tmpfs", options=["idmap", "tmpcopyup"]))
    outcome = boot(spec).assert_exited(0)
    assert owners(outcome) == {"/etc/notes": "uid=1000"}
    assert outcome.probe("create") == ["/etc/new: ok"]


def test_file_system_that_cannot_map_ids_is_named(boot):
    spec = bundles.container()
    spec["mounts"].append(mapped(1000, destination="/x", type="mqueue", options=["idmap"]))
    boot(spec).assert_failed("exec", "mount /x (mqueue): its IDs cannot be mapped: its file system cannot")


# --- time namespaces -----------------------------------------------------------------------------

@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_time_namespace(boot, kernel):
    spec = bundles.container("cat /proc/uptime", "cat /proc/self/timens_offsets")
    spec["linux"]["namespaces"].append({"type": "time"})
    spec["linux"]["timeOffsets"] = {"monotonic": {"secs": 50}, "boottime": {"secs": 1000000, "nanosecs": 5}}
    outcome = boot(spec, kernel=kernel).assert_exited(0)
    [uptime] = cat(outcome, "/proc/uptime")
    assert 1000000 < float(uptime.split()[0]) < 1001000
    assert [line.split() for line in cat(outcome, "/proc/self/timens_offsets")] == [
        ["monotonic", "50", "0"], ["boottime", "1000000", "5"]]


def test_time_offset_that_the_kernel_refuses_is_named(boot):
    spec = bundles.container()
    spec["linux"]["namespaces"].append({"type": "time"})
    spec["linux"]["timeOffsets"] = {"boottime": {"secs": -100000}}
    boot(spec).assert_failed("exec", "linux.timeOffsets: the kernel refuses them")


# --- network interfaces --------------------------------------------------------------------------

def with_interface(boot, kernel, name):
    spec = bundles.container("links")
    spec["linux"]["netDevices"] = {name: {"name": "inner0"}}
    mac = "52:54:00:12:34:01"
    card = ["-netdev", "user,id=n0", *qemu.behind_root_port(f"virtio-net-pci,netdev=n0,mac={mac}", slot=8)]
    interfaces = [{"name": "eth0", "hwAddr": mac, "IPAddresses": [{"address": "10.0.2.15", "mask": "24"}]}]
    return boot(spec, bundles.manifest(interfaces=interfaces), kernel=kernel, devices=card)


def test_interface_is_renamed_in_the_guests_network(boot):
    outcome = with_interface(boot, "6.12", "eth0").assert_exited(0)
    links = outcome.probe("links")
    assert [line for line in links if line.startswith("inner0: mtu=") and " up" in line]
    assert not [line for line in links if line.startswith("eth0")]


@pytest.mark.parametrize("kernel, name, why", [
    ("6.12", "eth7", "the guest has no such interface"), ("6.1", "eth0", "renames only interfaces that are down")])
def test_interface_that_cannot_be_renamed_is_named(boot, kernel, name, why):
    with_interface(boot, kernel, name).assert_failed(
        "exec", f"linux.netDevices: cannot make {name} the interface inner0: ", why)
