# SPDX-License-Identifier: Apache-2.0
"""config.json as engines hand it over: from their storage, with paths, labels and keys of the host."""

import json
import os
import pathlib
import subprocess

import pytest

import bundles
import disks
import qemu
from conftest import BUILD

SPECS = pathlib.Path(__file__).resolve().parent.parent / "parity/specs"

# The recorded files have the engines' directories below the bundle; these are their usual places.
STORAGE = {
    "/run/coldinit/bundle/storage": "/var/lib/containers/storage",
    "/run/coldinit/bundle/run": "/run/containers/storage",
    "/run/coldinit/bundle/docker": "/var/lib/docker",
}


def recorded(name, *commands):
    """Return: an engine's config.json with the paths of the storage that engines have; its process is the probe."""
    text = (SPECS / f"{name}.json").read_text()
    for here, there in STORAGE.items():
        text = text.replace(here, there)
    spec = json.loads(text)
    spec["process"]["args"] = bundles.script(*commands)
    return spec


HOSTS = "127.0.0.1\tlocalhost"
RUNS = ["cat /etc/hosts", "cat /etc/hostname", "cat /etc/resolv.conf", "create /dev/shm/x", "mounts"]


@pytest.mark.parametrize("name,replaced", [
    ("podman-create", {"/dev/shm", "/run/.containerenv", "/etc/hostname", "/etc/resolv.conf", "/etc/hosts"}),
    ("podman-network-host", {"/dev/shm", "/run/.containerenv", "/etc/hostname", "/etc/resolv.conf", "/etc/hosts"}),
    ("docker-run", {"/etc/hostname", "/etc/resolv.conf", "/etc/hosts"}),
    ("docker-limits", {"/etc/hostname", "/etc/resolv.conf", "/etc/hosts"}),
])
def test_an_engines_own_file_runs(boot, name, replaced):
    spec = recorded(name, *RUNS)
    outcome = boot(spec, manifest=bundles.manifest(dns=["10.0.2.3"])).assert_exited(0)
    assert f"/etc/hosts: {HOSTS}" in outcome.probe("cat")
    assert f"/etc/hostname: {spec['hostname']}" in outcome.probe("cat")
    assert "/etc/resolv.conf: nameserver 10.0.2.3" in outcome.probe("cat")
    assert outcome.probe("create") == ["/dev/shm/x: ok"]
    warnings = outcome.verdict["warnings"]
    assert {w.split()[2].rstrip(":") for w in warnings if "its source is not in the guest" in w} == replaced
    assert any(w.startswith("bundle: /root/path: ") for w in warnings)


