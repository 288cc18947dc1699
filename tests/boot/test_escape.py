# SPDX-License-Identifier: Apache-2.0
"""Ways out of the container: hostile images, and processes with more rights than they should have."""

import pytest

import bundles
import disks

WITHOUT_PID = tuple(kind for kind in bundles.NAMESPACES if kind != "pid")
GUESTS = {"init", "coldinit", "newroot"}  # names in the initramfs's root


def intruder(*arguments, capabilities=(), namespaces=bundles.NAMESPACES):
    spec = bundles.container(namespaces=namespaces)
    spec["process"]["args"] = ["/bin/intruder", *arguments]
    spec["process"]["capabilities"] = bundles.capabilities(*capabilities)
    return spec


def attempts(outcome, command):
    """What came of each attempt."""
    return dict(line.rsplit(": ", 1) for line in outcome.probe(command) if "ls " not in line)


def seen(outcome, command):
    """All names in the directories that were listed."""
    return set(" ".join(line.split(":", 1)[1] for line in outcome.probe(command)
                        if line.startswith("ls ")).split())


# --- hostile images ------------------------------------------------------------------------------

def hostile(bundle):
    """Links and ".." wherever a path of the spec may lead."""
    rootfs = bundle / "rootfs"
    for name, target in {"mount": "/../../../../run/coldinit", "node": "/../../dev", "up": "../../..",
                         "masked": "/../../proc/sys", "work": "/../../../../run"}.items():
        (rootfs / name).symlink_to(target)
    (rootfs / "etc/passwd").unlink()
    (rootfs / "etc/passwd").symlink_to("/../../../../proc/1/environ")
    for name in ("run", "dev"):
        (rootfs / name).mkdir(exist_ok=True)


def test_paths_of_a_hostile_image_stay_inside(boot):
    """Mount targets, device paths, cwd, passwd, masked and read-only paths."""
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
    """A later storage's mount point is a link in an earlier one: it is not followed."""
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
    """root.path may be a link inside the bundle, never out of it."""
    def prepare(bundle):
        (bundle / "rootfs").rename(bundle / "real")
        (bundle / "rootfs").symlink_to("/../../../..")

    outcome = boot(bundles.container("true"), prepare=prepare)
    assert outcome.verdict["outcome"] == "failed"
    assert outcome.probe("true") == []


# --- too many rights -----------------------------------------------------------------------------

def test_sys_admin_finds_no_guest(boot):
    """Fresh proc, sysfs, devtmpfs, cgroup2, and what lies below the root."""
    spec = intruder("mounts", "victim", "1", capabilities=(
        "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_KILL"))
    outcome = boot(spec, bundles.manifest()).assert_exited(0)
    found = attempts(outcome, "mounts")
    for node in ("kmsg", "mem", "vda"):
        assert found[f"open /tmp/m/{node}"] != "ok", node
    assert found["mount vda"] != "ok"
    assert not seen(outcome, "mounts") & GUESTS
    # /proc/1 is the container's own first process
    assert not seen(outcome, "victim") & GUESTS


def test_nodes_that_were_made_cannot_be_opened(boot, tmp_path):
    """CAP_MKNOD makes them, the device program keeps them shut: memory, ports, disks, reports."""
    spec = intruder("nodes", capabilities=("CAP_MKNOD", "CAP_DAC_OVERRIDE"))
    outcome = boot(spec, devices=[
        "-device", "virtio-serial-pci", "-chardev", f"file,id=r,path={tmp_path}/report",
        "-device", "virtserialport,chardev=r,name=org.coldinit.report"]).assert_exited(0)
    found = attempts(outcome, "nodes")
    for node in ("mem", "kmsg", "port", "vda", "ttyS0"):
        assert found[f"/tmp/{node}"] == "ok"
        assert found[f"open /tmp/{node}"] == "Operation not permitted", node
    assert found["open /tmp/null"] == "ok"
    assert found["open /tmp/vport"] == "Operation not permitted"


def test_kernel_files_of_the_usual_container_are_read_only(boot):
    spec = intruder("writes", capabilities=("CAP_DAC_OVERRIDE",))
    spec["linux"]["maskedPaths"] = ["/proc/kcore"]
    spec["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger"]
    outcome = boot(spec).assert_exited(0)
    found = attempts(outcome, "writes")
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
                 "/sys/fs/cgroup/cgroup.procs"):
        assert found[f"open {path}"] == "Read-only file system", path
    assert found["open /dev/vport1p1"] == "No such file or directory"


# --- without a PID namespace ---------------------------------------------------------------------

@pytest.mark.parametrize("victim", ["victim", "watchdog"])
def test_pid_1_is_out_of_reach(boot, victim):
    """Its memory, descriptors, root and namespaces; PID 1 survives whatever signal it is sent."""
    outcome = boot(intruder(victim, "1", namespaces=WITHOUT_PID), bundles.manifest())
    outcome.assert_exited(0)
    found = attempts(outcome, victim)
    number = next(key.split("/")[2] for key in found if key.endswith("/mem"))
    for name in ("mem", "maps", "environ", "root", "cwd", "exe", "fd/0", "ns/mnt"):
        assert found[f"open /proc/{number}/{name}"] == "Permission denied", name
    assert found["setns"] == "Permission denied"
    assert found["ptrace"] == "Operation not permitted"
    assert not seen(outcome, victim) & GUESTS


# --- processes that will not end -----------------------------------------------------------------

def test_fork_bomb_stops_at_its_limit(boot):
    spec = intruder("forks")
    spec["linux"]["resources"]["pids"] = {"limit": 64}
    outcome = boot(spec).assert_exited(0)
    [line] = outcome.probe("forks")
    assert line == "63: Resource temporarily unavailable"


def test_fork_bomb_without_a_limit_ends_with_its_container(boot):
    """Thousands of processes outside of a PID namespace: the cgroup ends them all."""
    outcome = boot(intruder("forks", namespaces=WITHOUT_PID), memory=1024).assert_exited(0)
    assert outcome.probe("forks")


def test_process_that_ignores_sigterm_is_killed_after_the_grace(boot):
    """It asks PID 1 itself to stop the guest: the request comes back, ten seconds later SIGKILL."""
    outcome = boot(intruder("stubborn", namespaces=WITHOUT_PID, capabilities=("CAP_KILL",)),
                   timeout=90)
    assert outcome.probe("stubborn") == ["SIGTERM to 1: ok"]
    assert (outcome.verdict["outcome"], outcome.verdict["status"]) == ("signaled", 137)
    timeline = outcome.verdict["timeline_us"]
    assert 10_000_000 <= timeline["exit"] - timeline["exec"] < 20_000_000
