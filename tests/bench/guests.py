# SPDX-License-Identifier: Apache-2.0
"""Guests whose start is measured on a clock that counts instructions.

QEMU's -icount makes guest time a function of the instructions executed: 8 ns each, on any machine
under any load. start.c executes the measured program at a known time, when the modules are loaded and the
kernel is idle; first.c is the container's program and prints the time of its first instruction.
"""
import gzip
import lzma
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'initramfs'), str(TOP / 'tests'), str(TOP / 'tests/boot')]

import builds  # noqa: E402
import bundles  # noqa: E402
import images  # noqa: E402
import qemu  # noqa: E402

NS_EACH = 8  # -icount shift=3
COUNTED = ['-icount', 'shift=3,sleep=off', '-seed', '42', '-rtc', 'base=2024-01-01T00:00:00,clock=vm']
# intel_iommu: Debian's kernels have it on, the small one has not
KERNEL_WORDS = ['nokaslr', 'intel_iommu=on']
MODULES = ['irqbypass', 'vfio', 'vfio_iommu_type1', 'vfio-pci-core', 'vfio-pci', 'button', 'evdev']
PROGRAMS = ['start', 'first', 'floor', 'count']
APPLETS = ['mkdir', 'modprobe', 'mount', 'poweroff', 'readlink', 'sed', 'stat', 'umount']

# /init with busybox, which prints its times as "init"
CRUN_INIT = """#!/bin/sh
first init
mount -t proc proc /proc
modprobe -a {modules}
umount /proc
exec /real {functions}
"""

# Docker's
CAPABILITIES = [f'CAP_{name}' for name in (
    'CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP',
    'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE')]

# The phases of a start, by coldinit's names; "execve" is from the start of the program to its main(), "first" from
# the container's execve to its first instruction. The floor has some of them.
PHASES = ['execve', 'mounts', 'modules', 'manifest', 'devices', 'spec', 'exec', 'first']


class BenchError(Exception):
    """A guest has not been measured. The text says why."""


# --- functions -----------------------------------------------------------------------------------

PORTS_EACH_SLOT = 8
SLOT = 2  # the first one


