# SPDX-License-Identifier: Apache-2.0
"""Boot many mixed guests, two at a time: tests/soak/soak.py BUILD_DIR [N]

Each boot must end as its scenario says. What ends otherwise is kept as a console in BUILD_DIR/soak. A
guest whose kernel dies before coldinit's first line says nothing of coldinit: these are counted apart,
and named, as the emulation of a busy machine has them.
"""
import collections
import concurrent.futures
import itertools
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'initramfs'), str(TOP / 'tests'), str(TOP / 'tests/boot')]

import builds  # noqa: E402
import bundles  # noqa: E402
import disks  # noqa: E402
import images  # noqa: E402
import qemu  # noqa: E402

AT_A_TIME = 2
PROGRAMS = ('edu', 'probe', 'load', 'await', 'intruder')
MOUNT_POINTS = ('proc', 'dev', 'sys')
BUNDLE = '/run/coldinit/bundle'


@dataclass
class Scenario:
    """A boot and how it ends. @via: how the bundle gets into the guest."""

    spec: dict
    outcome: str = 'exited'
    status: int = 0
    manifest: dict = field(default_factory=bundles.manifest)
    kernel: str = '6.12'
    via: str = 'cpio'
    words: tuple = ()
    devices: list = field(default_factory=list)
    memory: int = 768
    phase: str = ''  # of a failure


def with_edu(**more):
    return Scenario(bundles.edu_container(), manifest=bundles.manifest(bundles.vfio_device('08/00')),
                    devices=qemu.behind_root_port('edu'), **more)


def functions(count):
    """@count functions of edu each behind a root port."""
    spec, devices, words = bundles.container('stat /dev/vfio'), [], []
    for slot in range(8, 8 + count):
        node = f'/dev/vfio/{500 + slot}'
        bundles.add_device(spec, node, 'c', 511, slot)
        devices.append(bundles.vfio_device(id=f'd{slot}', container_path=node,
                                           options=[f'0000:{0x60 + slot:02x}:00.0={slot:02x}/00']))
        words += qemu.behind_root_port('edu', slot=slot)
    return Scenario(spec, manifest=bundles.manifest(*devices), devices=words)


def network():
    mac = '52:54:00:aa:bb:01'
    interface = {'name': 'eth0', 'hwAddr': mac,
                 'IPAddresses': [{'family': 'v4', 'address': '10.0.2.15', 'mask': '24'}]}
    card = ['-netdev', 'user,id=n0', *qemu.behind_root_port(f'virtio-net-pci,netdev=n0,mac={mac}')]
    return Scenario(bundles.container('links'), manifest=bundles.manifest(interfaces=[interface]), devices=card)


def disk(kind):
    storage = {'driver': 'blk', 'source': '05', 'fstype': kind, 'options': ['ro'] if kind == 'ext4' else [],
               'mount_point': BUNDLE}
    return Scenario(bundles.container('cat /etc/notes', 'exit 7'), status=7, kernel='6.12-disk', via=kind,
                    manifest=bundles.manifest(storages=[storage], container={'bundle': BUNDLE}))


def with_hook(args, **more):
    spec = bundles.container('true')
    spec['hooks'] = {'startContainer': [{'path': '/bin/probe', 'args': ['probe', *args.split()]}]}
    return Scenario(spec, **more)


def in_terminal():
    spec = bundles.container('write /tmp/file text', 'exit 5')
    spec['process']['terminal'] = True
    return Scenario(spec, status=5)


def scenarios():
    """Return: the scenarios by name."""
    missing = bundles.manifest(bundles.vfio_device('09/00', timeout_ms=300))
    share = {'driver': 'virtio-fs', 'source': 'none', 'fstype': 'virtiofs', 'mount_point': '/run/coldinit/x'}
    return {
        'nothing but a container': Scenario(bundles.container('exit 3'), status=3),
        'nothing but a container, 6.1': Scenario(bundles.container('exit 3'), status=3, kernel='6.1'),
        'edu': with_edu(),
        'edu, 6.1': with_edu(kernel='6.1'),
        'edu, virtio-fs': with_edu(via='virtiofs'),
        'edu, debug': with_edu(words=('coldinit.log=debug',)),
        'eight functions': functions(8),
        'network': network(),
        'erofs': disk('erofs'),
        'ext4': disk('ext4'),
        'terminal': in_terminal(),
        'hook': with_hook('true'),
        'hook fails': with_hook('exit 1', outcome='failed', status=125, phase='exec'),
        'memory used up': Scenario(bundles.load('eat 400'), memory=384),
        'device missing': Scenario(bundles.container('true'), 'failed', 125, missing, phase='devices'),
        'program missing': Scenario(dict(bundles.container(), **{'process': dict(
            bundles.container()['process'], args=['/no/such'])}), 'failed', 127, phase='exec'),
        'config.json of a list': Scenario([], 'failed', 125, phase='spec'),
        'unknown word': Scenario(bundles.container('true'), 'failed', 125, words=('coldinit.manifets=x',),
                                 phase='cmdline'),
        'share missing': Scenario(bundles.container('true'), 'failed', 125, bundles.manifest(storages=[share]),
                                  phase='spec'),
    }


