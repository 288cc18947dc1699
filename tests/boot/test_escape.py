# SPDX-License-Identifier: Apache-2.0
"""Ways out of the container: hostile images, and processes with too many rights."""

import ctypes
import json
import os
import signal
import stat
import threading

import pytest

import bundles
import disks
import watchers
from conftest import BUILD

HOOK = BUILD / "tests/programs/hook"
WITHOUT_PID = tuple(kind for kind in bundles.NAMESPACES if kind != "pid")
WITHOUT_CGROUP = tuple(kind for kind in bundles.NAMESPACES if kind != "cgroup")
GUESTS = {"init", "coldinit", "newroot"}  # names in the initramfs's root


def attempts(outcome, command):
    """Return: the result of each attempt."""
    return dict(line.rsplit(": ", 1) for line in outcome.probe(command) if "ls " not in line)


def seen(outcome, command):
    """Return: all names in the directories that were listed."""
    return set(" ".join(line.split(":", 1)[1] for line in outcome.probe(command)
                        if line.startswith("ls ")).split())


@pytest.fixture
def plugged(tmp_path):
    """Return: a storage on a disk that the guest uses, and QEMU's words for it."""
    (tmp_path / "tree").mkdir()
    image = disks.make_image("ext4", tmp_path / "tree", tmp_path / "disk.img")
    return {"driver": "blk", "source": "05", "fstype": "ext4", "options": ["ro"],
            "mount_point": "/run/image"}, disks.virtio_blk(image)


# --- hostile images ------------------------------------------------------------------------------

def hostile(bundle):
    """Add links and ".." to the image, on the paths of the spec."""
    rootfs = bundle / "rootfs"
    for name, target in {"mount": "/../../../../run/coldinit", "node": "/../../dev", "up": "../../..",
                         "masked": "/../../proc/sys", "work": "/../../../../run"}.items():
        (rootfs / name).symlink_to(target)
    (rootfs / "etc/passwd").unlink()
    (rootfs / "etc/passwd").symlink_to("/../../../../proc/1/environ")
    for name in ("run", "dev"):
        (rootfs / name).mkdir(exist_ok=True)


def test_paths_of_a_hostile_image_stay_inside(boot):
    """Mount targets, device paths, cwd, passwd, masked and read-only paths do not leave the root."""
    spec = bundles.container("ls /run/coldinit", "stat /dev/evil", "cwd", "ls /run", "env",
                             "stat /up/evil")
    spec["process"]["cwd"] = "/work"
    spec["mounts"] += [{"destination": "/mount/deep", "type": "tmpfs", "source": "tmpfs",
                        "options": ["nosuid"]},
                       {"destination": "/up/outside", "type": "tmpfs", "source": "tmpfs",
                        "options": ["nosuid"]}]
    bundles.add_device(spec, "/node/evil", "c", 1, 3)
    spec["linux"]["maskedPaths"] = ["/masked/kernel"]
    spec["linux"]["readonlyPaths"] = ["/up/run"]
    outcome = boot(spec, prepare=hostile).assert_exited(0)
    assert outcome.probe("ls") == ["/run/coldinit: deep", "/run: coldinit"]
    assert "rdev=1:3" in outcome.probe("stat")[0]
    assert outcome.probe("cwd") == ["/run"]
    assert not any("coldinit" in line for line in outcome.probe("env"))


