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
    outcome = boot(spec, kernel=kernel, files={"/usr/bin/hook": BUILD / "tests/programs/hook",
                                               "/profile": tmp_path / "profile"})
    outcome.assert_exited(0)
    assert outcome.probe("cat") == [f"{CURRENT}: of-the-container (unconfined)"]


NOT_LOADED = ('process.apparmorProfile: the profile "docker-default" is not loaded in the guest '
              "(a createRuntime hook can load it)")
NO_APPARMOR = "process.apparmorProfile: the guest kernel does not run AppArmor"
NO_SELINUX = "process.selinuxLabel: the guest kernel does not run SELinux"
NO_POLICY = "process.selinuxLabel: the guest's SELinux has no policy (a createRuntime hook can load one)"


@pytest.mark.parametrize("words,labels,warnings", [
    ([], {"apparmorProfile": "docker-default"}, [NOT_LOADED]),
    (["lsm=landlock"], {"apparmorProfile": "docker-default", "selinuxLabel": SELINUX}, [NO_APPARMOR, NO_SELINUX]),
    # SELinux without a policy accepts any label. AppArmor does not run at the same time.
    (["lsm=selinux"], {"apparmorProfile": "a", "selinuxLabel": SELINUX}, [NO_APPARMOR, NO_POLICY]),
], ids=["profile", "no-module", "no-policy"])
def test_labels_that_the_guest_does_not_know(boot, words, labels, warnings):
    outcome = boot(labelled(**labels), words=words)
    outcome.assert_exited(0)
    assert outcome.verdict["warnings"] == [f"container: {warning}; it is ignored" for warning in warnings]


@pytest.mark.parametrize("words,labels,error", [
    ([], {"apparmorProfile": "docker-default"}, NOT_LOADED),
    (["lsm=landlock"], {"selinuxLabel": SELINUX}, NO_SELINUX),
    (["lsm=selinux"], {"selinuxLabel": SELINUX}, NO_POLICY),
], ids=["profile", "no-module", "no-policy"])
def test_labels_that_the_policy_requires(boot, words, labels, error):
    boot(labelled(**labels), words=words,
         manifest=bundles.manifest(policy={"lsm": "require"})).assert_failed("exec", error)


def test_a_build_without_it_refuses_it(boot):
    boot(labelled(apparmorProfile="docker-default"), kernel="6.12-tiny").assert_failed(
        "spec", "/process/apparmorProfile: not supported by this build")
