# SPDX-License-Identifier: Apache-2.0
"""The bill of materials (SPDX 2.3) names what is in the image."""

import gzip
import hashlib
import json
import re
import subprocess

import pytest

import builds
from conftest import BUILD, TOP, run

DOCUMENT = {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"}
PACKAGE = {"SPDXID", "name", "downloadLocation", "filesAnalyzed", "licenseConcluded", "licenseDeclared", "copyrightText"}
FILE = {"SPDXID", "fileName", "checksums", "licenseConcluded", "licenseInfoInFiles", "copyrightText"}
KINDS = {"DESCRIBES", "CONTAINS", "GENERATED_FROM", "STATIC_LINK", "BUILD_TOOL_OF"}


@pytest.fixture(scope="module")
def sbom():
    builds.make_in(BUILD, "sbom.spdx.json")
    return json.loads((BUILD / "sbom.spdx.json").read_text())


def by_name(sbom):
    return {package["name"]: package for package in sbom["packages"]}


def related(sbom, kind, element=None):
    """Return: pairs of the elements of a kind of relationship."""
    return [(found["spdxElementId"], found["relatedSpdxElement"]) for found in sbom["relationships"]
            if found["relationshipType"] == kind and element in (None, found["spdxElementId"])]


def test_form(sbom):
    """The rules of SPDX 2.3 for the elements that are there."""
    assert DOCUMENT <= set(sbom) and sbom["spdxVersion"] == "SPDX-2.3" and sbom["dataLicense"] == "CC0-1.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sbom["creationInfo"]["created"])
    assert all(re.match(r"(Tool|Person|Organization): ", text) for text in sbom["creationInfo"]["creators"])
    elements = [*sbom["packages"], *sbom["files"]]
    names = [element["SPDXID"] for element in elements]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in names)
    assert all(PACKAGE <= set(package) for package in sbom["packages"]) and all(FILE <= set(file) for file in sbom["files"])
    for found in sbom["relationships"]:
        assert found["relationshipType"] in KINDS
        assert {found["spdxElementId"], found["relatedSpdxElement"]} <= {*names, "SPDXRef-DOCUMENT"}
    for element in elements:
        for checksum in element.get("checksums", []):
            digits = {"SHA1": 40, "SHA256": 64}[checksum["algorithm"]]
            assert re.fullmatch(f"[0-9a-f]{{{digits}}}", checksum["checksumValue"])


def test_it_describes_both_files(sbom):
    described = {name for _, name in related(sbom, "DESCRIBES", "SPDXRef-DOCUMENT")}
    assert described == {by_name(sbom)[name]["SPDXID"] for name in ("vmlinuz", "initramfs.cpio.gz")}
    for name in ("vmlinuz", "initramfs.cpio.gz"):
        sums = {found["algorithm"]: found["checksumValue"] for found in by_name(sbom)[name]["checksums"]}
        assert sums["SHA256"] == hashlib.sha256((BUILD / name).read_bytes()).hexdigest()


def test_each_file_of_the_image(sbom, tmp_path):
    """cpio unpacks the same files."""
    subprocess.run(["cpio", "-id", "--quiet"], cwd=tmp_path, check=True,
                   input=gzip.decompress((BUILD / "initramfs.cpio.gz").read_bytes()))
    found = {f"./{path.relative_to(tmp_path)}": hashlib.sha256(path.read_bytes()).hexdigest()
             for path in tmp_path.rglob("*") if path.is_file()}
    assert {file["fileName"]: file["checksums"][1]["checksumValue"] for file in sbom["files"]} == found
    contents = by_name(sbom)["initramfs.cpio.gz"]
    assert sorted(contents["hasFiles"]) == sorted(file["SPDXID"] for file in sbom["files"])
    assert sorted(name for _, name in related(sbom, "CONTAINS", contents["SPDXID"])) == sorted(contents["hasFiles"])
    sums = sorted(file["checksums"][0]["checksumValue"] for file in sbom["files"])
    assert contents["packageVerificationCode"] == {
        "packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()}


def test_the_sources_of_init(sbom):
    """Each library with its version, as the unpacked source says it."""
    made, _ = run("make", "-s", "-C", TOP, f"O={BUILD}", "libraries", env=builds.environment(False))
    libraries = dict(map(str.split, made.splitlines()))
    assert {"cjson", "libmd", "libyaml", "libseccomp", "musl"} <= set(libraries)
    [init] = [file["SPDXID"] for file in sbom["files"] if file["fileName"] == "./init"]
    linked = {name for _, name in related(sbom, "STATIC_LINK", init)}
    assert linked == {by_name(sbom)[name]["SPDXID"] for name in libraries}
    assert {name: by_name(sbom)[name]["versionInfo"] for name in libraries} == libraries
    assert (BUILD / "src/cjson/debian/changelog").read_text().startswith(f"cjson ({libraries['cjson']})")
    version = re.search('"(.*)"', (BUILD / "version.h").read_text())[1]
    assert by_name(sbom)["coldinit"]["versionInfo"] == version


def test_the_kernel_and_its_modules(sbom):
    [linux] = [package for name, package in by_name(sbom).items() if name.startswith("linux-image-")]
    [modules] = (BUILD / "kernels" / (BUILD / "kernel").read_text().strip() / "lib/modules").iterdir()
    assert linux["name"] == f"linux-image-{modules.name}"
    made = {element for element, source in related(sbom, "GENERATED_FROM") if source == linux["SPDXID"]}
    assert made == {by_name(sbom)["vmlinuz"]["SPDXID"]} | {
        file["SPDXID"] for file in sbom["files"] if file["fileName"] != "./init"}


def test_package_urls(sbom):
    for package in sbom["packages"]:
        for reference in package.get("externalRefs", []):
            assert re.fullmatch(r"pkg:deb/debian/[a-z0-9.+-]+@[^+\s]+", reference["referenceLocator"])
