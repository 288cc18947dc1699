# SPDX-License-Identifier: Apache-2.0
"""Measure a boot on a clock that counts instructions: tests/bench/bench.py BUILD_DIR [KERNEL...]

QEMU's -icount makes guest time a function of the instructions executed, so the figures do not depend
on the machine or its load, and two commits can be compared. They are milliseconds of a processor
that takes 8 ns for each instruction: compare figures; a single one means nothing.
"""
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'initramfs'), str(TOP / 'tests'), str(TOP / 'tests/boot')]

import builds  # noqa: E402
import bundles  # noqa: E402
import images  # noqa: E402
import qemu  # noqa: E402

COUNTED = ['-icount', 'shift=3,sleep=off', '-seed', '42', '-rtc', 'base=2024-01-01T00:00:00,clock=vm']
PHASES = ['mounts', 'modules', 'manifest', 'devices', 'spec', 'exec']
EACH_SLOT = 8  # functions


def no_device():
    """Return: spec, manifest and QEMU's words of a container without a device."""
    return bundles.container(), bundles.manifest(), []


def functions(count):
    """Return: the same with @count functions of edu, eight of them in a slot, which is a device with its node."""
    spec, devices, words = bundles.container(), [], []
    for first in range(0, count, EACH_SLOT):
        slot = 8 + first // EACH_SLOT
        here = range(first, min(first + EACH_SLOT, count))
        words += qemu.behind_root_port(*['edu' for _ in here], slot=slot)
        for number in here:
            node = f'/dev/vfio/{500 + number}'
            if number == first:  # the functions of one slot are one group
                bundles.add_device(spec, node, 'c', 511, number)
                paths = [f'{slot:02x}/00.{n - first}' for n in here]
                options = [f'0000:{0x60 + slot:02x}:00.{n}={path}' for n, path in enumerate(paths)]
                devices.append(bundles.vfio_device(id=f'd{slot}', container_path=node, options=options))
    return spec, bundles.manifest(*devices), words


CASES = {'no device': no_device, '1 function': lambda: functions(1), '8 functions': lambda: functions(8),
         '32 functions': lambda: functions(32)}


def timeline(build, kernel, case):
    """Return: the milliseconds before init, and of each phase."""
    spec, manifest, words = CASES[case]()
    with tempfile.TemporaryDirectory() as where:
        where = Path(where)
        builds.make_in(build, f'images/{kernel}.cpio.gz', 'tests/programs/probe')
        bundle = bundles.write_bundle(where / 'bundle', spec, [build / 'tests/programs/probe'])
        file = bundles.write_json(where / 'manifest.json', manifest)
        second = images.pack_bundle(file, bundle, where / 'second.cpio.gz')
        guest = qemu.Guest(images.vmlinuz(build / 'kernels' / kernel), [build / f'images/{kernel}.cpio.gz', second],
                           cpus=1, accel='tcg', words=['intel_iommu=on'], devices=[*words, *COUNTED], timeout=300)
        result = guest.boot()
    if result.problem() or result.status:
        sys.exit(f'{kernel}, {case}: {result.problem() or result.verdict["error"]}\n{result.console}')
    at = [result.verdict['timeline_us'][phase] for phase in ['init', *PHASES]]
    return [at[0] / 1000, *((later - earlier) / 1000 for earlier, later in zip(at, at[1:]))]


def main():
    build, kernels = Path(sys.argv[1]).resolve(), sys.argv[2:]
    columns = ['kernel', *PHASES, 'init to exec']
    print(f'{"":24}' + ''.join(f'{name:>13}' for name in columns))
    for kernel in kernels:
        for case in CASES:
            spent = timeline(build, kernel, case)
            print(f'{kernel + ", " + case:24}' + ''.join(f'{ms:13.1f}' for ms in [*spent, sum(spent[1:])]), flush=True)


main()
