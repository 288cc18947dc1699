# SPDX-License-Identifier: Apache-2.0
"""Which test runs each block of the pages. A block is named by its page and its first line.

tests/boot/test_pages.py runs the scenes: the blocks of a scene in their order, in one copy of the tree with the files
that the scene needs. Other tests run those of ELSEWHERE. Those of NOT_RUN have a reason. A block that is missing here
fails tests/lint/blocks.
"""

from dataclasses import dataclass, field


DEMO = ("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz", "coldinit", "tests/programs/edu", "host/run-amd64")
GOOD = 'coldinit-verdict: {"version":1,"outcome":"exited","status":0,'


@dataclass(frozen=True)
class Step:
    """One block. @status: of its last command; @serves: an address and a text that is there while it runs, after which
    it gets SIGTERM; @types: the first line of a block that is typed on its terminal; @keys: lines that are typed there;
    @prints: a text that it prints, in addition to what the page shows; @seconds: until it must have ended."""

    first: str
    status: int = 0
    serves: tuple = ()
    types: str = ""
    keys: tuple = ()
    prints: str = ""
    seconds: int = 120

    @property
    def blocks(self):
        """Return: the first lines of the blocks that it runs."""
        return [self.first, *([self.types] if self.types else [])]


@dataclass(frozen=True)
class Scene:
    """@needs: files that a reader brings (Desk of tests/boot/test_pages.py); @targets: what make builds before;
    @leaves: a text that each of these files has in the end; @slow: only `make test-all` runs it."""

    name: str
    page: str
    steps: tuple
    needs: tuple = ()
    targets: tuple = ("vmlinuz", "initramfs.cpio.gz", "initramfs-disk.cpio.gz")
    leaves: dict = field(default_factory=dict)
    slow: bool = False


