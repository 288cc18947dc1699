# SPDX-License-Identifier: Apache-2.0
"""PID 1's duties: the end of a container, signals, orphans."""

import signal

import pytest

import bundles
import conftest
import images as parts
import qemu
import watchers

WITHOUT_PID = tuple(kind for kind in bundles.NAMESPACES if kind != "pid")


def test_exit_status_is_the_verdicts(boot):
    boot(bundles.container("exit 77")).assert_exited(77)


def test_exit_status_255_is_no_launch_failure(boot):
    boot(bundles.container("exit 255")).assert_exited(255)


@pytest.mark.parametrize("command,number,namespaces,why", [
    ("fault", signal.SIGSEGV, bundles.NAMESPACES, ': the kernel\'s log has "probe['),
    ("kill 15", signal.SIGTERM, WITHOUT_PID, ": a process sent it, or the program itself"),
    ("kill 9", signal.SIGKILL, WITHOUT_PID, ": neither coldinit sent it, nor the kernel"),
])
def test_death_by_signal_names_the_signal(boot, command, number, namespaces, why):
    outcome = boot(bundles.container(command, namespaces=namespaces))
    verdict = outcome.verdict
    assert (verdict["outcome"], verdict["status"]) == ("signaled", 128 + number)
    assert verdict["signal"] == number.name
    assert verdict["oom"] is False
    assert f"{number.name} ended /bin/probe{why}" in verdict["error"]


def test_orphans_are_reaped(boot):
    """Without a PID namespace orphans become children of the guest's PID 1."""
    outcome = boot(bundles.container("orphans 40", namespaces=WITHOUT_PID)).assert_exited(0)
    assert outcome.probe("orphans") == ["40 of 40 reaped"]


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
@pytest.mark.parametrize("how", [watchers.power_button, watchers.ctrl_alt_delete])
def test_turning_the_guest_off_stops_the_container(boot, kernel, how):
    """The VMM's power button and Ctrl-Alt-Del send SIGTERM; the status is the container's."""
    outcome = boot(bundles.container("wait-term"), kernel=kernel, monitored=True,
                   watch=watchers.after(("wait-term: ready", how)))
    outcome.assert_exited(42)


def test_container_that_does_not_stop_is_killed(boot):
    """After the grace time all of its processes are killed."""
    outcome = boot(bundles.container("ignore-term"), monitored=True, quiet=False,
                   watch=watchers.after(("ignore-term: ready", watchers.power_button)))
    assert (outcome.verdict["outcome"], outcome.verdict["signal"]) == ("signaled", "SIGKILL")
    assert any("still runs 10 s after a stop was requested (power button) and it got SIGTERM" in line
               for line in outcome.log())
    assert outcome.verdict["error"] == ("SIGKILL ended /bin/probe: it still ran 10 s after a stop was requested "
                                        "(power button) and it got SIGTERM")
    assert outcome.verdict["stop"] == {"signal": "SIGTERM", "by": "power button", "killed": True}


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
@pytest.mark.parametrize("locked", [False, True])
def test_locked_modules(boot, kernel, locked):
    """policy.lock_modules: no module can be loaded; the power button works."""
    spec = bundles.container("cat /proc/sys/kernel/modules_disabled", "wait-term")
    manifest = bundles.manifest(policy={"lock_modules": locked})
    outcome = boot(spec, manifest, kernel=kernel, monitored=True,
                   watch=watchers.after(("wait-term: ready", watchers.power_button)))
    outcome.assert_exited(42)
    assert outcome.probe("cat") == [f"/proc/sys/kernel/modules_disabled: {int(locked)}"]


def test_the_kernel_drops_no_line_of_the_log(boot):
    """By default it takes ten lines of a program in five seconds."""
    outcome = boot(bundles.container("cat /proc/sys/kernel/printk_devkmsg")).assert_exited(0)
    assert outcome.probe("cat") == ["/proc/sys/kernel/printk_devkmsg: on"]


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_random_numbers_of_the_vmm_count_as_entropy(boot, kernel):
    """virtio-rng: the kernel's thread reads random numbers and counts their entropy."""
    outcome = boot(bundles.container("cat /sys/class/misc/hw_random/rng_current",
                                     "cat /sys/module/rng_core/parameters/current_quality"),
                   kernel=kernel, devices=["-device", "virtio-rng-pci"]).assert_exited(0)
    current, quality = (line.split(": ")[1] for line in outcome.probe("cat"))
    assert current == "virtio_rng.0"
    assert int(quality) > 0


@pytest.mark.parametrize("base,warned", [("1999-01-01", True), ("2026-06-01", False)])
def test_clock_that_cannot_be_right_is_reported(boot, base, warned):
    """The kernel takes the RTC's time; the log has a warning if no source has a better one."""
    outcome = boot(bundles.container(), devices=["-rtc", f"base={base}"], quiet=False)
    outcome.assert_exited(0)
    assert [line.startswith("clock: the time is before the year 2024")
            for line in outcome.log() if "clock:" in line] == [True] * warned


def resident_kib(outcome, process):
    """Return: VmRSS in a process's status, which the probe has printed."""
    [line] = [line for line in outcome.probe("cat")
              if line.startswith(f"{process}: VmRSS:")]
    return int(line.split()[2])


