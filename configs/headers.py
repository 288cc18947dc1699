#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Remove a program's section headers, which the kernel does not read: headers.py FILE.

Nothing behind the last segment is loaded (elf(5)). binutils before 2.41 cannot do this.
"""
import struct
import sys


def main(path):
    """End the file at the end of its last segment."""
    with open(path, 'r+b') as file:
        data = file.read()
        if data[:5] != b'\x7fELF\x02':
            sys.exit(f'{path}: not a 64-bit ELF file')
        order = {1: '<', 2: '>'}[data[5]]
        at, = struct.unpack_from(order + 'Q', data, 32)
        size, n = struct.unpack_from(order + 'HH', data, 54)
        segments = (struct.unpack_from(order + 'IIQQQQ', data, at + i * size) for i in range(n))
        file.truncate(max(offset + length for _, _, offset, _, _, length in segments))
        file.seek(40)
        file.write(struct.pack('Q', 0))
        file.seek(58)
        file.write(struct.pack('HHH', 0, 0, 0))


main(sys.argv[1])
