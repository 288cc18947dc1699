# SPDX-License-Identifier: Apache-2.0
"""Services: programs of the guest that are started before the container and run beside it."""

import re
import shutil

import pytest

import bundles
import disks
import watchers
from conftest import BUILD

PROGRAM = BUILD / "tests/programs/service"
HOOK = BUILD / "tests/programs/hook"
FILES = {"/usr/bin/service": PROGRAM}


def service(name, words, **more):
    """Return: a service that runs tests/programs/service with these words."""
    return {"name": name, "args": ["/usr/bin/service", *words.split()], **more}


def daemon(name, words, **more):
    return service(name, words, kind="daemon", **more)


def manifest(*services, **more):
    return bundles.manifest(services=list(services), **more)


def container(words, **more):
    """Return: a container that runs the same program, and the function that puts it into the bundle."""
    spec = bundles.container(**more)
    spec["process"]["args"] = ["/bin/service", *words.split()]
    return spec, lambda bundle: shutil.copy(PROGRAM, bundle / "rootfs/bin")


def said(outcome, name):
    """Return: what a service has printed, as the log has it."""
    head = f"service {name}: "
    return [line[len(head):] for line in outcome.log() if line.startswith(head) and ": ready after" not in line]


# --- start and end -------------------------------------------------------------------------------

def test_a_oneshot_and_a_daemon(boot):
    """The daemon starts when the oneshot has ended, is ready before the container, and ends after it."""
    outcome = boot(bundles.container("ls /proc/1"), manifest(
        daemon("late", "need /run/first listen /run/late.sock run late", after=["first"],
               ready={"socket": "/run/late.sock"}),
        service("first", "need /dev/pts/ptmx touch /dev/shm/x need /dev/mqueue/. touch /tmp/x sleep 300 show PATH print done "
                         "touch /run/first")), files=FILES, quiet=False)
    outcome.assert_exited(0)
    assert "warnings" not in outcome.verdict
    assert said(outcome, "first") == ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "done"]
    assert said(outcome, "late") == ["late was stopped"]
    console = outcome.console
    assert console.index("probe: ls") < console.index("late was stopped")


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_all_ways_to_be_ready(boot, kernel):
    """By a path, a socket of a process in the background, and a line of output. They end in reverse order."""
    outcome = boot(bundles.container("ls /sys/fs/cgroup", "ls /proc", "stat /run/b.sock"), manifest(
        daemon("a", "sleep 200 touch /run/a run a", ready={"path": "/run/a"}),
        daemon("b", "fork sleep 200 listen /run/b.sock run b", ready={"socket": "/run/b.sock"}),
        daemon("c", "user cgroup show HOME show A sleep 200 print and-ready run c", after=["a", "b"],
               user={"uid": 1000, "gid": 100}, env=["A=1", "HOME=/home/c"], ready={"output": "and-r"}),
        service("d", "need /run/a need /run/b.sock", after=["c"])), files=FILES, quiet=False, kernel=kernel)
    outcome.assert_exited(0)
    assert said(outcome, "c") == ["user 1000:100", "cgroup 0::/.coldinit/c.service", "HOME=/home/c", "A=1",
                                  "and-ready", "c was stopped"]
    stopped = [line.split(": ")[1] for line in outcome.log() if line.endswith("was stopped")]
    assert stopped == ["c was stopped", "b was stopped", "a was stopped"]
    # The container sees neither their cgroups nor their processes nor their files.
    cgroups, processes = outcome.probe("ls")
    assert "cgroup.procs" in cgroups and "service" not in cgroups and ".coldinit" not in cgroups
    assert [word for word in processes.split() if word.isdigit()] == ["1"]
    assert "No such file" in outcome.probe("stat")[0]


def test_a_daemon_that_ignores_sigterm_is_killed(boot):
    outcome = boot(bundles.container(), manifest(daemon("d", "ignore print up sleep 600000",
                                                        ready={"output": "up"})), files=FILES)
    outcome.assert_exited(0)
    assert outcome.verdict["warnings"] == ["service d: it still runs after SIGTERM and is killed"]


def test_a_stop_request_while_a_service_starts(boot):
    outcome = boot(bundles.container(), manifest(daemon("d", "print starting sleep 60000", ready={"path": "/run/d"})),
                   files=FILES, quiet=False, monitored=True,
                   watch=watchers.after(("service d: starting", watchers.ctrl_alt_delete)))
    assert outcome.verdict["error"] == "a stop was requested (Ctrl-Alt-Del) while the services start"
    assert outcome.seconds < 60


