# SPDX-License-Identifier: Apache-2.0
"""A guest as a GPU needs it: a vendor's driver, programs and library beside the container.

QEMU's edu takes the place of the GPU, and tests/gpu has the vendor's part: a kernel module whose node devtmpfs
does not make, a program that makes it, a persistence daemon, a generator of a CDI spec file, a library. All of it
is in one verified image. The container is an ordinary user's, and computes by the library.
"""

import copy
import shutil
import subprocess
from pathlib import Path

import pytest

import bundles
import disks
from test_verity import OTHER, damage, make

IMAGE = "/run/coldinit/ext/vendor"
NODE = "/dev/edu-gpu0"
SOCKET = "/run/edu-gpu/socket"
INFORMATION = "/proc/driver/edu-gpu/information"
PARTS = ("edu_gpu.ko", "vendor", "libedugpu.so.1", "compute")


@pytest.fixture(scope="module")
def parts(images):
    """The vendor's files and the container's program, by name."""
    return dict(zip(PARTS, images.make(*(f"tests/gpu/{name}" for name in PARTS))))


@pytest.fixture(scope="module")
def image(images, parts, tmp_path_factory):
    """Return: the vendor's image, and its root hash."""
    folder = tmp_path_factory.mktemp("vendor")
    tree = folder / "tree"
    [modules] = (images.build / "kernels/6.12/lib/modules").iterdir()
    for name in ("bin", "lib", "dev", "proc", "sys", "run", "tmp", f"lib/modules/{modules.name}/extra"):
        (tree / name).mkdir(parents=True)
    shutil.copy(parts["vendor"], tree / "bin")
    shutil.copy(parts["libedugpu.so.1"], tree / "lib")
    shutil.copy(parts["edu_gpu.ko"], tree / "lib/modules" / modules.name / "extra")
    subprocess.run(["/sbin/depmod", "-b", tree, modules.name], check=True, stderr=subprocess.DEVNULL)
    return folder / "vendor.img", make(tree, folder / "vendor.img")[1]


def service(name, *words, **more):
    return {"name": name, "args": ["/bin/vendor", *words], "root": IMAGE, **more}


def manifest(root_hash):
    """Return: one GPU whose driver binds late and is ready later still."""
    return bundles.manifest(
        {"type": "vfio-pci-gk", "id": "gpu0", "options": [f"{bundles.HOST_PCI}=08/00"], "expect": {"driver": "edu_gpu"}},
        storages=[{"driver": "blk", "source": "05", "fstype": "erofs", "mount_point": IMAGE,
                   "verity": {"root_hash": root_hash}}],
        kernel_modules=[{"name": "edu_gpu", "parameters": ["bind_ms=500", "init_ms=700"], "modules_from": IMAGE}],
        services=[
            service("cdi", "ctk", f"--driver-root={IMAGE}", "--output=/run/cdi/edu.yaml", after=["persistenced"]),
            service("persistenced", "persistenced", kind="daemon", ready={"socket": SOCKET}, after=["nodes"],
                    on_exit="fail"),
            service("nodes", "modprobe")],
        policy={"lock_modules": True})


def container(number=5, wait_ms=0, gpu="0"):
    """Return: the container of an ordinary user that requests the GPU by its CDI name."""
    spec = bundles.container()
    spec["process"].update(args=["/bin/compute", str(number), str(wait_ms)], user={"uid": 1000, "gid": 1000})
    spec["annotations"] = {"cdi.k8s.io/gpu": f"edu.example/gpu={gpu}"}
    return spec


@pytest.fixture
def run(boot, parts, image, edu):
    """run(manifest) boots the container with the vendor's image. image=PATH: another one."""
    def prepare(bundle):
        shutil.copy(parts["compute"], bundle / "rootfs/bin")
        (bundle / "rootfs/lib").mkdir()
        (bundle / "rootfs/usr/lib").mkdir(parents=True)
        [loader] = Path("/lib").glob("ld-musl-*.so.1")
        shutil.copy(loader, bundle / "rootfs/lib")

    def run_one(document, spec=None, disk=image[0], **options):
        # Hooks run as the guest's root: their programs must be in the initramfs.
        return boot(spec or container(), document, kernel="6.12-disk", devices=disks.virtio_blk(disk) + edu,
                    prepare=prepare, files={"/usr/bin/edu-cdi-hook": parts["vendor"]}, **options)
    return run_one


def gpu(outcome):
    """Return: what the container has printed."""
    return [line.split("gpu: ", 1)[1] for line in outcome.console.splitlines() if line.startswith("gpu: ")]