SCENES = [
    Scene("demo", "README.md", (Step("$ make run"),), targets=DEMO),
    Scene("wrong-device", "README.md", (Step("$ make run DEVICE=virtio-rng-pci", status=2),), targets=DEMO),
    Scene("image", "README.md", (Step("initramfs/run docker-archive:app.tar", prints="hello"),), needs=("app",)),
    Scene("memory", "README.md", (Step("$ initramfs/run -m 64m docker-archive:app.tar", status=125),), needs=("app",), slow=True),
    Scene("server", "README.md", (Step(
        "initramfs/run -p 8080:80 -m 1g docker-archive:web.tar       # http://localhost:8080 is the container's port 80",
        serves=("http://localhost:8080", "hello from the guest")),), needs=("web",), slow=True),
    Scene("terminal", "README.md", (Step(
        "initramfs/run -it --device edu dir:rootfs sh                # a shell in a directory, with QEMU's edu device",
        keys=("ls /dev/vfio", "exit"), prints="vfio"),),
          needs=("rootfs",), slow=True),

    Scene("status", "docs/run.md", (Step(
        "$ initramfs/run -e GREETING=hello -w /srv dir:rootfs sh -c 'echo $GREETING from $PWD; exit 3'", status=3),),
          needs=("rootfs",), slow=True),
    Scene("dry-run", "docs/run.md", (Step("initramfs/run --dry-run --keep guest docker-archive:app.tar"),), needs=("app",),
          leaves={"guest/manifest.json": '"version": 1'}),
    Scene("devices", "docs/run.md", (Step(
        "$ initramfs/run --device edu --device nvme dir:rootfs sh -c 'env | grep ^PCI | sort'"),),
          needs=("rootfs",), slow=True),

    Scene("network", "docs/manifest.md", (Step(
        "make run BUNDLE=demo DEVICE='virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56' NETDEV='user,id=n0'",
        prints="probe: ls: /sys/class/net: lo net0"),),
          needs=("demo",), targets=DEMO, slow=True),

    Scene("second-cpio", "docs/launcher.md", (
        Step("initramfs/mkbundle manifest.json bundle second.cpio.gz", prints="edu: all good"),
        Step('"""Start a guest, read its verdict, and end with its status."""')),
          needs=("bundle",), targets=DEMO, leaves={"console.log": "edu: all good"}),
    Scene("disk", "docs/launcher.md", (Step("make build/initramfs-disk.cpio.gz        # with the modules of erofs and squashfs",
                                                 prints=GOOD),), needs=("plain",), slow=True),

    Scene("verity", "docs/verity.md", (
        Step("mkfs.erofs -T0 image.erofs bundle/", prints="Root hash:"),
        Step("root=$(sed -n 's/^Root hash:[[:space:]]*//p' verity.txt)", prints=GOOD)), needs=("plain",), slow=True),

    Scene("mkinitramfs", "docs/image.md", (Step(
        "initramfs/mkinitramfs build/init build/kernels/6.12 other.cpio.gz --machine q35 --module nvme --file-systems"),)),

    Scene("check", "docs/tool.md", (Step("$ build/coldinit check configs/examples/gpu.json initramfs/demo/config.json"),),
          targets=("coldinit",)),
    Scene("plan", "docs/tool.md", (Step(
        "$ cd tests/trees/root-port && ../../../build/coldinit plan --root tree.txt --manifest manifest.json --config config.json "
        "--diff"),), targets=("coldinit",)),

    Scene("tests", "docs/hacking.md", (
        Step("make test-unit T=vfio           # unit tests whose name contains vfio", seconds=1800),
        Step("make build/tests/unit/test_settle && build/tests/unit/test_settle", seconds=600),
        Step("make build/tests/fuzz/fuzz_manifest", seconds=1800)), targets=DEMO, slow=True),
    Scene("messages", "docs/hacking.md", (Step("make run OPTIONS=--verbose WORDS='coldinit.log=debug loglevel=8'", prints="edu: all good"),),
          targets=DEMO, slow=True),
    Scene("by-hand", "docs/hacking.md", (
        Step("make all build/tests/programs/edu", prints="edu: all good"),
        Step("mkdir -p shell/bin shell/proc shell/sys && cp /bin/busybox shell/bin/sh",
             prints="0000:00:1f.0", types="mount -t proc p /proc; mount -t sysfs s /sys")), targets=DEMO, slow=True),
]

# (page, first line): the test
ELSEWHERE = {
    ("docs/cloud-hypervisor.md", "initramfs/run --vmm cloud-hypervisor --device 0000:65:00.0 docker-archive:gpu.tar"):
        "tests/boot/cloud_hypervisor_pages.py::test_block",
    ("docs/cloud-hypervisor.md", "cat build/initramfs.cpio.gz second.cpio.gz >initrd"):
        "tests/boot/cloud_hypervisor_pages.py::test_block",
    ("docs/kubevirt.md", "initramfs/run --vmm libvirt -p 8080:80 docker-archive:app.tar"):
        "tests/boot/test_pages_libvirt.py::test_domain",
    ("README.md", "initramfs/run --device 0000:65:00.0 docker-archive:gpu.tar"):
        "tests/boot/test_pages_host.py::test_host_device",
    ("docs/install.md", "make"): "tests/install/test_releases.py::test_install",
    ("docs/install.md", "make deb"): "tests/install/test_releases.py::test_packages",
}

# (page, first line): the reason
NOT_RUN = {
    ("README.md", "make test"): "it is the command that runs these tests; .ci/run is this command",
    ("docs/hacking.md", "cd tests/trees/missing-device"): "gdb waits for the developer's commands",
    ("docs/hacking.md", "make clean && make CFLAGS='-g -Og'"): "it removes the build that the running tests use",
    ("docs/hacking.md", "gdb build/init.debug -ex 'target remote :1234' -ex 'hbreak run_steps' -ex continue"):
        "gdb waits for a guest that another terminal has started, and for the developer",
}