# --- failures ------------------------------------------------------------------------------------

@pytest.mark.parametrize("broken, words", [
    (service("s", "print no-device exit 3"), "service s has failed with status 3: no-device"),
    ({"name": "s", "args": ["/usr/bin/gone"]},
     "service s has failed with status 127: cannot execute it in the initramfs: No such file or directory: it is missing"),
    (service("s", "sleep 60000", timeout_ms=500), "service s: waited 500 ms for its end: it has printed nothing"),
    (daemon("s", "print bye exit 0", ready={"path": "/run/s"}),
     "service s has ended with status 0 before it was ready: bye"),
    (daemon("s", "print up bind /run/s sleep 60000", timeout_ms=700, ready={"socket": "/run/s"}),
     "service s: waited 700 ms for a connection to its socket /run/s (Connection refused): up"),
    (daemon("s", "print up sleep 60000", timeout_ms=300, ready={"path": "/run/s"}),
     "service s: waited 300 ms for its path /run/s (No such file or directory): up"),
    (daemon("s", "print up sleep 60000", timeout_ms=300, ready={"output": "ready"}),
     "service s: waited 300 ms for its output ready: up"),
    (service("s", "", root="/run/coldinit/ext/gone"),
     "service s: cannot open its root /run/coldinit/ext/gone: No such file or directory"),
], ids=["status", "no-program", "late", "ended", "refused", "no-path", "no-output", "no-root"])
def test_a_required_service_that_fails(boot, broken, words):
    """The boot ends with one line, and the other services are killed."""
    outcome = boot(bundles.container(), manifest(daemon("other", "print up run other", ready={"output": "up"}), broken),
                   files=FILES)
    outcome.assert_failed("spec", words)
    assert outcome.verdict["error"] == words
    assert outcome.seconds < 60


def test_a_service_that_is_not_required(boot):
    """Its failure is a warning, and those behind it start nevertheless."""
    outcome = boot(bundles.container(), manifest(
        service("s", "print no-device exit 3", required=False), service("behind", "touch /run/behind", after=["s"]),
        service("last", "need /run/behind", after=["behind"])), files=FILES)
    outcome.assert_exited(0)
    assert outcome.verdict["warnings"] == ["service s has failed with status 3: no-device"]


def test_a_boot_that_fails_later(boot):
    """SIGKILL, not SIGTERM: nothing has to be saved."""
    outcome = boot(None, manifest(daemon("d", "print up run d", ready={"output": "up"}), container={"bundle": "/run/none"}),
                   files=FILES, quiet=False)
    assert outcome.verdict["phase"] == "spec" and "/run/none" in outcome.verdict["error"]


def test_a_daemon_that_ends_before_the_container_starts(boot):
    outcome = boot(bundles.container(), manifest(
        daemon("d", "print up sleep 100 exit 5", ready={"output": "up"}), service("slow", "sleep 600", after=["d"])),
        files=FILES)
    outcome.assert_failed("spec", "service d has ended with status 5 before the container was started: up")


# --- while the container runs --------------------------------------------------------------------

def test_daemons_that_end_while_the_container_runs(boot):
    """A warning, and the restart of one whose files are in the initramfs; modules and "/" are locked."""
    spec, prepare = container("sleep 3000 exit 7")
    outcome = boot(spec, manifest(
        daemon("once", "print up sleep 900 exit 4", ready={"output": "up"}),
        daemon("again", "look /coldinit/manifest.json print up sleep 900 exit 0", ready={"output": "up"}, on_exit="restart"),
        daemon("forked", "fork touch /run/forked sleep 900 exit 0", ready={"path": "/run/forked"}),
        policy={"lock_modules": True}), files=FILES, quiet=False, prepare=prepare)
    outcome.assert_exited(7)
    warnings = outcome.verdict["warnings"]
    assert "service once has ended with status 4: up" in warnings
    assert "service forked has ended with status 0: it has printed nothing" in warnings
    assert any(line.startswith("service again has ended with status 0 and starts again in 1 s") for line in warnings)
    # What no service needs is gone: the manifest, the modules.
    assert said(outcome, "again")[:4] == ["/coldinit/manifest.json: there", "up", "/coldinit/manifest.json: gone", "up"]