@dataclass
class Functions:
    """PCI functions of edu, each behind a root port; more than 64 are four of a device, and so of a group.

    QEMU has fewer than 256 buses.
    """

    count: int

    @property
    def each(self):
        return 1 if self.count <= 64 else 4

    def ports(self):
        """Yield: the number of each root port."""
        return range(self.count // self.each)

    def words(self):
        """Return: QEMU's words."""
        words = []
        for port in self.ports():
            slot, number = SLOT + port // PORTS_EACH_SLOT, port % PORTS_EACH_SLOT
            words += ['-device', f'pcie-root-port,id=p{port},bus=pcie.0,chassis={port},slot={port},hotplug=off,'
                      f'addr={slot:#x}.{number}' + (',multifunction=on' if not number else '')]
            for n in range(self.each):
                words += ['-device', f'edu,bus=p{port},addr=0.{n}' + (',multifunction=on' if self.each > 1 else '')]
        return words

    def names(self):
        """Return: the addresses, as the firmware numbers the buses."""
        return [f'0000:{1 + port:02x}:00.{n}' for port in self.ports() for n in range(self.each)]

    def add_to(self, spec):
        """Add the nodes to a config.json. Return: the devices of the manifest."""
        devices = []
        for port in self.ports():
            path = f'{SLOT + port // PORTS_EACH_SLOT:02x}.{port % PORTS_EACH_SLOT}'
            bundles.add_device(spec, f'/dev/vfio/{500 + port}', 'c', 511, port)
            options = [f'0000:{0x60 + port:02x}:00.{n}={path}/00.{n}' for n in range(self.each)]
            devices.append(bundles.vfio_device(id=f'd{port}', container_path=f'/dev/vfio/{500 + port}',
                                               options=options))
        return devices


def container(*arguments):
    """Return: the config.json that all are measured with."""
    spec = bundles.container()
    spec['process']['args'] = ['/bin/first', *arguments]
    spec['process']['capabilities'] = {**bundles.capabilities(*CAPABILITIES), 'inheritable': []}
    spec['process']['rlimits'] = [{'type': 'RLIMIT_MEMLOCK', 'soft': 2**64 - 1, 'hard': 2**64 - 1}]
    spec['linux']['readonlyPaths'] = ['/proc/sys', '/proc/sysrq-trigger']
    bundles.add_device(spec, '/dev/vfio/vfio', 'c', 10, 196)
    return spec


# --- images --------------------------------------------------------------------------------------

def pack(root, out, name):
    """Write an archive of an initramfs, with the same bytes for the same files. Return: @out.

    Its end has its length by @name (initramfs/endmark): no other archive of the guest has that name.
    """
    script = ('find . -exec touch -h -d @1 {} + && find . -print0 | LC_ALL=C sort -z | '
              'cpio --null -o -H newc --reproducible --quiet --owner 0:0')
    archive = subprocess.run(['sh', '-c', script], cwd=root, check=True, stdout=subprocess.PIPE).stdout
    out.write_bytes(gzip.compress(archive, 1, mtime=0))
    subprocess.run([TOP / 'initramfs/endmark', out, name], check=True)
    return out


def write_modules(kernel, folder):
    """Write the modules in the order of loading, unpacked. A kernel may have them built in."""
    folder.mkdir(parents=True)
    found = [path for name in MODULES for path in kernel.glob(f'**/lib/modules/*/kernel/**/{name}.ko*')]
    for number, path in enumerate(found):
        data = path.read_bytes()
        (folder / str(number)).write_bytes(lzma.decompress(data) if path.suffix == '.xz' else data)


def add_bundle(root, functions, spec, program):
    """Add the manifest and the bundle, whose program is @program."""
    bundles.write_json(root / 'coldinit/manifest.json', bundles.manifest(*functions.add_to(spec)))
    rootfs = root / 'coldinit/bundle/rootfs'
    (rootfs / 'bin').mkdir(parents=True)
    shutil.copy(program, rootfs / 'bin')
    bundles.write_json(root / 'coldinit/bundle/config.json', spec)


def add_crun(root):
    """Add busybox, crun and the script."""
    shutil.copy('/bin/busybox', root / 'bin')
    images.copy_program(shutil.which('crun'), root)
    for name in ['sh', *APPLETS]:
        (root / 'bin' / name).symlink_to('busybox')
    shutil.copy(TOP / 'tests/bench/crun.sh', root / 'real')


@dataclass
class Bench:
    """What is measured: the build folder and the kernel's name."""

    build: Path
    kernel: str
    scratch: Path
    made: bool = field(default=False, init=False)

    def make(self):
        if not self.made:
            builds.make_in(self.build, 'init', *(f'tests/bench/{name}' for name in PROGRAMS),
                           f'kernels/{self.kernel}/.unpacked')
        self.made = True

    def programs(self):
        return self.build / 'tests/bench'

    def kernel_tree(self):
        return self.build / 'kernels' / self.kernel

    def empty_root(self):
        """Return: a new root directory of a guest."""
        root = self.scratch / 'root'
        shutil.rmtree(root, ignore_errors=True)
        for folder in ('bin', 'dev', 'proc', 'sys', 'coldinit'):
            (root / folder).mkdir(parents=True)
        return root

    def image(self, subject, functions, spec=None, traced=False, memory=False):
        """Write the initramfs of one guest. Return: its path."""
        root, programs = self.empty_root(), self.programs()
        write_modules(self.kernel_tree(), root / 'bench/modules')
        shutil.copy(programs / 'start', root / 'init')
        arguments = ['/real'] + (functions.names() if subject != 'coldinit' else [])
        if traced:
            shutil.copy(programs / 'count', root / 'count')
            arguments.insert(0, '/count')
        if memory:
            (root / 'bench/memory').touch()
        (root / 'bench/arguments').write_text(''.join(f'{word}\0' for word in arguments))
        if subject == 'crun':
            add_crun(root)
        else:
            shutil.copy({'coldinit': self.build / 'init', 'floor': programs / 'floor'}[subject], root / 'real')
        add_bundle(root, functions, spec or container(), programs / 'first')
        return pack(root, self.scratch / 'image.cpio.gz', 'initramfs')

    def guest(self, initrds, functions, cpus, self_tests=False):
        """Return: a guest; with @self_tests its kernel tests its own crypto algorithms."""
        first = ['panic=-1', *(word for word in qemu.MACHINES['amd64'].kernel_words
                               if not (self_tests and word == qemu.NO_TESTS))]
        return qemu.Guest(images.vmlinuz(self.kernel_tree()), initrds, cpus=cpus, accel='tcg', words=KERNEL_WORDS,
                          first_words=first, devices=[*functions.words(), *COUNTED], timeout=600, after_verdict=120)

    def boot(self, subject, count=1, cpus=1, spec=None, traced=False):
        """Boot one guest. Return: its Start."""
        self.make()
        functions = Functions(count)
        image = self.image(subject, functions, spec, traced)
        return Start(subject, self.guest([image], functions, cpus).boot())

    def memory(self):
        """Boot one guest with one function. Return: kilobytes of PID 1 while the container runs, by their name."""
        self.make()
        functions = Functions(1)
        image = self.image('coldinit', functions, container('wait'), memory=True)
        console = Printed('coldinit', self.guest([image], functions, 1).boot()).console
        return {name: int(kb) for name, kb in re.findall(r'bench: memory (\w+):\s+(\d+) kB', console)}

    def users_images(self, subject, modules):
        """Write the initramfs that users boot. Return: the paths of its parts.

        @modules: of the image, the usual ones without.
        """
        made, listed = self.scratch / 'initramfs.cpio.gz', self.scratch / 'modules'
        listed.write_text('\n'.join(modules))
        subprocess.run([TOP / 'initramfs/mkinitramfs', self.build / 'init', self.kernel_tree(), made,
                        *(['--modules', listed] if modules else [])],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        root, first, functions = self.empty_root(), self.programs() / 'first', Functions(1)
        if subject == 'crun':
            add_crun(root)
            shutil.copy(first, root / 'bin')
            text = CRUN_INIT.format(modules=' '.join(modules), functions=' '.join(functions.names()))
            (root / 'init').write_text(text)
            (root / 'init').chmod(0o755)
        add_bundle(root, functions, container(), first)
        return [made, pack(root, self.scratch / 'image.cpio.gz', 'bundle')]

    def boot_as_users(self, subject, self_tests=False, modules=()):
        """Boot one guest with one function, whose /init is the subject. Return: its WholeStart."""
        self.make()
        parts = self.users_images(subject, modules)
        return WholeStart(subject, self.guest(parts, Functions(1), 1, self_tests).boot())


# --- results -------------------------------------------------------------------------------------

class Printed:
    """What one guest has printed. All times are in nanoseconds."""

    def __init__(self, subject, result):
        self.console = result.console
        self.subject = subject
        self.verdict = result.verdict
        if subject == 'coldinit' and (result.problem() or result.status):
            raise BenchError(f'{result.problem() or result.verdict.get("error")}\n{self.console}')

    def number(self, name):
        found = re.search(rf'bench: {name} (\d+)', self.console)
        if not found:
            raise BenchError(f'{self.subject}: no time of "{name}"\n{self.console}')
        return int(found[1])


class WholeStart(Printed):
    """One start, from that of the VMM on."""

    def __init__(self, subject, result):
        super().__init__(subject, result)
        self.first = self.number('machine first')
        if subject == 'coldinit':
            self.init = self.first - (self.number('first') - self.verdict['timeline_us']['init'] * 1000)
        else:
            self.init = self.number('machine init')


class Start(Printed):
    """One measured start, by the kernel's clock."""

    def __init__(self, subject, result):
        super().__init__(subject, result)
        self.begin, self.end = self.number('start'), self.number('first')

    @property
    def ms(self):
        """From the start of the program to the container's first instruction."""
        return (self.end - self.begin) / 1e6

    def ends(self):
        """Return: the end of each phase, by its name."""
        if self.subject == 'coldinit':
            ends = {name: us * 1000 for name, us in self.verdict['timeline_us'].items()}
        else:
            ends = {name: int(ns) for name, ns in re.findall(r'bench: phase (\w+) (\d+)', self.console)}
            ends['exec'] = self.end
        ends = {'execve': ends['init'], **ends, 'first': self.end}
        return {name: ends[name] for name in PHASES if name in ends}

    def instructions(self):
        """Return: the instructions of each phase."""
        ends = self.ends()
        begins = [self.begin, *ends.values()]
        return {name: (end - begin) // NS_EACH for (name, end), begin in zip(ends.items(), begins)}

    def calls(self):
        """Return: the system calls of each phase, if the start was traced, and all of them by number."""
        ends, counts, numbers = self.ends(), dict.fromkeys(PHASES, 0), {}
        for ns, number in re.findall(r'bench: call (\d+) \d+ (\d+)', self.console):
            phase = next((name for name, end in ends.items() if int(ns) <= end), 'first')
            counts[phase] += 1
            numbers[int(number)] = numbers.get(int(number), 0) + 1
        return counts, numbers
