# SPDX-License-Identifier: Apache-2.0
"""initramfs/run: an image becomes a running container, and the launcher behaves as its program would."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

import bundles
import conftest
import launchers
from launcher import network

pytestmark = pytest.mark.xdist_group("launcher")

CONFIG = ("--config.entrypoint", "/bin/sh", "--config.cmd", "-c",
          "--config.cmd", 'echo "$(id -un) $(id -G) in $PWD: $GREETING"; echo "to stderr" >&2; exit 7',
          "--config.env", "GREETING=good morning", "--config.user", "worker", "--config.workingdir", "/srv",
          "--config.stopsignal", "SIGUSR1", "--config.exposedports", "80/tcp", "--config.volume", "/data")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    return launchers.Images(tmp_path_factory.mktemp("image"), *CONFIG)


@pytest.fixture(scope="module")
def launch(images, programs, tmp_path_factory):
    images.make("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz")
    return launchers.Launcher(tmp_path_factory.mktemp("cache"))


def references(image):
    return [f"docker-archive:{image.docker_archive}", f"oci-archive:{image.oci_archive}", f"oci:{image.layout}:app"]


def check_image(done):
    assert done.returncode == 7, done.stderr
    assert (done.stdout, done.stderr) == ("worker 1001 1002 in /srv: good morning\n", "to stderr\n")


def test_docker_archive(launch, image):
    """Program, variables, user by name and directory are the image's; streams and status the program's."""
    check_image(launch(references(image)[0]))


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2], ids=["oci-archive", "oci"])
def test_other_forms_of_the_image(launch, image, number):
    check_image(launch(references(image)[number]))


def test_all_forms_are_one_image_that_is_packed_once(image, images, tmp_path):
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    launch = launchers.Launcher(tmp_path / "cache")
    first = launch.dry(references(image)[0])
    [entry] = (tmp_path / "cache/coldinit/images").iterdir()
    launch.environment["PATH"] = f"{launchers.without(tmp_path, 'skopeo', 'umoci', 'mkfs.erofs')}:{os.environ['PATH']}"
    for reference in [*references(image), str(image.docker_archive), str(image.layout), f"{image.docker_archive}:1.0"]:
        _, manifest, config = launch.dry(reference)
        assert (manifest, config) == first[1:]
    assert [entry] == list((tmp_path / "cache/coldinit/images").iterdir())
    shutil.rmtree(entry)
    assert "skopeo failed: not to be called" in launch(references(image)[0]).stderr


def test_a_directory_is_packed_again_when_it_has_changed(image, images, tmp_path):
    images.make("vmlinuz", "initramfs-disk.cpio.gz")
    launch = launchers.Launcher(tmp_path / "cache")
    root = shutil.copytree(image.root, tmp_path / "root", symlinks=True)
    packed = [launch.dry(f"dir:{root}", "true")[0].split("root.erofs")[0] for _ in range(2)]
    (root / "etc/new").write_text("new")
    packed.append(launch.dry(f"dir:{root}", "true")[0].split("root.erofs")[0])
    names = [line.rpartition("directories/")[2] for line in packed]
    assert names[0] == names[1] != names[2]
    assert [entry.name for entry in (tmp_path / "cache/coldinit/directories").iterdir() if entry.is_dir()] == [
        names[2].rstrip("/")]


@pytest.mark.parametrize("text", ["", pytest.param("one line\n", marks=pytest.mark.slow)])
def test_stdin_reaches_the_container_and_ends(launch, image, text):
    """Also an empty one."""
    done = launch("-i", "--network", "none", references(image)[0], "-c", "cat; echo end", input=text)
    assert (done.returncode, done.stdout) == (0, text + "end\n"), done.stderr


@pytest.mark.slow
def test_much_data_through_both_streams(launch, image):
    text = "".join(f"{n}\n" for n in range(200_000))
    done = launch("-i", "--network", "none", references(image)[0], "-c", "cat", input=text)
    assert (done.returncode, done.stdout == text) == (0, True), done.stderr


def test_published_port(launch, image):
    """A web server in the guest answers on the build machine."""
    port = network.free_port("tcp")
    process = launch.start("-u", "root", "-p", f"127.0.0.1:{port}:80", "--stop-timeout", "1", references(image)[0], "-c",
                           "echo ready; exec httpd -f -h /srv -p 80")
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/index.html", timeout=30) as answer:
                    assert answer.read() == b"hello from the guest\n"
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("no answer")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 137  # busybox takes no SIGUSR1 as PID 1
    finally:
        process.kill()
        process.communicate()


TRAP = "trap 'echo stopping; exit 5' USR1; echo ready; while :; do sleep 0.1; done"


@pytest.mark.parametrize("signals", [
    [signal.SIGTERM], pytest.param([signal.SIGINT, signal.SIGINT], marks=pytest.mark.slow)], ids=["term", "int-twice"])
def test_stop_request(launch, image, signals):
    """The container gets the image's stop signal, and its status is the launcher's."""
    process = launch.start("--network", "none", references(image)[0], "-c", TRAP)
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        for number in signals:
            process.send_signal(number)
            time.sleep(0.5)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (5, "stopping\n"), err
        assert ("Ctrl-C again" in err) == (len(signals) == 2)
    finally:
        process.kill()
        process.communicate()


def wait_for_session(pid):
    """Wait until the launcher handles SIGQUIT, which it does when it starts the guest."""
    for _ in range(600):
        caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
        if int(caught[1], 16) >> (signal.SIGQUIT - 1) & 1:
            return
        time.sleep(0.05)
    raise AssertionError("the launcher does not start a guest")


def test_stop_before_the_container(launch, image):
    process = launch.start(references(image)[0])
    wait_for_session(process.pid)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (125, "", "run: stopped before the container ran\n")


def test_time_limit(launch, image):
    done = launch("--timeout", "1", references(image)[0])
    assert (done.returncode, done.stderr) == (125, "run: no verdict after 1 s: the guest was ended\n")


def test_failure_in_the_guest(launch, image):
    """The error line of coldinit, once, and 125."""
    done = launch("--network", "none", "-w", "/etc/passwd", references(image)[0])
    assert done.returncode == 125
    assert done.stdout == "" and done.stderr.count("\n") == 1
    assert done.stderr.startswith("coldinit: ") and "/etc/passwd" in done.stderr


@pytest.mark.parametrize("arguments,words", [
    (["docker-archive:/nowhere.tar"], "no such file"), (["nowhere"], "nowhere is not there"),
    (["--vmm", "bochs"], "bochs"), (["--frob"], "--frob"), (["-m", "64", "x"], "64m"),
    (["dir:EMPTY"], "names no program"), (["-u", "nobody-known", "IMAGE"], "root, worker"),
    (["--device", "00:1f.7", "IMAGE"], "no such PCI function"), (["--kernel", "/nowhere", "IMAGE"], "/nowhere is missing"),
    (["-p", "80:x", "IMAGE"], "--publish"), (["IMAGE:other"], "it has example.org/app:1.0"),
])
def test_everything_before_the_guest_is_125_and_one_line(launch, image, tmp_path, arguments, words):
    done = launch(*(word.replace("IMAGE", references(image)[0]).replace("EMPTY", str(tmp_path)) for word in arguments))
    assert (done.returncode, done.stdout) == (125, "")
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_bundle(launch, tmp_path, programs):
    """A user's bundle without a manifest; --report has the verdict."""
    bundle = bundles.write_bundle(tmp_path / "bundle", bundles.container("true", "exit 9"), programs)
    done = launch("--bundle", bundle, "--report", "-")
    assert done.returncode == 9, done.stdout + done.stderr
    assert "probe: true: running" in done.stdout
    assert done.stderr.count("coldinit-verdict: ") == 1


