# SPDX-License-Identifier: Apache-2.0
"""CDI: devices that config.json requests by name, and specs that are written while the guest boots."""

import json

import pytest

import bundles
from conftest import BUILD

GENERATOR = BUILD / "tests/programs/generator"
SPEC = "/var/run/cdi/made.yaml"


def asking(*names, commands=("true",)):
    """Return: a container that requests CDI devices and may use no other device."""
    spec = bundles.container(*commands)
    spec["annotations"] = {"cdi.k8s.io/test": ",".join(names)}
    return spec


def generating(*arguments):
    return bundles.manifest(container={"id": "c1", "cdi_generator": ["/usr/bin/generator",
                                                                     *arguments]})


def spec_file(device, edits, kind="coldinit.test/made"):
    return json.dumps({"cdiVersion": "0.5.0", "kind": kind,
                       "devices": [{"name": device, "containerEdits": edits}]})


# --- coldinit's devices --------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["nvidia.com/pgpu=0", "coldinit.io/device=dev0"])
def test_a_device_that_only_cdi_names(boot, edu, name):
    """The annotation is enough for a working device, without an entry of linux.devices or a spec file."""
    spec = asking(name)
    spec["process"].update(args=["/bin/edu"], user={"uid": 1000, "gid": 1000}, rlimits=[
        {"type": "RLIMIT_MEMLOCK", "soft": 64 << 20, "hard": 64 << 20}])
    spec["process"]["env"].append(f"PCIDEVICE_COLDINIT_IO_EDU={bundles.HOST_PCI}")
    outcome = boot(spec, bundles.manifest(bundles.vfio_device(
        "08/00", container_path="", cdi="nvidia.com/pgpu=0")), devices=edu)
    outcome.assert_exited(0)
    assert outcome.device()["node"].startswith("/dev/vfio/")


def test_a_device_that_nobody_asks_for_is_not_there(boot, edu):
    outcome = boot(bundles.container("stat /dev/vfio"), bundles.manifest(bundles.vfio_device(
        "08/00", container_path="", cdi="nvidia.com/pgpu=0")), devices=edu)
    assert "No such file" in " ".join(outcome.probe("stat"))


# --- a build without CDI -------------------------------------------------------------------------

@pytest.mark.parametrize("spec, manifest, word", [
    (asking("v.com/c=d"), bundles.manifest(), "/annotations/cdi.k8s.io~1test"),
    (None, bundles.manifest({"type": "vfio-pci", "options": ["0000:65:00.0=08/00"], "cdi": "v.com/c=d"}),
     "/devices/0/cdi: this build of coldinit does not support CDI devices"),
    (None, generating("write", SPEC), "container.cdi_generator: this build of coldinit knows no CDI devices"),
], ids=["annotation", "device", "generator"])
def test_a_build_without_cdi_refuses_it_by_name(boot, spec, manifest, word):
    phase = "manifest" if word.startswith("/devices") else "spec"
    boot(spec or bundles.container(), manifest, kernel="6.12-tiny").assert_failed(phase, word)


# --- files ---------------------------------------------------------------------------------------

def test_a_spec_file_of_the_initramfs(boot):
    """Spec files of both directories count, JSON or YAML; a bad one is a warning."""
    outcome = boot(asking("coldinit.test/made=a", commands=("env", "open /dev/made rw")), files={
        "/etc/cdi/bad.yaml": "a: [\n",
        "/etc/cdi/made.json": spec_file("a", {
            "env": ["MADE=1"], "deviceNodes": [{"path": "/dev/made", "hostPath": "/dev/zero"}]})},
        quiet=False)
    outcome.assert_exited(0)
    assert "MADE=1" in outcome.probe("env")
    assert outcome.probe("open") == ["/dev/made rw: ok"]
    assert any("/etc/cdi/bad.yaml: line 2" in line for line in outcome.log())


def test_the_variable_asks_when_it_is_enabled(boot):
    spec = bundles.container("env")
    spec["process"]["env"].append("VISIBLE_CDI_DEVICES=coldinit.test/made=0")
    files = {SPEC: "cdiVersion: 0.5.0\nkind: coldinit.test/made\ndevices:\n"
                   "- name: '0'\n  containerEdits: {env: [MADE=1]}\n"}
    outcome = boot(spec, files=files, words=["coldinit.visible_cdi_devices"])
    outcome.assert_exited(0)
    assert "MADE=1" in outcome.probe("env")


# --- the generator -------------------------------------------------------------------------------