def test_mount_point_in_a_hostile_image_is_refused(boot, tmp_path):
    """A storage's mount point that is a link in another storage is not followed."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "data").symlink_to("/run/coldinit")
    disk = disks.make_image("erofs", tree, tmp_path / "disk.img")
    outcome = boot(bundles.container(), bundles.manifest(storages=[
        {"driver": "blk", "source": "05", "fstype": "erofs", "mount_point": "/run/image"},
        {"driver": "ephemeral", "mount_point": "/run/image/data"}]), kernel="6.12-disk",
        devices=disks.virtio_blk(disk))
    outcome.assert_failed("spec", "storage /run/image/data", "symbolic link")


def test_root_that_is_a_link(boot):
    """root.path may be a link inside the bundle, but not out of it."""
    def prepare(bundle):
        (bundle / "rootfs").rename(bundle / "real")
        (bundle / "rootfs").symlink_to("/../../../..")

    outcome = boot(bundles.container("true"), prepare=prepare)
    # the root is then the bundle itself, which has no bin
    assert (outcome.verdict["phase"], outcome.verdict["status"]) == ("exec", 127)
    assert "/bin/probe" in outcome.verdict["error"]


def test_paths_of_cdi_edits_stay_inside(boot):
    """Paths of nodes and mounts do not leave the root through links of the image."""
    spec = bundles.container("ls /run/run/deep", "stat /dev/evil", "stat /file")
    spec["annotations"] = {"cdi.k8s.io/test": "coldinit.test/made=a"}
    edits = {"deviceNodes": [{"path": "/node/../node/evil", "hostPath": "/dev/zero"}],
             "mounts": [{"hostPath": "/etc/../etc/cdi", "containerPath": "/mount/../run/deep",
                         "options": ["bind", "ro"]},
                        {"hostPath": "/etc/cdi/made.json", "containerPath": "/up/../up/file",
                         "options": ["bind", "ro"]}]}
    outcome = boot(spec, prepare=hostile, files={"/etc/cdi/made.json": json.dumps({
        "cdiVersion": "0.5.0", "kind": "coldinit.test/made",
        "devices": [{"name": "a", "containerEdits": edits}]})}).assert_exited(0)
    assert outcome.probe("ls") == ["/run/run/deep: made.json"]
    assert "rdev=1:5" in outcome.probe("stat")[0]
    assert "mode=" in outcome.probe("stat")[1]


@pytest.mark.parametrize("path", ["/link", "/../../usr/bin/hook", "/up/usr/bin/hook"])
def test_paths_of_a_startcontainer_hook_stay_inside(boot, path):
    """The guest has the program and the container does not: no path leads to the guest's."""
    def prepare(bundle):
        (bundle / "rootfs/link").symlink_to("/../../../../usr/bin/hook")
        (bundle / "rootfs/up").symlink_to("../../..")

    spec = bundles.container()
    spec["hooks"] = {"startContainer": [{"path": path}]}
    boot(spec, prepare=prepare, files={"/usr/bin/hook": HOOK}).assert_failed(
        "exec", "startContainer", path, "No such file or directory")


# --- hosts that change their shares --------------------------------------------------------------

RENAME_EXCHANGE = 2
LIBC = ctypes.CDLL(None, use_errno=True)


class Exchanger(threading.Thread):
    """A host that exchanges two names of a share again and again, from the start to the end."""

    def __init__(self, first, second):
        super().__init__(daemon=True)
        self.names = os.fsencode(first), os.fsencode(second)
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(0.001):
            if LIBC.renameat2(-100, self.names[0], -100, self.names[1], RENAME_EXCHANGE):
                raise OSError(ctypes.get_errno(), "renameat2")


@pytest.mark.parametrize("target", ["../../../../../../run", "/run", "/", "/proc/1/root"])
def test_host_that_exchanges_the_root_gains_nothing(boot, target):
    """Between the look-up of the root and its use: the guest's directories never become it."""
    pairs = []

    def prepare(bundle):
        (bundle / "evil").symlink_to(target)
        pairs.append((bundle / "rootfs", bundle / "evil"))

    def watch(guest, text):
        if not exchangers:
            exchangers.append(Exchanger(*pairs[0]))
            exchangers[0].start()

    exchangers = []
    spec = bundles.intruder("list", "/")
    try:
        # whether the launch finds its files is the host's affair
        outcome = boot(spec, bundles.manifest(), via="virtiofs", prepare=prepare, watch=watch,
                       quiet=False)
    finally:
        for exchanger in exchangers:
            exchanger.done.set()
    assert exchangers
    assert not (GUESTS | {"coldinit", "vda", "kmsg"}) & seen(outcome, "list"), outcome.console


