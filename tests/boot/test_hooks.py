# SPDX-License-Identifier: Apache-2.0
"""Hooks: when and where they run, what they get, and what happens when they fail."""

import json
import pathlib

import pytest

import bundles
import watchers
from conftest import BUILD

HOOK = BUILD / "tests/programs/hook"
POINTS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
STATUS = dict(zip(POINTS, ("creating", "creating", "creating", "created", "running", "stopped")))
BUNDLE = "/run/coldinit/bundle"


def note(name, file, **more):
    return {"path": "/usr/bin/hook", "args": ["hook", "note", name, file], **more}


def run(*arguments, **more):
    return {"path": "/usr/bin/hook", "args": ["hook", *arguments], **more}


@pytest.fixture
def hooked(boot):
    """Boot a container with hooks; their program is in the initramfs and in the container."""
    def start(hooks, *commands, spec=None, user=None, **options):
        spec = spec or bundles.container(*commands)
        spec["hooks"] = hooks
        if user:
            spec["process"]["user"] = user

        def prepare(bundle):
            (bundle / "rootfs/usr/bin").mkdir(parents=True)
            (bundle / "rootfs/usr/bin/hook").write_bytes(HOOK.read_bytes())
            (bundle / "rootfs/usr/bin/hook").chmod(0o755)
            (bundle / "rootfs/tmp/notes").touch()
            (bundle / "rootfs/tmp/notes").chmod(0o666)

        options.setdefault("files", {"/usr/bin/hook": HOOK})
        return boot(spec, bundles.manifest(), prepare=prepare, **options)
    return start


def notes(lines):
    """Return: what each hook has noted, by hook."""
    found = {}
    for line in lines:
        if "hook=" in line:
            words, state = line[line.index("hook="):].split(" state=")
            facts = dict(word.split("=", 1) for word in words.split() if "=" in word)
            facts["mnt"] = words.split()[-1]
            found[facts["hook"]] = {**facts, "state": json.loads(state)}
    return found


@pytest.mark.parametrize("via", ["cpio", "virtiofs"])
def test_hooks_of_all_points(hooked, via):
    """Hooks run in order, each in the root, directory and namespaces of the runtime spec."""
    bundle = BUNDLE if via == "cpio" else None
    spec = bundles.container("cat /tmp/notes")
    spec["annotations"] = {"io.example/key": "a \"value\""}
    hooks = {
        "poststop": [note("poststop", "/dev/console")],
        "poststart": [note("poststart", "/dev/console", env=["A=1"])],
        "startContainer": [note("startContainer", "/tmp/notes")],
        "createContainer": [note("first", "tmp/notes", timeout=5), note("createContainer", "tmp/notes")],
        "createRuntime": [note("createRuntime", "rootfs/tmp/notes")],
        "prestart": [note("prestart", "rootfs/tmp/notes")],
    }
    outcome = hooked(hooks, spec=spec, user={"uid": 1000, "gid": 1000}, via=via).assert_exited(0)
    noted = notes(outcome.console.splitlines())
    assert list(notes(outcome.probe("cat"))) == [
        "prestart", "createRuntime", "first", "createContainer", "startContainer"]
    assert list(noted)[-1] == "poststop"  # poststart runs at the same time as the program
    for point in POINTS:
        fact, state = noted[point], noted[point]["state"]
        assert fact["umask"] == "022" and fact["fds"] == "4", fact  # 3 is the file that it writes
        assert fact["sched"] == "0" and fact["places"] == "4"  # SCHED_OTHER, not as PID 1
        assert fact["env"] == ("A=1" if point == "poststart" else "")
        assert fact["uid"] == ("1000" if point == "startContainer" else "0")
        assert (state["ociVersion"], state["id"], state["status"]) == ("1.1.0", "c1", STATUS[point])
        assert state["annotations"] == {"io.example/key": "a \"value\""}
        bundle = bundle or state["bundle"]
        assert state["bundle"] == bundle
        assert ("pid" in state) == (point != "poststop")
        assert (state.get("pid") == 1) == (point in ("createContainer", "startContainer"))
    assert noted["prestart"]["state"]["pid"] == noted["poststart"]["state"]["pid"] > 1
    assert {point: noted[point]["cwd"] for point in POINTS} == {
        "prestart": bundle, "createRuntime": bundle, "createContainer": f"{bundle}/rootfs",
        "startContainer": "/", "poststart": bundle, "poststop": bundle}
    guest, container = noted["prestart"]["mnt"], noted["createContainer"]["mnt"]
    assert guest != container
    assert {point: noted[point]["mnt"] for point in POINTS} == {
        "prestart": guest, "createRuntime": guest, "createContainer": container,
        "startContainer": container, "poststart": guest, "poststop": guest}


