#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Write the bill of materials of a build's image, in SPDX 2.3 (JSON): what its kernel and its initramfs consist of.

    sbom.py BUILD KERNEL VERSION EPOCH OUT <LIBRARIES

KERNEL is a folder of BUILD/kernels; EPOCH is the document's time; a line of LIBRARIES is the name and the version of a
source package that is linked into init. The same input gives the same bytes.
"""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import uuid

LICENSES = {
    "cjson": "MIT", "libmd": "BSD-3-Clause", "libyaml": "MIT", "libseccomp": "LGPL-2.1-only", "libmnl": "LGPL-2.1-or-later",
    "musl": "MIT", "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1", "kernel": "GPL-2.0-only", "coldinit": "Apache-2.0",
}


# --- what there is -------------------------------------------------------------------------------

def release_name():
    with open("/etc/os-release", encoding="utf-8") as file:
        return re.search("^VERSION_CODENAME=(.*)", file.read(), re.M)[1]


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def kernel_package(tree):
    """Return: name and version of the Debian package that a kernel's tree was unpacked from."""
    documents = os.path.join(tree, "usr/share/doc")
    for name in sorted(os.listdir(documents)) if os.path.isdir(documents) else []:
        for changelog in ("changelog.Debian.gz", "changelog.gz"):
            path = os.path.join(documents, name, changelog)
            if name.startswith(("linux-image-", "linux-binary-")) and os.path.exists(path):
                with gzip.open(path, "rt", encoding="utf-8") as file:
                    return name, re.match(r"\S+ \((.*?)\)", file.readline())[1]
    source = max(output("dpkg-query", "-W", "-f", "${Package} ${source:Version}\n", "linux-source-*").splitlines())
    return tuple(source.split())


def members(archive):
    """Return: path and content of the regular files of a cpio in the format newc."""
    found, at = [], 0
    while True:
        size, name_size = (int(archive[at + offset:at + offset + 8], 16) for offset in (54, 94))
        mode = int(archive[at + 14:at + 22], 16)
        name = archive[at + 110:at + 110 + name_size - 1].decode()
        if name == "TRAILER!!!":
            return found
        start = (at + 110 + name_size + 3) // 4 * 4
        if mode & 0o170000 == 0o100000:
            found.append((name, archive[start:start + size]))
        at = (start + size + 3) // 4 * 4


# --- the document --------------------------------------------------------------------------------

def identifier(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(words)).strip("-")


def checksums(data):
    return [{"algorithm": name.upper(), "checksumValue": hashlib.new(name, data).hexdigest()} for name in ("sha1", "sha256")]


def package(name, version, license_name, source=True, **more):
    """Return: a package; a Debian source package has its package URL."""
    found = {"SPDXID": identifier("Package", name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
             "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": license_name,
             "copyrightText": "NOASSERTION", **more}
    if source:
        found["supplier"] = "Organization: Debian"
        url = f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}"
        found["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url}]
    return found


def file_entry(path, data, license_name):
    return {"SPDXID": identifier("File", path), "fileName": f"./{path}", "checksums": checksums(data),
            "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": [license_name], "copyrightText": "NOASSERTION"}


class Document:
    """Collects packages, files and relationships."""

    def __init__(self):
        self.packages, self.files, self.relationships = [], [], []

    def relate(self, element, kind, related):
        self.relationships.append({"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related})

    def add_package(self, *words, **more):
        self.packages.append(package(*words, **more))
        return self.packages[-1]["SPDXID"]

    def add_file(self, path, data, license_name, container):
        self.files.append(file_entry(path, data, license_name))
        self.relate(container, "CONTAINS", self.files[-1]["SPDXID"])
        return self.files[-1]["SPDXID"]

    def text(self, name, epoch):
        body = {"packages": self.packages, "files": self.files, "relationships": self.relationships}
        unique = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([name, epoch, body]))
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
        head = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
                "documentNamespace": f"urn:uuid:{unique}",
                "creationInfo": {"created": created, "creators": ["Tool: coldinit-configs-sbom.py"]}}
        return json.dumps({**head, **body}, indent=1) + "\n"


def archive_package(document, build, name):
    """Add one of the two files that are booted. Return: its identifier."""
    with open(os.path.join(build, name), "rb") as file:
        found = document.add_package(name, "NOASSERTION", "NOASSERTION", source=False, packageFileName=name,
                                     checksums=checksums(file.read()), primaryPackagePurpose="ARCHIVE")
    del document.packages[-1]["versionInfo"]
    document.relate("SPDXRef-DOCUMENT", "DESCRIBES", found)
    return found


def analyze(contents, files):
    """Note in a package that its files are known (SPDX 2.3, 7.9: the code is of the sorted checksums)."""
    sums = sorted(file["checksums"][0]["checksumValue"] for file in files)
    code = hashlib.sha1("".join(sums).encode()).hexdigest()
    licenses = sorted({name for file in files for name in file["licenseInfoInFiles"]})
    contents.update(filesAnalyzed=True, packageVerificationCode={"packageVerificationCodeValue": code},
                    licenseInfoFromFiles=licenses, hasFiles=[file["SPDXID"] for file in files])


def describe(build, kernel, version, libraries):
    """Return: the Document of a build."""
    document = Document()
    initramfs, vmlinuz = (archive_package(document, build, name) for name in ("initramfs.cpio.gz", "vmlinuz"))
    own = document.add_package("coldinit", version, LICENSES["coldinit"], source=False)
    linux = document.add_package(*kernel_package(os.path.join(build, "kernels", kernel)), LICENSES["kernel"])
    document.relate(vmlinuz, "GENERATED_FROM", linux)
    linked = [document.add_package(name, text, LICENSES[name]) for name, text in libraries]
    compiler = document.add_package("gcc", output("dpkg-query", "-W", "-f", "${Version}", "gcc"), LICENSES["gcc"])
    with gzip.open(os.path.join(build, "initramfs.cpio.gz")) as file:
        found = members(file.read())
    for path, data in found:
        added = document.add_file(path, data, LICENSES["coldinit" if path == "init" else "kernel"], initramfs)
        document.relate(added, "GENERATED_FROM", own if path == "init" else linux)
        if path == "init":
            for library in linked:
                document.relate(added, "STATIC_LINK", library)
            document.relate(compiler, "BUILD_TOOL_OF", added)
    analyze(next(p for p in document.packages if p["SPDXID"] == initramfs), document.files)
    return document


def main(build, kernel, version, epoch, out):
    libraries = [line.split() for line in sys.stdin.read().splitlines()]
    document = describe(build, kernel, version, libraries)
    with open(f"{out}.new", "w", encoding="utf-8") as file:
        file.write(document.text(f"coldinit {version} with Linux, Debian {release_name()}", int(epoch)))
    os.replace(f"{out}.new", out)


if __name__ == "__main__":
    main(*sys.argv[1:])
