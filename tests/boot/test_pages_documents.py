# SPDX-License-Identifier: Apache-2.0
"""What pages show and no command prints: JSON, QEMU's words, keys, architectures, the chart."""

import importlib.util
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

import jsonschema
import pytest

import architectures
import blocks
import conftest
import qemu
from launcher import chart, options

PAGES = ["README.md", "SECURITY.md", *sorted(str(path.relative_to(conftest.TOP)) for path in conftest.TOP.glob("docs/**/*.md"))]
BLOCKS = [block for page in PAGES for block in blocks.read(page, conftest.TOP)]


def named(found):
    return pytest.mark.parametrize("block", [pytest.param(block, id=f"{block.page}:{block.line}") for block in found])


# --- blocks --------------------------------------------------------------------------------------

@named([block for block in BLOCKS if block.language == "json"])
def test_json(images, tmp_path, block):
    """A manifest or a config.json is good by coldinit check, a verdict is valid by its schema."""
    document = json.loads(block.text)
    if "outcome" in document:
        jsonschema.validate(document, conftest.verdict_schema())
        assert set(document) <= set(conftest.verdict_schema()["properties"])
        return
    assert "version" in document or "ociVersion" in document, "neither a manifest, a config.json nor a verdict"
    [coldinit] = images.make("coldinit")
    (tmp_path / "block.json").write_text(block.text)
    done = subprocess.run([coldinit, "check", "block.json"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


WORDS = {"no_timer_check", "cryptomgr.notests=1"}


def command_words(text):
    """Return: the words of a shell's or a program's text."""
    return set(re.sub(r"[\"',\\\[\]()]", " ", text).split())


@named([block for block in BLOCKS if re.search(r"^qemu-system-x86_64 |\"qemu-system-x86_64\"", block.text, re.M)])
def test_lines_of_qemu(block):
    """One processor under TCG, and the words that save time and trouble."""
    assert WORDS < command_words(block.text)
    assert re.search(r"-smp\W+1\b", block.text)


def test_reasons_of_these_words():
    """They are on one page."""
    reasons = [line for line in (conftest.TOP / "docs/launcher.md").read_text().splitlines() if line.startswith("| `")]
    for word in (*WORDS, "-smp 1"):
        [line] = [line for line in reasons if line.startswith(f"| `{word}`")]
        assert len(line.split("|")[2].split()) > 8


@pytest.mark.parametrize("arch", qemu.MACHINES)
def test_guests_of_the_launcher_have_these_words(arch):
    command = qemu.Guest("vmlinuz", [], arch=arch, accel="tcg").command("initrd")
    words = set(command[command.index("-append") + 1].split())
    assert words >= (WORDS if arch in ("amd64", "microvm") else WORDS - {"no_timer_check"})
    assert command[command.index("-smp") + 1] == "1"
    assert options.parse(["x"]).cpus == "1"


def test_ci_runs_the_readmes_command():
    """The one command that these tests cannot run."""
    assert (conftest.TOP / ".ci/run").read_text().endswith(f'exec {blocks.find("README.md", "make test", conftest.TOP).text}\n')


# --- comparison of outputs -----------------------------------------------------------------------

@pytest.mark.parametrize("shown,printed,equal", [
    ("a", "a", True), ("a", "b", False), ("a", "a\nb", False), ("a\n...", "a\nb\nc", True), ("...\nc", "a\nb\nc", True),
    ("a ... c", "a b c", True), ("a\n...\nd", "a\nb\nc", False), ("a 1", "a 2", False), ('"status":0', '"status":1', False),
    ('"us":1', '"us":22', True), ('"us":1', '"us":x', False), ('"exec":12,"exit":13', '"exec":1,"exit":2', True),
    ("waited 3000 ms", "waited 20 ms", True), ("waited 3000 ms", "waited 20 s", False), ("/dev/vfio/4 is", "/dev/vfio/12 is", True),
    ('"group":"4"', '"group":"a"', False), ("0000:01:00.0", "0000:02:00.0", False)])
def test_comparison(shown, printed, equal):
    assert (blocks.difference(shown.split("\n"), printed.split("\n")) == "") == equal


def test_dialogue():
    assert blocks.dialogue("$ a \\\n  b\nc\n\n$ d\n") == [("a \\\n  b", ["c"]), ("d", [])]
    with pytest.raises(ValueError, match="begins with"):
        blocks.dialogue("a\n$ b")


# --- lists ---------------------------------------------------------------------------------------

def manifest_keys():
    """Return: the program that writes the tables of keys."""
    spec = importlib.util.spec_from_file_location("manifest_keys", conftest.TOP / "docs/manifest_keys.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_keys_of_the_manifest():
    """The page has the tables of the schema of today (docs/manifest_keys.py --write), for each object of it."""
    program = manifest_keys()
    page = program.PAGE.read_text()
    assert page == program.replaced(page, program.tables())
    schema = json.loads((conftest.TOP / "configs/manifest.schema.json").read_text())
    listed = {program.snake(key) for key in re.findall(r"^\| `(\w+)` \|", page, re.M)}
    assert {program.snake(key) for key in properties(schema)} <= listed


def properties(part):
    """Return: the keys of all objects that a schema describes."""
    if isinstance(part, list):
        return [key for item in part for key in properties(item)]
    if not isinstance(part, dict):
        return []
    own = list(part["properties"]) if isinstance(part.get("properties"), dict) and "additionalProperties" in part else []
    return own + [key for item in part.values() for key in properties(item)]


def test_architectures():
    """The page has the table, and each fact has its tests."""
    assert "\n".join(architectures.table()) in (conftest.TOP / "docs/image.md").read_text()
    found = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                            *sorted({name.partition("::")[0] for name in architectures.tests()})],
                           cwd=conftest.TOP / "tests/boot", capture_output=True, text=True, check=False).stdout
    tests = {re.sub(r"^.*?(test_\w+\.py::)", r"\1", line) for line in found.splitlines()}
    assert set(architectures.tests()) - tests == set()


def test_types_of_the_architectures():
    """The file of each fact's tests has the device types of the fact; those of "Not booted" are in none of arm64's."""
    for _, _, _, facts in architectures.ROWS:
        for fact, names in facts.items():
            for name in names:
                text = (conftest.TOP / "tests/boot" / name.partition("::")[0]).read_text()
                for kind in re.findall(r"`([\w-]+)`", fact):
                    assert f'"{kind}"' in text or kind == "vfio-pci" and "vfio_device(" in text, f"{name}: {kind}"
    for arch, kinds in (("arm64", ("vfio-pci-gk", "nvdimm", "mmioblk")), ("s390x", ("vfio-pci-gk",))):
        text = (conftest.TOP / f"tests/boot/test_{arch}.py").read_text()
        assert not [kind for kind in kinds if f'"{kind}"' in text]


# --- the chart -----------------------------------------------------------------------------------

VERDICT = {"outcome": "exited", "status": 0, "devices": [{"id": "<a&b>", "us": 900}], "timeline_us": {
    "init": 1000000, "mounts": 1030000, "modules": 1050000, "manifest": 1060000, "devices": 1100000, "spec": 1110000,
    "exec": 1200000, "exit": 3000000}}
FAILED = {"outcome": "failed", "status": 125, "phase": "devices", "error": "no <device> & no \"group\"",
          "timeline_us": {"init": 1000000, "mounts": 1030000}}
STRANGE = {"outcome": "failed", "status": 125, "phase": "devices", "error": "\x01 \udcff \x7f \ufffe " + "long " * 99,
           "devices": [{"id": "a\x02 ]]> <!-- " * 9, "us": 5}], "timeline_us": {"init": 10, "mounts": 20, "devices": 500}}
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {f"{SVG}{name}" for name in ("svg", "title", "g", "rect", "line", "path", "text")}


def of_page():
    return (conftest.TOP / "docs/boot.svg").read_text()


@pytest.mark.parametrize("make", [of_page, lambda: chart.draw(VERDICT), lambda: chart.draw(FAILED),
                                  lambda: chart.draw(STRANGE), lambda: chart.draw({})],
                         ids=["of the page", "exited", "failed", "strange", "empty"])
def test_chart(tmp_path, make):
    """A browser shows it without anything else: it is well-formed, has a title, names a generic font and refers to nothing."""
    file = tmp_path / "boot.svg"
    file.write_text(make(), encoding="utf-8")
    done = subprocess.run(["xmllint", "--noout", "--nonet", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    top = xml.parse(file).getroot()
    assert {element.tag for element in top.iter()} <= ELEMENTS
    assert top.find(f"{SVG}title").text
    assert top.get("font-family").split(",")[-1].strip() in ("sans-serif", "serif", "monospace")
    text = file.read_text()
    assert not re.search(r"href|url\(|@import|<!|<\?|\bon\w+=", text.replace("<!-- SPDX-License-Identifier: Apache-2.0 -->", ""))
    assert re.findall(r"\w+://[^\s\"]*", text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("make", [of_page, lambda: chart.draw(VERDICT)], ids=["of the page", "exited"])
def test_chart_shows_the_boot(make):
    """Each bar has its name, its time, and a title for a pointer; all is inside of the picture."""
    top = xml.fromstring(make())
    width, height = map(float, top.get("viewBox").split()[2:])
    names = [group.findall(f"{SVG}text")[0].text for group in top.iter(f"{SVG}g")]
    assert names[0] == "kernel, before init" and names[-1] == "container"
    assert {"mounts", "modules", "devices", "spec", "container's start"} < set(names)
    for group in top.iter(f"{SVG}g"):
        name, time = (text.text for text in group.findall(f"{SVG}text"))
        assert group.find(f"{SVG}title").text.startswith(f"{name}: {time}, from ")
        [bar] = group.findall(f"{SVG}rect")
        assert 0 <= float(bar.get("x")) and float(bar.get("x")) + float(bar.get("width")) <= width
    for text in top.iter(f"{SVG}text"):
        assert 0 < float(text.get("y")) < height and 0 < float(text.get("x")) < width


def test_chart_of_a_device_that_never_came():
    """It has the wait for each device."""
    devices = [{"id": "gpu0", "us": 3000000}, {"id": "nic0", "us": 20000}]
    top = xml.fromstring(chart.draw({**FAILED, "devices": devices}))
    rows = [[text.text for text in group.findall(f"{SVG}text")] for group in top.iter(f"{SVG}g")]
    assert rows[-3:] == [["failed: devices", "3.00 s"], ["gpu0", "3.00 s"], ["nic0", "20.0 ms"]]


def test_texts_of_the_chart_fit():
    """A character of 12 points is at most 7 wide in a text, of 15 points 8.8."""
    top = xml.fromstring(chart.draw(STRANGE))
    width, texts = float(top.get("width")), list(top.iter(f"{SVG}text"))
    assert len(texts[0].text) * 8.8 <= width - 16 and texts[0].text.endswith("…")
    for name in (group.find(f"{SVG}text") for group in top.iter(f"{SVG}g")):
        assert len(name.text) * 7 <= float(name.get("x"))
