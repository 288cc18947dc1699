# SPDX-License-Identifier: Apache-2.0
"""Boot tests: they boot real kernels with devices in QEMU, and check the verdict and the container's output."""

import functools
import json
import os
import re
import sys
from pathlib import Path

import jsonschema
import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COLDINIT_BUILD", TOP / "build")).resolve()
sys.path[:0] = [str(TOP / "initramfs"), str(TOP / "tests"), str(TOP / "tests/pages"), str(Path(__file__).parent)]

import builds  # noqa: E402
import bundles  # noqa: E402
import images as parts  # noqa: E402
import qemu  # noqa: E402


@functools.cache
def verdict_schema():
    """The JSON Schema of the verdict."""
    return json.loads((TOP / "configs/verdict.schema.json").read_text())


PHASES = ["init", "mounts", "modules", "manifest", "devices", "spec", "exec", "exit"]


class Outcome:
    """A boot that ended with exactly one verdict of the right form. Any other boot fails the test here."""

    def __init__(self, result):
        self.console = result.console
        self.seconds = result.seconds
        self.qemu_status = result.qemu_status
        problem = result.problem()
        if problem:
            pytest.fail(f"{problem}; the console:\n{result.console}", pytrace=False)
        self.document = result.verdict  # as it is
        self.verdict = dict(result.verdict)
        self.exposed = self.take_exposed()
        self.check_form()

    def take_exposed(self):
        """Take the warning of what gives the guest away out of the verdict: most tests' configs have a
        writable /proc/sys, which engines do not."""
        warnings = self.verdict.pop("warnings", [])
        others = [line for line in warnings if "SECURITY.md" not in line]
        if others:
            self.verdict["warnings"] = others
        return [line for line in warnings if "SECURITY.md" in line]

    def check_form(self):
        """Check what is the same for every verdict."""
        verdict, lines = self.verdict, self.console.splitlines()
        jsonschema.validate(self.document, verdict_schema())
        last = max(n for n, line in enumerate(lines) if "coldinit" in line)
        assert "coldinit-verdict: " in lines[last], "the verdict is not coldinit's last line"
        timeline = verdict["timeline_us"]
        assert list(timeline) == [phase for phase in PHASES if phase in timeline]
        assert list(timeline.values()) == sorted(timeline.values()), timeline

    def log(self):
        """Return: coldinit's lines on the console; with "quiet" these are only errors."""
        return [line.split("coldinit: ", 1)[1] for line in self.console.splitlines()
                if "coldinit: " in line and "SECURITY.md" not in line]

    def probe(self, command):
        """Return: the lines that the probe printed for one of its commands."""
        head = f"probe: {command}: "
        return [line[line.index(head) + len(head):] for line in self.console.splitlines()
                if head in line]

    def device(self, number=0):
        return self.verdict["devices"][number]

    def assert_exited(self, status=0):
        assert (self.verdict["outcome"], self.verdict["status"]) == ("exited", status), self.console
        assert list(self.verdict["timeline_us"]) == PHASES
        return self

    def assert_failed(self, phase, *words):
        """Check that there is one error line, that it contains all @words, and that the verdict has it too."""
        assert self.verdict["outcome"] == "failed", self.console
        assert (self.verdict["status"], self.verdict["phase"]) == (125, phase), self.console
        for word in words:
            assert word in self.verdict["error"]
        warnings = self.verdict.get("warnings", [])
        errors = [line for line in self.log() if line not in warnings]
        assert len(errors) == 1, self.console
        assert self.verdict["error"] in errors[0]
        return self


class Images(dict):
    """Kernel and initramfs by the initramfs's name: (vmlinuz, cpio). make builds them when they are used.

    Names are those of initramfs/build.mk: "6.12", "6.12-disk", "6.12+MODULE", "small".
    """

    def __init__(self, build, **variables):
        super().__init__()
        self.build = build
        self.variables = variables

    def make(self, *files):
        """Make @files of the build folder."""
        try:
            builds.make_in(self.build, *files, **self.variables)
        except builds.BuildError as error:
            pytest.fail(str(error), pytrace=False)
        return [self.build / file for file in files]

    def programs(self, *names):
        """Programs of tests/programs."""
        return self.make(*(f"tests/programs/{name}" for name in names))

    def __missing__(self, name):
        [cpio] = self.make(f"images/{name}.cpio.gz")
        self[name] = parts.vmlinuz(self.build / "kernels" / re.split("[-+]", name)[0]), cpio
        return self[name]


@pytest.fixture(scope="session")
def images():
    return Images(BUILD)


@pytest.fixture(scope="session")
def programs(images):
    """Programs of every bundle. The other ones of tests/programs are built with them."""
    images.programs(*(source.stem for source in TOP.glob("tests/programs/*.c")))
    return images.programs("edu", "probe", "load", "await", "intruder")


class Booter:
    """Boots containers, each in a separate guest, from files that it writes into @directory."""

    def __init__(self, images, programs, directory):
        self.images = images
        self.programs = programs
        self.directory = directory
        self.boots = 0

    def write_bundle(self, spec, prepare):
        bundle = bundles.write_bundle(self.directory / f"share{self.boots}/bundle", spec, self.programs)
        if prepare:
            prepare(bundle)
        return bundle

    def __call__(self, *arguments, **options):
        return Outcome(self.result(*arguments, **options))

    def result(self, spec=None, manifest=None, *, kernel="6.12", via="cpio", words=(),
               prepare=None, watch=None, files=None, **options):
        """The same for a guest that gives no verdict. Return: the Result of qemu.Guest.boot()."""
        self.boots += 1
        bundle = None if spec is None else self.write_bundle(spec, prepare)
        file = self.directory / f"share{self.boots}/manifest.json"
        file.parent.mkdir(exist_ok=True)
        if manifest is not None:
            bundles.write_json(file, manifest)
        vmlinuz, cpio = self.images[kernel]
        initrds, words = [cpio], list(words)
        if via != "cpio":
            options["shares"] = {"demo": file.parent}
        if via == "virtiofs":
            words += ["coldinit.manifest=virtiofs:demo/manifest.json",
                      "coldinit.bundle=virtiofs:demo/bundle"]
        elif via == "cpio" and (bundle or manifest is not None):
            initrds.append(parts.pack_bundle(file if manifest is not None else None, bundle,
                                             self.directory / f"second{self.boots}.cpio.gz"))
        if files:
            initrds.append(bundles.write_cpio(self.directory / f"files{self.boots}", files))
        options.setdefault("cpus", 1)  # two guests run at a time, on two processors
        guest = qemu.Guest(vmlinuz, initrds, words=words, **options)
        return guest.boot(echo=watch and functools.partial(watch, guest))


@pytest.fixture
def boot(images, programs, tmp_path):
    """boot(spec, manifest, …) boots one container and returns its Outcome.

    spec, manifest: a dictionary, a text, or None for none.
    kernel: the name of an image (see Images).
    via: "cpio" appends both to the initramfs; "virtiofs" shares them and names them on the command line;
    "share" only shares them.
    files: a text or a program's Path, by path in the initramfs.
    prepare: called with the bundle's directory before it is packed.
    watch: called with the guest and the new text of the console.
    Other arguments are those of qemu.Guest.
    """
    return Booter(images, programs, tmp_path)


@pytest.fixture(scope="module")
def boot_once(images, programs, tmp_path_factory):
    """The same for a boot that many tests of a module check. They must be in one xdist_group."""
    return Booter(images, programs, tmp_path_factory.mktemp("once"))


@pytest.fixture
def edu():
    """QEMU's words for one edu device at path 08/00."""
    return qemu.behind_root_port("edu")
