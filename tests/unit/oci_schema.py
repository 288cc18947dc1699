#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Check config.json files against the JSON schema of the OCI runtime spec: oci_schema.py DIR.

Unit tests write their results to DIR ($COLDINIT_RESULTS): N.json, and N.before.json, its origin. These
are parts of a config.json; the keys that the schema requires are added here. A result may have no
error that its origin does not have. The output is TAP, one line for each file.
"""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
sys.dont_write_bytecode = True

import oci_schema  # noqa: E402

LEAST = 100  # of the results must be valid, so that the comparison does not hide all errors


def complete(document):
    """Add the keys that every config.json must have."""
    document.setdefault('ociVersion', '1.1.0')
    if isinstance(document.get('process'), dict):
        document['process'].setdefault('cwd', '/')
    return document


def main():
    """Check all results."""
    checker = oci_schema.checker()
    files = sorted(set(glob.glob(f'{sys.argv[1]}/*.json')) - set(glob.glob(f'{sys.argv[1]}/*.before.json')))
    bad = good = 0
    print(f'1..{len(files) + 1}')
    for number, name in enumerate(files, 1):
        said = oci_schema.faults(checker, complete(oci_schema.load(name)))
        origin = oci_schema.faults(checker, complete(oci_schema.load(name.replace('.json', '.before.json'))))
        new = [fault for fault in said if fault not in origin]
        print(f'{"not ok" if new else "ok"} {number}')
        for fault in new:
            print(f'# {fault}')
        bad += bool(new)
        good += not said
    print(f'{"ok" if good >= LEAST else "not ok"} {len(files) + 1} - {good} of {len(files)} results are good')
    return bad > 0 or good < LEAST


sys.exit(main())
