# SPDX-License-Identifier: Apache-2.0
"""From the options to a guest: its files, its manifest, its config.json, QEMU's line."""

import copy
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import images
import qemu
from launcher import cloud_hypervisor, devices, disks, host, network, place, reference, spec as specs, store, users, values, \
    volumes
from qemu import LaunchError

HERE = Path(__file__).resolve().parents[1]
BASE_MEMORY = 768  # MiB
CPIO_MAX = 64 << 20  # a larger bundle goes on a disk
SERIAL_SLOT = 0x1a
PORTS = ("stdin", "stdout", "stderr", "report")


@dataclass
class Parts:
    """What the guest has, for VMMs other than QEMU. @words: QEMU's, for what it emulates; @groups: see devices.py;
    @network: published ports of user networking, or None; @tap: the interface of the host, or ""; @functions: see
    cloud_hypervisor.py."""

    disks: list = field(default_factory=list)
    words: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    network: list = None
    shares: dict = field(default_factory=dict)
    tap: str = ""
    functions: list = field(default_factory=list)


@dataclass
class Plan:
    """@terminal: the container has one; @ports: names of the guest's; @chosen: published ports
    that the launcher has chosen."""

    guest: qemu.Guest
    spec: dict
    manifest: dict
    ports: list
    chosen: list
    parts: "Parts"

    @property
    def terminal(self):
        return bool(self.spec.get("process", {}).get("terminal"))

    @property
    def grace(self):
        """Return: seconds that the container has to stop."""
        return self.manifest.get("container", {}).get("stop_timeout_s", 10)