def test_links_of_a_share_stay_in_it(boot):
    """Sources of bind mounts, absolute and relative, and the root itself."""
    def prepare(bundle):
        for name, target in {"up": "../../../../../etc", "top": "/etc", "self": "/proc/self/root",
                             "real": "/bundle/data"}.items():
            (bundle / name).symlink_to(target)
        (bundle / "data").mkdir()
        (bundle / "data/own").touch()
        (bundle / "etc").mkdir()
        (bundle / "etc/own").touch()
        (bundle.parent / "etc").mkdir()
        (bundle.parent / "etc/own").touch()

    share = "/run/coldinit/virtiofs/demo"
    sources = {"a": f"{share}/bundle/up", "b": f"{share}/bundle/top", "c": f"{share}/bundle/real",
               "d": "up", "e": "top", "f": "./data", "g": "../../../data"}
    spec = bundles.container(*(f"ls /mnt/{name}" for name in sources))
    spec["mounts"] += [{"destination": f"/mnt/{name}", "source": source, "options": ["bind"]}
                       for name, source in sources.items()]
    outcome = boot(spec, bundles.manifest(), via="virtiofs", prepare=prepare).assert_exited(0)
    assert outcome.probe("ls") == [f"/mnt/{name}: own" for name in sources]


@pytest.mark.parametrize("target", ["/dev/kmsg", "../../../../../dev/kmsg", "/proc/kmsg", "fifo", "node",
                                    "directory"])
def test_config_of_a_share_is_a_file_of_it(boot, target):
    def prepare(bundle):
        (bundle / "config.json").unlink()
        (bundle / "config.json").symlink_to(target)
        os.mkfifo(bundle / "fifo")
        os.mknod(bundle / "node", 0o666 | stat.S_IFCHR, os.makedev(1, 11))
        (bundle / "directory").mkdir()

    outcome = boot(bundles.container(), bundles.manifest(), via="virtiofs", prepare=prepare)
    outcome.assert_failed("spec", "config.json")
    assert ("regular file" in outcome.verdict["error"]) == (target in ("fifo", "node", "directory"))


def test_share_and_disk_have_no_devices_and_no_setuid(boot, tmp_path, plugged):
    """Except for the container's root, which is as with other runtimes."""
    disk, words = plugged
    spec = bundles.container("mounts")
    spec["mounts"] += [{"destination": "/disk", "source": "/run/image", "options": ["bind"]},
                       {"destination": "/share", "source": "/run/coldinit/virtiofs/demo",
                        "options": ["bind"]}]
    outcome = boot(spec, bundles.manifest(storages=[disk]), via="virtiofs", devices=words)
    outcome.assert_exited(0)
    options = {}
    for line in outcome.probe("mounts"):
        fields = line.split(": ", 1)[1].split()
        options[fields[4]] = set(fields[5].split(","))
    for place in ("/disk", "/share"):
        assert {"nosuid", "nodev"} <= options[place]
    assert not {"nosuid", "nodev"} & options["/"]


# --- hooks that run before the program -----------------------------------------------------------

