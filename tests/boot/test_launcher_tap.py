# SPDX-License-Identifier: Apache-2.0
"""initramfs/run --network tap:NAME: the guest reaches a server of the host, in a separate network namespace."""

import os
import subprocess

import pytest

import launchers

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.slow]

# $1: the folder of the server, the others: the command
HOST = """set -e
ip link set lo up
ip tuntap add tap7 mode tap
ip addr add 192.0.2.1/24 dev tap7
ip link set tap7 up
dir=$1
shift
busybox httpd -f -p 192.0.2.1:80 -h "$dir" &
status=0
"$@" || status=$?
exit $status
"""


def test_guest_on_a_tap_interface(images, tmp_path):
    """Its addresses, its route, and what it fetches."""
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    launch = launchers.Launcher(tmp_path / "cache")
    root = launchers.write_root(tmp_path / "root")
    (root / "bin/wget").symlink_to("busybox")
    apart = ["unshare", "--net", "--pid", "--fork", "--kill-child", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    words = launch.command("--network", "tap:tap7,address=192.0.2.9/24,gateway=192.0.2.1,dns=192.0.2.3", f"dir:{root}", "sh", "-c",
                           "wget -q -O - http://192.0.2.1/index.html; ip -o -4 addr show eth0; ip route; cat /etc/resolv.conf")
    done = subprocess.run([*apart, "sh", "-c", HOST, "sh", root / "srv", *words], env=launch.environment, capture_output=True,
                          text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    page, address, *rest = done.stdout.splitlines()
    assert page == "hello from the guest" and "192.0.2.9/24" in address
    assert any("default via 192.0.2.1" in line for line in rest) and "nameserver 192.0.2.3" in rest
