# SPDX-License-Identifier: Apache-2.0
"""Limits of the container's cgroup, and the end of a container that reaches them."""

import pytest

import bundles

ROOT = "/sys/fs/cgroup"


def with_resources(*commands, make=bundles.container, **resources):
    spec = make(*commands)
    spec["linux"]["resources"].update(resources)
    return spec


def values(outcome):
    """Return: what the probe has read from the files of its cgroup."""
    return dict(line.removeprefix(f"{ROOT}/").split(": ", 1) for line in outcome.probe("cat"))


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_limits_are_in_the_cgroup(boot, kernel):
    expected = {
        "memory.max": "134217728", "memory.low": "33554432", "memory.swap.max": "67108864",
        "memory.high": "100663296", "cpu.weight": "39", "cpu.max": "50000 200000",
        "cpu.max.burst": "1000", "pids.max": "20", "io.weight": "default 4950",
        "hugetlb.2MB.max": "4194304", "cgroup.max.depth": "3",
        "cgroup.controllers": "cpu io memory hugetlb pids",
    }
    spec = with_resources(
        *(f"cat {ROOT}/{name}" for name in expected),
        memory={"limit": 128 << 20, "reservation": 32 << 20, "swap": 192 << 20},
        cpu={"shares": 1024, "quota": 50000, "period": 200000, "burst": 1000, "cpus": "40-41"},
        pids={"limit": 5}, blockIO={"weight": 500},
        hugepageLimits=[{"pageSize": "2MB", "limit": 4 << 20}, {"pageSize": "64KB", "limit": 0}],
        unified={"memory.high": str(96 << 20), "pids.max": "20", "cgroup.max.depth": "3"})
    assert values(boot(spec, kernel=kernel).assert_exited(0)) == expected


def test_only_the_controllers_that_are_needed(boot):
    """Each controller costs the container something, also without a limit."""
    spec = with_resources(f"cat {ROOT}/cgroup.controllers", f"cat {ROOT}/memory.max",
                          pids={"limit": 9}, memory={"limit": 0})
    outcome = boot(spec).assert_exited(0)
    assert values(outcome) == {"cgroup.controllers": "pids",
                               "memory.max": "No such file or directory"}


def test_pids_limit_holds(boot):
    spec = with_resources("forks 20", make=bundles.load, pids={"limit": 11})
    outcome = boot(spec).assert_exited(0)
    assert outcome.probe("forks") == ["10 of 20: Resource temporarily unavailable"]


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_oom_kill_below_the_limit_is_named(boot, kernel):
    """The kernel kills a child, and the container continues; the verdict names the limit."""
    spec = with_resources("eat 8", "eat 64", "exit 3", make=bundles.load,
                          memory={"limit": 32 << 20})
    outcome = boot(spec, kernel=kernel).assert_exited(3)
    assert outcome.probe("eat") == ["8 MiB: eaten", "64 MiB: Killed"]
    assert outcome.verdict["oom"] is True
    assert "its limit is 33554432 bytes (linux.resources.memory.limit)" in outcome.verdict["error"]
    assert outcome.log() == [outcome.verdict["error"]]


def test_oom_kill_of_the_guests_memory_is_named(boot):
    outcome = boot(with_resources("eat 270", "exit 3", make=bundles.load), memory=300).assert_exited(3)
    assert outcome.probe("eat") == ["270 MiB: Killed"]
    assert outcome.verdict["oom"] is True
    assert "it has no limit, the guest has 2" in outcome.verdict["error"]


def test_limit_that_is_too_small_to_start_is_named(boot):
    outcome = boot(with_resources(memory={"limit": 64 << 10}))
    outcome.assert_failed("exec", "its limit is 65536 bytes (linux.resources.memory.limit)")
    assert outcome.verdict["oom"] is True


def test_limit_that_the_kernel_refuses_is_named(boot):
    outcome = boot(with_resources(unified={"memory.max": "plenty"}))
    outcome.assert_failed("exec", 'linux.resources.unified["memory.max"]', '"plenty"',
                          "Invalid argument")


def test_controller_that_the_kernel_lacks_is_named(boot):
    outcome = boot(with_resources(memory={"limit": 1 << 30}), words=["cgroup_disable=memory"])
    outcome.assert_failed("exec", "linux.resources.memory.limit", '"memory"', "cpu")
