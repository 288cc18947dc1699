# SPDX-License-Identifier: Apache-2.0
"""Measure the way from PID 1's start to the container's first instruction: bench.py BUILD_DIR KERNEL

Three programs do the same job in the same guest: the floor (floor.c), which makes only the system calls
that the job needs, coldinit, and busybox with crun. The clock counts instructions (guests.py), so two runs
give the same figures and two commits can be compared. With two processors it counts those of both.
"""
import sys
import tempfile
from pathlib import Path

import guests

COUNTS = [1, 8, 64, 256]


def print_row(name, *words):
    print(f'{name:22}' + ''.join(f'{word:>13}' for word in words), flush=True)


def times(bench):
    """Print the milliseconds of each subject. Return: coldinit's start, the floor's, with one function."""
    starts = {}
    print_row('milliseconds', 'floor', 'coldinit', 'x floor', 'crun', 'x coldinit')
    for count, cpus in [(1, 1), (1, 2), *((count, 1) for count in COUNTS[1:])]:
        floor, ours = (bench.boot(subject, count, cpus) for subject in ('floor', 'coldinit'))
        starts[count, cpus] = floor, ours
        words = [f'{floor.ms:.1f}', f'{ours.ms:.1f}', f'{ours.ms / floor.ms:.2f}']
        if count == 1:
            crun = bench.boot('crun', count, cpus)
            words += [f'{crun.ms:.1f}', f'{crun.ms / ours.ms:.2f}']
        print_row(f'{count} function{"s" if count > 1 else ""}' + (f', {cpus} processors' if cpus > 1 else ''), *words)
    for few, many in zip(COUNTS, COUNTS[1:]):
        each = [(many_.ms - few_.ms) / (many - few) for few_, many_ in zip(starts[few, 1], starts[many, 1])]
        print_row(f'each of {few + 1} to {many}', f'{each[0]:.2f}', f'{each[1]:.2f}', f'{each[1] / each[0]:.2f}')
    return starts[1, 1]


def phases(bench, floor, ours):
    """Print the thousands of instructions and the system calls of each phase, with one function."""
    counts = [start.instructions() for start in (floor, ours)]
    calls = [bench.boot(subject, traced=True).calls()[0] for subject in ('floor', 'coldinit')]
    print()
    print_row('one function', 'floor', 'coldinit', 'floor', 'coldinit')
    print_row('phase', '1000 instr.', '1000 instr.', 'calls', 'calls')
    for phase in guests.PHASES:
        print_row(phase, *(f'{count.get(phase, 0) / 1000:.0f}' for count in counts), *(call[phase] for call in calls))
    sums = [sum(each.values()) for each in (*counts, *calls)]
    print_row('all', *(f'{n / 1000:.0f}' for n in sums[:2]), *sums[2:])


def memory(bench):
    """Print the memory of PID 1 while a container runs."""
    found = bench.memory()
    print(f'\nPID 1 while the container runs: {found["VmRSS"]} kB resident, {found["RssAnon"]} kB anonymous')


def whole(bench):
    """Print the milliseconds from the VMM's start on, with images as users make them."""
    print()
    print_row('milliseconds', "VMM's start", '/init', 'together')
    print_row('', 'to /init', 'to the program')
    for name, subject, self_tests, modules in (
            ('coldinit', 'coldinit', True, []),
            ('and no self-tests', 'coldinit', False, []),
            ('and few modules', 'coldinit', False, guests.MODULES),
            ('busybox and crun, so', 'crun', False, guests.MODULES)):
        start = bench.boot_as_users(subject, self_tests, modules)
        print_row(name, *(f'{ns / 1e6:.0f}' for ns in (start.init, start.first - start.init, start.first)))


def main():
    with tempfile.TemporaryDirectory() as scratch:
        bench = guests.Bench(Path(sys.argv[1]).resolve(), sys.argv[2], Path(scratch))
        try:
            floor, ours = times(bench)
            phases(bench, floor, ours)
            memory(bench)
            whole(bench)
        except guests.BenchError as error:
            sys.exit(str(error))
    print(f'{bench.build / "init"}: {(bench.build / "init").stat().st_size} bytes')


main()
