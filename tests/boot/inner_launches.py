# SPDX-License-Identifier: Apache-2.0
"""Runs in a guest that has KVM: starts one guest after another with the launcher, and writes what each did to
/results.json, by name: status, out, err. cloud_hypervisor.py checks it."""

import base64
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import urllib.request

RUN = [sys.executable, "/coldinit/initramfs/run", "--build", "/coldinit/build", "--vmm", "cloud-hypervisor", "-m", "384m"]
IMAGE = "dir:/image"
LIMIT = 240


def start(*words):
    return subprocess.Popen([*RUN, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process, out=""):
    try:
        more, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        more, err = process.communicate()
        err += "(killed)"
    return {"status": process.returncode, "out": out + more, "err": err}


def run(*words):
    return finish(start(*words))


def writable():
    """Two containers with the same disk."""
    disk = ["--writable", "/tmp/disk", IMAGE, "sh", "-c"]
    first = run(*disk, "cat /kept 2>/dev/null; echo first >/kept")
    second = run(*disk, "cat /kept")
    return {"status": [first["status"], second["status"]], "out": [first["out"], second["out"]], "err": first["err"] + second["err"]}


def stop():
    process = start(IMAGE, "sh", "-c", "trap 'echo stopping; exit 5' TERM; echo ready; while :; do sleep 0.1; done")
    first = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    return finish(process, first)


def web():
    """A web server in the guest, by a tap interface."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tap0", 0x5002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(fd, 0x400454cb, 1)  # TUNSETPERSIST
    os.close(fd)
    for words in (["addr", "add", "192.0.2.1/24", "dev", "tap0"], ["link", "set", "tap0", "up"]):
        subprocess.run(["/bin/busybox", "ip", *words], check=True)
    process = start("--network", "tap:tap0,address=192.0.2.2/24,gateway=192.0.2.1", "--stop-timeout", "1", IMAGE, "sh", "-c",
                    "echo ready; exec httpd -f -h /srv -p 80")
    first = process.stdout.readline()
    page = ""
    for _ in range(50):
        try:
            with urllib.request.urlopen("http://192.0.2.2/index.html", timeout=10) as answer:
                page = answer.read().decode()
            break
        except OSError:
            time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    return {**finish(process, first), "page": page}


def set_size(fd, lines, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def terminal():
    """A shell on a terminal that changes its size."""
    text, deadline = "", time.monotonic() + LIMIT
    pid, fd = pty.fork()
    if pid == 0:
        time.sleep(0.5)  # until the size is set
        os.execv(RUN[0], [*RUN, "-it", IMAGE, "sh"])
    set_size(fd, 33, 101)

    def until(wanted):
        nonlocal text
        while wanted not in text and time.monotonic() < deadline:
            if select.select([fd], [], [], 1)[0]:
                try:
                    text += os.read(fd, 4096).decode(errors="replace")
                except OSError:
                    return
        head, _, text = text.partition(wanted)
        heads.append(head)

    heads = []
    until("# ")
    os.write(fd, b"stty size; echo fir''st\r")
    until("first")
    until("# ")
    set_size(fd, 44, 90)
    time.sleep(1)
    os.write(fd, b"\r")
    until("# ")
    os.write(fd, b"stty size; echo sec''ond\r")
    until("second")
    until("# ")
    os.write(fd, b"exit 9\r")
    until("never shown")
    return {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "out": heads, "err": text}


PANIC = ["--append", "coldinit.on_failure=panic", "-w", "/etc/passwd", IMAGE, "true"]


def dry(keep, *words):
    """Return: the command of --dry-run; its files are in @keep."""
    done = subprocess.run([*RUN, "--dry-run", "--keep", keep, *words], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[1]


def pvpanic():
    """The command of --dry-run, until the event monitor's file has the panic of the guest's kernel."""
    command = dry("/tmp/panic", *PANIC)
    deadline, text = time.monotonic() + LIMIT, ""
    with subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        while '"panic"' not in text and process.poll() is None and time.monotonic() < deadline:
            time.sleep(1)
            if os.path.exists("/tmp/panic/events"):
                with open("/tmp/panic/events", encoding="utf-8") as file:
                    text = file.read()
        running = process.poll() is None
        process.kill()
        return {"status": running, "out": text, "err": process.stderr.read()}


def by_hand():
    """The command of --dry-run, with more of what this VMM has: an OEM string and persistent memory."""
    manifest = {"version": 1, "devices": [{"id": "pmem", "type": "nvdimm", "vm_path": "/dev/pmem0", "container_path": "/dev/pmem0"}],
                "container": {"id": "c1"}}
    text = base64.b64encode(json.dumps(manifest).encode()).decode()
    with open("/tmp/pmem", "wb") as file:
        file.write(b"this is pmem\n".ljust(16 << 20, b"\n"))
    command = dry("/tmp/keep", "--append", "coldinit.manifest=smbios", "bundle:/pmem")
    done = subprocess.run(["/bin/sh", "-c", f"exec {command} --platform 'oem_strings=[coldinit.manifest={text}]' "
                                            "--pmem file=/tmp/pmem,discard_writes=on"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False)
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


CASES = {
    "streams": lambda: run("--report", "-", IMAGE, "sh", "-c", "echo out; echo ' coldinit'; echo; sleep 1; "
                           "echo err >&2; sleep 1; printf end; exit 7"),
    "verbose": lambda: run("--verbose", IMAGE, "echo", "only here"),
    "device": lambda: run("--report", "-", "--device", "0000:01:00.0,id=edu", "bundle:/inner"),
    "share": lambda: run("-v", "/shared:/a", IMAGE, "sh", "-c", "cat /a/file; echo new >/a/new"),
    "writable": writable,
    "failure": lambda: run("-w", "/etc/passwd", IMAGE, "true"),
    "early panic": lambda: run("--append", "rdinit=/nowhere root=/dev/nowhere", IMAGE, "true"),
    "panic": lambda: run(*PANIC),
    "pvpanic": pvpanic,
    "busy tap": lambda: run("--network", "tap:tap9,address=192.0.2.2/24", IMAGE, "true"),
    "stop": stop,
    "web": web,
    "terminal": terminal,
    "by hand": by_hand,
}


def main():
    results = {}
    for name, case in CASES.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        begin = time.monotonic()
        try:
            results[name] = case()
        except Exception as error:  # pylint: disable=broad-except
            results[name] = {"status": None, "out": "", "err": repr(error)}
        results[name]["seconds"] = round(time.monotonic() - begin, 1)
        print(f"{name}: {results[name]['status']}", flush=True)
        with open("/results.json", "w", encoding="utf-8") as file:
            json.dump(results, file)


main()
