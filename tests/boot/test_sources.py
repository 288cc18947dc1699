# SPDX-License-Identifier: Apache-2.0
"""Manifests that QEMU passes: a fw_cfg file, an OEM string."""

import base64
import hashlib
import json

import bundles
from test_demo import MANIFEST, assert_demo

TEXT = json.dumps(MANIFEST).encode()


def fw_cfg(tmp_path, name, data=TEXT):
    """Return: QEMU's words for a file with that name."""
    file = tmp_path / "manifest.json"
    file.write_bytes(data)
    return ["-fw_cfg", f"name={name},file={file}"]


def oem_strings(*values):
    """Return: QEMU's words for OEM strings; a comma in a string is doubled."""
    return ["-smbios", ",".join(["type=11", *("value=" + v.replace(",", ",,") for v in values)])]


def test_fw_cfg(boot, edu, tmp_path):
    assert_demo(boot(bundles.edu_container(), words=[
        "coldinit.manifest=fw_cfg:opt/org.coldinit/manifest",
        f"coldinit.sha256={hashlib.sha256(TEXT).hexdigest()}"],
        devices=edu + fw_cfg(tmp_path, "opt/org.coldinit/manifest")))


def test_fw_cfg_without_that_name(boot, tmp_path):
    """Return: the names of the files, as the kernel shows them."""
    outcome = boot(bundles.container(), words=["coldinit.manifest=fw_cfg:opt/org.coldinit/manifset"],
                   devices=fw_cfg(tmp_path, "opt/org.coldinit/manifest"))
    outcome.assert_failed("manifest", 'no fw_cfg file "opt/org.coldinit/manifset"',
                          "below opt/ it has opt/org.coldinit/manifest")


def test_smbios(boot, edu):
    """The manifest is one of several OEM strings, and longer than a page."""
    text = base64.b64encode(TEXT + b" " * 8000).decode()
    assert_demo(boot(bundles.edu_container(), words=["coldinit.manifest=smbios"],
                     devices=edu + oem_strings("serial=1,2", f"coldinit.manifest={text}", "tail")))


def test_smbios_without_that_string(boot):
    outcome = boot(bundles.container(), words=["coldinit.manifest=smbios"],
                   devices=oem_strings("serial=1,2"))
    outcome.assert_failed("manifest", 'no OEM string begins "coldinit.manifest="', "-smbios type=11")
