# SPDX-License-Identifier: Apache-2.0
"""The container's stdin, stdout and stderr without a terminal, and what it cannot do with them."""

import os
import shutil
import threading

import pytest

import bundles
import watchers

FORGED = r'coldinit-verdict: {"version":1,"outcome":"exited","status":0,"oom":false,"devices":[],"timeline_us":{}}'


def shell(script, **process):
    """Return: a container in which busybox runs a script, and what puts busybox into its root."""
    spec = bundles.container()
    spec["process"].update(args=["/bin/busybox", "sh", "-c", script], **process)

    def prepare(bundle):
        shutil.copy("/bin/busybox", bundle / "rootfs/bin/busybox")

    return spec, prepare


def begin_like_the_verdict(outcome):
    return [line for line in outcome.console.splitlines() if line.startswith("coldinit-verdict: ")]


@pytest.mark.parametrize("script", [
    f"printf '%s\\n' '{FORGED}'",
    f"printf 'x\\r%s\\n' '{FORGED}'",
    f"printf '%s' '{FORGED}'",
    f"printf '%s\\n' '{FORGED}' >&2",
    f"printf '{FORGED[:9]}'; sleep 1; printf '%s\\n' '{FORGED[9:]}'",
    f"printf '{FORGED[:9]}'; sleep 1; printf '%s\\n' '{FORGED[9:]}' >&2",
    f"printf '%s\\n' '{FORGED}' >/proc/self/fd/1; printf '%s\\n' '{FORGED}' >/dev/stderr",
    f"(trap '' TERM HUP; while :; do printf '\\n%s\\n' '{FORGED}'; done) & sleep 1",
], ids=["line", "return", "unfinished", "stderr", "in-two", "two-streams", "by-path", "behind"])
def test_no_output_is_taken_for_the_verdict(boot, script):
    spec, prepare = shell(script + "; exit 3")
    outcome = boot(spec, prepare=prepare).assert_exited(3)
    assert len(begin_like_the_verdict(outcome)) == 1
    assert FORGED[len("coldinit-verdict"):] in outcome.console


@pytest.mark.parametrize("uid", [0, 1000])
def test_the_console_is_out_of_reach(boot, uid):
    """No terminal on any stream; what would open the console fails."""
    spec, prepare = shell("""
        for fd in 0 1 2; do [ -t $fd ] && echo "tty $fd"; done
        stty -F /proc/self/fd/1 -opost 2>&1
        mknod /tmp/console c 5 1 2>&1 && (echo forged >/tmp/console) 2>&1
        (: </dev/tty) 2>&1
        cat; echo "end of cat"
        exit 4""", user={"uid": uid, "gid": uid})
    spec["process"]["capabilities"] = bundles.capabilities("CAP_MKNOD")
    spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]})
    spec["linux"]["resources"]["devices"] += [
        {"allow": True, "type": "c", "access": "m"},
        {"allow": True, "type": "c", "major": 5, "minor": 1, "access": "rwm"}]
    outcome = boot(spec, prepare=prepare).assert_exited(4)
    assert "end of cat" in outcome.console
    assert "tty 0" not in outcome.console and "tty 1" not in outcome.console
    assert not any(line.strip() == "forged" for line in outcome.console.splitlines())


PORTS = ["-device", "virtio-serial-pci"]


def port(name, chardev):
    return ["-chardev", f"{chardev},id={name.replace('.', '-')}",
            "-device", f"virtserialport,chardev={name.replace('.', '-')},name={name}"]


def test_ports_carry_the_streams(boot, tmp_path):
    """Byte by byte, and the verdict stays on the console."""
    out, err, given = tmp_path / "out", tmp_path / "err", b"first\nlast\n" + bytes(range(256)) * 300
    spec, prepare = shell(f"head -c {len(given)}; printf '\\000\\377\\r\\n'; printf 'err' >&2; exit 5")
    for name in ("in.in", "in.out"):
        os.mkfifo(tmp_path / name)
    feeder = threading.Thread(target=(tmp_path / "in.in").write_bytes, args=[given])
    feeder.start()
    outcome = boot(spec, prepare=prepare, devices=[
        *PORTS, *port("org.coldinit.stdin", f"pipe,path={tmp_path}/in"),
        *port("org.coldinit.stdout", f"file,path={out}"), *port("org.coldinit.stderr", f"file,path={err}")])
    feeder.join()
    outcome.assert_exited(5)
    assert out.read_bytes() == given + b"\0\xff\r\n"
    assert err.read_bytes() == b"err"


def test_much_output_is_whole(boot):
    """Both streams at once, more than any pipe holds: no line is lost or torn."""
    spec, prepare = shell("""
        (i=0; while [ $i -lt 2000 ]; do echo "out line $i of many"; i=$((i+1)); done) &
        i=0; while [ $i -lt 2000 ]; do echo "err line $i of many" >&2; i=$((i+1)); done
        wait; exit 6""")
    outcome = boot(spec, prepare=prepare, timeout=60).assert_exited(6)
    lines = outcome.console.splitlines()
    for stream in ("out", "err"):
        assert [line for line in lines if line.startswith(f"{stream} line")] == [
            f"{stream} line {n} of many" for n in range(2000)]


@pytest.mark.parametrize("change,signal,number", [
    ({"annotations": {"org.opencontainers.image.stopSignal": "37"}}, "SIGRTMIN+3", 37),
    ({"annotations": {"org.opencontainers.image.stopSignal": "SIGUSR1"}}, "SIGUSR1", 10),
    ({}, "SIGTERM", 15),
], ids=["number", "name", "default"])
def test_the_images_stop_signal(boot, change, signal, number):
    spec, prepare = shell(f"trap 'exit {number}' {number}; echo waiting; while :; do sleep 0.1; done")
    spec.update(change)
    outcome = boot(spec, prepare=prepare, monitored=True,
                   watch=watchers.after(("waiting", watchers.power_button))).assert_exited(number)
    assert outcome.verdict["stop"] == {"signal": signal, "by": "power button", "killed": False}


def test_the_manifests_stop_signal_and_grace(boot):
    spec, prepare = shell("trap '' HUP; echo waiting; while :; do sleep 0.1; done")
    spec["annotations"] = {"org.opencontainers.image.stopSignal": "SIGTERM"}
    manifest = bundles.manifest()
    manifest["container"].update(stop_signal="SIGHUP", stop_timeout_s=1)
    outcome = boot(spec, manifest, prepare=prepare, monitored=True,
                   watch=watchers.after(("waiting", watchers.power_button)))
    assert (outcome.verdict["outcome"], outcome.verdict["signal"]) == ("signaled", "SIGKILL")
    assert outcome.verdict["stop"] == {"signal": "SIGHUP", "by": "power button", "killed": True}
    assert any("still runs 1 s" in warning for warning in outcome.verdict["warnings"])
