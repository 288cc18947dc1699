# SPDX-License-Identifier: Apache-2.0
"""What the runtime spec has and engines seldom use: scheduling, user and time namespaces, ID-mapped mounts."""

import pytest

import bundles


def cat(outcome, path):
    """Return: the lines of a file that the probe has read."""
    return [line.split(": ", 1)[1] for line in outcome.probe("cat") if line.startswith(f"{path}: ")]


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_scheduling_and_personality(boot, kernel):
    spec = bundles.container("cat /proc/self/stat", "cat /proc/self/status", "cat /proc/self/personality")
    spec["process"].update(scheduler={"policy": "SCHED_BATCH", "nice": 3}, execCPUAffinity={"final": "1"},
                           ioPriority={"class": "IOPRIO_CLASS_IDLE", "priority": 0})
    spec["linux"]["personality"] = {"domain": "LINUX32"}
    outcome = boot(spec, kernel=kernel, cpus=2).assert_exited(0)
    [stat] = cat(outcome, "/proc/self/stat")
    fields = stat.rsplit(") ", 1)[1].split()  # from the third one, proc_pid_stat(5)
    assert (fields[19 - 3], fields[41 - 3]) == ("3", "3")
    assert "Cpus_allowed_list:\t1" in cat(outcome, "/proc/self/status")
    assert cat(outcome, "/proc/self/personality") == ["00000008"]
    assert "warnings" not in outcome.verdict


def test_processors_and_nodes_of_the_host_are_ignored(boot):
    spec = bundles.container()
    spec["process"]["execCPUAffinity"] = {"initial": "0", "final": "64-127"}
    spec["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "7"}
    outcome = boot(spec).assert_exited(0)
    [cpus, nodes] = outcome.verdict["warnings"]
    assert "process.execCPUAffinity is ignored" in cpus
    assert "linux.memoryPolicy is ignored" in nodes
