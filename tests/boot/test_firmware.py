# SPDX-License-Identifier: Apache-2.0
"""Files that drivers load: those of the initramfs (mkinitramfs --firmware)."""

import pytest

import bundles

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("files,said", [
    ({"/lib/firmware/regulatory.db": "damaged"}, "regulatory.db is malformed or signature is missing/invalid"),
    ({}, "failed to load regulatory.db"),
])
def test_the_kernel_finds_a_drivers_file(boot, files, said):
    """cfg80211 requests its file when it is loaded, and checks it."""
    outcome = boot(bundles.container(), bundles.manifest(kernel_modules=[{"name": "cfg80211"}]),
                   kernel="full+cfg80211", files=files or None, quiet=False).assert_exited(0)
    assert said in outcome.console