USUAL_MASKS = {"maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
               "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                 "/proc/sysrq-trigger"]}


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
@pytest.mark.parametrize("uid, privileges", [(0, True), (0, False), (1000, True)])
def test_startcontainer_hook_finds_nothing_of_pid_1(boot, kernel, uid, privileges):
    """Its parent is coldinit's code until execve(2): no memory, no descriptor, no directory of it."""
    spec = bundles.container("cat /tmp/found")
    spec["process"].update(user={"uid": uid, "gid": uid}, noNewPrivileges=privileges)
    spec["linux"].update(USUAL_MASKS)
    spec["hooks"] = {"startContainer": [
        {"path": "/bin/intruder", "args": ["intruder", "into", "/tmp/found", "victim", "1", ";",
                                           "take", "1"]}]}
    outcome = boot(spec, bundles.manifest(), kernel=kernel).assert_exited(0)
    found = [line.split("probe: ", 1)[1] for line in outcome.probe("cat")]
    results = dict(line.rsplit(": ", 1) for line in found if "ls " not in line)
    for name in ("mem", "maps", "environ", "root", "cwd", "exe", "fd/0", "ns/mnt"):
        assert results[f"victim: open /proc/1/{name}"] == "Permission denied", name
    assert results["victim: ptrace"] == "Operation not permitted"
    assert results["take: read memory"] == "Operation not permitted"
    for fd in range(8):
        assert results[f"take: getfd {fd}"] == "Operation not permitted", fd
    assert not [line for line in found if "is " in line or "directory" in line]
    # its state on stdin, its output, and the file that it writes
    assert results["take: own"] == "0 1 2"


# --- too many rights -----------------------------------------------------------------------------

def test_sys_admin_finds_no_guest(boot, tmp_path, plugged):
    """A container mounts fresh proc, sysfs, devtmpfs, cgroup2, and the mounts below the root.

    It can mount all of them, as under crun, but the device program denies the devices. It allows
    /dev/console, as crun's does (tests/parity: mknod/console). The kernel does not call it for a
    second mount of a disk with the same options.
    """
    spec = bundles.intruder("mounts", "victim", "1", caps=(
        "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_KILL"))
    disk, words = plugged
    other = disks.make_image("ext4", tmp_path / "tree", tmp_path / "other.img")
    outcome = boot(spec, bundles.manifest(storages=[disk]), devices=[
        *words, *disks.virtio_blk(other, number=1, slot=0x6)],
        words=["loglevel=1"]).assert_exited(0)  # the kernel's "Can't open blockdev" can be in the middle of a line
    found = attempts(outcome, "mounts")
    assert found["devtmpfs"] == "ok"
    for node in ("console", "kmsg", "mem", "vda", "vdb"):
        assert found[f"open /tmp/m/{node}"] == "Operation not permitted", node
    assert found["mount /tmp/m/vdb ro"] == "Operation not permitted"
    assert found["mount /tmp/m/vda"] == "Resource busy"  # it is mounted already, read-only
    assert found["mount /tmp/m/vda ro"] == "ok"
    assert not seen(outcome, "mounts") & GUESTS
    # /proc/1 is the container's own first process
    assert not seen(outcome, "victim") & GUESTS


def test_nodes_that_were_made_cannot_be_opened(boot, tmp_path, plugged):
    """A container with CAP_MKNOD makes nodes (memory, ports, disks, reports); the device program denies them."""
    spec = bundles.intruder("nodes", caps=("CAP_MKNOD", "CAP_DAC_OVERRIDE"))
    disk, words = plugged
    outcome = boot(spec, bundles.manifest(storages=[disk]), devices=words + [
        "-device", "virtio-serial-pci", "-chardev", f"file,id=r,path={tmp_path}/report",
        "-device", "virtserialport,chardev=r,name=org.coldinit.report"]).assert_exited(0)
    found = attempts(outcome, "nodes")
    for node in ("mem", "kmsg", "port", "vda", "ttyS0", "vport"):
        assert found[f"/tmp/{node}"] == "ok"
        assert found[f"open /tmp/{node}"] == "Operation not permitted", node
    assert found["open /tmp/null"] == "ok"


def test_privileged_container_has_the_guests_kernel(boot, tmp_path):
    """With everything allowed a container can change the kernel, as under crun; PID 1 still gives the verdict."""
    spec = bundles.intruder("privileged", caps=("CAP_SYS_ADMIN", "CAP_SYS_RESOURCE",
                                                "CAP_DAC_OVERRIDE"))
    for mount in spec["mounts"]:
        mount["options"] = [word for word in mount.get("options", []) if word != "ro"]
    spec["linux"]["resources"]["devices"] = [{"allow": True, "access": "rwm"}]
    # On the console, the kernel's help for sysrq can be in the middle of a line.
    outcome = boot(spec, devices=[
        "-device", "virtio-serial-pci", "-chardev", f"file,id=o,path={tmp_path}/stdout",
        "-device", "virtserialport,chardev=o,name=org.coldinit.stdout"]).assert_exited(0)
    outcome.console = (tmp_path / "stdout").read_text()
    found = attempts(outcome, "privileged")
    for path in ("kernel/core_pattern", "vm/overcommit_memory", "fs/file-max"):
        assert found[f"write /proc/sys/{path}"] == "ok", path
    assert found["write /proc/sysrq-trigger"] == "ok"
    assert found["write /sys/kernel/mm/transparent_hugepage/enabled"] == "ok"


def test_kernel_files_of_the_usual_container_are_read_only(boot):
    spec = bundles.intruder("writes", caps=("CAP_DAC_OVERRIDE",))
    spec["linux"]["maskedPaths"] = ["/proc/kcore"]
    spec["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger"]
    outcome = boot(spec).assert_exited(0)
    found = attempts(outcome, "writes")
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
                 "/sys/fs/cgroup/cgroup.procs"):
        assert found[f"open {path}"] == "Read-only file system", path
    assert found["open /dev/vport1p1"] == "No such file or directory"


# --- without a PID namespace ---------------------------------------------------------------------

