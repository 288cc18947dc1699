#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Record the /sys and /dev of a guest with these devices as tests/trees/NAME/tree.txt.

    tests/trees/record.py root-port -- -device pcie-root-port,id=rp8,bus=pcie.0,addr=8 \\
        -device edu,bus=rp8

The guest boots with the images of make; its container is `coldinit record`. Then write manifest.json,
config.json and expected.json (or expected.error) for `coldinit plan`.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "initramfs"), str(TOP / "tests"), str(TOP / "tests/boot")]
sys.dont_write_bytecode = True

import builds  # noqa: E402
import bundles  # noqa: E402
import images  # noqa: E402
import qemu  # noqa: E402

# By architecture: the build folder, the kernel, the IOMMU.
DEFAULTS = {"amd64": ("build", "6.12", "intel"), "arm64": ("build-arm64", "6.12", "smmuv3"),
            "s390x": ("build-s390x", "6.1", "none")}

KINDS = ("dir ", "file ", "link ", "node ")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="amd64", choices=DEFAULTS, help="(default: amd64)")
    parser.add_argument("--build", type=Path, help="the build folder (default: build, or build-ARCH)")
    parser.add_argument("--kernel", help="6.12, 6.1 or small (default: the architecture's newest)")
    parser.add_argument("--iommu", choices=("intel", "smmuv3", "none"),
                        help="others are devices: give them as words (default: the architecture's)")
    parser.add_argument("--module", default=[], action="append", metavar="MODULE",
                        help="a kernel module to load before; repeatable")
    parser.add_argument("--word", default=[], action="append", metavar="WORD",
                        help="a word for the kernel's command line; repeatable")
    parser.add_argument("name", help="the directory below tests/trees")
    parser.add_argument("words", nargs="*", metavar="WORD", help="QEMU's words, after --")
    args = parser.parse_args()
    build, kernel, iommu = DEFAULTS[args.arch]
    args.build = args.build or TOP / build
    args.kernel = args.kernel or kernel
    args.iommu = args.iommu or iommu
    return args


def image(args, scratch):
    """Return: the kernel, and the initramfs with the container that records."""
    first = "images/" + "+".join([args.kernel, *args.module]) + ".cpio.gz"
    builds.make_in(args.build, first, ARCH=args.arch, KERNEL="")
    program = shutil.copy(args.build / "init", scratch / "coldinit")
    # PID 1 of a separate namespace would act as an init.
    spec = bundles.container(namespaces=("mount", "ipc", "uts", "cgroup"))
    spec["process"]["args"] = ["/bin/coldinit", "record", "--root", "/guest"]
    # The container's /dev has only a few nodes.
    spec["mounts"] += [{"destination": f"/guest/{name}", "type": "bind", "source": f"/{name}",
                        "options": ["rbind", "ro"]} for name in ("sys", "dev")]
    bundles.write_bundle(scratch / "bundle", spec, [program])
    manifest = bundles.write_json(scratch / "manifest.json", bundles.manifest(
        kernel_modules=[{"name": name} for name in args.module]))
    second = images.pack_bundle(manifest, scratch / "bundle", scratch / "second.cpio.gz")
    return images.vmlinuz(args.build / "kernels" / args.kernel), [args.build / first, second]


def record(args):
    with tempfile.TemporaryDirectory(prefix="coldinit-record-") as scratch:
        vmlinuz, initrds = image(args, Path(scratch))
        guest = qemu.Guest(vmlinuz, initrds, words=args.word, devices=args.words, arch=args.arch,
                           iommu=args.iommu != "none", timeout=180)
        result = guest.boot()
    problem = result.problem()
    if problem or result.status:
        raise qemu.LaunchError(f"{problem or 'the guest failed'}; the console:\n{result.console}")
    release = vmlinuz.name.removeprefix("vmlinuz-")
    options = [word for name in args.module for word in ("--module", name)]
    options += [word for text in args.word for word in ("--word", text)]
    arch = [] if args.arch == "amd64" else ["--arch", args.arch]
    words = shlex.join([*arch, "--kernel", args.kernel, "--iommu", args.iommu, *options, args.name, "--",
                        *args.words])
    lines = [line for line in result.console.splitlines() if line.startswith(KINDS)]
    return "".join(f"{line}\n" for line in [
        f"# /sys and /dev of Linux {release} in a QEMU guest", f"# tests/trees/record.py {words}", *lines])


def main():
    args = arguments()
    try:
        text = record(args)
    except qemu.LaunchError as error:
        sys.exit(f"record.py: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"record.py: {error.cmd[0]} failed")
    except builds.BuildError as error:
        sys.exit(f"record.py: {error}")
    directory = TOP / "tests/trees" / args.name
    directory.mkdir(exist_ok=True)
    (directory / "tree.txt").write_text(text)


if __name__ == "__main__":
    main()
