# SPDX-License-Identifier: Apache-2.0
"""The workloads: config.json as an engine writes it for each, and the exit status that it must have."""

from dataclasses import dataclass, field

import bundles

# As container engines give them by default
CAPS = [f"CAP_{name}" for name in (
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP "
    "SETUID SYS_CHROOT").split()]
IMAGE, ROOT = "/run/coldinit/image", "/run/coldinit/root"
OVERLAY = "/run/coldinit/overlay"

STORAGES = [
    {"driver": "blk", "source": "05", "fstype": "erofs", "options": ["ro"], "mount_point": IMAGE},
    {"driver": "overlayfs", "source": "overlay", "fstype": "overlay", "mount_point": ROOT,
     "options": [f"lowerdir={IMAGE}", f"upperdir={OVERLAY}/upper", f"workdir={OVERLAY}/work"]},
]


def tmpfs(path, *options):
    return {"destination": path, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", *options]}


@dataclass
class Workload:
    """One container. @args: of its process; @status: its exit status; @facts: some that it must print."""

    args: list
    status: int
    facts: dict
    uid: int = 0
    mounts: list = field(default_factory=list)
    memory: int = 0
    systemd: bool = False

    def spec(self):
        spec = bundles.container()
        spec["process"].update(args=self.args, user={"uid": self.uid, "gid": self.uid}, env=[
            "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"],
            capabilities=bundles.capabilities(*(CAPS if not self.uid else [])), noNewPrivileges=False)
        spec["root"]["path"] = ROOT
        spec["mounts"] += [tmpfs("/run", "mode=755"), {**tmpfs("/tmp", "mode=1777"), "options": ["mode=1777"]},
                           *self.mounts]
        spec["linux"]["resources"]["devices"] += [
            {"allow": True, "type": "c", "major": major, "minor": minor, "access": "rwm"}
            for major, minor in ((1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, None))
            for minor in ([minor] if minor is not None else [-1])]
        if self.memory:
            spec["linux"]["resources"]["memory"] = {"limit": self.memory}
        if self.systemd:
            self.set_systemd(spec)
        return spec

    @staticmethod
    def set_systemd(spec):
        """As engines run systemd: a terminal, its own writable cgroup, more capabilities."""
        spec["process"].update(terminal=True, capabilities=bundles.capabilities(*CAPS, "CAP_SYS_ADMIN"))
        spec["process"]["env"].append("container=oci")
        for mount in spec["mounts"]:
            if mount["destination"] == "/sys/fs/cgroup":
                mount["options"] = ["nosuid", "noexec", "nodev", "relatime", "rw"]


WORKLOADS = {
    "java": Workload(["answer-java"], 7, {"sum": "2000001000000", "threads": "50", "processors": "1"}, uid=1000,
                     memory=512 << 20),
    "nginx": Workload(["answer-nginx"], 4, {"index": "hello from nginx", "missing": "404", "status": "0"}),
    "node": Workload(["answer-node"], 8, {"thread": "42", "pid": "1", "user": "worker 1000"}, uid=1000),
    "postgresql": Workload(["answer-postgresql"], 6, {"one": "2", "user": "postgres", "status": "0"}, uid=70,
                           mounts=[tmpfs("/var/lib/postgresql", "mode=700", "uid=70", "gid=70")]),
    "redis": Workload(["answer-redis"], 5, {"get": "value", "script": "500500", "dump": "there"}, uid=72),
    "sshd": Workload(["answer-sshd"], 10, {"session": "9", "id": "uid=1000(worker) gid=1000(worker) groups=1000(worker)",
                                           "refused": "yes"}),
    "systemd": Workload(["bash", "-c", "touch /run/answer-exit; exec /lib/systemd/systemd"], 3,
                        {"init": "systemd", "failed": "", "cgroup": "0::/system.slice/answer.service"}, systemd=True),
}
