# SPDX-License-Identifier: Apache-2.0
"""Mount options and types that not every container has."""

import pytest

import bundles


def mounts_of(outcome):
    """Return by mount point: options, optional fields, file system and its options."""
    found = {}
    for line in outcome.probe("mounts"):
        fields = line.split(": ", 1)[1].split()
        dash = fields.index("-")
        found[fields[4]] = (fields[5].split(","), fields[6:dash], fields[dash + 1],
                            fields[dash + 3].split(","))
    return found


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_tmpfs_that_begins_with_the_images_files(boot, kernel):
    spec = bundles.container("cat /etc/passwd", "create /etc/new", "stat /home/worker", "mounts")
    spec["root"]["readonly"] = True
    for place in ("/etc", "/home"):
        spec["mounts"].append({"destination": place, "type": "tmpfs", "source": "tmpfs",
                               "options": ["nosuid", "nodev", "tmpcopyup", "size=1m"]})
    outcome = boot(spec, kernel=kernel).assert_exited(0)
    assert "/etc/passwd: root:x:0:0::/root:/bin/sh" in outcome.probe("cat")
    assert outcome.probe("create") == ["/etc/new: ok"]
    assert outcome.probe("stat")[0].startswith("/home/worker: mode=040755")
    assert mounts_of(outcome)["/etc"][2] == "tmpfs"