class Soak:
    """The scenarios' files, made once, and the tally of their boots."""

    def __init__(self, build, directory):
        self.build = build
        self.scenarios = scenarios()
        self.images = {}
        self.programs = builds.make_in(build, *(f'tests/programs/{name}' for name in PROGRAMS))
        self.files = {}
        for number, (name, scenario) in enumerate(self.scenarios.items()):
            self.files[name] = self.write(directory / str(number), scenario)
        self.kept = build / 'soak'
        self.kept.mkdir(exist_ok=True)
        self.lock = threading.Lock()
        self.tally = collections.Counter()
        self.wrong, self.early = [], []

    def image(self, name):
        if name not in self.images:
            builds.make_in(self.build, f'images/{name}.cpio.gz')
            kernel = self.build / 'kernels' / name.split('-')[0]
            self.images[name] = images.vmlinuz(kernel), self.build / f'images/{name}.cpio.gz'
        return self.images[name]

    def write(self, where, scenario):
        """Write bundle and manifest of a scenario. Return: the guest's parts that depend on them."""
        bundle = bundles.write_bundle(where / 'bundle', scenario.spec,
                                      [self.build / 'tests/programs' / program for program in PROGRAMS])
        manifest = bundles.write_json(where / 'manifest.json', scenario.manifest)
        vmlinuz, cpio = self.image(scenario.kernel)
        parts = {'kernel': vmlinuz, 'initrds': [cpio], 'words': list(scenario.words),
                 'devices': list(scenario.devices), 'memory': scenario.memory}
        if scenario.via == 'virtiofs':
            parts['shares'] = {'demo': where}
            parts['words'] += ['coldinit.manifest=virtiofs:demo/manifest.json',
                               'coldinit.bundle=virtiofs:demo/bundle']
        elif scenario.via == 'cpio':
            parts['initrds'].append(images.pack_bundle(manifest, bundle, where / 'second.cpio.gz'))
        else:
            parts['initrds'].append(images.pack_bundle(manifest, None, where / 'second.cpio.gz'))
            for name in MOUNT_POINTS:  # a read-only root has them
                (bundle / 'rootfs' / name).mkdir()
            disk = disks.make_image(scenario.via, bundle, where / 'disk.img')
            parts['devices'] += disks.virtio_blk(disk, readonly=True)
        return parts

    def boot(self, number, name):
        """Boot a scenario once and count how it ended."""
        scenario = self.scenarios[name]
        result = qemu.Guest(cpus=1 + number % 2, timeout=180.0, **self.files[name]).boot()
        fault = judge(scenario, result)
        early = fault and 'coldinit' not in result.console
        with self.lock:
            self.tally[name, 'early' if early else 'wrong' if fault else 'right'] += 1
            if fault:
                kept = self.kept / f'{number}.console'
                kept.write_text(f'{name}: {fault}\n{result.console}')
                (self.early if early else self.wrong).append(f'{name}: {fault}: {kept}')
                print(f'  {name}: {fault}: {kept}', flush=True)


def judge(scenario, result):
    """Return: what is wrong with a boot, or None."""
    problem = result.problem()
    if problem:
        return problem
    verdict = result.verdict
    found = verdict['outcome'], verdict['status'], verdict.get('phase', '')
    wanted = scenario.outcome, scenario.status, scenario.phase
    if found != wanted:
        return f'ended with {found} instead of {wanted}: {verdict.get("error", "no error")}'
    if verdict['outcome'] == 'failed' and not verdict.get('error'):
        return 'failed without an error'
    return None


def order(names, count, seed):
    """Return: @count names, each as often as the others, in an order that @seed makes."""
    chosen = list(itertools.islice(itertools.cycle(names), count))
    random.Random(seed).shuffle(chosen)
    return chosen


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__.splitlines()[0])
    count = int(sys.argv[2]) if len(sys.argv) == 3 else 100
    with tempfile.TemporaryDirectory(prefix='coldinit-soak-') as where:
        soak = Soak(Path(sys.argv[1]).resolve(), Path(where))
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(soak.boot, range(count), order(soak.scenarios, count, 1)))
    for name in soak.scenarios:
        counts = ', '.join(f'{soak.tally[name, how]} {how}' for how in ('right', 'wrong', 'early')
                           if soak.tally[name, how])
        print(f'{name:32} {counts}')
    print(f'{count} boots in {time.monotonic() - start:.0f} s: {len(soak.wrong)} wrong, '
          f'{len(soak.early)} whose kernel died before coldinit began')
    return bool(soak.wrong)


if __name__ == '__main__':
    sys.exit(main())
