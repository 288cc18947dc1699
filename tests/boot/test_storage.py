# SPDX-License-Identifier: Apache-2.0
"""Storages: each driver on its real device, each file system, overlays, bundles on disks."""

import random

import pytest

import bundles
import conftest
import disks

DATA = "/run/coldinit/data"


def storage(driver, source, fstype, *options, mount_point=DATA, **more):
    return {"driver": driver, "source": source, "fstype": fstype, "options": list(options),
            "mount_point": mount_point, **more}


def with_data(*commands, source=DATA):
    """Return: a container with the storage as /data."""
    spec = bundles.container(*commands)
    spec["mounts"].append({"destination": "/data", "type": "bind", "source": source,
                           "options": ["bind"]})
    return spec


@pytest.fixture
def tree(tmp_path):
    """The files of the images: a greeting, and a directory for new files."""
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "greeting").write_text("hello from the image\n")
    return tree


@pytest.fixture
def image(tree, tmp_path):
    return lambda kind, name="disk.img": disks.make_image(kind, tree, tmp_path / name)


READ = ("cat /data/greeting", "write /data/new text")
GREETING = "/data/greeting: hello from the image"


# --- drivers and file systems --------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["erofs", "squashfs", "ext4"])
@pytest.mark.parametrize("kernel", ["6.12-disk", "6.1-disk"])
def test_file_systems_of_a_disk(boot, image, kind, kernel):
    """The mount is read-only if the format is or the manifest requests it; the image does not change."""
    disk = image(kind)
    before = disks.digest(disk)
    options = ["ro"] if kind == "ext4" else []
    outcome = boot(with_data(*READ), bundles.manifest(
        storages=[storage("blk", "05", kind, *options)]), kernel=kernel,
        devices=disks.virtio_blk(disk)).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]
    assert outcome.probe("write") == ["/data/new: Read-only file system"]
    assert disks.digest(disk) == before


def test_other_file_system_of_a_disk(boot, image):
    """Any that the kernel can load; options that coldinit does not know are for the kernel."""
    outcome = boot(with_data(*READ, "mounts"), bundles.manifest(
        storages=[storage("blk", "05", "xfs", "nouuid,noatime", "swalloc")]), kernel="6.12-disk",
        devices=disks.virtio_blk(image("xfs"))).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]
    assert outcome.probe("write") == ["/data/new: ok"]
    [line] = [line for line in outcome.probe("mounts") if " /data " in line]
    assert " xfs " in line and "nouuid" in line and "swalloc" in line and "noatime" in line


def test_option_that_the_kernel_refuses(boot, image):
    outcome = boot(with_data(), bundles.manifest(storages=[storage("blk", "05", "xfs", "turbo")]),
                   kernel="6.12-disk", devices=disks.virtio_blk(image("xfs")))
    outcome.assert_failed("spec", "cannot mount /dev/vda as xfs: Invalid argument", "unsupported xfs",
                          "the file system's options are turbo")


def test_disk_by_the_name_of_its_node(boot, image):
    outcome = boot(with_data(*READ), bundles.manifest(
        storages=[storage("blk", "/dev/vda", "erofs")]), kernel="6.12-disk",
        devices=disks.virtio_blk(image("erofs"), readonly=True)).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]


def test_scsi(boot, image):
    outcome = boot(with_data(*READ), bundles.manifest(
        storages=[storage("scsi", "3:5", "squashfs")]), kernel="6.12-disk",
        devices=disks.virtio_scsi(image("squashfs"), 3, 5)).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]


def test_virtiofs(boot, tree):
    outcome = boot(with_data(*READ, source=DATA + "/tree"), bundles.manifest(
        storages=[storage("virtio-fs", "demo", "virtiofs", "ro")],
        container={"bundle": DATA + "/bundle"}), via="virtiofs",
        prepare=lambda bundle: tree.rename(bundle.parent / "tree")).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]
    assert outcome.probe("write") == ["/data/new: Read-only file system"]


def test_what_is_written_is_there_after_power_off(boot, image):
    """ext4 is written: the file is in the image, the journal is closed, and fsck finds no error."""
    disk = image("ext4")
    outcome = boot(with_data("write /data/sub/new kept", "cat /data/greeting"), bundles.manifest(
        storages=[storage("blk", "05", "ext4", "noatime", "data=ordered")]),
        devices=disks.virtio_blk(disk)).assert_exited(0)
    assert outcome.probe("write") == ["/data/sub/new: ok"]
    status, said = disks.check(disk)
    assert (status, "recover" in said) == (0, False), said
    assert "needs_recovery" not in disks.features(disk)
    assert disks.read_file(disk, "/sub/new") == "kept\n"


