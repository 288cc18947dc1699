# SPDX-License-Identifier: Apache-2.0
"""process.apparmorProfile and process.selinuxLabel, with and without such a security module."""

import struct

import pytest

import bundles
from conftest import BUILD

CURRENT = "/proc/self/attr/apparmor/current"
SELINUX = "system_u:system_r:container_t:s0"


def labelled(*commands, **labels):
    spec = bundles.container(*commands)
    spec["process"].update(labels)
    return spec


def compiled_profile(name):
    """Return: the binary form of "profile NAME flags=(unconfined) {}", as apparmor_parser writes it."""
    def text(tag, string):
        return struct.pack("<BH", tag, len(string) + 1) + string.encode() + b"\0"

    def number(value):
        return struct.pack("<BI", 2, value)

    begin, end = b"\7", b"\10"
    return (text(4, "version") + number(7) + text(4, "profile") + begin + text(5, name)
            + text(4, "flags") + begin + number(0) + number(3) + number(0) + end
            + number(0) * 4 + end)


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_a_profile_that_a_hook_has_loaded(boot, kernel, tmp_path):
    (tmp_path / "profile").write_bytes(compiled_profile("of-the-container"))
    spec = labelled(f"cat {CURRENT}", apparmorProfile="of-the-container",
                    noNewPrivileges=True, user={"uid": 1000, "gid": 1000})
    spec["hooks"] = {"createRuntime": [{"path": "/usr/bin/hook", "args": ["hook", "load", "/profile"]}]}
    outcome = boot(spec, kernel=kernel, files={"/usr/bin/hook": BUILD / "tests/workload/hook",
                                               "/profile": tmp_path / "profile"})
    outcome.assert_exited(0)
    assert outcome.probe("cat") == [f"{CURRENT}: of-the-container (unconfined)"]


def test_a_profile_that_is_not_loaded(boot):
    boot(labelled(apparmorProfile="docker-default")).assert_failed(
        "exec", 'process.apparmorProfile: the profile "docker-default" is not loaded in the guest: load it '
                "in a createRuntime hook, remove the key, or boot with apparmor=0")


def test_modules_that_the_kernel_does_not_run(boot):
    outcome = boot(labelled(apparmorProfile="docker-default", selinuxLabel=SELINUX),
                   words=["lsm=landlock"], quiet=False)
    outcome.assert_exited(0)
    assert [line for line in outcome.log() if "does not run" in line] == [
        "container: process.apparmorProfile is ignored: the guest kernel does not run AppArmor",
        "container: process.selinuxLabel is ignored: the guest kernel does not run SELinux"]


def test_selinux_without_a_policy(boot):
    """SELinux without a policy accepts any label. AppArmor does not run at the same time."""
    boot(labelled(selinuxLabel=SELINUX, apparmorProfile="a"), words=["lsm=selinux"]).assert_failed(
        "exec", "process.selinuxLabel: the guest's SELinux has no policy: load one in a createRuntime hook")


def test_a_build_without_it_refuses_it(boot):
    boot(labelled(apparmorProfile="docker-default"), kernel="6.12-tiny").assert_failed(
        "spec", "/process/apparmorProfile: not supported by this build")