@pytest.mark.parametrize("via", ["cpio", "virtiofs"])
def test_little_memory_is_kept_while_the_container_runs(boot, edu, via):
    """PID 1 after a boot with a device and a spec as long as an engine's."""
    spec = bundles.with_vfio(bundles.container("orphans 4", "cat /proc/1/status",
                                                 namespaces=WITHOUT_PID))
    spec["process"]["env"] += [f"VARIABLE_{n}={'x' * 200}" for n in range(200)]
    spec["annotations"] = {f"org.example.annotation.{n}": "x" * 500 for n in range(200)}
    outcome = boot(spec, bundles.manifest(bundles.vfio_device("08/00")), devices=edu, via=via)
    outcome.assert_exited(0)
    # What the container sees is the first process of its PID namespace, a copy of PID 1.
    assert 100 < resident_kib(outcome, "/proc/1/status") < 600


@pytest.mark.parametrize("program,status,word", [
    ("/bin/absent", 127, "/bin/absent"),
    ("absent", 127, "absent"),
    ("/etc/notes", 126, "/etc/notes"),
])
def test_program_that_cannot_run(boot, program, status, word):
    """The status is the shell's: 127 for not found, 126 for not executable."""
    spec = bundles.container()
    spec["process"]["args"] = [program]
    outcome = boot(spec)
    assert (outcome.verdict["outcome"], outcome.verdict["status"]) == ("failed", status)
    assert outcome.verdict["phase"] == "exec"
    assert word in outcome.verdict["error"]


def test_log_level_shows_what_happens(boot, edu):
    """Without "quiet" the console shows what happens."""
    manifest = bundles.manifest(bundles.vfio_device("08/00"))
    outcome = boot(bundles.with_vfio(bundles.container()), manifest, devices=edu, quiet=False)
    outcome.assert_exited(0)
    assert any("vfio-pci" in line and "0000:01:00.0" in line for line in outcome.log())


def test_log_level_err_is_silent_when_all_is_well(boot):
    outcome = boot(bundles.container(), words=["coldinit.log=err"], quiet=False).assert_exited(0)
    assert outcome.log() == []


def test_the_kernel_starts_no_programs(boot):
    """The container could put its own program at a path of PID 1's root."""
    outcome = boot(bundles.container("cat /proc/sys/kernel/modprobe", "cat /proc/sys/kernel/core_pattern",
                                     "true")).assert_exited(0)
    assert outcome.probe("cat") == ["/proc/sys/kernel/modprobe: ", "/proc/sys/kernel/core_pattern: core"]


def test_what_gives_the_guest_away_is_one_warning(boot):
    spec = bundles.container("true", namespaces=("mount",))
    spec["process"]["capabilities"] = bundles.capabilities("CAP_SYS_ADMIN", "CAP_CHOWN")
    [warning] = boot(spec).assert_exited(0).exposed
    assert "/process/capabilities CAP_SYS_ADMIN, " in warning
    assert "/proc/sys (writable)" in warning and "CAP_CHOWN" not in warning
    spec = bundles.container("true")
    spec["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger"]
    assert boot(spec).assert_exited(0).exposed == []


# --- processes that will not end -----------------------------------------------------------------

def test_fork_bomb_stops_at_its_limit(boot):
    spec = bundles.intruder("forks")
    spec["linux"]["resources"]["pids"] = {"limit": 64}
    outcome = boot(spec).assert_exited(0)
    [line] = outcome.probe("forks")
    assert line == "63: Resource temporarily unavailable"


def test_fork_bomb_without_a_limit_ends_with_its_container(boot):
    """The cgroup ends thousands of processes outside of a PID namespace."""
    outcome = boot(bundles.intruder("forks", namespaces=WITHOUT_PID), memory=1024).assert_exited(0)
    assert outcome.probe("forks")


def test_process_that_ignores_sigterm_is_killed_after_the_grace(boot):
    """SIGTERM to what it sees as PID 1 requests nothing; a request from outside ends in SIGKILL."""
    outcome = boot(bundles.intruder("stubborn", namespaces=WITHOUT_PID, caps=("CAP_KILL",)),
                   timeout=90, monitored=True, watch=watchers.after(
                       ("stubborn: SIGTERM to 1: ok", watchers.ctrl_alt_delete)))
    assert outcome.probe("stubborn") == ["SIGTERM to 1: ok"]
    assert (outcome.verdict["outcome"], outcome.verdict["status"]) == ("signaled", 137)
    timeline = outcome.verdict["timeline_us"]
    assert 10_000_000 <= timeline["exit"] - timeline["exec"] < 20_000_000


@pytest.mark.parametrize("device", ["pvpanic-pci", "pvpanic"])
def test_panic_reaches_the_vmm(boot, device):
    """on_failure=panic with the device of PCI, and with that of ISA, which ACPI describes."""
    outcome = boot(bundles.container(), bundles.manifest(bundles.vfio_device("08/00", timeout_ms=300)),
                   words=["coldinit.on_failure=panic"], devices=["-device", device, "-action", "panic=exit-failure"])
    outcome.assert_failed("devices", "waited 300 ms")
    assert outcome.qemu_status == 1


def test_power_button_without_a_driver_is_a_warning(images, programs, tmp_path):
    """Also of an initramfs that has no modules: it is looked for when the container runs."""
    bundle = bundles.write_bundle(tmp_path / "bundle", bundles.container("true"), programs)
    initrds = [bundles.write_cpio(tmp_path / "init", {"/init": conftest.BUILD / "init"}),
               parts.pack_bundle(None, bundle, tmp_path / "second.cpio.gz")]
    outcome = conftest.Outcome(qemu.Guest(images["6.12"][0], initrds).boot()).assert_exited(0)
    assert any(line.startswith("power button: LNXPWRBN:00 has no driver, so that it does nothing: ")
               for line in outcome.verdict["warnings"]), outcome.verdict