@pytest.mark.parametrize("dax", [False, True])
def test_persistent_memory(boot, image, dax):
    """The mount is read-only by default, as most images are, and has DAX if the namespace has it."""
    disk = disks.with_dax(image("ext4")) if dax else image("ext4")
    outcome = boot(with_data(*READ, "mounts"), bundles.manifest(
        storages=[storage("nvdimm", "/dev/pmem0", "ext4", *(["dax"] if dax else []))]),
        devices=disks.nvdimm(disk)).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]
    assert outcome.probe("write") == ["/data/new: Read-only file system"]
    [line] = [line for line in outcome.probe("mounts") if " /data " in line]
    assert "/dev/pmem0" in line and ("dax=always" in line) == dax


def test_persistent_memory_without_dax_says_so(boot, image):
    outcome = boot(with_data(), bundles.manifest(
        storages=[storage("nvdimm", "/dev/pmem0", "ext4", "dax")]),
        devices=disks.nvdimm(image("ext4")))
    assert outcome.verdict["outcome"] == "failed"
    assert "option \"dax\"" in outcome.verdict["error"]
    assert "fsdax" in outcome.verdict["error"]


# --- damaged disks -------------------------------------------------------------------------------

SUPERBLOCK = {"erofs": 1024 + 12, "squashfs": 32, "ext4": 1024 + 24}  # a field after the magic number


@pytest.mark.parametrize("kind", SUPERBLOCK)
def test_damaged_superblock(boot, image, kind):
    """The magic number is right, but the rest is not."""
    disk = image(kind)
    with disk.open("r+b") as file:
        file.seek(SUPERBLOCK[kind])
        file.write(b"\xff" * 8)
    boot(with_data(), bundles.manifest(storages=[storage("blk", "05", kind, "ro")]),
         kernel="6.12-disk", devices=disks.virtio_blk(disk)).assert_failed(
        "spec", f"cannot mount /dev/vda as {kind}", f"a damaged or unsupported {kind}")


@pytest.mark.parametrize("kind", ["erofs", *(pytest.param(kind, marks=pytest.mark.slow)
                                             for kind in ("ext4", "squashfs"))])
def test_cut_image(boot, tree, tmp_path, kind):
    """erofs mounts such an image, and its last files cannot be read."""
    (tree / "big").write_bytes(random.Random(1).randbytes(6 * disks.MIB))
    disk = disks.make_image(kind, tree, tmp_path / "cut.img")
    with disk.open("r+b") as file:
        file.truncate(4 * disks.MIB)
    boot(with_data(), bundles.manifest(storages=[storage("blk", "05", kind, "ro")]),
         kernel="6.12-disk", devices=disks.virtio_blk(disk)).assert_failed(
        "spec", f"the {kind} on /dev/vda (05) is not whole: its superblock says", "the disk has 4194304;")


def test_another_file_system_than_requested(boot, image):
    outcome = boot(with_data(), bundles.manifest(storages=[storage("blk", "05", "ext4", "ro")]),
                   kernel="6.12-disk", devices=disks.virtio_blk(image("erofs")))
    outcome.assert_failed("spec", "cannot mount /dev/vda as ext4", "the disk 05 holds erofs")
    assert (outcome.verdict["expected"], outcome.verdict["found"]) == ("ext4", "erofs")


# --- overlays and memory -------------------------------------------------------------------------

def test_overlay_over_two_images(boot, tree, tmp_path):
    """The first layer has precedence, writes go to memory, and no image changes."""
    first = disks.make_image("erofs", tree, tmp_path / "first.img")
    (tree / "greeting").write_text("hello from below\n")
    (tree / "below").write_text("only here\n")
    second = disks.make_image("squashfs", tree, tmp_path / "second.img")
    before = [disks.digest(first), disks.digest(second)]
    outcome = boot(
        with_data("cat /data/greeting", "cat /data/below", "write /data/greeting more",
                  "cat /data/greeting", "write /data/sub/new text", "stat /data"),
        bundles.manifest(storages=[
            storage("blk", "05", "erofs", mount_point="/run/a"),
            storage("blk", "06", "squashfs", mount_point="/run/b"),
            storage("overlayfs", "overlay", "overlay", "lowerdir=/run/a:/run/b",
                    "upperdir=/run/rw/deep/upper", "workdir=/run/rw/deep/work")]),
        kernel="6.12-disk", devices=[*disks.virtio_blk(first), *disks.virtio_blk(second, 1, 6)])
    outcome.assert_exited(0)
    assert outcome.probe("cat") == [GREETING, "/data/below: only here", GREETING,
                                    "/data/greeting: more"]
    assert outcome.probe("write") == ["/data/greeting: ok", "/data/sub/new: ok"]
    assert [disks.digest(first), disks.digest(second)] == before