def test_pid_1_is_out_of_reach(boot):
    """The memory, descriptors, root and namespaces of PID 1 are out of reach, and it survives every signal."""
    outcome = boot(bundles.intruder("victim", "1", namespaces=WITHOUT_PID), bundles.manifest())
    outcome.assert_exited(0)
    found = attempts(outcome, "victim")
    for name in ("mem", "maps", "environ", "root", "cwd", "exe", "ns/mnt"):
        assert found[f"open /proc/1/{name}"] == "Permission denied", name
    assert found["open /proc/1/fd/0"] == "No such file or directory"
    assert found["setns"] == "Permission denied"
    assert found["ptrace"] == "Operation not permitted"
    assert found["SIGSTOP"] == found["SIGKILL"] == "ok"
    assert not seen(outcome, "victim") & GUESTS


@pytest.mark.parametrize("capabilities", [(), ("CAP_SYS_PTRACE", "CAP_KILL", "CAP_SYS_RESOURCE",
                                               "CAP_SYS_NICE", "CAP_DAC_READ_SEARCH")])
def test_pid_1_cannot_be_harmed(boot, tmp_path, capabilities):
    """Limits, priorities and signals: what the container sees as PID 1 is another process."""
    words = ["-device", "virtio-serial-pci", "-chardev", f"file,id=r,path={tmp_path}/report",
             "-device", "virtserialport,chardev=r,name=org.coldinit.report"]
    spec = bundles.intruder("harm", "1", ";", "victim", "1", namespaces=WITHOUT_PID, caps=capabilities)
    outcome = boot(spec, bundles.manifest(), devices=words).assert_exited(0)
    assert outcome.probe("harm") == ["processes: 1 2"]
    assert not seen(outcome, "victim") & GUESTS
    assert json.loads((tmp_path / "report").read_text()) == outcome.document


@pytest.mark.parametrize("namespaces", [bundles.NAMESPACES, WITHOUT_PID, ("mount",)])
def test_nothing_survives_the_container(boot, namespaces):
    outcome = boot(bundles.intruder("linger", "5", namespaces=namespaces), bundles.manifest())
    outcome.assert_exited(5)
    assert "probe: linger: still here 9" in outcome.console
    assert "probe" not in outcome.console[outcome.console.index("coldinit-verdict"):]


@pytest.mark.parametrize("namespaces", [bundles.NAMESPACES, WITHOUT_CGROUP], ids=["all", "no-cgroup"])
@pytest.mark.parametrize("mount", [
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup"},
    {"destination": "/sys/fs/cgroup", "type": "cgroup2", "source": "cgroup2"},
    {"destination": "/sys/fs/cgroup", "source": "/sys/fs/cgroup", "options": ["rbind", "rw"]},
    {"destination": "/sys", "source": "/sys", "options": ["rbind", "rw"]}],
    ids=["cgroup", "cgroup2", "bind", "sys"])
def test_cgroup_cannot_be_left(boot, namespaces, mount):
    """Nor its limits and its device program, however the cgroups are mounted."""
    spec = bundles.intruder("cgroups", "/sys/fs/cgroup", ";", "linger", "6", namespaces=namespaces,
                    caps=("CAP_DAC_OVERRIDE", "CAP_MKNOD", "CAP_KILL"))
    spec["mounts"] = [m for m in spec["mounts"] if not m["destination"].startswith("/sys")]
    if mount["destination"] != "/sys":
        spec["mounts"].append({"destination": "/sys", "type": "sysfs", "source": "sysfs"})
    spec["mounts"].append(mount)
    outcome = boot(spec, bundles.manifest()).assert_exited(6)
    found = attempts(outcome, "cgroups")
    top = "/sys/fs/cgroup"
    for file in ("memory.max", "pids.max"):
        assert found[f"write {top}/{file}"] == "Operation not permitted", file
        assert found[f"write {top}/../{file}"] == "No such file or directory", file
    for file in ("../cgroup.procs", "../../cgroup.procs", "../cgroup.subtree_control"):
        assert found[f"write {top}/{file}"] == "No such file or directory", file
    assert "ls groups:" in outcome.probe("cgroups")
    assert found["mkdir"] == found["mknod"] == "ok"
    assert found["open /tmp/node"] == "Operation not permitted"
    assert "probe" not in outcome.console[outcome.console.index("coldinit-verdict"):]


