#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Are the config.json files in a directory good by the OCI runtime spec's own JSON schema?

tests/unit/oci_schema.py DIR: unit tests put their results there ($COLDINIT_RESULTS). They are
parts of a config.json: what the schema requires beside them is added here. TAP, one line a file.
"""
import glob
import json
import os
import sys
import warnings

warnings.simplefilter('ignore', DeprecationWarning)  # RefResolver, since jsonschema 4.18

import jsonschema  # noqa: E402

SCHEMAS = '/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema'


def load(path):
    """A JSON file."""
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def complete(document):
    """With what every config.json must have."""
    document.setdefault('ociVersion', '1.1.0')
    if 'process' in document:
        document['process'].setdefault('cwd', '/')
    return document


schema = load(os.path.join(SCHEMAS, 'config-schema.json'))
resolver = jsonschema.RefResolver(f'file://{SCHEMAS}/config-schema.json', schema)
checker = jsonschema.Draft4Validator(schema, resolver=resolver)
files = sorted(glob.glob(os.path.join(sys.argv[1], '*.json')))
print(f'1..{len(files)}')
bad = 0
for number, name in enumerate(files, 1):
    faults = [f'/{"/".join(map(str, error.absolute_path))}: {error.message}'
              for error in checker.iter_errors(complete(load(name)))]
    print(f'{"not ok" if faults else "ok"} {number}')
    for fault in faults:
        print(f'# {fault}')
    bad += bool(faults)
sys.exit(bad > 0 or not files)
