# SPDX-License-Identifier: Apache-2.0
"""The parity table: each row's bundle differs from the base in one concern.

A function changes the base's bundle; its name is the row's name, its text the concern.
"""

import os

from table import BUNDLE_DIR, SETS, Row, recorded

ROWS = []

ALL_CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE "
    "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO "
    "SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME "
    "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG "
    "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split()

DOCKER_CAPABILITIES = (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP "
    "NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE").split()

MASKED = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
          "/sys/firmware", "/sys/devices/virtual/powercap"]
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

# Docker's, oci.DefaultLinuxSpec
DEVICE_RULES = [
    {"allow": False, "access": "rwm"},
    {"allow": True, "type": "c", "major": 1, "minor": 5, "access": "rwm"},
    {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"},
    {"allow": True, "type": "c", "major": 1, "minor": 9, "access": "rwm"},
    {"allow": True, "type": "c", "major": 1, "minor": 8, "access": "rwm"},
    {"allow": True, "type": "c", "major": 5, "minor": 0, "access": "rwm"},
    {"allow": True, "type": "c", "major": 5, "minor": 1, "access": "rwm"},
    {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
]


HOOK = "/usr/bin/hook"  # a program of the guest (guests.py)


def row(fast=False, alone=""):
    def add(build):
        name = build.__name__.replace("_", "-")
        ROWS.append(Row(name, build.__doc__, build, fast, alone))
        return build
    return add


# --- the whole -----------------------------------------------------------------------------------

@row(fast=True)
def base(b):
    """the base of all others: no capability, all namespaces"""


@row(fast=True)
def like_docker(b):
    """Docker's usual capabilities, masks and device rules"""
    b.capabilities(*DOCKER_CAPABILITIES, sets=("bounding", "effective", "permitted"))
    b.process["noNewPrivileges"] = False
    b.linux.update(maskedPaths=MASKED, readonlyPaths=READONLY)
    b.linux["resources"]["devices"] = DEVICE_RULES


@row()
def privileged(b):
    """all capabilities, all devices, /sys and the cgroup writable"""
    b.capabilities(*ALL_CAPABILITIES)
    b.process["noNewPrivileges"] = False
    b.linux["resources"]["devices"] = [{"allow": True, "access": "rwm"}]
    b.mount_at("/sys")["options"].remove("ro")
    b.mount_at("/sys/fs/cgroup")["options"].remove("ro")


# --- the process ---------------------------------------------------------------------------------

@row()
def caps_all(b):
    """all capabilities in four sets"""
    b.capabilities(*ALL_CAPABILITIES)


@row()
def caps_all_ambient(b):
    """all capabilities in five sets, an ordinary user"""
    b.capabilities(*ALL_CAPABILITIES, sets=SETS)
    b.process["user"] = {"uid": 1000, "gid": 1000}


@row()
def caps_user(b):
    """an ordinary user with permitted but not ambient capabilities"""
    b.capabilities("NET_BIND_SERVICE", "CHOWN", "SETUID")
    b.process["user"] = {"uid": 1000, "gid": 1000}


@row()
def caps_bounding(b):
    """only the bounding set"""
    b.capabilities("CHOWN", "MKNOD", "SYS_ADMIN", sets=("bounding",))


@row()
def caps_ambient_alone(b):
    """ambient capabilities that are not inheritable, as `crun spec` writes them"""
    b.capabilities("AUDIT_WRITE", "KILL", sets=("bounding", "effective", "permitted", "ambient"))


@row()
def caps_effective_less(b):
    """fewer capabilities effective than permitted"""
    b.capabilities("CHOWN", "KILL", "MKNOD")
    b.process["capabilities"]["effective"] = ["CAP_KILL"]


@row()
def caps_not_given(b):
    """no capabilities object"""
    del b.process["capabilities"]


@row(fast=True)
def user_groups(b):
    """an ordinary user with supplementary groups"""
    b.process["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 27, 1000]}
    b.process["cwd"] = "/home/worker"


@row()
def user_unknown(b):
    """a user that /etc/passwd does not know"""
    b.process["user"] = {"uid": 4242, "gid": 0}


@row()
def umask(b):
    """a umask"""
    b.process["user"]["umask"] = 0o027


@row()
def set_user_id(b):
    """an ordinary user's program is set-user-ID"""
    b.process.update(user={"uid": 1000, "gid": 1000}, noNewPrivileges=False)
    b.capabilities("CHOWN", "KILL", sets=("bounding",))
    (b.rootfs / "bin/probe").chmod(0o4755)


@row()
def set_user_id_no_new_privileges(b):
    """an ordinary user's program is set-user-ID, but no_new_privs is on"""
    b.process.update(user={"uid": 1000, "gid": 1000})
    b.capabilities("CHOWN", "KILL", sets=("bounding",))
    (b.rootfs / "bin/probe").chmod(0o4755)


@row()
def new_privileges(b):
    """no_new_privs off"""
    b.process["noNewPrivileges"] = False


@row()
def rlimits(b):
    """all limits"""
    b.process["rlimits"] = [
        {"type": f"RLIMIT_{kind}", "soft": 1000 + n, "hard": 2000 + n} for n, kind in enumerate(
            ("CPU", "CORE", "NPROC", "NOFILE", "LOCKS", "SIGPENDING", "RTTIME"))]
    b.process["rlimits"] += [
        {"type": f"RLIMIT_{kind}", "soft": (64 << 20) + n, "hard": (256 << 20) + n}
        for n, kind in enumerate(("FSIZE", "DATA", "STACK", "RSS", "MEMLOCK", "AS", "MSGQUEUE"))]
    b.process["rlimits"] += [{"type": "RLIMIT_NICE", "soft": 10, "hard": 20},
                             {"type": "RLIMIT_RTPRIO", "soft": 3, "hard": 9}]


@row()
def rlimit_infinite(b):
    """an unlimited limit"""
    b.process["rlimits"] = [{"type": "RLIMIT_MEMLOCK", "soft": 18446744073709551615,
                             "hard": 18446744073709551615}]


@row()
def spellings_process(b):
    """what crun takes beside the runtime spec's spellings: capabilities, a limit, a umask, a working directory"""
    b.process["capabilities"] = {kind: ["CHOWN", "cap_kill", "Net_Raw", "ALL"] for kind in SETS[:4]}
    b.process["rlimits"] = [{"type": "RLIMIT_CORE", "soft": 0, "hard": -1}]
    b.process["user"] = {"umask": 0o2027}
    b.process["cwd"] = "home/worker"
    b.spec["ociVersion"] = "v1.0.2"


@row()
def spellings_linux(b):
    """what crun takes beside the runtime spec's spellings: paths, modes, rules, options of bind mounts"""
    b.linux["maskedPaths"] = ["proc/kcore", "sys/firmware"]
    b.linux["readonlyPaths"] = ["proc/sys"]
    b.linux["devices"] = [
        {"path": "/dev/go", "type": "c", "major": 1, "minor": 3, "fileMode": 0x4200000 | 0o640},
        {"path": "/dev/pipe", "type": "p", "fileMode": 0x2000000 | 0o622}]
    b.linux["resources"]["devices"] = [
        {"access": "rwm"}, {"allow": True, "type": "p", "access": "rwm"},
        {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"}]
    b.file("files/one", "text\n")
    b.bind("files", "/home/worker", "z", "nofail", "size=1k", "ro", kind="rbind")


@row()
def oom_score(b):
    """oomScoreAdj"""
    b.process["oomScoreAdj"] = 500


@row()
def oom_score_lower(b):
    """an oomScoreAdj below zero"""
    b.process["oomScoreAdj"] = -700


@row()
def environment(b):
    """the order of the environment, equal names, values with '=', without a value, HOME given"""
    b.process["env"] = ["Z=1", "A=2=3", "PATH=/bin", "EMPTY=", "HOME=/somewhere", "A=4", "LAST=x y"]


@row()
def environment_none(b):
    """an empty environment"""
    b.process["env"] = []


@row()
def path_lookup(b):
    """a program without a slash is looked for in the container's PATH"""
    b.process["args"] = ["probe", "one", "two words", ""]
    b.process["env"] = ["PATH=/nowhere:/bin"]


@row()
def path_relative(b):
    """a program by a relative path"""
    b.process.update(args=["../bin/probe"], cwd="/tmp")


@row()
def cwd_missing(b):
    """a working directory that the image does not have"""
    b.process["cwd"] = "/made/for/you"


@row()
def cwd_link(b):
    """a working directory through a link"""
    b.link("rootfs/work", "home/worker")
    b.process["cwd"] = "/work"


@row()
def script(b):
    """a program that an interpreter runs"""
    b.file("rootfs/bin/script", "#!/bin/probe -x\n", 0o755)
    b.process["args"] = ["/bin/script", "argument"]


@row()
def program_missing(b):
    """exit status: the program does not exist"""
    b.process["args"] = ["/bin/nothing-here"]


@row()
def program_missing_in_path(b):
    """exit status: the program is nowhere in PATH"""
    b.process["args"] = ["nothing-here"]


@row()
def program_not_executable(b):
    """exit status: the program may not be executed"""
    b.file("rootfs/bin/plain")
    b.process["args"] = ["/bin/plain"]


@row()
def program_directory(b):
    """exit status: the program is a directory"""
    b.process["args"] = ["/etc"]


@row()
def program_garbage(b):
    """exit status: the program has no format that the kernel knows"""
    b.file("rootfs/bin/garbage", "\x01\x02 no program\n", 0o755)
    b.process["args"] = ["/bin/garbage"]


@row()
def program_no_interpreter(b):
    """exit status: the program's interpreter does not exist"""
    b.file("rootfs/bin/script", "#!/bin/not-here\n", 0o755)
    b.process["args"] = ["/bin/script"]


# --- root and mounts -----------------------------------------------------------------------------

@row()
def root_readonly(b):
    """a read-only root"""
    b.spec["root"]["readonly"] = True


@row()
def root_readonly_tmpfs(b):
    """a read-only root with a writable tmpfs"""
    b.spec["root"]["readonly"] = True
    b.mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777", "size=1m")
    b.mount("/run", "tmpfs", "tmpfs", "noexec", "mode=700", "nr_inodes=100")


@row()
def mounts_none(b):
    """no mount except proc"""
    b.spec["mounts"] = [b.mount_at("/proc")]
    b.directory("rootfs/dev")


@row(fast=True)
def mounts_without_options(b):
    """the usual mounts without options: the runtime's defaults"""
    for mount in b.spec["mounts"]:
        mount.pop("options", None)


@row()
def mount_flags(b):
    """each flag that a mount can have"""
    for n, flags in enumerate((["ro"], ["noexec", "nosuid", "nodev"], ["noatime"], ["nodiratime"],
                               ["strictatime"], ["relatime"], ["sync"], ["dirsync"], ["lazytime"],
                               ["rw", "exec", "suid", "dev"], ["mand"], ["defaults"])):
        b.mount(f"/data/{n}", "tmpfs", f"t{n}", *flags)


@row()
def proc_options(b):
    """options of proc"""
    b.mount_at("/proc")["options"] = ["nosuid", "noexec", "nodev", "hidepid=2", "subset=pid"]


@row()
def bind_mounts(b):
    """bind mounts: of a file, of a directory, read-only, without set-user-ID, at new places"""
    b.file("rootfs/etc/hosts", "of the image\n")
    b.file("files/hosts", "bound\n")
    b.file("files/inner/deep")
    b.bind("files/hosts", "/etc/hosts")
    b.bind("files/hosts", "/etc/new/hostname", "ro")
    b.bind("files", "/data", "ro", "nosuid", "nodev", kind="rbind")
    b.bind("files/inner", "/var/data", "noexec", "noatime")


@row()
def bind_relative(b):
    """a bind mount whose source is relative to the bundle"""
    b.file("files/hosts", "bound\n")
    b.mount("/data", "bind", "files", "rbind", "ro")


@row()
def bind_propagation(b):
    """bind mounts with each kind of propagation"""
    for kind in ("private", "slave", "shared", "unbindable", "rprivate", "rslave", "rshared",
                 "runbindable"):
        b.directory(f"files/{kind}")
        b.bind(f"files/{kind}", f"/data/{kind}", kind, kind="rbind")


@row()
def bind_guest_device(b):
    """a device node of the guest, bound"""
    b.mount("/dev/kmsg", "bind", "/dev/kmsg", "bind", "ro")
    b.mount("/data/zero", "bind", "/dev/zero", "bind")


@row()
def bind_guest_sys(b):
    """the guest's /sys with all mounts below it"""
    b.unmount("/sys")
    b.unmount("/sys/fs/cgroup")
    b.mount("/sys", "bind", "/sys", "rbind", "ro", "nosuid", "noexec", "nodev")


@row()
def mount_through_links(b):
    """destinations through links of the image, which lead out of it"""
    b.link("rootfs/data", "/../../var/data")
    b.link("rootfs/link", "home/worker")
    b.directory("rootfs/var/data")
    b.mount("/data", "tmpfs", "t1", "size=1m")
    b.mount("/link/inner", "tmpfs", "t2", "size=1m")


@row()
def mount_order(b):
    """mounts below mounts, and one over another"""
    b.mount("/data", "tmpfs", "t1", "size=1m")
    b.mount("/data/inner", "tmpfs", "t2", "size=2m")
    b.mount("/data/inner/../inner", "tmpfs", "t3", "size=3m")


@row()
def propagation_slave(b):
    """rootfsPropagation: rslave"""
    b.linux["rootfsPropagation"] = "rslave"


@row()
def propagation_private(b):
    """rootfsPropagation: private"""
    b.linux["rootfsPropagation"] = "private"


@row()
def propagation_shared(b):
    """rootfsPropagation: shared, and a private mount"""
    b.linux["rootfsPropagation"] = "shared"
    b.directory("files/slave")
    b.bind("files/slave", "/data/slave", "rslave", kind="rbind")


@row()
def propagation_rshared(b):
    """rootfsPropagation: rshared"""
    b.linux["rootfsPropagation"] = "rshared"


@row()
def propagation_unbindable(b):
    """rootfsPropagation: unbindable"""
    b.linux["rootfsPropagation"] = "unbindable"


@row()
def masked_paths(b):
    """masked paths: directories, files, a missing path, a link, in the image"""
    b.file("rootfs/data/file", "secret\n")
    b.file("rootfs/var/data/inner", "secret\n")
    b.link("rootfs/opt", "var/data")
    b.linux["maskedPaths"] = [*MASKED, "/data/file", "/var/data", "/not/there", "/proc/interrupts"]


@row()
def readonly_paths(b):
    """read-only paths: of proc, of the image, a mount, a missing path"""
    b.file("rootfs/data/file", "text\n")
    b.linux["readonlyPaths"] = [*READONLY, "/data", "/tmp", "/dev/shm", "/not/there"]


# --- devices -------------------------------------------------------------------------------------

@row(fast=True)
def device_nodes(b):
    """nodes with modes and owners, in new folders, a fifo, a default device"""
    b.linux["devices"] = [
        {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o600, "uid": 1000, "gid": 1001},
        {"path": "/dev/deep/below/disk", "type": "b", "major": 254, "minor": 0, "fileMode": 0o640, "gid": 6},
        {"path": "/dev/plain", "type": "u", "major": 42, "minor": 0},
        {"path": "/dev/pipe", "type": "p", "fileMode": 0o622},
        {"path": "/data/elsewhere", "type": "c", "major": 1, "minor": 3, "fileMode": 0o666},
        {"path": "/dev/zero", "type": "c", "major": 1, "minor": 5, "fileMode": 0o600, "uid": 1000},
    ]


@row()
def device_nodes_twice(b):
    """nodes with one path: the same, with other numbers, of another type, a default one"""
    b.linux["devices"] = [
        {"path": path, "type": kind, "major": 1, "minor": minor, "fileMode": 0o640, "uid": n}
        for n, (path, kind, minor) in enumerate((
            ("/dev/same", "c", 3), ("/dev/same", "c", 3), ("/dev/other", "c", 3), ("/dev/other", "c", 5),
            ("/dev/kind", "p", 0), ("/dev/kind", "c", 3), ("/dev/zero", "c", 3), ("/dev/zero", "c", 5)))]


def rules(b, *entries):
    b.capabilities("MKNOD")
    b.linux["resources"]["devices"] = [
        dict(zip(("allow", "type", "major", "minor", "access"), entry)) for entry in entries]
    for entry in b.linux["resources"]["devices"]:
        for key in ("major", "minor"):
            if entry.get(key, 0) is None:
                del entry[key]


@row()
def rules_none(b):
    """no device rules"""
    b.capabilities("MKNOD")
    del b.linux["resources"]


@row()
def rules_docker(b):
    """Docker's device rules"""
    b.capabilities("MKNOD")
    b.linux["resources"]["devices"] = DEVICE_RULES


@row()
def rules_allow_then_deny(b):
    """everything allowed, then some of it denied"""
    rules(b, (True, "a", None, None, "rwm"), (False, "c", 10, None, "rwm"), (False, "c", 1, 11, "w"),
          (False, "b", None, None, "m"))


@row()
def rules_some(b):
    """device rules: parts of the access, any minor, any major"""
    rules(b, (False, "a", None, None, "rwm"), (True, "c", 42, None, "rw"), (True, "c", 42, 1, "m"),
          (True, "b", None, None, "m"), (True, "c", 500, 1, "r"), (True, "c", 1, 11, "rwm"),
          (False, "c", 1, 11, "w"))


# --- limits of the cgroup ------------------------------------------------------------------------

@row()
def limits_memory(b):
    """memory: limit, reservation, swap"""
    b.linux["resources"]["memory"] = {"limit": 64 << 20, "reservation": 32 << 20, "swap": 96 << 20}


@row()
def limits_memory_no_swap(b):
    """memory: the same swap as memory, which means none"""
    b.linux["resources"]["memory"] = {"limit": 64 << 20, "swap": 64 << 20}


@row()
def limits_memory_unlimited(b):
    """memory: -1, which means no limit"""
    b.linux["resources"]["memory"] = {"limit": -1, "swap": -1}


@row()
def limits_cpu(b):
    """cpu: shares, quota and period"""
    b.linux["resources"]["cpu"] = {"shares": 512, "quota": 50000, "period": 200000}


@row()
def limits_cpu_quota(b):
    """cpu: a quota without a period"""
    b.linux["resources"]["cpu"] = {"quota": 25000}


@row()
def limits_cpu_most_shares(b):
    """cpu: the most and the fewest shares"""
    b.linux["resources"]["cpu"] = {"shares": 262144, "period": 50000}


@row()
def limits_pids(b):
    """the number of processes"""
    b.linux["resources"]["pids"] = {"limit": 77}


@row()
def limits_huge_pages(b):
    """huge pages"""
    b.linux["resources"]["hugepageLimits"] = [{"pageSize": "2MB", "limit": 4 << 20}]


@row()
def limits_block_io(b):
    """the weight of block I/O"""
    b.linux["resources"]["blockIO"] = {"weight": 500}


@row()
def limits_unified(b):
    """the cgroup's files by name"""
    b.linux["resources"]["unified"] = {"memory.high": "50331648", "pids.max": "88",
                                       "cpu.weight": "300", "memory.oom.group": "1"}


@row()
def limits_all(b):
    """limits of all kinds, as a kubelet sets them, without a cgroup namespace"""
    b.linux["resources"].update(
        memory={"limit": 128 << 20, "swap": 128 << 20}, pids={"limit": 1000},
        cpu={"shares": 256, "quota": 20000, "period": 100000},
        hugepageLimits=[{"pageSize": "2MB", "limit": 0}, {"pageSize": "1GB", "limit": 0}])
    b.namespaces("pid", "mount", "ipc", "uts")
    b.linux["cgroupsPath"] = "/kubepods/burstable/pod1/c1"


# --- namespaces and names ------------------------------------------------------------------------

@row()
def namespaces_only_mount(b):
    """no namespace except that of the mounts"""
    b.namespaces("mount")
    del b.spec["hostname"]


@row()
def namespaces_no_cgroup(b):
    """no cgroup namespace, as `crun spec` and `runc spec` have it"""
    b.namespaces("pid", "mount", "ipc", "uts")


@row()
def namespaces_no_ipc(b):
    """the guest's System V IPC and message queues"""
    b.namespaces("pid", "mount", "uts", "cgroup")


@row()
def namespaces_network(b):
    """a new network namespace"""
    b.namespaces("pid", "mount", "uts", "ipc", "cgroup", "network")


@row()
def hostname_none(b):
    """no hostname"""
    del b.spec["hostname"]


@row()
def domainname(b):
    """a domain name"""
    b.spec["domainname"] = "example.org"


@row()
def cgroups_path(b):
    """a path for the cgroup"""
    b.linux["cgroupsPath"] = "/kubepods/pod1/c1"
    b.namespaces("pid", "mount", "ipc", "uts")


def user_namespace(b, host):
    b.linux["namespaces"].append({"type": "user"})
    for kind in ("uidMappings", "gidMappings"):
        b.linux[kind] = [{"containerID": 0, "hostID": host, "size": 65536}]


@row()
def namespaces_user(b):
    """a user namespace with the guest's numbers"""
    user_namespace(b, 0)


@row()
def namespaces_user_shifted(b):
    """a user namespace with other numbers, and an ordinary user in it"""
    user_namespace(b, 100000)
    for path in [b.rootfs, *b.rootfs.rglob("*")]:
        os.lchown(path, 100000, 100000)
    b.capabilities("CHOWN", "KILL", "SETUID")
    b.process["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [27]}


@row(alone="1.8.1 fails with every time namespace here: write to sync socket: Broken pipe")
def namespaces_time(b):
    """a time namespace with offsets"""
    b.linux["namespaces"].append({"type": "time"})
    b.linux["timeOffsets"] = {"monotonic": {"secs": 1000, "nanosecs": 5}, "boottime": {"secs": 7}}


@row()
def mount_id_mapped(b):
    """a bind mount of the guest's tmpfs with its own mappings"""
    b.mount("/data", "bind", "/dev/shm", "bind", "idmap")
    for kind in ("uidMappings", "gidMappings"):
        b.spec["mounts"][-1][kind] = [{"containerID": 0, "hostID": 1000, "size": 1}]


@row()
def mount_id_mapped_by_option(b):
    """a bind mount of the guest's tmpfs with mappings in its option, as podman's volumes have them"""
    b.mount("/data", "bind", "/dev/shm", "bind", "idmap=uids=0-1000-1#5-7-2;gids=0-1001-1")


@row()
def personality(b):
    """personality LINUX32"""
    b.linux["personality"] = {"domain": "LINUX32"}


@row()
def scheduling(b):
    """scheduler, I/O priority, processors and memory policy"""
    b.process.update(scheduler={"policy": "SCHED_BATCH", "nice": 7}, execCPUAffinity={"final": "0"},
                     ioPriority={"class": "IOPRIO_CLASS_BE", "priority": 6})
    b.linux["memoryPolicy"] = {"mode": "MPOL_LOCAL"}


@row()
def unknown_properties(b):
    """keys that no version of the runtime spec has, and sections of other platforms"""
    b.spec.update(engineSettings={"a": 1}, windows={"layerFolders": ["C:\\"]}, solaris={"milestone": "x"})
    b.process["futureThing"] = [1]
    b.linux["resources"]["cpuTopology"] = "x"
    b.mount("/data", "tmpfs", "tmpfs", "size=1m")
    b.spec["mounts"][-1]["sourceHint"] = "y"


@row()
def mount_relative(b):
    """a relative destination"""
    b.mount("data/a", "tmpfs", "tmpfs", "size=1m")


@row(alone="1.8.1 does not know all options of the runtime spec's table")
def mount_words(b):
    """mount options that mean nothing to the kernel"""
    b.mount("/data/a", "tmpfs", "tmpfs", "size=1m", "silent", "iversion", "defaults")
    b.directory("files/b")
    b.bind("files/b", "/data/b", "loud", "noiversion")


# --- seccomp -------------------------------------------------------------------------------------

def filter_of(b, default, *rules, **more):
    b.linux["seccomp"] = {
        "defaultAction": default, "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [dict(zip(("names", "action", "errnoRet", "args"), rule)) for rule in rules], **more}


@row()
def seccomp_errno(b):
    """seccomp: calls that fail, by name and by argument, the rest allowed"""
    filter_of(b, "SCMP_ACT_ALLOW", (["getcpu", "ptrace"], "SCMP_ACT_ERRNO"),
              (["mkdir", "chmod"], "SCMP_ACT_ERRNO", 38),
              (["personality"], "SCMP_ACT_ERRNO", 33, [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]),
              (["socket"], "SCMP_ACT_ERRNO", 13, [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"},
                                                  {"index": 2, "value": 9, "op": "SCMP_CMP_EQ"}]),
              (["not_a_call_of_this_kernel"], "SCMP_ACT_ERRNO"))


@row()
def seccomp_nothing(b):
    """what means nothing: a seccomp rule for no call, variables without '=', an empty mount option"""
    filter_of(b, "SCMP_ACT_ALLOW", ([], "SCMP_ACT_KILL"), (["mkdir"], "SCMP_ACT_ERRNO", 38))
    b.process["env"] = ["PATH=/bin", "ALONE", "", "LAST=x"]
    b.mount("/empty", "tmpfs", "tmpfs", "", "size=1m")


@row()
def seccomp_architectures(b):
    """seccomp: architectures by libseccomp's names"""
    filter_of(b, "SCMP_ACT_ALLOW", (["getcpu"], "SCMP_ACT_ERRNO"), (["mkdir"], "SCMP_ACT_ERRNO", 38))
    b.linux["seccomp"]["architectures"] = ["x86_64", "X86", "SCMP_ARCH_x32"]


@row()
def seccomp_kill(b):
    """seccomp: calls that end the process, trap, are traced, are logged"""
    filter_of(b, "SCMP_ACT_ALLOW", (["getcpu"], "SCMP_ACT_KILL_PROCESS"), (["ptrace"], "SCMP_ACT_TRAP"),
              (["kcmp"], "SCMP_ACT_KILL"), (["quotactl"], "SCMP_ACT_TRACE"), (["ustat"], "SCMP_ACT_LOG"))


@row()
def seccomp_compare(b):
    """seccomp: all comparisons of arguments"""
    calls = ["acct", "swapoff", "sysfs", "userfaultfd", "iopl", "io_uring_setup", "landlock_create_ruleset"]
    ops = ["NE", "LT", "LE", "EQ", "GE", "GT"]
    filter_of(b, "SCMP_ACT_ALLOW", *[
        ([call], "SCMP_ACT_ERRNO", 60 + n, [{"index": 0, "value": 9, "op": f"SCMP_CMP_{op}"}])
        for n, (call, op) in enumerate(zip(calls, ops))],
        (["landlock_create_ruleset"], "SCMP_ACT_ERRNO", 75,
         [{"index": 2, "value": 8, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}]))


@row()
def seccomp_privileged(b):
    """seccomp: new privileges allowed, so the filter is loaded before the capabilities are dropped"""
    filter_of(b, "SCMP_ACT_ALLOW", (["getcpu", "setns"], "SCMP_ACT_ERRNO", 1),
              flags=["SECCOMP_FILTER_FLAG_LOG"])
    b.process.update(user={"uid": 1000, "gid": 1000}, noNewPrivileges=False)


# --- hooks and sysctls ---------------------------------------------------------------------------

@row()
def hooks(b):
    """hooks of all kinds before the start: where they run, and with which state"""
    b.directory("rootfs/hooks", 0o777)
    (b.rootfs / "bin/hook").symlink_to("probe")
    b.spec["hooks"] = {
        kind: [{"path": HOOK, "env": ["A=1", "B=two words"], "timeout": 10,
                "args": ["hook", f"{BUNDLE_DIR}/rootfs/hooks/{kind}", "an argument"]}]
        for kind in ("prestart", "createRuntime", "createContainer")}
    b.spec["hooks"]["startContainer"] = [
        {"path": "/bin/hook", "args": ["hook", "/hooks/startContainer"], "env": ["C=3"]}]


@row()
def hooks_in_order(b):
    """several hooks: a later one sees the changes of an earlier one"""
    b.directory("rootfs/hooks", 0o777)
    b.spec["hooks"] = {"createRuntime": [
        {"path": HOOK, "args": ["hook", f"{BUNDLE_DIR}/rootfs/hooks/{n}"], "timeout": 0} for n in "ab"]}


@row()
def hook_fails(b):
    """a hook that fails"""
    b.spec["hooks"] = {"createRuntime": [{"path": HOOK, "args": ["hook"]}]}


@row()
def sysctls(b):
    """sysctls of the namespaces"""
    b.namespaces("pid", "mount", "ipc", "uts", "cgroup", "network")
    b.linux["sysctl"] = {
        "kernel.shm_rmid_forced": "1", "kernel.msgmax": "1000", "kernel.sem": "32000 1024000000 500 32001",
        "fs.mqueue.msg_max": "20", "net.ipv4.ip_unprivileged_port_start": "0",
        "net.ipv4.ping_group_range": "0 1000", "net.core.somaxconn": "77"}


# --- a terminal ----------------------------------------------------------------------------------

@row()
def terminal(b):
    """a terminal with a size, for an ordinary user"""
    b.process.update(terminal=True, consoleSize={"height": 33, "width": 111},
                     user={"uid": 1000, "gid": 1000})


# --- mounts that need more -----------------------------------------------------------------------

@row()
def tmpfs_copy_up(b):
    """a tmpfs that begins with the image's files"""
    b.file("rootfs/data/file", mode=0o640)
    b.directory("rootfs/data/inner", 0o1777)
    b.link("rootfs/data/link", "../etc/passwd")
    b.mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "size=1m", "mode=750")


@row()
def recursive_attributes(b):
    """a bind mount with attributes for all mounts below its source"""
    b.mount("/mnt", "bind", "/dev", "rbind", "rro", "rnoexec", "rnosuid")


ROWS += list(recorded())
