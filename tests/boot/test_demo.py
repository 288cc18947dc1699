# SPDX-License-Identifier: Apache-2.0
"""The demo with each source of manifest and bundle, on each kernel."""

import base64
import hashlib
import json

import pytest

import bundles

EDU = bundles.vfio_device("08/00", id="edu0",
                          expect={"ids": ["1234:11e8"], "driver": "vfio-pci"})
MANIFEST = bundles.manifest(EDU)


def assert_demo(outcome):
    """Check the workload's output, and its device in the verdict."""
    outcome.assert_exited(0)
    for line in ("factorial of 10 = 3628800", "data verified", "MSI received", "all good",
                 "running as uid 1000, gid 1000"):
        assert line in outcome.console
    [device] = outcome.verdict["devices"]
    assert device["node"] == f"/dev/vfio/{device['group']}"
    assert 0 < device.pop("us") < 3_000_000
    assert device == {"id": "edu0", "type": "vfio-pci", "host": "0000:65:00.0",
                      "guest": "0000:01:00.0", "driver": "vfio-pci", "group": device["group"],
                      "node": device["node"]}
    assert outcome.log() == []


@pytest.mark.parametrize("kernel", ["6.12", "6.1", "6.12-compressed"])
def test_appended_cpio(boot, edu, kernel):
    assert_demo(boot(bundles.edu_container(), MANIFEST, devices=edu, kernel=kernel))


def test_signed_modules_for_a_kernel_that_insists_on_them(boot, edu):
    assert_demo(boot(bundles.edu_container(), MANIFEST, devices=edu, kernel="6.12-signed",
                     words=["module.sig_enforce=1"]))


def test_unsigned_modules_and_a_kernel_that_insists(boot, edu):
    outcome = boot(bundles.edu_container(), MANIFEST, devices=edu, words=["module.sig_enforce=1"])
    outcome.assert_failed("devices", "the kernel refuses module kernel/drivers/vfio/vfio.ko",
                          "signed modules only: see mkinitramfs --signed-modules")


def test_tiny_build_does_the_main_job(boot, edu):
    assert_demo(boot(bundles.edu_container(), MANIFEST, devices=edu, kernel="6.12-tiny"))


@pytest.mark.parametrize("word", ["coldinit.report=vsock:2:1024", "coldinit.device=vfio-pci,id=x",
                                  "coldinit.on_failure=shell", "coldinit.cdi_timeout=1",
                                  "coldinit.manifest=base64:e30="])
def test_tiny_build_refuses_by_name_what_it_lacks(boot, word):
    outcome = boot(bundles.container(), bundles.manifest(), kernel="6.12-tiny", words=[word])
    assert outcome.verdict["outcome"] == "failed"
    name, value = word.split("=", 1)
    assert name.removeprefix("coldinit.") in outcome.verdict["error"]
    assert outcome.verdict["phase"] in ("cmdline", "manifest")


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_virtiofs(boot, edu, kernel):
    assert_demo(boot(bundles.edu_container(), MANIFEST, devices=edu, kernel=kernel,
                     via="virtiofs"))


def test_manifest_on_the_command_line_in_base64_and_measured(boot, edu):
    text = json.dumps(MANIFEST, separators=(",", ":")).encode()
    assert_demo(boot(bundles.edu_container(), devices=edu, words=[
        f"coldinit.manifest=base64:{base64.b64encode(text).decode()}",
        f"coldinit.sha256={hashlib.sha256(text).hexdigest()}"]))


def test_device_words_without_a_manifest(boot, edu):
    assert_demo(boot(bundles.edu_container(), devices=edu, words=[
        "coldinit.device=vfio-pci,id=edu0,container_path=/dev/vfio/65,option=0000:65:00.0=08/00"]))


def test_device_word_is_added_to_the_manifests_devices(boot, edu):
    outcome = boot(bundles.edu_container(), MANIFEST, devices=edu, words=[
        "coldinit.device=vfio-pci,id=later,option=0000:66:00.0=09/00,required=false,timeout_ms=100"])
    outcome.assert_exited(0)
    assert [device["id"] for device in outcome.verdict["devices"]] == ["edu0", "later"]


def test_storage_of_the_manifest_holds_the_bundle(boot, edu):
    manifest = bundles.manifest(EDU, storages=[
        {"driver": "virtio-fs", "source": "demo", "fstype": "virtiofs", "options": [],
         "mount_point": "/run/coldinit/store"}],
        container={"id": "c1", "bundle": "/run/coldinit/store/bundle"})
    assert_demo(boot(bundles.edu_container(), manifest, devices=edu, via="share",
                     words=["coldinit.manifest=virtiofs:demo/manifest.json"]))