def test_overlay_shows_the_lower_directorys_owner(boot, tree, tmp_path):
    tree.chmod(0o1777)
    disk = disks.make_image("erofs", tree, tmp_path / "disk.img")
    outcome = boot(with_data("stat /data"), bundles.manifest(storages=[
        storage("blk", "05", "erofs", mount_point="/run/a"),
        storage("overlayfs", "", "", "lowerdir=/run/a", "upperdir=/run/u", "workdir=/run/w")]),
        kernel="6.12-disk", devices=disks.virtio_blk(disk)).assert_exited(0)
    assert "mode=041777" in outcome.probe("stat")[0]


def test_overlay_without_an_upper_directory_is_read_only(boot, tree, tmp_path):
    disk = disks.make_image("erofs", tree, tmp_path / "disk.img")
    outcome = boot(with_data(*READ), bundles.manifest(storages=[
        storage("blk", "05", "erofs", mount_point="/run/a"),
        storage("local", "", "", mount_point="/run/b"),
        storage("overlayfs", "", "", "lowerdir=/run/b:/run/a")]),
        kernel="6.1-disk", devices=disks.virtio_blk(disk)).assert_exited(0)
    assert outcome.probe("cat") == [GREETING]
    assert outcome.probe("write") == ["/data/new: Read-only file system"]


def test_memory(boot):
    """Kata's ephemeral and local storages: size, mode, group."""
    spec = with_data("mounts", "stat /data", "write /data/new text", "stat /data/new", "stat /local")
    spec["mounts"].append({"destination": "/local", "type": "bind", "source": "/run/local",
                           "options": ["bind"]})
    outcome = boot(spec, bundles.manifest(storages=[
        storage("ephemeral", "tmpfs", "tmpfs", "size=1m", "nosuid", "fsgid=77"),
        storage("local", "", "", "mode=0770", "fsgid=78", mount_point="/run/local")]))
    outcome.assert_exited(0)
    [line] = [line for line in outcome.probe("mounts") if " /data " in line]
    assert "size=1024k" in line and "nosuid" in line
    assert [line.split(" rdev")[0] for line in outcome.probe("stat")] == [
        "/data: mode=043777 uid=0 gid=77", "/data/new: mode=100644 uid=0 gid=77",
        "/local: mode=042770 uid=0 gid=78"]


@pytest.mark.parametrize("policy", ["Always", "OnRootMismatch"])
def test_group_of_a_storage(boot, tree, tmp_path, policy):
    """fs_group changes files, directories and links, but not the targets of links."""
    (tree / "link").symlink_to("/proc/sys/kernel/hostname")
    disk = disks.make_image("ext4", tree, tmp_path / "disk.img")
    disks.set_root_mode(disk, 0o42775)
    outcome = boot(with_data("stat /data", "stat /data/sub", "stat /data/greeting",
                             "stat /data/link"), bundles.manifest(storages=[
        storage("blk", "05", "ext4", fs_group={
            "group_id": 0 if policy == "OnRootMismatch" else 88,
            "group_change_policy": policy})]), devices=disks.virtio_blk(disk)).assert_exited(0)
    found = [line.split(" rdev")[0] for line in outcome.probe("stat")]
    if policy == "Always":
        assert found == ["/data: mode=042775 uid=0 gid=88", "/data/sub: mode=042775 uid=0 gid=88",
                         "/data/greeting: mode=100664 uid=0 gid=88",
                         "/data/link: mode=120777 uid=0 gid=88"]
    else:  # the top directory has the group already: nothing is changed
        assert found[1:3] == ["/data/sub: mode=040755 uid=0 gid=0",
                              "/data/greeting: mode=100644 uid=0 gid=0"]