def test_watchdog_is_out_of_reach(boot, tmp_path):
    """The container cannot kill it, and it is there when PID 1 hangs in sync(2) at the end."""
    share = tmp_path / "share"
    share.mkdir()
    text = ""

    def watch(guest, more):
        nonlocal text
        before, text = text, text + more
        if "probe: watchdog: begin" in text and "probe: watchdog: begin" not in before:
            guest.signal_shares(signal.SIGSTOP)

    outcome = boot(
        bundles.intruder("watchdog", namespaces=WITHOUT_PID, caps=("CAP_KILL",)),
        bundles.manifest(storages=[{"driver": "virtio-fs", "source": "demo", "fstype": "virtiofs",
                                    "mount_point": "/run/share"}]),
        shares={"demo": share}, watch=watch, after_verdict=100,
        # ends QEMU at once, which would wait for the virtio-fs daemon
        words=["coldinit.report=debug-exit:0x501"],
        devices=["-device", "isa-debug-exit,iobase=0x501,iosize=2"]).assert_exited(0)
    assert outcome.probe("watchdog") == ["begin", "killed: 0"]
    assert outcome.qemu_status == 0 << 1 | 1  # the status of the verdict
    assert outcome.seconds > 10  # the limit of sync(2)


# --- the program of PID 1 ------------------------------------------------------------------------

@pytest.mark.parametrize("namespaces", [bundles.NAMESPACES, WITHOUT_PID], ids=["all", "no-pid"])
@pytest.mark.parametrize("program", ["/proc/self/exe", "/proc/1/exe", "/proc/thread-self/exe", "/link",
                                     "/script", "/init", "exe"])
def test_program_of_pid_1_cannot_be_executed(boot, program, namespaces):
    """By no name of it: a link, the interpreter of a script, a name in PATH."""
    def prepare(bundle):
        (bundle / "rootfs/link").symlink_to("/proc/self/exe")
        (bundle / "rootfs/script").write_text("#!/proc/self/exe\n")
        (bundle / "rootfs/script").chmod(0o755)

    spec = bundles.container(namespaces=namespaces)
    spec["process"].update(args=[program, "--version"], env=["PATH=/bin:/proc/self"])
    outcome = boot(spec, bundles.manifest(), prepare=prepare)
    assert (outcome.verdict["outcome"], outcome.verdict["phase"]) == ("failed", "exec")
    assert outcome.verdict["status"] == (127 if program == "/init" else 126)
    assert ("ermission" in outcome.verdict["error"]) == (program != "/init")


@pytest.mark.parametrize("via", ["cpio", "virtiofs"])
def test_programs_of_the_bundle_are_not_hooks_of_the_guest(boot, via):
    """They are the container's and the host's code, and these hooks run as root of the guest."""
    bundle = "/run/coldinit/bundle" if via == "cpio" else "/run/coldinit/virtiofs/demo/bundle"
    spec = bundles.container("ls /tmp")
    spec["hooks"] = {point: [
        {"path": f"{bundle}/rootfs/bin/intruder",
         "args": ["intruder", "into", f"{bundle}/rootfs/tmp/{point}", "list", "/"]},
        {"path": "/proc/self/root/usr/bin/hook"}]
        for point in ("prestart", "createRuntime", "createContainer", "poststart", "poststop")}
    outcome = boot(spec, bundles.manifest(), via=via, files={"/usr/bin/hook": HOOK}).assert_exited(0)
    assert outcome.probe("ls") == ["/tmp:"]
    assert "warnings" not in outcome.verdict or "has failed" not in str(outcome.verdict["warnings"])


@pytest.mark.parametrize("point", ["prestart", "createRuntime", "createContainer", "startContainer"])
def test_hook_is_not_the_program_of_pid_1(boot, tmp_path, point):
    script = tmp_path / "script"
    script.write_text("#!/proc/self/exe\n")
    script.chmod(0o755)
    spec = bundles.container()
    spec["hooks"] = {point: [{"path": "/usr/bin/hook", "args": ["hook", "--version"]}]}
    if point == "startContainer":
        spec["hooks"][point][0]["path"] = "/proc/self/exe"
    boot(spec, bundles.manifest(), files={"/usr/bin/hook": script}).assert_failed(
        "exec", f"the {point} hook", "Permission denied")
