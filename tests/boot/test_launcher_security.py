# SPDX-License-Identifier: Apache-2.0
"""initramfs/run --security-opt: profiles as podman converts them, and one that a container has."""

import copy
import errno

import pytest

import bundles
import launchers
import qemu
import test_launcher_units as units
from launcher import security, spec

pytestmark = pytest.mark.xdist_group("launcher")

# In the form of containers-common's seccomp.json
PROFILE = {
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
    "syscalls": [
        {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "", "includes": {}, "excludes": {}},
        {"name": "arch_prctl", "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
        {"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm", "arm64"]}},
        {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13, "errno": "EPERM", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["both"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_CHOWN", "CAP_SYS_ADMIN"]}},
        {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
            {"index": 0, "value": 16, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]},
        {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
        {"names": ["new"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "9.0"}},
        {"names": ["old"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "4.8"}},
        {"names": [], "action": "SCMP_ACT_ALLOW"},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390x"]}}]}


def names(profile):
    return [name for rule in profile["syscalls"] for name in rule["names"]]


def test_profile_of_containers_common():
    """For the guest's architecture and the container's capabilities."""
    found = security.convert(PROFILE, "amd64", ["CAP_CHOWN"])
    assert (found["defaultAction"], found["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", errno.ENOSYS)
    assert found["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    assert names(found) == ["read", "write", "arch_prctl", "mount", "socket", "ptrace", "clone"]
    assert found["syscalls"][2] == {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM}
    assert all(rule["names"] for rule in found["syscalls"])
    assert found["syscalls"][3]["args"] == [{"index": 0, "value": 16, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]
    assert not {"includes", "excludes", "archMap", "name", "comment"} & {key for rule in (found, *found["syscalls"]) for key in rule}


def test_profile_for_other_capabilities_and_architectures():
    found = security.convert(PROFILE, "arm64", ["CAP_SYS_ADMIN", "CAP_CHOWN"])
    assert found["architectures"] == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
    assert names(found) == ["read", "write", "breakpoint", "mount", "both", "socket", "ptrace", "clone"]
    assert found["syscalls"][2] == {"names": ["mount"], "action": "SCMP_ACT_ALLOW"}
    found = security.convert(PROFILE, "s390x", [])
    assert "architectures" not in found and "clone" not in names(found)


def test_object_of_oci():
    """As it is."""
    own = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "flags": ["SECCOMP_FILTER_FLAG_LOG"],
           "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
    assert security.convert(copy.deepcopy(own), "amd64", []) == own
    assert security.convert({}, "amd64", []) is None


@pytest.mark.parametrize("text,said", [
    ("{", "Expecting"), ("[]", "form of a seccomp profile"), ('{"syscalls": [{}]}', "no action None"),
    ('{"defaultAction": "SCMP_ACT_FLY"}', "no action SCMP_ACT_FLY"),
    ('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"]}]}', "KeyError: 'action'"),
    ('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "a", "names": ["b"], "action": "SCMP_ACT_LOG"}]}', "name and names"),
    ('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["b"], "action": "SCMP_ACT_ERRNO", "errno": "EFLY"}]}', "EFLY"),
    ('{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["A"], "archMap": [{}]}', "architectures and archMap"),
    ('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [1], "action": "SCMP_ACT_LOG"}]}', "no texts"),
    (b'"\xff"', "decode"),
])
def test_wrong_profiles(tmp_path, text, said):
    path = tmp_path / "profile.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(qemu.LaunchError) as error:
        security.load(path, "amd64", [])
    assert said in str(error.value) and str(error.value).startswith(f"--security-opt seccomp={path}: ")
    assert "\n" not in str(error.value)
    with pytest.raises(qemu.LaunchError, match="No such file"):
        security.load(tmp_path / "nowhere", "amd64", [])


def applied(*words, base=None):
    found = spec.of_image(units.IMAGE, units.USERS, units.parsed(*words, "x"))
    if base:
        found["linux"]["seccomp"] = base
        security.apply(found, units.parsed(*words, "x"))
    return found


def test_words_of_podman(tmp_path):
    path = bundles.write_json(tmp_path / "p", PROFILE)
    assert "seccomp" not in applied()["linux"] and applied()["process"]["noNewPrivileges"] is False
    assert names(applied("--security-opt", f"seccomp={path}")["linux"]["seccomp"])[:2] == ["read", "write"]
    assert "mount" in names(applied("--security-opt", f"seccomp:{path}", "--cap-add", "SYS_ADMIN")["linux"]["seccomp"])
    for word, wanted in (("", True), (":true", True), ("=true", True), (":false", False)):
        assert applied("--security-opt", f"no-new-privileges{word}")["process"]["noNewPrivileges"] is wanted
    assert "seccomp" not in applied("--security-opt=seccomp=unconfined", base={"defaultAction": "x"})["linux"]
    assert applied("--security-opt", "label=disable", "--security-opt", "apparmor=unconfined", base={"a": 1})["linux"]["seccomp"]
    linux = applied("--security-opt", "unmask=/proc/acpi:/sys/firmware", "--security-opt", "mask=/srv")["linux"]
    assert not {"/proc/acpi", "/sys/firmware"} & set(linux["maskedPaths"]) and linux["maskedPaths"][-1] == "/srv"
    assert "/proc/sys" in linux["readonlyPaths"]
    linux = applied("--security-opt", "unmask=ALL")["linux"]
    assert linux["maskedPaths"] == linux["readonlyPaths"] == []


@pytest.mark.parametrize("text", ["seccomp", "seccomp=", "label=type:x", "apparmor=x", "fly", "no-new-privileges:perhaps", "mask=x",
                                  "", "unmask="])
def test_wrong_words(text):
    with pytest.raises(qemu.LaunchError) as error:
        applied("--security-opt", text)
    assert f"--security-opt {text}: " in str(error.value) and "\n" not in str(error.value)


@pytest.fixture(scope="module")
def launch(images, tmp_path_factory):
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    return launchers.Launcher(tmp_path_factory.mktemp("cache"))


def test_container_with_a_profile(launch, tmp_path):
    """The filter works, and with the capability whose rule allows the call it does not refuse."""
    root = launchers.write_root(tmp_path / "root")
    profile = {"defaultAction": "SCMP_ACT_ALLOW", "archMap": PROFILE["archMap"], "syscalls": [
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errno": "EDOM", "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
    path = bundles.write_json(tmp_path / "profile.json", profile)
    script = "mkdir /tmp/x 2>&1 && echo made; grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status"
    (root / "bin/mkdir").symlink_to("busybox")
    lines = []
    for more in ([], ["--cap-add", "SYS_ADMIN"]):
        done = launch("--network", "none", "--security-opt", f"seccomp={path}", "--security-opt", "no-new-privileges", *more,
                      f"dir:{root}", "sh", "-c", script)
        assert done.returncode == 0, done.stderr
        lines.append(done.stdout.split("\n"))
    assert "out of" in lines[0][0] or "domain" in lines[0][0].lower(), lines
    assert lines[0][1:3] == ["NoNewPrivs:\t1", "Seccomp:\t2"]
    assert lines[1][0] == "made"


def test_wrong_profile_is_one_line(launch, tmp_path):
    done = launch("--security-opt", "seccomp=/nowhere.json", f"dir:{tmp_path}", "true")
    assert (done.returncode, done.stdout, done.stderr) == (
        125, "", "run: --security-opt seccomp=/nowhere.json: No such file or directory\n")
