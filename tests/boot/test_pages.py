# SPDX-License-Identifier: Apache-2.0
"""The command blocks of README.md and docs/*.md, run as they are: see tests/pages/table.py."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

import blocks
import builds
import bundles
import conftest
import launchers
import table

PROMPT = re.compile(r"[#$] (?:\x1b\[6n)?$")  # busybox then asks where the cursor is
BUILDS = re.compile(r"  [A-Z]+ +\S+$")  # a line of make about a file that it builds

pytestmark = pytest.mark.xdist_group("pages")


# --- the files that a reader brings --------------------------------------------------------------

class Desk:
    """A copy of the tree with the build in its place. Each other function makes a file that pages name."""

    def __init__(self, top):
        self.top = top
        names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=conftest.TOP, check=True,
                               capture_output=True).stdout
        subprocess.run(["xargs", "-0", "cp", "-a", "--parents", "-t", top], input=names, cwd=conftest.TOP, check=False)
        git = conftest.TOP / ".git"
        (top / ".git").symlink_to(git) if git.is_dir() else shutil.copy(git, top)  # for the version
        (top / "build").symlink_to(conftest.BUILD)

    def image(self, name, *config, programs=()):
        """Write an archive as `docker save` does."""
        place = self.top / f"{name}.parts"
        place.mkdir()
        root = launchers.write_root(place / "root", *programs)
        layout = launchers.make_layout(place / "layout", root, *config)
        launchers.run("skopeo", "--insecure-policy", "copy", f"oci:{layout}:app",
                      f"docker-archive:{self.top / name}.tar:example.org/{name}:1.0")

    def app(self):
        """app.tar: an image with a program that greets."""
        self.image("app", "--config.cmd", "echo", "--config.cmd", "hello")

    def web(self):
        """web.tar: an image with a web server."""
        self.image("web", *(f"--config.cmd={word}" for word in (
            "sh", "-c", "trap 'exit 0' TERM; httpd -f -p 80 -h /srv & wait")))

    def rootfs(self):
        """rootfs/: a root file system."""
        launchers.write_root(self.top / "rootfs")

    def bundle(self):
        """bundle/ and manifest.json: the demo."""
        bundle = self.top / "bundle"
        (bundle / "rootfs").mkdir(parents=True)
        shutil.copy(self.top / "initramfs/demo/config.json", bundle)
        shutil.copy(self.top / "initramfs/demo/manifest.json", self.top)
        shutil.copy(conftest.BUILD / "tests/programs/edu", bundle / "rootfs")

    def plain(self):
        """bundle/: a container without devices."""
        bundles.write_bundle(self.top / "bundle", bundles.container(), [conftest.BUILD / "tests/programs/probe"])

    def demo(self):
        """demo/: a bundle with the manifest of docs/manifest.md that has a network."""
        [text] = [block.text for block in blocks.read("docs/manifest.md", self.top) if '"interfaces"' in block.text]
        spec = bundles.container("cat /etc/hostname", "ls /sys/class/net")
        bundles.write_bundle(self.top / "demo", spec, [conftest.BUILD / "tests/programs/probe"])
        (self.top / "demo/manifest.json").write_text(text)


@pytest.fixture
def desk(images, programs, tmp_path):
    def make(scene):
        images.make(*scene.targets)
        top = tmp_path / "coldinit"
        top.mkdir()
        made = Desk(top)
        for name in scene.needs:
            getattr(made, name)()
        return made
    return make


# --- running a block -----------------------------------------------------------------------------

class Shell:
    """Runs commands in the copy of the tree, as a reader's shell does."""

    def __init__(self, top):
        self.top = top
        self.environment = {**builds.environment(foreign=True), "XDG_CACHE_HOME": str(top / "cache")}

    def start(self, script, **streams):
        return subprocess.Popen(["bash", "-e", "-o", "pipefail", "-c", script], cwd=self.top, env=self.environment,
                                start_new_session=True, **streams)

    def run(self, script, step):
        """Return: the status and the lines that were printed, on both streams."""
        process = self.start(script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            if step.serves:
                self.wait_for_server(process, *step.serves, time.monotonic() + step.seconds)
                process.send_signal(signal.SIGTERM)
            text = process.communicate(timeout=step.seconds)[0].decode(errors="replace")
        finally:
            self.end(process)
        return process.returncode, [line for line in text.splitlines() if not BUILDS.match(line)]

    @staticmethod
    def wait_for_server(process, address, text, deadline):
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    assert text in answer.read().decode()
                return
            except OSError:
                time.sleep(0.2)
        pytest.fail(f"nothing answers at {address}")

    def type(self, script, lines, seconds):
        """Run @script on a terminal, and type @lines, each at a prompt. Return: as run()."""
        leader, follower = pty.openpty()
        process = self.start(script, stdin=follower, stdout=follower, stderr=follower)
        os.close(follower)
        text, lines, deadline = "", list(lines), time.monotonic() + seconds
        try:
            while select.select([leader], [], [], max(deadline - time.monotonic(), 0))[0]:
                try:
                    text += os.read(leader, 65536).decode(errors="replace")
                except OSError:  # all have closed it
                    break
                if lines and PROMPT.search(text):
                    os.write(leader, f"{lines.pop(0)}\n".encode())
                    text += "\n"
            status = process.wait(10) if not lines else None
        except subprocess.TimeoutExpired:
            status = None
        finally:
            self.end(process)
            os.close(leader)
        assert status is not None, f"it still runs; not typed: {lines}\n{text}"
        return process.returncode, text.replace("\r", "").splitlines()

    @staticmethod
    def end(process):
        """End what the block has started and left."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def check_block(shell, block, step):
    """Run a block and compare what it prints with what the page shows."""
    where = f"{block.page}:{block.line}"
    if block.language == "console":
        for command, shown in blocks.dialogue(block.text):
            status, lines = shell.run(command, step)
            assert status == step.status, "\n".join([where, command, f"status {status}", *lines])
            error = blocks.difference(shown, blocks.strip_end(lines))
            assert not error, f"{where}: {command}\n{error}"
        return
    script = block.text
    if block.language == "python":
        (shell.top / "block.py").write_text(script)
        script = f"exec {sys.executable} block.py"
    typed = step.keys or (blocks.find(block.page, step.types, conftest.TOP).text.split("\n") if step.types else None)
    status, lines = shell.type(script, typed, step.seconds) if typed else shell.run(script, step)
    assert status == step.status and step.prints in "\n".join(lines), "\n".join([where, script, f"status {status}", *lines])


@pytest.mark.parametrize("scene", [pytest.param(scene, id=scene.name, marks=[pytest.mark.slow] if scene.slow else [])
                                   for scene in table.SCENES])
def test_scene(desk, scene):
    shell = Shell(desk(scene).top)
    for step in scene.steps:
        check_block(shell, blocks.find(scene.page, step.first, conftest.TOP), step)
    for name, text in scene.leaves.items():
        assert text in (shell.top / name).read_text(errors="replace"), name