@pytest.mark.parametrize("point", ["prestart", "createRuntime", "createContainer", "startContainer"])
def test_a_hook_that_fails_before_the_start(hooked, point):
    """The container's program does not run, but poststop hooks do."""
    outcome = hooked({point: [run("fail"), note("later", "/dev/console")],
                      "poststop": [note("poststop", "/dev/console")]})
    outcome.assert_failed("exec", f"the {point} hook: /usr/bin/hook has failed with status 3: "
                                  "no such driver")
    assert not outcome.probe("true")
    assert list(notes(outcome.console.splitlines())) == ["poststop"]


@pytest.mark.parametrize("point", ["poststart", "poststop"])
def test_a_hook_that_fails_after_the_start(hooked, point):
    """The error is a warning: the container and the next hook run."""
    outcome = hooked({point: [run("fail"), note("next", "/dev/console")]})
    outcome.assert_exited(0)
    assert outcome.probe("true") == ["running"]
    [warning] = outcome.verdict["warnings"]
    assert f"the {point} hook: /usr/bin/hook has failed with status 3" in warning
    assert list(notes(outcome.console.splitlines())) == ["next"]


@pytest.mark.parametrize("point", ["createRuntime", "createContainer"])
def test_a_hook_that_hangs(hooked, point):
    """A hook is killed at its timeout, with its children."""
    outcome = hooked({point: [run("hang", timeout=1)]})
    outcome.assert_failed("exec", f"the {point} hook: /usr/bin/hook was still running after 1 s",
                          "waiting for a driver")


def test_a_hook_that_hangs_after_the_end(hooked):
    """The guest ends nevertheless, with the container's status."""
    outcome = hooked({"poststop": [run("hang", timeout=1)], "poststart": [run("hang", timeout=1)]},
                     "exit 7", quiet=False)
    outcome.assert_exited(7)
    for point, warning in zip(("poststart", "poststop"), outcome.verdict["warnings"], strict=True):
        assert f"the {point} hook: /usr/bin/hook was still running after 1 s" in warning


def test_a_stop_while_a_hook_runs(hooked):
    """PID 1 gets SIGTERM while a hook of one hour runs; the grace time is ten seconds."""
    outcome = hooked({"createRuntime": [run("stop", timeout=3600)]})
    outcome.assert_failed("exec", "a stop was requested")


def test_the_hosts_hooks_are_skipped(hooked):
    """Programs that a config.json from the host names are in the guest."""
    outcome = hooked({"prestart": [{"path": "/usr/bin/nvidia-container-runtime-hook"}]}, quiet=False)
    outcome.assert_exited(0)
    assert [line for line in outcome.log() if "nvidia-container-runtime-hook" in line] == [
        "hooks: /hooks/prestart/0: /usr/bin/nvidia-container-runtime-hook is not in the guest: "
        "skipped as a hook of the host"]


def test_a_hook_of_cdi_must_be_there(boot):
    spec = bundles.container()
    spec["annotations"] = {"cdi.k8s.io/test": "coldinit.test/made=a"}
    spec["hooks"] = {"createContainer": [{"path": "/usr/bin/of-the-host"}]}
    outcome = boot(spec, files={"/etc/cdi/made.json": json.dumps({
        "cdiVersion": "0.5.0", "kind": "coldinit.test/made", "devices": [
            {"name": "a", "containerEdits": {"hooks": [
                {"hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook"}]}}]})})
    outcome.assert_failed("spec", "/hooks/createContainer/1", "/usr/bin/nvidia-cdi-hook",
                          "which a CDI device adds, is not in the guest")


