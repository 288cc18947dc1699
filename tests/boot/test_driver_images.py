# SPDX-License-Identifier: Apache-2.0
"""Drivers in a storage: kernel modules of an image (modules_from), and drivers' files (firmware)."""

import lzma
import shutil
import subprocess

import bundles
import disks
from conftest import BUILD

IMAGE = "/run/coldinit/ext/drivers"


def make_tree(tree, *names, kernel="6.12"):
    """Write the kernel's modules with these names, and what depmod makes for them."""
    [modules] = (BUILD / "kernels" / kernel / "lib/modules").iterdir()
    for name in names:
        [module] = modules.glob(f"kernel/**/{name}.ko*")
        target = tree / "lib/modules" / modules.name / "extra"
        target.mkdir(parents=True, exist_ok=True)
        data = module.read_bytes()
        (target / f"{name}.ko").write_bytes(lzma.decompress(data) if module.suffix == ".xz" else data)
    subprocess.run(["/sbin/depmod", "-b", tree, modules.name], check=True, stderr=subprocess.DEVNULL)
    return tree


def manifest(*modules, devices=(), **more):
    return bundles.manifest(*devices, kernel_modules=list(modules), storages=[
        {"driver": "blk", "source": "05", "fstype": "erofs", "options": ["ro"], "mount_point": IMAGE}], **more)


def module(name, *parameters, path=IMAGE):
    return {"name": name, "parameters": list(parameters), "modules_from": path}


def test_modules_of_an_image(boot, tmp_path):
    """With their dependencies and parameters. The storage is mounted once."""
    image = disks.make_image("erofs", make_tree(tmp_path / "tree", "dm-zero", "dm-mod", "loop"), tmp_path / "image")
    outcome = boot(bundles.container("cat /sys/module/loop/parameters/max_loop", "stat /sys/module/dm_zero",
                                     "cat /proc/sys/kernel/modules_disabled"),
                   manifest(module("loop", "max_loop=3"), module("dm_zero"), policy={"lock_modules": True}),
                   devices=disks.virtio_blk(image), kernel="6.12-disk").assert_exited(0)
    assert outcome.probe("cat") == ["/sys/module/loop/parameters/max_loop: 3", "/proc/sys/kernel/modules_disabled: 1"]
    assert "mode=040755" in outcome.probe("stat")[0]


def test_a_driver_of_an_image_by_its_modalias(boot, tmp_path):
    """A device waits for the driver, which is found by the device's modalias in the image."""
    image = disks.make_image("erofs", make_tree(tmp_path / "tree", "vmxnet3", "loop"), tmp_path / "image")
    device = {"type": "vfio-pci-gk", "id": "nic", "options": ["0000:65:00.0=06"], "expect": {"driver": "vmxnet3"}}
    outcome = boot(bundles.container(), manifest(module("loop"), devices=[device]), kernel="6.12-disk",
                   devices=disks.virtio_blk(image) + ["-device", "vmxnet3,bus=pcie.0,addr=6"]).assert_exited(0)
    assert outcome.device()["driver"] == "vmxnet3"


def test_files_of_drivers(boot, tmp_path):
    tree = make_tree(tmp_path / "tree", "loop")
    (tree / "lib/firmware").mkdir()
    image = disks.make_image("erofs", tree, tmp_path / "image")
    outcome = boot(bundles.container("cat /sys/module/firmware_class/parameters/path"),
                   manifest(firmware=f"{IMAGE}/lib/firmware"), devices=disks.virtio_blk(image), kernel="6.12-disk")
    assert outcome.assert_exited(0).probe("cat") == [f"/sys/module/firmware_class/parameters/path: {IMAGE}/lib/firmware"]


def test_a_module_that_the_image_has_not(boot, tmp_path):
    image = disks.make_image("erofs", make_tree(tmp_path / "tree", "loop"), tmp_path / "image")
    boot(bundles.container(), manifest(module("nvidia")), devices=disks.virtio_blk(image), kernel="6.12-disk").assert_failed(
        "devices", f"kernel module nvidia of {IMAGE}: no module nvidia in /lib/modules/", f"/modules.dep of {IMAGE}")


def test_an_image_for_another_kernel(boot, tmp_path):
    tree = make_tree(tmp_path / "tree", "loop")
    [release] = (tree / "lib/modules").iterdir()
    shutil.move(release, release.with_name("5.0.0"))
    image = disks.make_image("erofs", tree, tmp_path / "image")
    boot(bundles.container(), manifest(module("loop")), devices=disks.virtio_blk(image), kernel="6.12-disk").assert_failed(
        "devices", f"kernel module loop of {IMAGE}: no /lib/modules/", "modules of 5.0.0, the kernel is 6.12.")


def test_a_path_that_is_in_no_storage(boot):
    boot(bundles.container(), bundles.manifest(kernel_modules=[module("loop")])).assert_failed(
        "devices", f"kernel module loop: modules_from: {IMAGE} has no drivers: it is not below the mount_point of a storage")
