# SPDX-License-Identifier: Apache-2.0
"""Run initramfs/run as a user does, with images that are made here: no registry, no network."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import conftest

RUN = conftest.TOP / "initramfs/run"
APPLETS = ("sh", "cat", "echo", "id", "env", "sleep", "httpd", "stat", "wc", "mount", "ip", "hostname", "stty", "ls",
           "touch", "seq", "head", "grep", "df", "test", "sort")


def write_root(directory, *programs):
    """Write a root file system of busybox with a user. Return: @directory."""
    for name in ("bin", "etc", "srv", "tmp"):
        (directory / name).mkdir(parents=True)
    (directory / "tmp").chmod(0o1777)
    shutil.copy("/bin/busybox", directory / "bin/busybox")
    for name in APPLETS:
        (directory / "bin" / name).symlink_to("busybox")
    for program in programs:
        shutil.copy(program, directory / "bin")
    (directory / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nworker:x:1000:1001::/home/worker:/bin/sh\n")
    (directory / "etc/group").write_text("root:x:0:\nstaff:x:1001:\nhelpers:x:1002:worker\n")
    (directory / "srv/index.html").write_text("hello from the guest\n")
    return directory


def run(*words, **options):
    """Run a program that must succeed."""
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, **options)


def make_layout(directory, root, *config):
    """Make an OCI layout whose image "app" has the files of @root. @config: options of umoci config."""
    run("umoci", "init", "--layout", directory)
    image = f"{directory}:app"
    run("umoci", "new", "--image", image)
    unpacked = directory.with_suffix(".unpacked")
    run("umoci", "unpack", "--image", image, unpacked)
    run("cp", "-a", f"{root}/.", unpacked / "rootfs")
    run("umoci", "repack", "--image", image, unpacked)
    run("umoci", "config", "--image", image, *config)
    return directory


class Images:
    """One image in each form: layout, docker_archive, oci_archive; and its root as a directory."""

    def __init__(self, directory, *config):
        self.root = write_root(directory / "root")
        self.layout = make_layout(directory / "layout", self.root, *config)
        self.docker_archive, self.oci_archive = directory / "app.tar", directory / "app.oci"
        for name in (f"docker-archive:{self.docker_archive}:example.org/app:1.0", f"oci-archive:{self.oci_archive}:app"):
            run("skopeo", "--insecure-policy", "copy", f"oci:{self.layout}:app", name)


class Launcher:
    """Calls initramfs/run with its own cache. @environment: more variables."""

    def __init__(self, cache):
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        self.cache = cache

    def command(self, *arguments):
        return [sys.executable, RUN, "--build", conftest.BUILD, *arguments]

    def __call__(self, *arguments, timeout=120, **options):
        return subprocess.run([str(word) for word in self.command(*arguments)], env=self.environment, text=True,
                              capture_output=True, timeout=timeout, check=False, **options)

    def start(self, *arguments, **options):
        """Start it with pipes. Return: the process."""
        return subprocess.Popen([str(word) for word in self.command(*arguments)], env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def dry(self, *arguments):
        """Return: the command, manifest and config.json that --dry-run prints."""
        done = self("--dry-run", *arguments)
        assert done.returncode == 0, done.stderr
        _, command, rest = done.stdout.split("\n", 2)
        manifest, config = rest.split("# manifest.json\n", 1)[1].split("\n# config.json\n", 1)
        return command, json.loads(manifest), json.loads(config)



def without(directory, *names):
    """Return: a folder for PATH in which these programs fail."""
    folder = Path(directory, "without")
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\necho not to be called >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    return folder