def test_mode_of_a_tmpfs(boot):
    """Without an option it is that of the image's directory, through a link too; if there is none, the kernel's default."""
    def prepare(bundle):
        for name, mode in (("data", 0o2750), ("closed", 0o700), ("given", 0o700)):
            (bundle / "rootfs" / name).mkdir()
            (bundle / "rootfs" / name).chmod(mode)
        (bundle / "rootfs/link").symlink_to("closed")

    spec = bundles.container("stat /data", "stat /closed", "stat /given", "stat /new")
    for place, *options in (("/data", "size=1m"), ("/link",), ("/given", "mode=1755"), ("/new", "nosuid")):
        spec["mounts"].append({"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options})
    outcome = boot(spec, prepare=prepare).assert_exited(0)
    assert [line.split()[1] for line in outcome.probe("stat")] == ["mode=042750", "mode=040700", "mode=041755", "mode=041777"]


def test_attributes_of_all_mounts_below(boot):
    """Options such as "rro" also change the mounts below; "ro" does not."""
    def prepare(bundle):
        for name in ("all", "top"):
            (bundle / "rootfs" / name).mkdir()

    spec = bundles.container("mounts", "create /all/dev/shm/x", "create /top/dev/shm/x")
    for name, options in (("all", ["rbind", "rro", "rnosuid", "rnoexec"]),
                          ("top", ["rbind", "ro", "nosuid"])):
        spec["mounts"].append({"destination": f"/{name}/dev", "type": "bind", "source": "/dev",
                               "options": options})
    outcome = boot(spec, prepare=prepare).assert_exited(0)
    mounts = mounts_of(outcome)
    for point in ("/all/dev", "/all/dev/pts", "/all/dev/shm"):
        assert {"ro", "nosuid", "noexec"} <= set(mounts[point][0]), point
    assert "ro" in mounts["/top/dev"][0]
    assert "rw" in mounts["/top/dev/shm"][0]
    assert outcome.probe("create") == ["/all/dev/shm/x: Read-only file system",
                                       "/top/dev/shm/x: ok"]


def test_remount_changes_what_it_names(boot):
    spec = bundles.container("mounts")
    spec["mounts"] += [
        {"destination": "/dev/shm", "type": "none", "options": ["remount", "bind", "ro"]},
        {"destination": "/dev", "type": "tmpfs", "options": ["remount", "size=128k", "noexec"]}]
    mounts = mounts_of(boot(spec).assert_exited(0))
    assert {"ro", "nosuid", "noexec", "nodev"} <= set(mounts["/dev/shm"][0])
    assert {"rw", "nosuid", "noexec"} <= set(mounts["/dev"][0])
    assert "size=128k" in mounts["/dev"][3]


@pytest.mark.parametrize("word,fields,below", [
    ("shared", "shared:", False), ("rshared", "shared:", True), ("rprivate", "", True),
    ("unbindable", "unbindable", False)])
def test_propagation_of_the_root(boot, word, fields, below):
    spec = bundles.container("mounts")
    spec["linux"]["rootfsPropagation"] = word
    mounts = mounts_of(boot(spec).assert_exited(0))
    assert "".join(mounts["/"][1]).startswith(fields)
    assert bool(mounts["/"][1]) == bool(fields)
    assert bool(mounts["/proc"][1]) == bool(fields and below)


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_overlay(boot, kernel):
    """Layers are directories of the bundle; the module of overlayfs is loaded."""
    def prepare(bundle):
        lower = bundle / "rootfs/lower"
        lower.mkdir()
        (lower / "file").write_text("from below\n")

    spec = bundles.container("cat /merged/file", "create /merged/new", "ls /merged", "mounts")
    spec["mounts"] += [
        {"destination": "/merged", "type": "overlay", "source": "overlay",
         "options": ["lowerdir=/run/coldinit/virtiofs/demo/bundle/rootfs/lower:"
                     "/run/coldinit/virtiofs/demo/bundle/rootfs/etc"]}]
    outcome = boot(spec, bundles.manifest(), kernel=kernel, prepare=prepare,
                   via="virtiofs").assert_exited(0)
    assert outcome.probe("cat") == ["/merged/file: from below"]
    assert outcome.probe("create") == ["/merged/new: Read-only file system"]
    assert outcome.probe("ls") == ["/merged: file notes passwd"]


def test_cgroup2_by_its_own_name(boot):
    spec = bundles.container("mounts", "cat /proc/self/cgroup")
    [mount] = [m for m in spec["mounts"] if m["destination"] == "/sys/fs/cgroup"]
    mount["type"] = "cgroup2"
    assert mounts_of(boot(spec).assert_exited(0))["/sys/fs/cgroup"][2] == "cgroup2"


def test_option_that_is_not_supported_is_named(boot):
    spec = bundles.container()
    spec["mounts"].append({"destination": "/x", "type": "tmpfs", "options": ["copy-symlink"]})
    boot(spec).assert_failed("exec", '"copy-symlink"', "/x")


@pytest.mark.parametrize("source, below", [
    ("/tmp", {"": "tmpfs"}), ("/dev/shm", {"": "tmpfs"}), ("/dev/mqueue", {"": "mqueue"}), ("/run", {"": "tmpfs"}),
    ("/dev", {"": "devtmpfs", "/pts": "devpts", "/shm": "tmpfs", "/mqueue": "mqueue"}),
])
def test_mounts_of_the_guest_are_there_for_the_container_that_binds_them(boot, source, below):
    """Those that PID 1 does not need are made for it."""
    spec = bundles.container("mounts")
    spec["mounts"].append({"destination": "/mnt", "type": "bind", "source": source, "options": ["rbind"]})
    found = mounts_of(boot(spec, prepare=lambda bundle: (bundle / "rootfs/mnt").mkdir(exist_ok=True)).assert_exited(0))
    assert {place: found[f"/mnt{place}"][2] for place in below} == below


def test_what_is_at_the_path_of_a_device(boot):
    """A mount and the first of two entries stay, with a warning; a file of the image is an error."""
    def prepare(bundle):
        (bundle / "rootfs/data").write_text("text\n")

    spec = bundles.container("stat /dev/twice", "stat /dev/kmsg")
    spec["mounts"].append({"destination": "/dev/kmsg", "type": "bind", "source": "/dev/null", "options": ["bind"]})
    spec["linux"]["devices"] = [{"path": path, "type": "c", "major": 1, "minor": minor} for path, minor in (
        ("/dev/twice", 3), ("/dev/twice", 5), ("/dev/kmsg", 11))]
    outcome = boot(spec).assert_exited(0)
    assert [line.split()[-1] for line in outcome.probe("stat")] == ["rdev=1:3", "rdev=1:3"]
    assert [text for text in outcome.verdict["warnings"] if "node" in text] == [
        f"container: cannot make the device node {path}: another file is there" for path in ("/dev/twice", "/dev/kmsg")]
    spec["linux"]["devices"] = [{"path": "/data", "type": "c", "major": 1, "minor": 3}]
    boot(spec, prepare=prepare).assert_failed("exec", "cannot make the device node /data: another file is there")
