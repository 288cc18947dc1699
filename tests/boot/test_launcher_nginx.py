# SPDX-License-Identifier: Apache-2.0
"""initramfs/run with an image of Debian's nginx: published to this machine, and stopped as its image says."""

import os
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest

import launchers
from launcher import network

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.slow]

PASSWD = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n"
CONFIG = ("--config.cmd", "nginx", "--config.cmd", "-g", "--config.cmd", "daemon off; error_log stderr notice;",
          "--config.stopsignal", "SIGQUIT", "--config.exposedports", "80/tcp")


def merge_usr(tree):
    """/bin and others are links in Debian 12; the packages still have files there."""
    for name in ("bin", "sbin", "lib", "lib64"):
        directory = tree / name
        if directory.is_dir() and not directory.is_symlink():
            launchers.run("cp", "-a", f"{directory}/.", tree / "usr" / name)
            shutil.rmtree(directory)
        (tree / "usr" / name).mkdir(exist_ok=True)
        if not directory.is_symlink():
            directory.symlink_to(f"usr/{name}")


def finish_packages(tree):
    """Do what the packages' scripts do, and take away what the image does not need."""
    for name in ("share/doc", "share/man", "share/locale"):
        shutil.rmtree(tree / "usr" / name, ignore_errors=True)
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "var/log/nginx", "var/www/html"):
        (tree / name).mkdir(parents=True, exist_ok=True)
    (tree / "etc/passwd").write_text(PASSWD)
    (tree / "etc/group").write_text("root:x:0:\nwww-data:x:33:\n")
    (tree / "etc/nginx/sites-enabled/default").symlink_to("/etc/nginx/sites-available/default")
    (tree / "var/www/html/index.html").write_text("hello from nginx\n")


@pytest.fixture(scope="module")
def image(images, tmp_path_factory):
    """The archive, as of docker save."""
    [stamp] = images.make("nginx/tree/.unpacked")
    folder = tmp_path_factory.mktemp("nginx")
    tree = folder / "tree"
    launchers.run("cp", "-a", stamp.parent, tree)
    merge_usr(tree)
    finish_packages(tree)
    launchers.make_layout(folder / "layout", tree, *CONFIG)
    shutil.rmtree(tree)
    archive = folder / "nginx.tar"
    launchers.run("skopeo", "--insecure-policy", "copy", f"oci:{folder}/layout:app", f"docker-archive:{archive}:nginx:1")
    return archive


@pytest.fixture(scope="module")
def launch(images, tmp_path_factory):
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    return launchers.Launcher(tmp_path_factory.mktemp("cache"))


def fetch(port):
    """Return: the page, and the server's name."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                return answer.read().decode(), answer.headers["Server"]
        except OSError:
            time.sleep(0.3)
    return None, None


def test_published_nginx(launch, image):
    """Its page is on this machine's port; SIGTERM becomes the image's SIGQUIT, at which it ends with 0."""
    port = network.free_port("tcp")
    process = launch.start("-p", f"127.0.0.1:{port}:80", f"docker-archive:{image}")
    try:
        page, server = fetch(port)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    assert page == "hello from nginx\n" and server.startswith("nginx/"), err
    assert (process.returncode, out) == (0, ""), err
    assert "signal 3 (SIGQUIT) received" in err and "gracefully shutting down" in err


def test_ports_of_the_image(launch, image):
    """-P publishes what the image exposes, and says where; a port that is taken is one line."""
    process = launch.start("-P", "--report", os.devnull, f"docker-archive:{image}")
    try:
        line = process.stderr.readline()
        port = int(line.rsplit(None, 2)[1])
        page, _ = fetch(port)
        taken = launch("-p", f"{port}:80", f"docker-archive:{image}")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert line == f"run: port 80/tcp of the container is port {port} here\n"
    assert (page, process.returncode) == ("hello from nginx\n", 0), err
    assert (taken.returncode, taken.stderr.count("\n")) == (125, 1)
    assert f"port {port} of the host cannot be used" in taken.stderr