def test_a_daemon_without_which_the_guest_ends(boot):
    """The container gets its stop signal, and the guest has failed."""
    spec, prepare = container("run container")
    outcome = boot(spec, manifest(daemon("d", "print up sleep 2000 print gone exit 6", ready={"output": "up"},
                                         on_exit="fail")), files=FILES, prepare=prepare)
    outcome.assert_failed("exit", "service d has ended with status 6 while the container ran: up gone")
    assert outcome.verdict["stop"] == {"signal": "SIGTERM", "by": "a service has ended", "killed": False}
    assert "container was stopped" in outcome.console


def test_a_daemon_that_floods_the_log(boot):
    """Each second has 100 of its lines and one that counts the others. The rest of the guest goes on."""
    spec, prepare = container("sleep 3000 print done exit 7")
    outcome = boot(spec, manifest(daemon("d", "print up flood 1000000000", ready={"output": "up"}),
                                  daemon("e", "print up sleep 1500 print still-here run e", ready={"output": "up"})),
                   files=FILES, quiet=False, prepare=prepare)
    outcome.assert_exited(7)
    assert outcome.seconds < 60 and "warnings" not in outcome.verdict
    left_out = [re.fullmatch(r"(\d+) lines were left out: it prints more than 100 in a second", line)
                for line in said(outcome, "d")]
    counts = [int(found[1]) for found in left_out if found]
    assert 2 <= len(counts) < 60 and min(counts[:-1]) > 1000
    assert max(counts) < 60000  # a MiB of lines of at least 18 bytes
    assert left_out.count(None) <= 100 * len(counts)
    assert "still-here" in said(outcome, "e")


def test_hooks_and_services_share_the_initramfs(boot):
    """Both need its files while the container runs."""
    spec, prepare = container("sleep 2500")
    spec["hooks"] = {"poststop": [{"path": "/usr/bin/service", "args": ["service", "print", "hook-ran"]}]}
    outcome = boot(spec, manifest(daemon("d", "print up sleep 500 exit 0", ready={"output": "up"}, on_exit="restart")),
                   files=FILES, quiet=False, prepare=prepare)
    outcome.assert_exited(0)
    assert said(outcome, "d").count("up") > 1
    assert any("hook-ran" in line for line in outcome.log())


# --- images, builds ------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["erofs", "squashfs"])
def test_programs_of_an_extension_image(boot, tmp_path, kind):
    """The image is the root of a oneshot and of a daemon; it has the guest's /run and /dev."""
    tree = tmp_path / "tree"
    for name in ("bin", "dev", "proc", "sys", "run", "tmp"):
        (tree / name).mkdir(parents=True)
    shutil.copy(PROGRAM, tree / "bin/tool")
    image = disks.make_image(kind, tree, tmp_path / "ext.img")
    spec, prepare = container("sleep 2500")
    outcome = boot(spec, manifest(
        {"name": "once", "args": ["/bin/tool", "need", "/dev/vda", "touch", "/run/once"], "root": "/run/coldinit/ext/tools"},
        {"name": "d", "kind": "daemon", "args": ["/bin/tool", "need", "/run/once", "print", "up", "sleep", "500"],
         "root": "/run/coldinit/ext/tools", "after": ["once"], "ready": {"output": "up"}, "on_exit": "restart"},
        storages=[{"driver": "blk", "source": "05", "fstype": kind, "options": ["ro"],
                   "mount_point": "/run/coldinit/ext/tools"}]),
        files={"/not-there": ""}, devices=disks.virtio_blk(image), kernel="6.12-disk", quiet=False, prepare=prepare)
    outcome.assert_exited(0)
    assert said(outcome, "d").count("up") > 1


def test_an_image_without_the_directories_of_the_guest(boot, tmp_path):
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(PROGRAM, tree / "bin/tool")
    image = disks.make_image("erofs", tree, tmp_path / "ext.img")
    boot(bundles.container(), manifest(
        {"name": "s", "args": ["/bin/tool"], "root": "/run/coldinit/ext/tools"},
        storages=[{"driver": "blk", "source": "05", "fstype": "erofs", "options": ["ro"],
                   "mount_point": "/run/coldinit/ext/tools"}]),
        devices=disks.virtio_blk(image), kernel="6.12-disk").assert_failed(
            "spec", "service s has failed with status 127: cannot mount the guest's directory in its root: /dev: "
                    "Read-only file system")


def test_a_build_without_services_refuses_them_by_name(boot):
    boot(bundles.container(), manifest(service("s", "exit 0")), kernel="6.12-tiny").assert_failed(
        "manifest", "/services: not supported by this build")