def packed_files(cpio):
    """Return: the names and bytes of a cpio's files."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cpio", "-id", "--quiet"], cwd=folder, input=gzip.decompress(cpio.read_bytes()), check=True)
        return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_bundle_is_packed_as_it_is(launch, tmp_path, programs):
    """Without options the guest gets the bytes of the user's config.json and manifest.json."""
    bundle = bundles.write_bundle(tmp_path / "bundle", json.dumps(bundles.container("true"), indent=7), programs)
    (bundle / "manifest.json").write_text('{"version":   1}')
    for number, (options, same) in enumerate([([], True), (["-e", "A=1", "--stop-timeout", "3"], False)]):
        keep = tmp_path / str(number)
        launch.dry("--keep", keep, *options, bundle)
        files = packed_files(keep / "second.cpio.gz")
        assert (files["coldinit/bundle/config.json"] == (bundle / "config.json").read_bytes()) == same
        assert (files["coldinit/manifest.json"] == (bundle / "manifest.json").read_bytes()) == same
        assert "coldinit/bundle/rootfs/etc/notes" in files


@pytest.mark.parametrize("name,text", [("config.json", '{"process":[]}'), ("config.json", "{"), ("manifest.json", "[]"),
                                       ("config.json", '{"root":"x"}')])
def test_bundle_of_another_form(launch, tmp_path, programs, name, text):
    bundle = bundles.write_bundle(tmp_path / "bundle", bundles.container("true"), programs)
    (bundle / name).write_text(text)
    done = launch("-e", "A=1", bundle)
    assert (done.returncode, done.stderr.count("\n")) == (125, 1)
    assert name in done.stderr


def test_without_an_image_it_is_the_demo(launch, images):
    images.programs("edu")
    done = launch()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "edu: all good" in done.stdout


def test_device_of_qemu(launch, image, programs, tmp_path):
    """The launcher writes the manifest, the nodes and the variable that the program needs."""
    root = shutil.copytree(image.root, tmp_path / "root", symlinks=True)
    shutil.copy(conftest.BUILD / "tests/programs/edu", root / "bin")
    done = launch("--network", "none", "--device", "edu", f"dir:{root}", "edu")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "edu: all good" in done.stdout
