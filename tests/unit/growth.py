#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Four times the input costs about four times the instructions: growth.py BUILD.

valgrind counts them, so the result does not depend on the machine. The output is TAP, one line for
each kind of input of tests/growth/growth.c.
"""
import os
import re
import subprocess
import sys

SMALL, LARGE = 1000, 4000
MOST = 5.5  # 4 if it grows linearly, 4.8 with a logarithm, 16 with the square

PROGRAM = os.path.join(sys.argv[1], 'tests/growth/growth')


def instructions(kind, number):
    """Return: the instructions of one run. A run that fails ends the test."""
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', PROGRAM, kind,
                           str(number)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode or not found:
        sys.exit(f'{kind} {number}: status {done.returncode}: {done.stderr}')
    return int(found[1])


def main():
    """Check all kinds."""
    kinds = subprocess.run([PROGRAM], check=True, capture_output=True, text=True).stdout.split()
    print(f'1..{len(kinds)}')
    bad = 0
    for number, kind in enumerate(kinds, 1):
        counts = [instructions(kind, n) for n in (SMALL, LARGE)]
        ratio = counts[1] / counts[0]
        bad += ratio > MOST
        print(f'{"ok" if ratio <= MOST else "not ok"} {number} - {kind}: {counts[0]} instructions for {SMALL}, '
              f'{counts[1]} for {LARGE}: {ratio:.2f} times', flush=True)
    return bad > 0


sys.exit(main())
