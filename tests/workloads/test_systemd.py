# SPDX-License-Identifier: Apache-2.0
"""systemd as the container's program shuts down cleanly on the power button, by its stop signal."""

import copy

import pytest

import watchers
from table import WORKLOADS

KEY = "org.opencontainers.image.stopSignal"


@pytest.mark.parametrize("annotation, in_manifest", [
    ("37", None), ("SIGRTMIN+3", None), (None, "SIGRTMIN+3"), ("SIGTERM", "RTMIN+3")])
def test_power_button_stops_systemd(coldinit, annotation, in_manifest):
    """The units are stopped in their order, and nothing is killed."""
    spec = copy.deepcopy(WORKLOADS["systemd"].spec())
    spec["process"]["args"] = ["/lib/systemd/systemd"]
    if annotation:
        spec["annotations"] = {KEY: annotation}
    facts, verdict, console = coldinit(spec, {"stop_signal": in_manifest} if in_manifest else None,
                                       watch=watchers.after(("parity: ready = yes", watchers.power_button)))
    assert facts.get("stopped") == "cleanly", console
    assert verdict["stop"] == {"signal": "SIGRTMIN+3", "by": "power button", "killed": False}
    assert (verdict["outcome"], verdict["status"]) == ("exited", 0), console