def kubelet(*commands):
    """Return: what containerd writes for a container of a pod."""
    pod = "/var/lib/kubelet/pods/5a7c0d9e"
    cri = "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/f00"
    spec = bundles.container(*commands)
    spec["root"]["path"] = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1/rootfs"
    spec["mounts"] = [m for m in spec["mounts"] if m["destination"] != "/dev/shm"] + [
        {"destination": place, "type": "bind", "source": source, "options": ["rbind", "rprivate", "rw"]}
        for place, source in {
            "/etc/hosts": f"{pod}/etc-hosts",
            "/etc/hostname": f"{cri}/hostname",
            "/etc/resolv.conf": f"{cri}/resolv.conf",
            "/dev/shm": "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/f00/shm",
        }.items()]
    spec["linux"]["namespaces"] = [
        {"type": "pid"}, {"type": "mount"}, {"type": "cgroup"},
        {"type": "ipc", "path": "/proc/1234/ns/ipc"}, {"type": "uts", "path": "/proc/1234/ns/uts"},
        {"type": "network", "path": "/var/run/netns/cni-1"}]
    spec["linux"]["cgroupsPath"] = "kubepods-burstable-pod5a7c0d9e.slice:cri-containerd:c1"
    spec["process"].update(apparmorProfile="cri-containerd.apparmor.d", oomScoreAdj=985)
    spec["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 1073741816, "hard": 1073741816}]
    return spec


def test_a_container_of_a_pod_runs(boot):
    outcome = boot(kubelet("cat /etc/hosts", "limits", "create /dev/shm/x")).assert_exited(0)
    assert f"/etc/hosts: {HOSTS}" in outcome.probe("cat")
    assert outcome.probe("create") == ["/dev/shm/x: ok"]
    assert any("1073741816" in line for line in outcome.probe("limits"))
    text = "\n".join(outcome.verdict["warnings"])
    for word in ("/linux/namespaces/3", "/linux/namespaces/4", "/linux/namespaces/5", "/linux/cgroupsPath",
                 "cri-containerd.apparmor.d", "/root/path"):
        assert word in text, word


def test_all_other_missing_sources_come_in_one_error(boot):
    spec = bundles.container()
    for number, place in enumerate(["/dev/termination-log", "/var/run/secrets/kubernetes.io/serviceaccount"]):
        spec["mounts"].append({"destination": place, "type": "bind", "options": ["rbind", "ro"],
                               "source": f"/var/lib/kubelet/pods/5a7c0d9e/{number}"})
    boot(spec).assert_failed(
        "spec", "config.json: mounts: not in the guest are the sources "
        "/var/lib/kubelet/pods/5a7c0d9e/0 (of /dev/termination-log), "
        "/var/lib/kubelet/pods/5a7c0d9e/1 (of /var/run/secrets/kubernetes.io/serviceaccount): "
        "add them to the bundle, or share them")


def test_keys_of_tomorrow_and_of_other_platforms(boot):
    spec = bundles.container("mounts", "ls /rel")
    spec.update(engineSettings={"a": 1}, windows={"layerFolders": ["C:"]}, ociVersion="1.9.3")
    spec["process"]["futureThing"] = [1]
    spec["linux"]["resources"]["cpuTopology"] = {"x": 1}
    spec["linux"]["namespaces"].append({"type": "time"})
    spec["mounts"][0]["sourceHint"] = "x"
    spec["mounts"].append({"destination": "rel", "type": "tmpfs", "source": "tmpfs",
                           "options": ["silent", "loud", "iversion", "noiversion", "lazytime", "size=1m"]})
    spec["mounts"].append({"destination": "/dev/again", "type": "bind", "source": "/dev",
                           "options": ["bind", "silent", "noiversion", "nolazytime", "ro", "z", "nofail"]})
    outcome = boot(spec).assert_exited(0)
    points = {line.split(": ", 1)[1].split()[4] for line in outcome.probe("mounts")}
    assert {"/rel", "/dev/again"} <= points
    text = "\n".join(outcome.verdict["warnings"])
    for word in ("/engineSettings", "/windows", "/process/futureThing", "/linux/resources/cpuTopology",
                 "/mounts/0/sourceHint", "/mounts/7/destination"):
        assert f"config.json: {word}: " in text, word
    assert 'mount /dev/again: the option "z" and others has no meaning for a bind mount' in text


@pytest.mark.parametrize("hard,said", [
    (18446744073709551615, ["process.rlimits: RLIMIT_NOFILE is 18446744073709551615, fs.nr_open of the guest is"]),
    (4294967296, ["RLIMIT_NOFILE is 4294967296", "cannot be raised"]),
])
def test_files_above_what_the_kernel_can_have(boot, hard, said):
    spec = bundles.container()
    spec["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": hard}]
    boot(spec).assert_failed("exec", *said)


def test_all_faults_come_in_one_error(boot):
    spec = bundles.container()
    spec["process"]["cwd"] = ""
    spec["linux"]["maskedPaths"] = [""]
    del spec["root"]
    boot(spec).assert_failed("spec", "/process/cwd: ", "/linux/maskedPaths/0: ", 'the key "root" is missing')


# --- device nodes of the host that no device of the manifest claims --------------------------------

NVME = ["nvme,serial=1,drive=d0"]


@pytest.mark.parametrize("policy,rdev", [("drop", None), ("keep", "259:0")])
def test_a_node_of_the_host_is_not_the_guests_disk(boot, tmp_path, policy, rdev):
    """The host's /dev/nvme3n1 has the number of the guest's own disk."""
    disk = disks.text_image(tmp_path / "disk.img", "secret of the guest")
    spec = bundles.container("stat /dev/nvme3n1")
    bundles.add_device(spec, "/dev/nvme3n1", "b", 259, 0)
    outcome = boot(spec, bundles.manifest(kernel_modules=[{"name": "nvme"}], policy={"unclaimed_devices": policy}),
                   devices=[*qemu.behind_root_port(*NVME), *disks.drive(disk, 0)]).assert_exited(0)
    stat = outcome.probe("stat")[0]
    assert ("No such file" in stat) if rdev is None else (f"rdev={rdev}" in stat)
    assert [w for w in outcome.verdict.get("warnings", []) if "/dev/nvme3n1" in w] == ([
        "spec: /linux/devices: no device claims /dev/nvme3n1, which is 259:0 on the host, and the guest has no such "
        "node: it is left out with its rules (policy.unclaimed_devices)"] if rdev is None else [])


def test_nodes_of_the_host_can_be_an_error(boot):
    spec = bundles.container()
    bundles.add_device(spec, "/dev/nvme3n1", "b", 259, 0)
    bundles.add_device(spec, "/dev/accel/accel7", "c", 261, 7)
    boot(spec, bundles.manifest(policy={"unclaimed_devices": "fail"})).assert_failed(
        "spec", 'policy.unclaimed_devices is "fail"', "/dev/nvme3n1, /dev/accel/accel7")


# --- coldinit check, on the build machine ----------------------------------------------------------

