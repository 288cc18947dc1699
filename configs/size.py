# SPDX-License-Identifier: Apache-2.0
"""Print the sizes of the binary's parts, by folder, from the linker's map, and its stripped size: size.py OUT

Also print the stripped sizes of builds for other architectures, in OUT-ARCH.
"""
import collections
import glob
import os
import re
import sys

out = sys.argv[1]
LINE = re.compile(r'^ (\.(?:text|rodata|data|bss)\S*)?\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)$')


def owner(path):
    """Return: the row of an object, which is its folder or its library."""
    archive = re.match(r'.*/(lib\w+)\.a\(', path)
    if archive:
        return {'libc': 'musl', 'libgcc': 'libgcc'}.get(archive.group(1), archive.group(1))
    inside = re.match(re.escape(os.path.join(out, 'obj')) + r'/(.*)', path)
    if inside:
        return os.path.dirname(inside.group(1)) or os.path.splitext(inside.group(1))[0]
    return 'libmnl' if 'libmnl' in path else 'start files'


def main():
    sizes = collections.defaultdict(collections.Counter)
    kind = None
    kept = open(os.path.join(out, 'init.map'), encoding='utf-8').read().split('Linker script and memory map')[1]
    # The numbers of a long section name are on the next line.
    for line in re.sub(r'^( \.\S+)\n\s+', r'\1 ', kept, flags=re.M).split('\n'):
        m = LINE.match(line)
        if not m or not m.group(1):
            continue
        kind = m.group(1).split('.')[1]
        sizes[owner(m.group(3))][kind] += int(m.group(2), 16)
    print(f'{"":16}{"text":>9}{"rodata":>9}{"data":>9}{"bss":>9}')
    for name in sorted(sizes, key=lambda n: -sum(sizes[n].values())):
        print(f'{name:16}' + ''.join(f'{sizes[name][k]:9}' for k in ('text', 'rodata', 'data', 'bss')))
    print(f'{"stripped file":16}{os.path.getsize(os.path.join(out, "init")):9} bytes')
    for other in sorted(glob.glob(f'{glob.escape(out)}-*/init')):
        arch = os.path.dirname(other).removeprefix(f'{out}-')
        print(f'{"the same, " + arch:16}{os.path.getsize(other):9} bytes')


main()