@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_a_generator_makes_a_spec_and_a_node(boot, kernel):
    """The file is read after the generator has ended, not when half of it is there."""
    outcome = boot(asking("coldinit.test/made=all", commands=(
        "env", "open /dev/made rw")), generating("write", SPEC),
        files={"/usr/bin/generator": GENERATOR}, kernel=kernel)
    outcome.assert_exited(0)
    assert "GENERATED=yes" in outcome.probe("env")
    assert outcome.probe("open") == ["/dev/made rw: ok"]
    timeline = outcome.verdict["timeline_us"]
    assert 300_000 <= timeline["spec"] - timeline["devices"] < 5_000_000


def test_a_generator_is_not_run_for_nothing(boot):
    boot(bundles.container(), generating("fail"),
         files={"/usr/bin/generator": GENERATOR}).assert_exited(0)


def test_a_generator_that_fails(boot):
    outcome = boot(asking("coldinit.test/made=all"), generating("fail"),
                   files={"/usr/bin/generator": GENERATOR})
    outcome.assert_failed("spec", "/usr/bin/generator", "status 3",
                          "looking for devices generator: no driver")
    timeline = outcome.verdict["timeline_us"]
    assert "spec" not in timeline
    assert outcome.seconds < 60


def test_a_generator_that_is_not_there(boot):
    outcome = boot(asking("coldinit.test/made=all"), generating("write", SPEC))
    outcome.assert_failed("spec", "/usr/bin/generator", "No such file or directory")


def test_a_generator_that_makes_something_else(boot):
    """Nothing else can make the device, so coldinit does not wait."""
    outcome = boot(asking("coldinit.test/other=0"), generating("write", SPEC),
                   files={"/usr/bin/generator": GENERATOR})
    outcome.assert_failed("spec", "coldinit.test/other=0")


def test_a_generator_that_hangs(boot):
    outcome = boot(asking("coldinit.test/made=all"), generating("hang"),
                   files={"/usr/bin/generator": GENERATOR}, words=["coldinit.cdi_timeout=1"])
    outcome.assert_failed("spec", "waited 1 s", "the generator is still running",
                          "coldinit.test/made=all")


# --- the end of the wait -------------------------------------------------------------------------

READ = "(read were /etc/cdi and /var/run/cdi, which is /run/cdi)"


def test_a_device_that_nothing_makes_is_an_error_at_once(boot):
    outcome = boot(asking("vendor.example/nvme=46", "nvidia.com/gpu=1"), files={"/etc/cdi/bad.json": "{"})
    outcome.assert_failed("spec", "vendor.example/nvme=46 (annotation cdi.k8s.io/test)",
                          "nvidia.com/gpu=1 (annotation cdi.k8s.io/test)", "the guest defines no device", READ,
                          "/etc/cdi/bad.json: line 1, column 2", "meant for the CDI of the host?")
    assert outcome.verdict["error"].endswith("meant for the CDI of the host?")
    assert outcome.verdict["expected"] == "vendor.example/nvme=46, nvidia.com/gpu=1"
    assert outcome.seconds < 60


def test_a_device_that_its_kind_has_not_is_final(boot):
    outcome = boot(asking("coldinit.test/made=b"), files={SPEC: spec_file("a", {"env": ["A=1"]})})
    outcome.assert_failed("spec", "coldinit.test/made=b", f"the guest defines coldinit.test/made=a {READ}")
    assert outcome.verdict["found"] == "a"


def test_a_node_that_is_missing_is_named(boot):
    file = SPEC.replace("yaml", "json")
    outcome = boot(asking("coldinit.test/made=a"), files={file: spec_file(
        "a", {"deviceNodes": [{"path": "/dev/nvidia0"}]})}, words=["coldinit.timeout=1"])
    outcome.assert_failed("spec", "waited 1 s", "/dev/nvidia0", "No such file or directory",
                          f"(for coldinit.test/made=a of {file})")


def test_a_generator_that_writes_to_run_cdi(boot):
    """/var/run/cdi and /run/cdi are both read."""
    outcome = boot(asking("coldinit.test/made=all", commands=("env",)), generating("write", "/run/cdi/made.yaml"),
                   files={"/usr/bin/generator": GENERATOR})
    outcome.assert_exited(0)
    assert "GENERATED=yes" in outcome.probe("env")


def test_a_bad_name_is_refused(boot):
    boot(asking("gpu0")).assert_failed("spec", "config.json", "invalid CDI device name \"gpu0\"")


def test_unknown_value_on_the_command_line(boot):
    boot(bundles.container(), words=["coldinit.cdi_numbers=mine"]).assert_failed(
        "cmdline", "coldinit.cdi_numbers", "live, declared")