IMAGE = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/sh"]},
         "rootfs": {"type": "layers", "diff_ids": []}}


def check(*arguments):
    return subprocess.run([BUILD / "coldinit", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("document,said", [
    (bundles.manifest(), "good, 0 device(s)"),
    (bundles.container(), "good, a runtime's config.json"),
    ("---\ncdiVersion: 0.5.0\nkind: a.b/c\ndevices:\n- name: d\n  containerEdits: {env: [A=b]}\n",
     "good, a CDI spec file of 1 device(s)"),
    (IMAGE, "this is an image's config, not a runtime's"),
    ({"schemaVersion": 2, "layers": []}, "this is an image's manifest"),
    ({"version": 1, "devicez": [], "policy": {"lsm": 1}}, "/devicez: unknown key; did you mean \"devices\"?; /policy/lsm: "),
    ({"ociVersion": "1.0.0", "process": {"cwd": ""}},
     "/process/cwd: expected an absolute path, found \"\"; /process: the key \"args\" is missing; "),
    (bundles.manifest({"type": "VFIO-PCI", "id": "a"}, {"type": "vfio-pci", "options": ["65:00.0=02/00"]}),
     'a: unknown device type "VFIO-PCI"; known: blk, '),
    (bundles.manifest({"type": "VFIO-PCI", "id": "a"}, {"type": "vfio-pci", "options": ["65:00.0=02/00"]}),
     '; device 1 (vfio-pci): malformed VFIO PCI option "65:00.0=02/00": HOST is not an address'),
    ({}, "neither a manifest"),
])
def test_check_recognises_a_file(tmp_path, document, said):
    result = check("check", bundles.write_json(tmp_path / "file", document))
    assert said in (result.stderr if result.returncode else result.stdout)
    assert result.returncode == (0 if said.startswith("good") else 1)


@pytest.mark.parametrize("make,status,said", [
    (lambda place: place.mkdir(), 1, "this is a directory: name a file in it, such as a bundle's config.json"),
    (os.mkfifo, 1, "this is no regular file"),
    (lambda place: place.write_text("version: 1\ndevices: []\n"), 1, "this is YAML; a manifest is JSON"),
    (lambda place: place.write_text('{"version": 1} {}'), 1, "line 1, column 16: expected nothing after the value"),
    (lambda place: None, 1, "No such file or directory"),
])
def test_check_says_what_else_it_found(tmp_path, make, status, said):
    make(tmp_path / "it")
    result = check("check", tmp_path / "it")
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith(f"{tmp_path}/it: {said}")


SPEC_YAML = "cdiVersion: 0.5.0\nkind: a.b/c\ndevices:\n- name: d\n  containerEdits: {env: [A=b]}\n"
SPEC_FLOW = '{"cdiVersion": "0.5.0", "kind": "a.b/c", "devices": [{"name": "d", "containerEdits": {"env": ["A=b"]}}],}'


@pytest.mark.parametrize("name,text,said", [
    ("a.yaml", SPEC_YAML, "good, a CDI spec file of 1 device(s)"),
    ("a.yaml", SPEC_FLOW, "good, a CDI spec file of 1 device(s)"),
    ("a.yaml", SPEC_FLOW.replace(",}", "}"), "good, a CDI spec file of 1 device(s)"),
    ("a.yaml", SPEC_YAML.replace("d\n", "&x d\n"), "line 4: anchors (&name) are not allowed"),
    ("a.json", SPEC_YAML, "line 1, column 1: expected a value, found 'c'; a file in YAML needs a name that ends in .yaml"),
    ("a.json", SPEC_FLOW, "line 1, column 105: expected a key in quotes, found '}'; a file in YAML needs"),
    ("a.yml", SPEC_YAML, "not read in a guest: the name of a spec file ends in .json or .yaml"),
])
def test_check_reads_a_spec_file_as_a_guest_does(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    result = check("check", tmp_path / name)
    assert (result.stdout + result.stderr).startswith(f"{tmp_path}/{name}: {said}")
    assert result.returncode == (0 if said.startswith("good") else 1)


def test_check_quotes_a_text_in_one_line(tmp_path):
    document = {"version": 1, "hostname": "a\n/b: good\x1b[2J"}
    result = check("check", bundles.write_json(tmp_path / "it", document))
    assert result.stderr.count("\n") == 1 and 'found "a?/b: good?[2J"' in result.stderr


def test_check_has_no_options():
    result = check("check", "--all", "file")
    assert result.returncode == 2 and result.stderr.startswith("check has no options")


@pytest.mark.parametrize("arguments", [["check", "--help"], ["check", "-h"], ["-h"], ["help"], ["plan", "--help"]])
def test_help(arguments):
    result = check(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: coldinit ") and "coldinit check FILE..." in result.stdout
