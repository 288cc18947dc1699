# SPDX-License-Identifier: Apache-2.0
"""Print the bytes of the binary's code by folder, those of its other parts, and its stripped size: size.py OUT

The binary is optimised as a whole, so code of one folder is inlined into functions of others. The table of lines
in init.debug says which source each instruction is of. Also print the stripped sizes of builds for other
architectures, in OUT-ARCH.
"""
import collections
import glob
import os
import re
import subprocess
import sys

# "init/run/cause.c:" and, below it, "cause.c   12   0x401000   x"; "-" instead of a line is the end of a sequence
SOURCE = re.compile(r'^(\S+?):(?:\[\+\+\])?$')
ROW = re.compile(r'^\S+\s+(\d+|-)\s+0x([0-9a-f]+)')
SECTION = re.compile(r'^(\.\w+|\w+)\s+(\d+)\s+(\d+)$', re.M)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def owner(source):
    """Return: the row of a source file, which is its folder or its library."""
    if '/yaml/' in source:
        return 'libyaml'
    if library := re.search(r'/src/(\w+)/', source):
        return library.group(1)
    # The C library's debug information, and that of files that are not optimised as a whole, has no folders.
    if '/' not in source:
        return 'init/libc' if os.path.exists(f'init/libc/{source}') else 'musl'
    return 'musl' if source.startswith('/') else os.path.dirname(os.path.normpath(source))


def code(program):
    """Return: the bytes of code of each row. An instruction belongs to the line above it, up to the next one."""
    sizes, begin, current, previous = collections.Counter(), None, None, None
    for line in run('objdump', '--dwarf=decodedline', program).splitlines():
        if source := SOURCE.match(line):
            current = owner(source.group(1))
        elif found := ROW.match(line):
            address = int(found.group(2), 16)
            if begin is not None:
                sizes[previous] += address - begin
            begin, previous = (None if found.group(1) == '-' else address), current
    return sizes


def main(out):
    program, stripped = os.path.join(out, 'init.debug'), os.path.join(out, 'init')
    sections = {name: int(size) for name, size, _ in SECTION.findall(run('size', '-A', program))}
    sizes = code(program)
    sizes['musl'] += sections['.text'] - sum(sizes.values())  # its assembly has no lines
    for name, size in sizes.most_common():
        if size:
            print(f'{name:22}{size:9}')
    for name, what in (('.rodata', 'texts and tables'), ('.data', 'initialized variables'),
                       ('.bss', 'bss, not in the file')):
        print(f'{what:22}{sections[name]:9}')
    for path in (stripped, *sorted(glob.glob(f'{glob.escape(out)}-*/init'))):
        arch = os.path.dirname(path).removeprefix(out).removeprefix('-')
        print(f'{"stripped file" + (f", {arch}" if arch else ""):22}{os.path.getsize(path):9}')


main(sys.argv[1])