# --- bundles on disks ----------------------------------------------------------------------------

@pytest.fixture
def bundle_image(programs, tmp_path):
    def make(kind, *commands, prepare=None):
        tree = bundles.write_bundle(tmp_path / "bundle", bundles.container(*commands), programs)
        if prepare:
            prepare(tree)
        return disks.make_image(kind, tree, tmp_path / "bundle.img")
    return make


WRITES = ("write /new text", "cat /new", "write /etc/notes more", "cat /etc/notes")


def assert_written(outcome):
    outcome.assert_exited(0)
    assert outcome.probe("write") == ["/new: ok", "/etc/notes: ok"]
    assert outcome.probe("cat") == ["/new: text", "/etc/notes: just a file", "/etc/notes: more"]


@pytest.mark.parametrize("kind,word,kernel", [
    ("erofs", "block:/dev/vda", "6.12-disk"), ("erofs", "block:/dev/vda,erofs", "6.1-disk"),
    ("squashfs", "block:/dev/vda,squashfs", "6.12-disk"), ("ext4", "block:/dev/vda,ext4", "6.12")])
def test_bundle_on_a_disk(boot, bundle_image, kind, word, kernel):
    """With one word the container may write into its root; the image does not change."""
    disk = bundle_image(kind, *WRITES)
    before = disks.digest(disk)
    assert_written(boot(words=[f"coldinit.bundle={word}"], kernel=kernel,
                        devices=disks.virtio_blk(disk)))
    assert disks.digest(disk) == before


def test_bundle_on_a_disk_by_the_example(boot, bundle_image):
    """configs/examples/image.json, the long form, with a read-only disk."""
    manifest = (conftest.TOP / "configs/examples/image.json").read_text()
    disk = bundle_image("erofs", *WRITES)
    assert_written(boot(manifest=manifest, kernel="6.12-disk",
                        devices=disks.virtio_blk(disk, readonly=True)))


def test_bundle_named_in_the_manifest(boot, bundle_image):
    assert_written(boot(manifest=bundles.manifest(container={"bundle": "block:/dev/vda"}),
                        kernel="6.12-disk", devices=disks.virtio_blk(bundle_image("erofs", *WRITES))))


# --- as Kata's runtime sends them ----------------------------------------------------------------

def huge(pagesize, size):
    """Return: a storage of huge pages; the runtime writes one option."""
    return storage("ephemeral", "nodev", "hugetlbfs", f"pagesize={pagesize},size={size}")


def test_huge_pages(boot):
    """The kernel takes them from the guest's memory; two storages have theirs."""
    second = storage("ephemeral", "nodev", "hugetlbfs", "pagesize=2M", "size=2M", mount_point="/run/other")
    outcome = boot(with_data("mounts", "cat /proc/meminfo"),
                   bundles.manifest(storages=[huge(2 << 20, 8 << 20), second])).assert_exited(0)
    [line] = [line for line in outcome.probe("mounts") if " /data " in line]
    assert " hugetlbfs " in line and "pagesize=2M" in line and "size=8388608" in line
    assert any("HugePages_Total:" in line and line.split()[-1] == "5" for line in outcome.probe("cat"))


@pytest.mark.parametrize("pagesize, size, said", [
    (2 << 20, 64 << 30, ["only ", " of 32768 huge pages of 2048 kB could be allocated", "more memory"]),
    (8 << 20, 8 << 20, ["the guest kernel has no huge pages of 8192 kB"]),
], ids=["memory", "size"])
def test_huge_pages_that_cannot_be_had(boot, pagesize, size, said):
    boot(with_data(), bundles.manifest(storages=[huge(pagesize, size)])).assert_failed("spec", *said)


def test_local_directory_and_shared_memory(boot):
    shm = storage("ephemeral", "shm", "tmpfs", "noexec", "nosuid", "nodev", "mode=1777", "size=67108864",
                  mount_point="/run/kata-containers/sandbox/shm")
    outcome = boot(with_data("stat /data", "write /data/new text", "mounts", source=shm["mount_point"]),
                   bundles.manifest(storages=[shm, storage("local", "local", "local", "mode=0777", "fsgid=7",
                                                           mount_point="/run/local")])).assert_exited(0)
    assert outcome.probe("write") == ["/data/new: ok"]
    [line] = [line for line in outcome.probe("mounts") if " /data " in line]
    assert "size=65536k" in line and "noexec" in line