@pytest.mark.parametrize("name", ["0", "all", "GPU-0000:01:00.0"])
def test_the_container_computes(run, image, name):
    """The library and its link come from the CDI spec file, the node from the driver."""
    document = manifest(image[1])
    document["kernel_modules"][0]["parameters"] = ["bind_ms=2000", "init_ms=3000"]
    outcome = run(document, container(7, gpu=name), quiet=False).assert_exited(0)
    assert gpu(outcome) == ["user 1000: 7! = 5040", "the link is there"]
    assert outcome.device()["driver"] == "edu_gpu" and outcome.device()["us"] > 500_000
    assert outcome.verdict.get("warnings", []) == []
    log = outcome.log()
    order = [next(n for n, line in enumerate(log) if words in line) for words in (
        "devices: gpu0: ready after", "service nodes: ready after", "service persistenced: waiting for /dev/edu-gpu0: Resource",
        "service persistenced: ready after", "service cdi: Generated CDI spec", "service persistenced: persistence mode is off")]
    assert order == sorted(order), log


@pytest.mark.parametrize("expected", [True, False])
def test_services_start_after_a_driver_that_binds_late(run, image, expected):
    """A service that waits for no other one finds the driver bound, if a device of the manifest waits for it."""
    document = manifest(image[1])
    document["kernel_modules"][0]["parameters"] = [f"bind_ms={2000 if expected else 600000}", "init_ms=0"]
    document["services"].insert(0, service("bound", "need", "/sys/bus/pci/drivers/edu_gpu/0000:01:00.0"))
    if expected:
        run(document).assert_exited(0)
    else:
        document["devices"] = []
        run(document).assert_failed("spec", "service bound has failed with status 1")


# --- what fails ----------------------------------------------------------------------------------

def no_module(document, services):
    document["kernel_modules"][0]["name"] = "nvidia"


def wrong_parameter(document, services):
    document["kernel_modules"][0]["parameters"] = ["limit=13"]


def no_driver(document, services):
    """It does not bind in time."""
    document["kernel_modules"][0]["parameters"] = ["bind_ms=600000"]
    document["devices"][0]["timeout_ms"] = 1000


def late(service):
    service["timeout_ms"] = 1500


def no_node(document, services):
    """The node maker is missing."""
    document["services"].remove(services["nodes"])
    services["persistenced"]["after"] = []
    late(services["persistenced"])


def not_initialised(document, services):
    document["kernel_modules"][0]["parameters"] = ["init_ms=600000"]
    late(services["persistenced"])


def node_of_cdi(document, services):
    """There is a spec file, but not the node that it names."""
    document["services"] = [services["cdi"]]
    services["cdi"]["after"] = []


def daemon_dies(document, services):
    services["persistenced"]["args"] = ["/bin/vendor", "persistence"]


def generator_fails(document, services):
    """No device is bound."""
    document["devices"] = []
    document["kernel_modules"][0]["parameters"] = ["bind_ms=600000"]
    document["services"].remove(services["persistenced"])
    services["cdi"]["after"] = ["nodes"]


def other_hash(document, services):
    document["storages"][0]["verity"]["root_hash"] = OTHER


@pytest.mark.parametrize("change, phase, words", [
    (no_module, "devices", [f"kernel module nvidia of {IMAGE}: no module nvidia in"]),
    (wrong_parameter, "devices", ["the kernel refuses module", "edu_gpu.ko: Invalid argument", 'parameters: "limit=13"']),
    (no_driver, "devices", ["gpu0: waited 1000 ms for driver edu_gpu to bind to 0000:01:00.0"]),
    (no_node, "spec", [f"service persistenced: waited 1500 ms for a connection to its socket {SOCKET} "
                       f"(No such file or directory): waiting for {NODE}: No such file or directory"]),
    (not_initialised, "spec", [f"service persistenced: waited 1500 ms for a connection to its socket {SOCKET} "
                               f"(No such file or directory): waiting for {NODE}: Resource temporarily unavailable"]),
    (node_of_cdi, "spec", ["waited 1 s for CDI devices", NODE]),
    (daemon_dies, "spec", ["service persistenced has ended with status 1 before it was ready: vendor: modprobe"]),
    (generator_fails, "spec", [f"service cdi has failed with status 1: no device in {INFORMATION}: is the driver bound?"]),
    (other_hash, "devices", [f"storage {IMAGE}: the image does not have the requested root hash of dm-verity: expected {OTHER}"]),
])
def test_each_part_that_fails_is_one_line(run, image, change, phase, words):
    document = copy.deepcopy(manifest(image[1]))
    change(document, {entry["name"]: entry for entry in document["services"]})
    run(document, words=["coldinit.cdi_timeout=1"]).assert_failed(phase, *words)


def test_the_daemon_dies_while_the_container_computes(run, image):
    document = manifest(image[1])
    document["services"][1]["args"].append("5")
    outcome = run(document, container(wait_ms=60000))
    outcome.assert_failed("exit", "service persistenced has ended with status 0 while the container ran: ", "persistence mode is on")
    assert gpu(outcome)[0] == "user 1000: 5! = 120"
    assert outcome.seconds < 50


def test_a_damaged_driver_is_not_loaded(run, image, tmp_path):
    disk = shutil.copy(image[0], tmp_path / "vendor.img")
    damage(disk, disk.read_bytes().index(b"QEMU's edu device as a stand-in"))
    outcome = run(manifest(image[1]), disk=disk)
    outcome.assert_failed("devices", "edu_gpu.ko", "I/O error")
