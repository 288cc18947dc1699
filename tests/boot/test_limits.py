# SPDX-License-Identifier: Apache-2.0
"""Limits of the container's cgroup, and the end of a container that reaches them."""

import pytest

import bundles
import disks
import watchers

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
        "hugetlb.2MB.max": "4194304", "hugetlb.2MB.rsvd.max": "4194304", "cgroup.max.depth": "3",
        "cgroup.controllers": "cpuset cpu io memory hugetlb pids",
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
    """Each costs the container something. Memory and processes are always limited; a JVM expects the others."""
    spec = with_resources(f"cat {ROOT}/cgroup.controllers", f"cat {ROOT}/pids.max",
                          pids={"limit": 9}, memory={"limit": 0})
    outcome = boot(spec).assert_exited(0)
    assert values(outcome) == {"cgroup.controllers": "cpuset cpu memory pids", "pids.max": "9"}


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
    assert outcome.log()[-1] == outcome.verdict["error"]


def test_oom_kill_of_the_guests_memory_is_named(boot):
    outcome = boot(with_resources("eat 270", "exit 3", make=bundles.load), memory=300).assert_exited(3)
    assert outcome.probe("eat") == ["270 MiB: Killed"]
    assert outcome.verdict["oom"] is True
    assert "(the guest's memory less policy.reserve_mib)" in outcome.verdict["error"]


# --- the reserve ---------------------------------------------------------------------------------

@pytest.mark.parametrize("reserve", [None, 24, 100])
def test_reserve_is_not_the_containers(boot, reserve):
    """Its limit is what is available less the reserve, which the manifest may set."""
    policy = {} if reserve is None else {"policy": {"reserve_mib": reserve}}
    outcome = boot(with_resources(f"cat {ROOT}/memory.max", f"cat {ROOT}/pids.max",
                                  "cat /proc/meminfo", "cat /proc/sys/kernel/threads-max"),
                   bundles.manifest(**policy)).assert_exited(0)
    found = values(outcome)
    meminfo = dict(line.split(": ", 1)[1].split(":") for line in outcome.probe("cat")
                   if "meminfo: " in line)
    available = int(meminfo["MemAvailable"].split()[0]) >> 10
    # the container itself has used a few MiB in between
    assert 0 <= available - (int(found["memory.max"]) >> 20) - (reserve or 24) + 8 < 16
    assert int(found["pids.max"]) == int(found["/proc/sys/kernel/threads-max"]) // 8 * 7


@pytest.mark.parametrize("field, value", [("memory", {"limit": 64 << 20}), ("memory", {"limit": -1}),
                                          ("memory", {"limit": 1 << 40}), ("pids", {"limit": -1}),
                                          ("unified", {"memory.max": "max", "pids.max": "max"})])
def test_lower_limit_of_the_config_stays(boot, field, value):
    outcome = boot(with_resources(f"cat {ROOT}/memory.max", f"cat {ROOT}/pids.max",
                                  **{field: value})).assert_exited(0)
    found = {name: int(text) for name, text in values(outcome).items()}
    if value == {"limit": 64 << 20}:
        assert found["memory.max"] == 64 << 20
    assert found["memory.max"] < 700 << 20
    assert found["pids.max"] < 10000


def used_up(means, uid):
    """A container that uses up all memory by one of several means."""
    spec = (bundles.container if means[0] == "fill" else bundles.load)(" ".join(means))
    spec["process"]["user"] = {"uid": uid, "gid": uid}
    for mount in spec["mounts"]:
        if mount["destination"] == "/dev/shm":
            mount["options"] = ["nosuid", "nodev", "mode=1777"]  # half of the memory
    spec["mounts"].append({"destination": "/all", "type": "tmpfs", "source": "tmpfs",
                           "options": ["mode=1777", "size=100%"]})
    return spec


@pytest.mark.parametrize("memory", [256, 512, 768])
@pytest.mark.parametrize("uid", [0, 1000])
@pytest.mark.parametrize("means", [("fill", "/tmp/filler", "4000"), ("fill", "/all/filler", "4000"),
                                   ("swarm",), ("pipes", "50")], ids="-".join)
def test_verdict_comes_with_all_memory_used_up(boot, memory, uid, means):
    if means == ("swarm",):
        means = "swarm", str(memory // 4)  # 4 MiB each
    outcome = boot(used_up(means, uid), memory=memory)
    assert outcome.verdict["oom"] is True
    assert "its limit is" in outcome.verdict["error"]
    if means[0] == "fill":  # its pages stay: every process of the container is killed
        assert (outcome.verdict["outcome"], outcome.verdict["status"]) == ("signaled", 137)


def test_verdict_comes_with_the_root_on_virtiofs(boot):
    """A share's files are the host's, but a tmpfs is the guest's memory here too."""
    outcome = boot(used_up(("fill", "/all/filler", "4000"), 1000), bundles.manifest(),
                   via="virtiofs", memory=512)
    assert outcome.verdict["oom"] is True


def test_verdict_comes_with_an_overlay_filled(boot, tmp_path):
    """The upper layer of a bundle on a disk is in /run."""
    bundle = bundles.write_bundle(tmp_path / "bundle", used_up(("fill", "/tmp/filler", "4000"), 1000),
                                  boot.programs)
    (bundle / "rootfs/all").mkdir()
    disk = disks.make_image("erofs", bundle, tmp_path / "disk.img")
    outcome = boot(manifest=bundles.manifest(container={"id": "c1", "bundle": "block:/dev/vda"}),
                   kernel="6.12-disk", devices=disks.virtio_blk(disk, readonly=True), memory=512)
    assert outcome.verdict["oom"] is True


def test_fork_bomb_without_a_limit_does_not_keep_the_verdict(boot):
    """PID 1 and its helpers still have processes: a request to stop ends it."""
    outcome = boot(bundles.load("bomb"), monitored=True, timeout=120, watch=watchers.after(
        ("bomb: begin", watchers.ctrl_alt_delete)))
    assert (outcome.verdict["outcome"], outcome.verdict["signal"]) == ("signaled", "SIGKILL")


def test_too_little_memory_for_the_reserve_is_named(boot):
    outcome = boot(bundles.container(), bundles.manifest(policy={"reserve_mib": 4096}))
    outcome.assert_failed("exec", "MiB are available", "policy.reserve_mib is 4096")


def test_guest_without_the_memory_controller_is_warned(boot):
    outcome = boot(with_resources("true"), words=["cgroup_disable=memory"], quiet=False)
    outcome.assert_exited(0)
    assert len([line for line in outcome.log() if 'no cgroup controller "memory"' in line]) == 1


def test_limit_that_is_too_small_to_start_is_named(boot):
    outcome = boot(with_resources(memory={"limit": 16 << 10}))  # with 64 KiB it comes as far as execve(2)
    outcome.assert_failed("exec", "its limit is 16384 bytes (linux.resources.memory.limit)")
    assert outcome.verdict["oom"] is True


def test_limit_that_the_kernel_refuses_is_named(boot):
    outcome = boot(with_resources(unified={"memory.max": "plenty"}))
    outcome.assert_failed("exec", 'linux.resources.unified["memory.max"]', '"plenty"',
                          "Invalid argument")


def test_controller_that_the_kernel_lacks_is_named(boot):
    outcome = boot(with_resources(memory={"limit": 1 << 30}), words=["cgroup_disable=memory"])
    outcome.assert_failed("exec", "linux.resources.memory.limit", '"memory"', "cpu")