def test_a_hook_of_cdi_changes_the_container(boot):
    """Like NVIDIA's hooks, a program with libraries in the initramfs writes into the root."""
    spec = bundles.container("cat /tmp/notes", "ls /", "open /proc/1/root/usr/bin/hook r")
    spec["annotations"] = {"cdi.k8s.io/test": "coldinit.test/made=a"}
    spec["root"]["readonly"] = True
    outcome = boot(spec, files={
        "/usr/bin/hook": HOOK, "/usr/lib/library": "x\n",
        "/etc/cdi/made.json": json.dumps({
            "cdiVersion": "0.5.0", "kind": "coldinit.test/made", "devices": [
                {"name": "a", "containerEdits": {"hooks": [
                    {"hookName": "createContainer", "path": "/usr/bin/hook",
                     "args": ["hook", "note", "cdi", "tmp/notes"]}]}}]})})
    outcome.assert_exited(0)
    assert list(notes(outcome.probe("cat"))) == ["cdi"]


def test_a_hook_does_not_write_to_the_source_of_a_read_only_mount(hooked):
    """The mounts are read-only before the first hook; only the root is not sealed yet."""
    spec = bundles.container()
    spec["mounts"].append({"destination": "/etc", "type": "bind", "source": "rootfs/etc", "options": ["bind", "ro"]})
    outcome = hooked({"createContainer": [note("root", "tmp/notes"), note("mount", "etc/new")]}, spec=spec)
    outcome.assert_failed("exec", "the createContainer hook: /usr/bin/hook has failed with status 1",
                          "etc/new: Read-only file system")


def test_no_way_from_the_container_to_the_programs_of_hooks(hooked):
    """A container with the capabilities to try cannot reach the programs."""
    spec = bundles.container("escape", "ls /usr/lib")
    spec["process"]["capabilities"] = bundles.capabilities("CAP_SYS_ADMIN", "CAP_SYS_CHROOT")
    outcome = hooked({"createRuntime": [note("a", "/dev/console")]}, spec=spec,
                     files={"/usr/bin/hook": HOOK, "/usr/lib/secret": "x\n"})
    outcome.assert_exited(0)
    assert "after setns(self)" in outcome.probe("escape")
    assert not any("secret" in line or " init" in line for line in outcome.probe("ls"))


def test_the_shell_after_a_failure_outlives_the_move(hooked):
    """With hooks the shell's program is moved with the others."""
    outcome = hooked({"createRuntime": [run("fail")]},
                     words=["coldinit.on_failure=shell"],
                     files={"/usr/bin/hook": HOOK, "/bin/sh": HOOK})
    outcome.assert_failed("exec", "has failed with status 3")
    assert "has no /bin/sh" not in outcome.console


def test_a_build_without_hooks_refuses_them(boot):
    spec = bundles.container()
    spec["hooks"] = {"poststop": [note("a", "/dev/console")]}
    boot(spec, kernel="6.12-tiny").assert_failed("spec", "/hooks: not supported by this build")


@pytest.mark.parametrize("point", ["prestart", "createRuntime"])
def test_a_stop_request_during_a_hook_ends_the_boot(hooked, point):
    """Nothing in the container could handle it yet: the container is not started."""
    hook = {"path": "/bin/busybox", "args": ["sh", "-c", "echo hook runs >/dev/console; sleep 4"]}
    outcome = hooked({point: [hook]}, "print started", files={"/bin/busybox": pathlib.Path("/bin/busybox")},
                     monitored=True, watch=watchers.after(("hook runs", watchers.power_button)))
    outcome.assert_failed("exec", "a stop was requested (power button) before the container's program ran")
    assert outcome.verdict["stop"]["by"] == "power button"
    assert not outcome.verdict["stop"]["killed"]
    assert "started" not in outcome.console