def read_json(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise LaunchError(f"{path}: {error}") from None
    if not isinstance(found, dict):
        raise LaunchError(f"{path} is no JSON object")
    return found


def check_utf8(name, document):
    """An argument, variable or path of the command line may have other bytes, which JSON cannot have."""
    found = re.search('"[^"]*[\ud800-\udfff][^"]*"', json.dumps(document, ensure_ascii=False))
    if found:
        raise LaunchError(f"{found[0].encode(errors='replace').decode()} is not UTF-8, and the container's {name} can have nothing else")


def write_json(path, document):
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


def demo_bundle(build, scratch):
    """Write the demo's bundle, with a root file system of one program. Return: its directory."""
    program = place.demo_program(build)
    root = scratch / "demo/rootfs"
    root.mkdir(parents=True)
    for name in ("config.json", "manifest.json"):
        shutil.copy(HERE / "demo" / name, scratch / "demo")
    shutil.copy(program, root)
    return scratch / "demo"


def tree_size(tree):
    """Return: the bytes of a directory's files."""
    return sum(os.lstat(os.path.join(directory, name)).st_size
               for directory, _, files in os.walk(tree) for name in files)


class Planner:
    """Makes one Plan. @scratch: a folder for the files of this guest; @progress: is called with a text."""

    def __init__(self, options, scratch, progress, sysfs=host.SYSFS):
        self.options = options
        self.scratch = scratch
        self.progress = progress
        self.sysfs = sysfs
        self.is_cloud = options.vmm == cloud_hypervisor.NAME
        self.manifest = {"version": 1}
        self.spec = {}
        self.words = []  # QEMU's
        self.parts = Parts()
        self.bundle = None  # a directory for the cpio
        self.memory = BASE_MEMORY
        self.on_disk = False
        self.own_manifest = False  # the bundle has one
        self.originals = {}  # documents of the bundle, and their files
        self.config = {}  # the image's
        self.digest = ""

    # --- the image -------------------------------------------------------------------------------

    def take_image(self):
        options = self.options
        if options.image is None:
            if options.arch == "s390x":
                raise LaunchError("the demo drives a device over VFIO, which Debian's kernel for s390x does not have: "
                                  "name a bundle")
            self.take_bundle(demo_bundle(options.build, self.scratch))
            return
        found = reference.parse(options.image)
        if found.kind == "bundle":
            self.take_bundle(found.path)
            return
        self.need_pci("an image on a disk")
        root = store.from_directory(found.path, self.progress) if found.kind == "dir" else \
            store.from_image(found, options.arch, self.progress)
        self.config, self.digest = root.config, root.name
        self.spec = specs.of_image(root.config, root.users, options)
        self.take_disk(root, disks.ROOT)

    def take_disk(self, root, path):
        self.parts.disks = disks.extend(root, self.options.writable, self.manifest)
        for disk in self.parts.disks:
            self.words += disk.words()
        self.spec.setdefault("root", {})["path"] = path
        self.on_disk = True

    def take_bundle(self, bundle):
        document, manifest = read_json(bundle / "config.json"), bundle / "manifest.json"
        self.originals["config.json"] = document, None
        if manifest.is_file():
            self.manifest, self.own_manifest = read_json(manifest), True
            self.originals["manifest.json"] = copy.deepcopy(self.manifest), manifest
        path = (document.get("root") or {}).get("path") or "rootfs"
        self.spec = specs.of_bundle(document, users.read(bundle / path), self.options)
        size = tree_size(bundle)
        if not self.options.writable and (size <= CPIO_MAX or self.options.arch == "s390x"):
            self.bundle = bundle
            # the archive, its unpacked files, and as much for what the container does with them
            self.memory += 3 * (size // values.MIB)
            return
        self.need_pci("a bundle on a disk")
        self.take_disk(store.from_directory(bundle, self.progress),
                       path if os.path.isabs(path) else f"{disks.ROOT}/{path}")
        for mount in self.spec.get("mounts", []):
            source = mount.get("source", "")
            if "bind" in "".join(mount.get("options", [])) and source and not os.path.isabs(source):
                mount["source"] = f"{disks.ROOT}/{source}"

    def need_pci(self, what):
        if self.options.arch == "s390x":
            raise LaunchError(f"--arch s390x: {what} is not possible there yet: use a bundle of at most "
                              f"{CPIO_MAX // values.MIB} MiB")

    # --- the container ---------------------------------------------------------------------------

    def name_container(self):
        options = self.options
        container = self.manifest.setdefault("container", {}) if self.digest or options.name or options.stop_signal or \
            options.stop_timeout is not None else {}
        if options.name:
            container["id"] = self.manifest["sandbox_id"] = values.name(options.name)
        elif self.digest:
            container["id"] = self.digest[:12]
        if options.stop_signal:
            container["stop_signal"] = values.stop_signal(options.stop_signal)
        if options.stop_timeout is not None:
            if not 0 <= options.stop_timeout <= 86400:
                raise LaunchError(f"--stop-timeout {options.stop_timeout}: seconds from 0 to 86400 expected")
            container["stop_timeout_s"] = options.stop_timeout
        if self.digest:
            self.spec.setdefault("hostname", values.hostname_of(container["id"], self.digest[:12]))
            self.manifest.setdefault("hostname", self.spec["hostname"])  # then /etc/hosts is made without a network, too
            specs.set_environment(self.spec["process"], {"HOSTNAME": self.spec["hostname"]}, replace=False)

    def add_devices(self):
        texts = self.options.device
        if self.own_manifest and not texts and self.options.arch != "s390x":
            texts = ["edu"]  # the demo's device
        make = cloud_hypervisor.Plugging if self.is_cloud else devices.Plugging
        plugging = make(self.scratch, self.options.arch, self.options.drive, self.options.netdev)
        # A manifest of the bundle already has the devices.
        own = self.own_manifest or any(word.startswith("coldinit.manifest=") for word in self.kernel_words())
        devices.extend(texts, plugging, None if own else self.manifest, self.spec, self.sysfs)
        if not own:
            plugging.policy(self.manifest)
        self.words += plugging.words + plugging.group_words()
        self.parts.words, self.parts.groups = plugging.words, plugging.groups
        if self.is_cloud:
            self.parts.functions = plugging.functions

    def add_network(self):
        """Return: the ports of the host that were chosen here."""
        options = self.options
        if options.dns:
            self.manifest["dns"] = [values.name_server(text) for text in options.dns]
        ports = [port for text in options.publish for port in values.publish(text)]
        if options.publish_all:
            ports += network.exposed(self.config)
        wanted = values.network(options.network) if options.network else None
        if self.is_cloud:
            cloud_hypervisor.check_network(wanted, ports)
        elif not wanted and (self.config or self.on_disk or ports):
            wanted = network.USER
        if ports and wanted.kind != "user":
            raise LaunchError("--publish needs user networking: leave out --network")
        if not wanted or wanted.kind == "none":
            return []
        if self.own_manifest and self.manifest.get("interfaces") and not options.network and not ports:
            return []
        return self.add_tap(wanted) if wanted.kind == "tap" else self.add_user_network(ports)

    def add_user_network(self, ports):
        """Return: the ports of the host that were chosen here."""
        network.check_different(ports)
        ports, chosen = network.assign(ports)
        for port in ports:
            network.check_free(port)
        self.words += network.words(ports)
        self.parts.network = ports
        network.extend(self.manifest, network.USER)
        return chosen

    def add_tap(self, wanted):
        self.need_pci("a tap interface")
        network.check_tap(wanted.tap)
        self.words += network.tap_words(wanted.tap)
        self.parts.tap = wanted.tap
        network.extend(self.manifest, wanted)
        return []

    def add_volumes(self):
        found = [values.volume(text) for text in self.options.volume]
        found += [mount for mount in map(values.mount, self.options.mount) if isinstance(mount, values.Volume)]
        self.parts.shares = volumes.extend(found, self.scratch, self.manifest, self.spec)
        original, _ = self.originals.get("config.json", ({}, None))
        added = {volume.container for volume in found} | {mount["destination"] for mount in specs.tmpfs_mounts(self.options)}
        specs.sort_mounts(self.spec, {mount.get("destination") for mount in original.get("mounts") or []} - added)

    # --- the machine -----------------------------------------------------------------------------

    def kernel_words(self):
        words = [word for text in self.options.append for word in text.split()]
        # The kernel's errors must not be in the middle of the container's lines.
        return ["loglevel=1", *words] if self.is_cloud and not self.options.verbose else words

    def add_ports(self):
        """Plug the ports of the container's streams and of the verdict. Return: their names."""
        if self.is_cloud:
            return ["report"]
        if self.options.arch == "s390x":
            bus = "virtio-serial-ccw"
        else:
            bus = f"virtio-serial-pci,bus=pcie.0,addr={SERIAL_SLOT:#x}"
        terminal = self.spec.get("process", {}).get("terminal")
        names = ["report"] if terminal else [*(["stdin"] if self.options.interactive else []), *PORTS[1:]]
        self.words += ["-device", f"{bus},id=ports"]
        for name in names:
            self.words += ["-chardev", socket_words(name, self.scratch),
                           "-device", f"virtserialport,bus=ports.0,chardev={name},id={name},name=org.coldinit.{name}"]
        return names

    def write_document(self, name, document):
        """Return: the file to pack: the bundle's own one if nothing has changed, as its digest may be known."""
        original, file = self.originals.get(name, (None, None))
        if document != original:
            check_utf8(name, document)
        return file if document == original else write_json(self.scratch / name, document)

    def second_cpio(self):
        manifest = self.write_document("manifest.json", self.manifest)
        config = self.write_document("config.json", self.spec)
        return images.pack_bundle(manifest, self.bundle, self.scratch / "second.cpio.gz", config)

    def guest(self):
        options = self.options
        kernel, initramfs = place.boot_files(options, self.on_disk, self.progress)
        memory = self.given_memory or self.memory
        timeout = options.timeout if options.timeout else float("inf")
        terminal = self.spec.get("process", {}).get("terminal")
        return qemu.Guest(
            kernel, [initramfs, self.second_cpio()],
            words=self.kernel_words(), devices=self.words, shares=self.parts.shares, memory=memory,
            cpus=self.cpus, arch=options.arch, quiet=not options.verbose, timeout=timeout,
            monitored=True, chardev=socket_words("console", self.scratch),
            first_words=cloud_hypervisor.first_words(terminal) if self.is_cloud else None)

    def plan(self):
        """Return: the Plan."""
        try:
            options = self.options
            if self.is_cloud:
                cloud_hypervisor.check_options(options)
            self.given_memory = values.memory_mib(options.memory) if options.memory else None
            self.cpus = values.processors(options.cpus)
            options.environment = values.environment(options.env, options.env_file, os.environ)
            self.take_image()
            self.name_container()
            self.add_devices()
            chosen = self.add_network()
            self.add_volumes()
            self.set_size()
            ports = self.add_ports()
            return Plan(self.guest(), self.spec, self.manifest, ports, chosen, self.parts)
        except values.ValueFault as fault:
            raise LaunchError(str(fault)) from None
        except (AttributeError, KeyError, TypeError) as fault:
            if not self.originals:
                raise
            raise LaunchError(f"config.json or manifest.json of the bundle has another form than expected ({fault}): "
                              "build/coldinit check FILE shows where") from None

    def set_size(self):
        process = self.spec.get("process", {})
        if process.get("terminal") and os.isatty(1):
            columns, lines = os.get_terminal_size(1)
            if columns and lines:
                process["consoleSize"] = {"height": lines, "width": columns}


def socket_words(name, scratch):
    return f"socket,id={name},path={disks.quoted(scratch / name)},server=on,wait=off"


def describe(plan, vmm):
    """Return: the text of --dry-run; @vmm: how the VMM is started."""
    return "\n".join([
        "# the VMM's command", vmm, "", "# manifest.json", json.dumps(plan.manifest, indent=2),
        "", "# config.json", json.dumps(plan.spec, indent=2)])
